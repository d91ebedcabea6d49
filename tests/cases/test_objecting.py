"""The citizen's verdict, the review, the end."""

from collections import Counter
from datetime import date, timedelta

import pytest

from pol137.cases.models import Case, Notice, Objection, Rating, Review
from pol137.cases.operations import (
    answer_case,
    approve_answer,
    close_case,
    decide_review,
    join_incident,
    leave_incident,
    object_to_answer,
    rate_case,
    reopen_case,
)
from pol137.cases.permissions import citizen_ref
from pol137.cases.queries import worklist
from pol137.cases.vocabulary import CloseReason, Queue, Status
from pol137.city.models import Position
from pol137.city.operations import bump_version
from pol137.city.queries.book import forget
from pol137.lib.actor import Actor, citizen, system
from pol137.lib.refusal import Refusal
from pol137.messaging.operations import receive_message
from pol137.messaging.queries import messages_of_case, sent_texts
from pol137.notices.jobs import tell_staff
from pol137.staff.models import Appointment
from tests.factories import (
    Clock,
    actor,
    announced_case,
    answered_case,
    city_chooses,
    fresh,
    reported_case,
    user,
)

pytestmark = pytest.mark.django_db


def owner(case: Case) -> Actor:
    return citizen(citizen_ref(case.pk))


def sms(text: str, clock: Clock, *, sender: str = "+989151234567", external_id: str = "") -> None:
    receive_message(
        channel="sms",
        external_id=external_id or f"{text}-{clock.now.isoformat()}",
        sender=sender,
        text=text,
        raw=text,
        by=system("hook"),
        now=clock.now,
    )
    clock.run()


@pytest.mark.parametrize("text", ["33", "۳۳", "٣٣ ", " ۳۳."])
def test_33_by_sms_opens_a_review_in_any_digits(clock: Clock, text: str) -> None:
    case = announced_case(clock)
    sms(text, clock)
    assert fresh(case).status == Status.UNDER_REVIEW


def test_31_by_sms_closes_at_once(clock: Clock) -> None:
    case = announced_case(clock)
    sms("۳۱", clock)
    assert (fresh(case).status, fresh(case).close_reason) == (Status.CLOSED, "accepted")


def test_with_two_open_answers_we_ask_which_and_the_code_decides(clock: Clock) -> None:
    one, other = announced_case(clock), announced_case(clock, address="جای دیگر")
    sms("33", clock)
    assert {fresh(one).status, fresh(other).status} == {Status.ANNOUNCED}
    asked = sent_texts(["+989151234567"])[-1]
    assert asked.purpose == "which_case"
    sms(f"33 {other.code}", clock)
    assert (fresh(one).status, fresh(other).status) == (Status.ANNOUNCED, Status.UNDER_REVIEW)


def test_any_other_text_waits_for_a_person(clock: Clock) -> None:
    from pol137.contacts.queries import unread_contacts

    announced_case(clock)
    sms("سلام، ۳۳ روز است که چراغ خاموش است", clock)
    (waiting,) = unread_contacts()
    assert waiting.words.startswith("سلام") and waiting.phone == "+989151234567"


def test_a_providers_repeat_counts_once(clock: Clock) -> None:
    case = announced_case(clock)
    sms("33", clock, external_id="provider-1")
    sms("33", clock, external_id="provider-1")
    assert Objection.objects.filter(case=case).count() == 1


def test_the_reviewer_is_not_the_approver(clock: Clock) -> None:
    case = announced_case(clock)
    object_to_answer(case.pk, ground="not_done", channel="web", by=owner(case), now=clock.now)
    with pytest.raises(Refusal, match="reviewer_approved_it"):
        decide_review(
            case.pk, verdict="upheld", reasons="بله", by=actor("centre-s1-follow-up"), now=clock.now
        )


