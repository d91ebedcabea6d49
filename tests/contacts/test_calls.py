"""Calls to citizens: what for, when, how often, and what comes of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pol137.cases.models import Case, Note, Objection, Question, Rating
from pol137.cases.operations import (
    answer_case,
    approve_answer,
    close_case,
    decide_review,
    join_incident,
    nudge_case,
    object_to_answer,
    rate_case,
)
from pol137.cases.permissions import citizen_ref
from pol137.cases.rules.drafts import ReporterDraft
from pol137.cases.vocabulary import Status
from pol137.city.models import Calendar, Holiday
from pol137.city.queries.book import forget
from pol137.contacts.models import CallBack, Contact
from pol137.contacts.operations import (
    Ending,
    answer_text,
    finish_contact,
    open_call_back,
    record_call_attempt,
    start_contact,
)
from pol137.contacts.operations.call_backs import calling_time, tried_enough
from pol137.contacts.queries import call_list, count_calls, purposes_of
from pol137.contacts.vocabulary import CallPurpose
from pol137.lib.actor import citizen, system
from pol137.lib.refusal import Refusal
from pol137.messaging.models import OutboundMessage
from pol137.messaging.operations import receive_message
from pol137.messaging.queries import messages_of_case
from tests.factories import (
    DONE,
    SATURDAY,
    Clock,
    actor,
    announced_case,
    answered_case,
    city_chooses,
    fresh,
    reported_case,
)

pytestmark = pytest.mark.django_db

LANDLINE = ReporterDraft(phone="05138001234")
FEEDBACK = "centre-feedback"
TEHRAN = ZoneInfo("Asia/Tehran")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of Mehr 1405 in the city; 25 is the Saturday."""
    return datetime(2026, 10, 17 + day - 25, hour, minute, tzinfo=TEHRAN)


def waiting_call(clock: Clock) -> CallBack:
    case = answered_case(clock.now, reporter=LANDLINE)
    approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    clock.run()
    return CallBack.objects.get(case=case)


@pytest.mark.parametrize(
    ("moment", "called"),
    [
        (at(25, 8, 59), at(25, 9)),
        (at(25, 9), at(25, 9)),
        (at(25, 19, 59), at(25, 19, 59)),
        (at(25, 20), at(26, 9)),
        (at(25, 3), at(25, 9)),
    ],
)
def test_people_are_called_in_the_citys_hours(moment: datetime, called: datetime) -> None:
    assert calling_time(moment) == called


def test_on_a_day_of_mourning_nobody_is_called() -> None:
    calendar = Calendar.objects.order_by("id").first()
    assert calendar is not None
    day = at(26, 12).date()
    Holiday.objects.create(calendar=calendar, date=day, title_fa="عزاداری", mourning=True, active_from=day)
    from pol137.city.models import City

    City.objects.update(version=City.objects.get().version + 1)
    forget()
    try:
        assert calling_time(at(25, 21)) == at(27, 9)
        assert calling_time(at(26, 10)) == at(27, 9)
    finally:
        forget()


@pytest.mark.parametrize(
    ("tries", "enough"),
    [
        ([at(25, 10), at(25, 14), at(26, 11)], True),
        ([at(25, 10), at(25, 14), at(25, 18)], False),
        ([at(25, 10), at(26, 10), at(27, 10)], False),
        ([at(25, 10), at(25, 10, 1), at(26, 12)], False),
        ([at(25, 10), at(26, 12)], False),
        ([at(25, 22), at(25, 23), at(26, 6)], False),
    ],
    ids=["two days", "one day", "always at ten", "twice in a minute", "only two", "at night"],
)
def test_not_reached_takes_the_citys_tries_on_two_days_at_different_hours(
    tries: list[datetime], enough: bool
) -> None:
    assert tried_enough(tries) is enough


def test_who_was_not_reached_gets_a_text_and_his_window_runs_from_then(clock: Clock) -> None:
    case = answered_case(clock.now, reporter=ReporterDraft(phone="09151234567", wish="call"))
    approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    clock.run()
    (call,) = call_list(now=clock.now)
    for moment in (at(25, 10), at(25, 14), at(26, 12)):
        record_call_attempt(call.pk, outcome="no_answer", by=actor(FEEDBACK), now=moment)
    clock.now = at(26, 12)
    clock.run()
    assert (CallBack.objects.get().state, fresh(case).status) == ("not_reached", Status.ANNOUNCED)
    assert messages_of_case(case.pk)[-1].purpose == "not_reached"
    clock.now = at(25, 12) + timedelta(days=7)
    clock.run()
    assert fresh(case).status == Status.ANNOUNCED, "seven days from the last try, not from the first"
    clock.forward(days=1)
    assert fresh(case).status == Status.CLOSED