def test_the_verdict_with_its_reasons_is_told_in_every_case(clock: Clock) -> None:
    case = announced_case(clock)
    object_to_answer(case.pk, ground="not_convincing", channel="web", by=owner(case), now=clock.now)
    decide_review(
        case.pk,
        verdict="not_upheld",
        reasons="کارشناس در محل چراغ را روشن دید.",
        by=actor("centre-s2-follow-up"),
        now=clock.now,
    )
    clock.run()
    assert fresh(case).status == Status.ANNOUNCED
    told = messages_of_case(case.pk)[-1]
    assert told.purpose == "review_not_upheld" and "چراغ را روشن دید" in told.text
    clock.forward(days=7)
    assert fresh(case).status == Status.CLOSED


def test_objecting_after_the_window_is_refused(clock: Clock) -> None:
    case = announced_case(clock)
    clock.forward(days=7)
    with pytest.raises(Refusal, match="step_not_now"):
        object_to_answer(case.pk, ground="not_done", channel="web", by=owner(case), now=clock.now)


def test_nobody_objects_for_another(clock: Clock) -> None:
    case, other = announced_case(clock), announced_case(clock)
    with pytest.raises(Refusal, match="case_unknown"):
        object_to_answer(case.pk, ground="not_done", channel="web", by=owner(other), now=clock.now)
    assert not Objection.objects.exists()


def test_a_poor_rating_opens_a_review_and_a_good_one_does_not(clock: Clock) -> None:
    poor, good = announced_case(clock), announced_case(clock)
    rate_case(poor.pk, score=1, channel="web", by=owner(poor), now=clock.now)
    rate_case(good.pk, score=5, channel="web", by=owner(good), now=clock.now)
    assert (fresh(poor).status, fresh(good).status) == (Status.UNDER_REVIEW, Status.ANNOUNCED)
    with pytest.raises(Refusal, match="rated_already"):
        rate_case(good.pk, score=1, channel="web", by=owner(good), now=clock.now)
    assert Rating.objects.count() == 2


def test_the_centre_reopens_within_its_window_only(clock: Clock) -> None:
    case = announced_case(clock)
    close_case(case.pk, reason=CloseReason.ACCEPTED, by=owner(case), now=clock.now)
    clock.forward(days=29)
    reopen_case(case.pk, reason="باز خراب شد.", by=actor("centre-head"), now=clock.now)
    assert (fresh(case).status, fresh(case).cycle) == (Status.IN_WORK, 2)


def test_joined_cases_keep_their_promise_and_are_announced_one_by_one(clock: Clock) -> None:
    from pol137.cases.operations import answer_case, approve_answer
    from pol137.cases.rules.drafts import ReporterDraft
    from tests.factories import DONE

    main = reported_case(clock.now)
    clock.forward(hours=10)
    joined = reported_case(clock.now, reporter=ReporterDraft(phone="09359876543"))
    join_incident(joined.pk, main_case_id=main.pk, by=actor("centre-triage"), now=clock.now)
    clock.forward(hours=63)
    assert (fresh(main).rung, fresh(joined).rung) == (1, 0)
    answer_case(main.pk, answer=DONE, by=actor("s1-roads-head"), now=clock.now)
    approve_answer(main.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    clock.run()
    assert (fresh(main).status, fresh(joined).status) == (Status.ANNOUNCED, Status.ANNOUNCED)
    assert DONE.citizen_text in sent_texts(["+989359876543"])[-1].text
    object_to_answer(joined.pk, ground="not_done", channel="web", by=owner(joined), now=clock.now)
    assert (fresh(main).status, fresh(joined).status) == (Status.ANNOUNCED, Status.UNDER_REVIEW)


def test_hiding_behind_an_incident_gains_no_time(clock: Clock) -> None:
    main, case = reported_case(clock.now), reported_case(clock.now)
    join_incident(case.pk, main_case_id=main.pk, by=actor("centre-triage"), now=clock.now)
    clock.forward(hours=100)
    assert fresh(case).rung == 0
    leave_incident(case.pk, by=actor("centre-triage"), now=clock.now)
    clock.run()
    assert fresh(case).rung == 2


def test_the_same_answer_is_not_approved_twice(clock: Clock) -> None:
    from pol137.cases.operations import approve_answer

    case = answered_case(clock.now)
    approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    with pytest.raises(Refusal):
        approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)


def test_who_objected_with_right_is_not_told_of_a_delay_nor_the_unit_charged_before_the_new_time(
    clock: Clock,
) -> None:
    from pol137.cases.models import Rung
    from pol137.cases.operations import answer_case, approve_answer
    from tests.factories import DONE

    case = announced_case(clock)
    object_to_answer(case.pk, ground="not_done", channel="web", by=owner(case), now=clock.now)
    decide_review(
        case.pk, verdict="upheld", reasons="خاموش است.", by=actor("centre-s2-follow-up"), now=clock.now
    )
    clock.forward(hours=5)
    assert "case_delayed" not in [one.purpose for one in messages_of_case(case.pk)]
    answer_case(case.pk, answer=DONE, by=actor("s1-roads-head"), now=clock.now)
    approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    assert list(
        Rung.objects.filter(promise__case=case, promise__kind="answer").values_list("n", "late_minutes")
    ) == [(1, 0)]


# --- independence, and the last word --------------------------------------------------------------

NO_STAKE, STATIONED = "centre-s2-follow-up", "centre-s1-follow-up"


def objected_case(clock: Clock, *, approver: str = STATIONED) -> Case:
    """An answer in district 1 that does not convince."""
    case = answered_case(clock.now)
    approve_answer(case.pk, by=actor(approver), now=clock.now)
    clock.run()
    object_to_answer(case.pk, ground="not_done", channel="web", by=owner(case), now=clock.now)
    return fresh(case)


def judge(case: Case, clock: Clock, by: str, verdict: str = "not_upheld") -> Review:
    return decide_review(case.pk, verdict=verdict, reasons="در محل دیده شد.", by=actor(by), now=clock.now)


def listed(code: str) -> list[int]:
    return [row.case.pk for row in worklist(actor(code), Queue.REVIEW)]


def test_who_is_stationed_in_the_district_neither_sees_nor_decides_the_objection(clock: Clock) -> None:
    case = objected_case(clock, approver="centre-head")
    assert (listed(STATIONED), listed(NO_STAKE)) == ([], [case.pk])
    with pytest.raises(Refusal, match="reviewer_stationed_there"):
        judge(case, clock, STATIONED)
    judge(case, clock, NO_STAKE)


def test_objections_are_told_in_turn_to_those_who_may_decide_them(clock: Clock) -> None:
    Position.objects.filter(code="centre-statistics").update(role="follow_up")
    bump_version()
    forget()
    cases = [objected_case(clock, approver="centre-head") for _ in range(4)]
    clock.run()
    told = Notice.objects.filter(case__in=cases, kind="case.objected")
    names = [told.get(case=case).user.username for case in cases]
    assert Counter(names) == {NO_STAKE: 2, "centre-statistics": 2}
    assert all(set(listed(name)) == {case.pk for case in cases} for name in names)


def test_a_turn_is_counted_once_for_a_position_two_hold_and_stays_when_its_job_runs_again(
    clock: Clock,
) -> None:
    Position.objects.filter(code="centre-statistics").update(role="follow_up")
    bump_version()
    forget()
    position = Appointment.objects.get(user=user(NO_STAKE)).position_id
    Appointment.objects.create(user=user("centre-operator"), position_id=position, from_date=date(2020, 1, 1))
    cases = [objected_case(clock, approver="centre-head") for _ in range(4)]
    clock.run()
    told = Notice.objects.filter(case__in=cases, kind="case.objected")
    turns = Counter(told.values_list("position__code", "event_id").distinct().order_by())
    assert sorted(Counter(code for code, _ in turns).values()) == [2, 2]
    before = told.count()
    for event_id in {one.event_id for one in told}:
        tell_staff(event_id=event_id, now=clock.now)
    assert told.count() == before