def test_being_asked_to_ring_later_is_no_failed_try(clock: Clock) -> None:
    call = waiting_call(clock)
    for moment in (at(25, 10), at(25, 14), at(26, 12)):
        record_call_attempt(call.pk, outcome="call_later", by=actor(FEEDBACK), now=moment)
    assert CallBack.objects.get().state == "waiting"


# --- what for -------------------------------------------------------------------------------------


def test_the_third_nudge_opens_a_call_by_the_follow_up_expert(clock: Clock) -> None:
    case = reported_case(clock.now)
    for n in range(3):
        assert not CallBack.objects.exists(), n
        nudge_case(case.pk, by=citizen(citizen_ref(case.pk)), now=clock.now)
        clock.run()
    (call,) = call_list(now=clock.now, by=actor("centre-s1-follow-up"))
    assert (call.case_id, call.purpose) == (case.pk, CallPurpose.NUDGE)


def test_a_call_that_was_cut_off_is_called_back(clock: Clock) -> None:
    operator = actor("centre-operator")
    for phone in ("09151234567", ""):
        contact = start_contact(
            channel="phone", external_id=f"cut-{phone}", phone=phone, by=operator, now=clock.now
        )
        finish_contact(contact.pk, ending=Ending("dropped", phone=phone), by=operator, now=clock.now)
    clock.run()
    (call,) = call_list(now=clock.now, by=operator)
    assert (call.purpose, call.phone, call.case_id) == (CallPurpose.DROPPED, "+989151234567", None)
    record_call_attempt(call.pk, outcome="told", by=operator, now=clock.now)
    assert call_list(now=clock.now) == []


def test_who_has_a_landline_only_is_called_when_his_answer_is_late(clock: Clock) -> None:
    called, texted = reported_case(clock.now, reporter=LANDLINE), reported_case(clock.now)
    clock.forward(days=6)
    assert list(CallBack.objects.values_list("case_id", "purpose")) == [(called.pk, "delay")], (
        "once, not twice"
    )
    assert "case_delayed" in [one.purpose for one in messages_of_case(texted.pk)]


def test_a_call_about_a_delay_is_needless_once_the_answer_is_told(clock: Clock) -> None:
    from pol137.cases.operations import answer_case
    from tests.factories import DONE

    case = reported_case(clock.now, reporter=LANDLINE)
    clock.forward(days=6)
    answer_case(case.pk, answer=DONE, by=actor("s1-roads-head"), now=clock.now)
    approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    clock.run()
    told = CallBack.objects.get(case=case, purpose="answer")
    record_call_attempt(told.pk, outcome="told", by=actor(FEEDBACK), now=clock.now)
    clock.run()
    assert CallBack.objects.get(case=case, purpose="delay").state == "not_needed"


def test_a_verdict_is_told_by_phone_to_who_reads_no_sms(clock: Clock) -> None:
    call = waiting_call(clock)
    case = Case.objects.get(pk=call.case_id)
    record_call_attempt(call.pk, outcome="told", by=actor(FEEDBACK), now=clock.now)
    object_to_answer(case.pk, ground="not_done", channel="phone", by=actor(FEEDBACK), now=clock.now)
    decide_review(
        case.pk, verdict="not_upheld", reasons="روشن بود.", by=actor("centre-s2-follow-up"), now=clock.now
    )
    clock.run()
    assert [one.purpose for one in call_list(now=clock.now)] == [CallPurpose.VERDICT]


def test_everybody_calls_for_what_is_his(clock: Clock) -> None:
    assert purposes_of(actor(FEEDBACK)) == frozenset(CallPurpose)
    assert CallPurpose.ANSWER not in purposes_of(actor("centre-operator"))
    assert purposes_of(actor("s1-roads-head")) == frozenset()


def test_a_call_about_a_hidden_case_is_hidden_with_it(clock: Clock) -> None:
    case = reported_case(clock.now, service="staff-conduct", district="", address="")
    open_call_back(event_id=7, purpose=CallPurpose.QUESTION, case_id=case.pk, now=clock.now)
    open_to, closed_to = actor(FEEDBACK), actor("centre-operator")
    assert [len(call_list(now=clock.now, by=by)) for by in (open_to, closed_to)] == [1, 0]
    assert [count_calls(now=clock.now, by=by) for by in (open_to, closed_to)] == [1, 0]


def test_what_a_unit_asked_is_replied_to_on_the_phone(clock: Clock) -> None:
    from pol137.cases.operations import accept_case, ask_citizen

    case = reported_case(clock.now, reporter=LANDLINE)
    accept_case(case.pk, by=actor("s1-roads-head"), now=clock.now)
    ask_citizen(case.pk, question="پلاک چند؟", by=actor("s1-roads-head"), now=clock.now)
    clock.run()
    (call,) = call_list(now=clock.now)
    assert call.purpose == CallPurpose.QUESTION
    record_call_attempt(call.pk, outcome="told", reply="پلاک ۱۲", by=actor(FEEDBACK), now=clock.now)
    assert (Question.objects.get().reply, fresh(case).status) == ("پلاک ۱۲", Status.IN_WORK)


def test_one_event_opens_one_call(clock: Clock) -> None:
    case = reported_case(clock.now, reporter=LANDLINE)
    one = open_call_back(event_id=7, purpose=CallPurpose.DELAY, case_id=case.pk, now=clock.now)
    same = open_call_back(event_id=7, purpose=CallPurpose.DELAY, case_id=case.pk, now=clock.now)
    waits = open_call_back(event_id=8, purpose=CallPurpose.DELAY, case_id=case.pk, now=clock.now)
    assert one == same == waits
    mute = reported_case(clock.now, reporter=ReporterDraft())
    assert open_call_back(event_id=9, case_id=mute.pk, now=clock.now) is None


# --- texts answered by a text ---------------------------------------------------------------------


def text_in(clock: Clock, sender: str) -> Contact:
    receive_message(
        channel="sms", external_id=f"in-{sender}", sender=sender, text="سلام، کی می‌آیید؟", raw="",
        by=system("hook"), now=clock.now,
    )  # fmt: skip
    clock.run()
    return Contact.objects.get()


def test_a_text_is_answered_by_a_text_once(clock: Clock) -> None:
    contact, operator = text_in(clock, "+989151234567"), actor("centre-operator")
    answer_text(contact.pk, text="سلام. شنبه نوبت شماست. ۱۳۷", by=operator, now=clock.now)
    with pytest.raises(Refusal, match="contact_ended"):
        answer_text(contact.pk, text="سلام. شنبه نوبت شماست. ۱۳۷", by=operator, now=clock.now)
    (sent,) = OutboundMessage.objects.filter(purpose="text_reply")
    assert (sent.address, sent.text) == ("+989151234567", "سلام. شنبه نوبت شماست. ۱۳۷")
    contact.refresh_from_db()
    assert (contact.disposition, contact.operator.username) == ("answered", "centre-operator")


@pytest.mark.parametrize(
    ("text", "sender", "refused"),
    [
        ("  ", "+989151234567", "text_missing"),
        ("الف" * 200, "+989151234567", "text_too_long"),
        ("سلام", "+985138001234", "no_mobile"),
    ],
)
def test_an_answer_that_cannot_go_out_is_refused(clock: Clock, text: str, sender: str, refused: str) -> None:
    contact = text_in(clock, sender)
    with pytest.raises(Refusal, match=refused):
        answer_text(contact.pk, text=text, by=actor("centre-operator"), now=clock.now)
    contact.refresh_from_db()
    assert contact.finished_at is None


def test_a_text_somebody_else_has_taken_is_left_to_him(clock: Clock) -> None:
    from pol137.contacts.operations import take_contact

    contact = text_in(clock, "+989151234567")
    take_contact(contact.pk, by=actor("centre-supervisor"), now=clock.now)
    with pytest.raises(Refusal, match="contact_taken"):
        answer_text(contact.pk, text="سلام", by=actor("centre-operator"), now=clock.now)


def test_the_test_clock_stands_in_the_hours_of_calls() -> None:
    assert calling_time(SATURDAY) == SATURDAY == at(25, 10).astimezone(UTC)


def announced_and_asked(clock: Clock) -> tuple[Case, CallBack]:
    """A case told by SMS, in a city that asks everybody how content he is."""
    city_chooses(feedback_percent=100, feedback_after="24h")
    case = announced_case(clock)
    return case, CallBack.objects.get(case=case, purpose="survey")