def test_where_nobody_follows_up_the_head_is_told_of_the_objection_and_an_alarm_raised(clock: Clock) -> None:
    case = objected_case(clock)
    Appointment.objects.filter(position__role="follow_up").delete()
    clock.run()
    told = Notice.objects.filter(case=case, kind="case.objected")
    assert told.get(user__isnull=False).user.username == "centre-head"
    assert told.filter(user=None, position__code=NO_STAKE).exists()
    assert Notice.objects.filter(case=case, kind="alarm", instead_of__code=NO_STAKE).exists()


def test_where_nobody_may_decide_the_head_of_the_centre_is_told(clock: Clock) -> None:
    Appointment.objects.filter(position__role="follow_up").update(user=user(STATIONED))
    case = objected_case(clock)
    clock.run()
    told = Notice.objects.filter(case=case, kind="case.objected", user__isnull=False)
    assert set(told.values_list("user__username", flat=True)) == {"centre-head"}


def test_nobody_of_the_unit_decides_even_from_another_seat(clock: Clock) -> None:
    position = Appointment.objects.get(user=user(NO_STAKE)).position_id
    Appointment.objects.create(user=user("s1-roads-head"), position_id=position, from_date=date(2020, 1, 1))
    case = objected_case(clock)
    assert listed("s1-roads-head") == []
    with pytest.raises(Refusal, match="reviewer_of_the_unit"):
        judge(case, clock, "s1-roads-head")


def test_a_second_objection_needs_another_reviewer_and_the_third_is_the_heads(clock: Clock) -> None:
    case = objected_case(clock)
    assert judge(case, clock, NO_STAKE).final is False
    object_to_answer(case.pk, ground="not_done", channel="web", by=owner(case), now=clock.now)
    assert (listed(NO_STAKE), listed("centre-head")) == ([], [case.pk])
    with pytest.raises(Refusal, match="reviewer_decided_before"):
        judge(case, clock, NO_STAKE)
    assert judge(case, clock, "centre-head").final is False
    object_to_answer(case.pk, ground="not_done", channel="web", by=owner(case), now=clock.now)
    clock.run()
    assert Notice.objects.filter(case=case, kind="case.objected", position__code="centre-head").count() == 1
    assert (listed(NO_STAKE), listed("centre-head")) == ([], [case.pk])
    with pytest.raises(Refusal, match="review_is_the_heads"):
        judge(case, clock, NO_STAKE)
    assert judge(case, clock, "centre-head").final is True


def test_the_city_chooses_after_how_many_verdicts_the_head_has_the_last_word(clock: Clock) -> None:
    city_chooses(verdicts_before_final=1)
    case = objected_case(clock)
    assert judge(case, clock, NO_STAKE).final is False
    object_to_answer(case.pk, ground="not_done", channel="web", by=owner(case), now=clock.now)
    assert judge(case, clock, "centre-head").final is True


def finally_decided(clock: Clock) -> Case:
    case = objected_case(clock)
    judge(case, clock, NO_STAKE)
    for _ in range(2):
        object_to_answer(case.pk, ground="not_done", channel="web", by=owner(case), now=clock.now)
        judge(case, clock, "centre-head")
    clock.run()
    return fresh(case)


def test_the_final_answer_names_the_ways_that_remain_and_ends_objections(clock: Clock) -> None:
    case = finally_decided(clock)
    told = messages_of_case(case.pk)[-1]
    assert told.purpose == "review_final" and "بازرسی" in told.text and "شورا" in told.text
    with pytest.raises(Refusal, match="objections_over"):
        object_to_answer(case.pk, ground="not_done", channel="web", by=owner(case), now=clock.now)
    clock.now += timedelta(minutes=1)
    sms("33", clock)
    assert [one.purpose for one in messages_of_case(case.pk)].count("review_final") == 2
    rate_case(case.pk, score=1, channel="web", by=owner(case), now=clock.now)
    assert fresh(case).status == Status.ANNOUNCED
    clock.forward(days=8)
    assert fresh(case).status == Status.CLOSED