def test_who_was_told_by_text_is_asked_a_day_later_how_content_he_is(clock: Clock) -> None:
    case, call = announced_and_asked(clock)
    assert call.not_before == clock.now + timedelta(hours=24)
    record_call_attempt(
        call.pk, outcome="told", score=5, reply="زود آمدند.", by=actor(FEEDBACK), now=clock.forward(hours=25)
    )
    assert list(Rating.objects.values_list("case_id", "score", "words")) == [(case.pk, 5, "زود آمدند.")]
    assert fresh(case).status == Status.ANNOUNCED


def test_one_who_is_not_content_has_objected(clock: Clock) -> None:
    case, call = announced_and_asked(clock)
    by, later = actor(FEEDBACK), clock.forward(hours=25)
    record_call_attempt(call.pk, outcome="told", score=1, reply="کسی نیامد.", by=by, now=later)
    assert fresh(case).status == Status.UNDER_REVIEW
    assert Objection.objects.get(case=case).words == "کسی نیامد."


def test_what_one_who_gives_no_stars_says_is_kept(clock: Clock) -> None:
    case, call = announced_and_asked(clock)
    by, later = actor(FEEDBACK), clock.forward(hours=25)
    record_call_attempt(call.pk, outcome="told", score=0, reply="فردا نگاه می‌کنم.", by=by, now=later)
    assert not Rating.objects.exists()
    assert Note.objects.get(case=case).text == "فردا نگاه می‌کنم."


@pytest.mark.parametrize("said", ["rates", "objects", "accepts"])
def test_who_has_said_it_by_himself_is_not_asked(clock: Clock, said: str) -> None:
    case, call = announced_and_asked(clock)
    by = citizen(citizen_ref(case.pk))
    if said == "rates":
        rate_case(case.pk, score=4, channel="web", by=by, now=clock.now)
    elif said == "objects":
        object_to_answer(case.pk, ground="not_done", channel="web", by=by, now=clock.now)
    else:
        close_case(case.pk, reason="accepted", by=by, now=clock.now)
    clock.run()
    call.refresh_from_db()
    assert call.state == "not_needed"


def test_who_is_not_reached_to_be_asked_gets_no_text_about_it(clock: Clock) -> None:
    case, call = announced_and_asked(clock)
    for moment in (at(26, 10), at(26, 14), at(27, 12)):
        record_call_attempt(call.pk, outcome="no_answer", by=actor(FEEDBACK), now=moment)
    call.refresh_from_db()
    assert call.state == "not_reached"
    assert not OutboundMessage.objects.filter(case_ref=case.pk, purpose="not_reached").exists()


def test_whose_shared_fault_is_open_again_is_not_asked_about_its_answer(clock: Clock) -> None:
    city_chooses(feedback_percent=100)
    main = reported_case(clock.now)
    one = reported_case(clock.now, reporter=ReporterDraft(phone="09359876543"))
    join_incident(one.pk, main_case_id=main.pk, by=actor("centre-triage"), now=clock.now)
    answer_case(main.pk, answer=DONE, by=actor("s1-roads-head"), now=clock.now)
    approve_answer(main.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    clock.run()
    asked = CallBack.objects.filter(purpose="survey", state="waiting")
    assert {call.case_id for call in asked} == {main.pk, one.pk}
    by = citizen(citizen_ref(one.pk))
    object_to_answer(one.pk, ground="not_done", channel="web", by=by, now=clock.forward(hours=1))
    clock.run()
    reviewer = actor("centre-s2-follow-up")
    decide_review(one.pk, verdict="upheld", reasons="هنوز خاموش است.", by=reviewer, now=clock.now)
    clock.run()
    assert not asked.all().exists()


def test_who_was_told_on_the_phone_is_not_asked_again(clock: Clock) -> None:
    city_chooses(feedback_percent=100)
    call = waiting_call(clock)
    record_call_attempt(call.pk, outcome="told", by=actor(FEEDBACK), now=clock.now)
    clock.run()
    assert list(CallBack.objects.values_list("purpose", flat=True)) == ["answer"]


def test_a_city_that_asks_nobody_calls_nobody(clock: Clock) -> None:
    city_chooses(feedback_percent=0)
    announced_case(clock)
    assert not CallBack.objects.exists()