def test_the_last_word_upheld_is_worked_off_and_may_be_objected_to_again(clock: Clock) -> None:
    from tests.factories import DONE

    case = objected_case(clock)
    judge(case, clock, NO_STAKE)
    object_to_answer(case.pk, ground="not_done", channel="web", by=owner(case), now=clock.now)
    judge(case, clock, "centre-head")
    object_to_answer(case.pk, ground="not_done", channel="web", by=owner(case), now=clock.now)
    assert judge(case, clock, "centre-head", "upheld").final is False
    answer_case(case.pk, answer=DONE, by=actor("s1-roads-head"), now=clock.now)
    approve_answer(case.pk, by=actor(STATIONED), now=clock.now)
    clock.run()
    object_to_answer(case.pk, ground="not_done", channel="web", by=owner(case), now=clock.now)
    assert (listed(NO_STAKE), listed("centre-head")) == ([], [case.pk])


def test_an_upheld_objection_reopens_the_shared_problem_for_all(clock: Clock) -> None:
    from pol137.cases.rules.drafts import ReporterDraft
    from tests.factories import DONE

    main = reported_case(clock.now)
    joined = reported_case(clock.now, reporter=ReporterDraft(phone="09359876543"))
    join_incident(joined.pk, main_case_id=main.pk, by=actor("centre-triage"), now=clock.now)
    answer_case(main.pk, answer=DONE, by=actor("s1-roads-head"), now=clock.now)
    approve_answer(main.pk, by=actor(STATIONED), now=clock.now)
    clock.run()
    object_to_answer(joined.pk, ground="not_done", channel="web", by=owner(joined), now=clock.now)
    judge(joined, clock, NO_STAKE, "upheld")
    clock.run()
    assert (fresh(main).status, fresh(joined).status) == (Status.IN_WORK, Status.JOINED)
    assert messages_of_case(main.pk)[-1].purpose != "answer_announced"


def test_partly_upheld_reopens_only_the_objectors_case(clock: Clock) -> None:
    from tests.factories import DONE

    main, joined = reported_case(clock.now), reported_case(clock.now)
    join_incident(joined.pk, main_case_id=main.pk, by=actor("centre-triage"), now=clock.now)
    answer_case(main.pk, answer=DONE, by=actor("s1-roads-head"), now=clock.now)
    approve_answer(main.pk, by=actor(STATIONED), now=clock.now)
    clock.run()
    object_to_answer(joined.pk, ground="not_done", channel="web", by=owner(joined), now=clock.now)
    judge(joined, clock, NO_STAKE, "partly")
    assert (fresh(main).status, fresh(joined).status) == (Status.ANNOUNCED, Status.IN_WORK)


def test_31_on_a_promised_date_is_written_down_and_the_promise_goes_on(clock: Clock) -> None:
    from dataclasses import replace

    from pol137.journal.models import Event
    from tests.factories import DONE

    case = reported_case(clock.now)
    dated = replace(DONE, type="planned", plan_date=date(2026, 11, 1))
    answer_case(case.pk, answer=dated, by=actor("s1-roads-head"), now=clock.now)
    approve_answer(case.pk, by=actor(STATIONED), now=clock.now)
    clock.run()
    sms("۳۱", clock)
    assert fresh(case).status == Status.PLANNED
    assert Event.objects.filter(stream=f"case:{case.pk}", kind="case.plan_accepted").count() == 1
    assert messages_of_case(case.pk)[-1].purpose == "reply_recorded"


def test_a_reopened_case_is_surveyed_again(clock: Clock) -> None:
    from tests.factories import DONE

    case = announced_case(clock)
    rate_case(case.pk, score=4, channel="web", by=owner(case), now=clock.now)
    close_case(case.pk, reason=CloseReason.ACCEPTED, by=owner(case), now=clock.now)
    reopen_case(case.pk, reason="باز خراب شد.", by=actor("centre-head"), now=clock.now)
    answer_case(case.pk, answer=DONE, by=actor("s1-roads-head"), now=clock.now)
    approve_answer(case.pk, by=actor(STATIONED), now=clock.now)
    clock.run()
    rate_case(case.pk, score=2, channel="web", by=owner(case), now=clock.now)
    assert list(Rating.objects.values_list("score", flat=True)) == [4, 2]
