"""A dated promise counts like any other: its lateness, its review, its day, and who may put it off."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from pol137.cases.models import Answer, Assignment, Case, Promise, Rung
from pol137.cases.operations import (
    answer_case,
    approve_answer,
    decide_review,
    join_incident,
    keep_plan,
    object_to_answer,
    postpone_plan,
    return_answer,
    support_case,
)
from pol137.cases.permissions import citizen_ref
from pol137.cases.rules.drafts import AnswerDraft, ReporterDraft
from pol137.cases.rules.texts import fill, moment
from pol137.cases.vocabulary import PromiseKind, Status
from pol137.city.models import MessageText
from pol137.city.operations import bump_version, declare_closure
from pol137.city.queries.book import book, forget, local_day
from pol137.contacts.operations import record_call_attempt
from pol137.contacts.queries import call_list
from pol137.lib import sms_segments
from pol137.lib.actor import citizen, client, system
from pol137.lib.refusal import Refusal
from pol137.messaging.models import OutboundMessage
from pol137.staff.models import Appointment
from tests.cases.test_parts import GREEN, LATER, answered, in_two_parts
from tests.factories import DONE, Clock, actor, announced_case, fresh, reported_case, user

pytestmark = pytest.mark.django_db

HEAD, DEPUTY, MANAGER, APPROVER = "s1-roads-head", "s1-deputy-tech", "s1-manager", "centre-s1-follow-up"
REVIEWER = "centre-s2-follow-up"
DAY, DAY_MINUTES = timedelta(days=1), 24 * 60


def on(day: date) -> AnswerDraft:
    return replace(DONE, type="planned", plan_date=day)


def planned(clock: Clock, *, days: int = 5, **changed: object) -> Case:
    """A case whose reporter has been told a date."""
    case = reported_case(clock.now, **changed)
    answer_case(case.pk, answer=on(local_day(clock.now) + days * DAY), by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    return fresh(case)


def plan_of(case: Case) -> Promise:
    return Promise.objects.filter(case=case, kind=PromiseKind.PLAN).latest("id")


def texts(case: Case, purpose: str) -> list[str]:
    sent = OutboundMessage.objects.filter(case_ref=case.pk, purpose=purpose).order_by("id")
    return list(sent.values_list("text", flat=True))


def objected(case: Case, clock: Clock) -> None:
    by = citizen(citizen_ref(case.pk))
    object_to_answer(case.pk, ground="not_convincing", channel="web", by=by, now=clock.now)


def judged(case: Case, verdict: str, clock: Clock) -> None:
    decide_review(case.pk, verdict=verdict, reasons="چنین است.", by=actor(REVIEWER), now=clock.now)
    clock.run()


# --- its day is told ------------------------------------------------------------------------------


def day_of(case: Case) -> str:
    """The last day of a plan as it is said: «پایان پنجشنبه ۳۰ مهر»."""
    zone = book().zone
    return moment(plan_of(case).due_at, zone, "fa", now=plan_of(case).started_at)


@pytest.mark.parametrize("kind", ["planned", "in_course"])
def test_the_day_an_answer_gives_is_in_the_sms(clock: Clock, kind: str) -> None:
    case = reported_case(clock.now)
    given = replace(DONE, type=kind, plan_date=local_day(clock.now) + 5 * DAY, next_step="نشست کمیسیون")
    answer_case(case.pk, answer=given, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    [told] = texts(case, "plan_announced")
    assert day_of(case) == "پایان پنجشنبه ۳۰ مهر" and day_of(case) in told and DONE.citizen_text in told
    assert texts(case, "answer_announced") == [] and fresh(case).status == Status.PLANNED


def test_a_long_answer_is_cut_and_its_day_stays(clock: Clock) -> None:
    case = reported_case(clock.now)
    long = replace(on(local_day(clock.now) + 5 * DAY), citizen_text="این کار در برنامه واحد است. " * 40)
    answer_case(case.pk, answer=long, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    [told] = texts(case, "plan_announced")
    assert day_of(case) in told and "۳۳" in told and "… بقیه: تلفن ۱۳۷، همین کد." in told
    assert sms_segments.count(told).parts == 3


def test_a_long_answer_in_latin_letters_stays_in_them_where_it_is_cut() -> None:
    text, more = "Answer to {code}: {answer} Send 33 to object.", "The rest: {phone}."
    values = {"code": "1234567890", "phone": "137", "answer": "The lamp is repaired. " * 40}
    told = fill(text, values, language="en", most=3, more=more)
    size = sms_segments.count(told)
    assert (size.encoding, size.parts) == ("gsm7", 3) and size.units > 400
    assert "... The rest: 137. Send 33 to object." in told


@pytest.mark.parametrize("said", ["ا" * 900, " " + "ا" * 900, "، . " * 300, "کوتاه", ""])
def test_whatever_an_answer_is_like_it_can_be_cut(said: str) -> None:
    told = fill(
        "کد {code}: {answer} ۳۳", {"code": "12", "answer": said}, language="fa", most=3, more="بقیه: ۱۳۷."
    )
    assert sms_segments.count(told).parts <= 3 and told.startswith("کد ۱۲:") and told.endswith("۳۳")


def test_an_answer_that_fits_says_nothing_of_more(clock: Clock) -> None:
    [told] = texts(announced_case(clock), "answer_announced")
    assert DONE.citizen_text in told and "بقیه" not in told


def test_the_days_of_all_parts_are_told_with_the_whole(clock: Clock) -> None:
    whole, part = in_two_parts(clock)
    answered(part, LATER, GREEN, clock)
    answered(whole, on(local_day(clock.now) + 5 * DAY), HEAD, clock)
    [told] = texts(whole, "plan_announced")
    assert f"{day_of(whole)}، {day_of(part)}" in told


def test_a_part_with_a_day_tells_it_though_the_whole_is_done(clock: Clock) -> None:
    whole, part = in_two_parts(clock)
    answered(part, LATER, GREEN, clock)
    answered(whole, DONE, HEAD, clock)
    [told] = texts(whole, "plan_announced")
    assert day_of(part) in told


def test_who_shares_the_fault_and_who_stands_behind_it_are_told_the_day(clock: Clock) -> None:
    main, case = reported_case(clock.now), reported_case(clock.now)
    join_incident(case.pk, main_case_id=main.pk, by=actor("centre-triage"), now=clock.now)
    support_case(main.pk, phone="09359876543", by=client("portal"), now=clock.now)
    answered(main, on(local_day(clock.now) + 5 * DAY), HEAD, clock)
    [joined], [behind] = texts(case, "plan_announced"), texts(main, "petition_planned")
    assert day_of(main) in joined and day_of(main) in behind


def test_a_city_without_the_new_text_says_the_day_behind_the_answer(clock: Clock) -> None:
    MessageText.objects.filter(event="plan_announced").delete()
    bump_version()
    forget()
    case = planned(clock)
    [told] = texts(case, "answer_announced")
    assert f"{DONE.citizen_text} ({day_of(case)})" in told and fresh(case).status == Status.PLANNED


def test_who_reads_no_sms_is_called_about_a_day_that_was_moved(clock: Clock) -> None:
    case = reported_case(clock.now, reporter=ReporterDraft(phone="05138400000", wish="call"))
    answered(case, on(local_day(clock.now) + 5 * DAY), HEAD, clock)
    [call] = call_list(now=clock.now, by=actor("centre-feedback"), limit=9)
    record_call_attempt(call.pk, outcome="told", by=actor("centre-feedback"), now=clock.now)
    clock.forward(hours=1)
    later = local_day(clock.now) + 9 * DAY
    postpone_plan(case.pk, until=later, reason="قطعه", by=actor(DEPUTY), now=clock.now)
    clock.run()
    [call] = call_list(now=clock.now, by=actor("centre-feedback"), limit=9)
    assert (call.case_id, call.purpose) == (case.pk, "plan")


def test_the_day_of_a_kept_plan_that_goes_back_moves_and_its_reporter_hears_it(clock: Clock) -> None:
    case = planned(clock)
    due = plan_of(case).due_at
    keep_plan(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    clock.forward(hours=5)
    return_answer(case.pk, reason="عکس کو؟", by=actor(APPROVER), now=clock.now)
    clock.run()
    assert plan_of(case).due_at == due + timedelta(hours=5)
    [told] = texts(case, "plan_returned")
    assert moment(plan_of(case).due_at, book().zone, "fa", now=clock.now) in told
    assert "عکس" not in told and texts(case, "answer_returned") == []


def test_who_reads_no_sms_is_called_about_a_day_that_moved_as_the_answer_went_back(clock: Clock) -> None:
    case = reported_case(clock.now, reporter=ReporterDraft(phone="05138400000", wish="call"))
    answered(case, on(local_day(clock.now) + 5 * DAY), HEAD, clock)
    [call] = call_list(now=clock.now, by=actor("centre-feedback"), limit=9)
    record_call_attempt(call.pk, outcome="told", by=actor("centre-feedback"), now=clock.now)
    clock.forward(hours=1)
    keep_plan(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    clock.forward(hours=2)
    return_answer(case.pk, reason="عکس کو؟", by=actor(APPROVER), now=clock.now)
    clock.run()
    [call] = call_list(now=clock.now, by=actor("centre-feedback"), limit=9)
    assert (call.case_id, call.purpose) == (case.pk, "plan")


# --- lateness -------------------------------------------------------------------------------------


def test_a_late_plan_counts_on_the_case_and_with_its_holder(clock: Clock) -> None:
    case = planned(clock)
    clock.now = plan_of(case).due_at + 2 * DAY
    clock.run()
    keep_plan(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    clock.forward(hours=3)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    assert fresh(case).late_minutes == 2 * DAY_MINUTES
    assert Assignment.objects.get(case=case).late_minutes == 2 * DAY_MINUTES


def test_putting_a_late_plan_off_keeps_its_lateness_and_counts_what_follows(clock: Clock) -> None:
    case = planned(clock)
    clock.now = plan_of(case).due_at + DAY
    clock.run()
    later = local_day(clock.now) + 3 * DAY
    postpone_plan(case.pk, until=later, reason="قطعه", by=actor(DEPUTY), now=clock.now)
    assert (fresh(case).late_minutes, Assignment.objects.get().late_minutes) == (DAY_MINUTES, DAY_MINUTES)
    clock.now = plan_of(case).due_at + DAY
    clock.run()
    keep_plan(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    assert fresh(case).late_minutes == Assignment.objects.get().late_minutes == 2 * DAY_MINUTES


def test_the_citizen_hears_of_a_late_plan_in_words_of_its_own(clock: Clock) -> None:
    case = planned(clock)
    clock.now = plan_of(case).due_at + 5 * DAY
    clock.run()
    assert Rung.objects.filter(promise=plan_of(case)).count() == 2
    assert len(texts(case, "plan_delayed")) == 1 and texts(case, "case_delayed") == []


def test_a_closure_moves_a_plan_in_the_words_of_a_plan(clock: Clock) -> None:
    case = planned(clock)
    due = plan_of(case).due_at
    declare_closure(
        title="برودت هوا",
        from_at=clock.now + DAY,
        to_at=clock.now + 2 * DAY,
        by=system("tests"),
        now=clock.now,
    )
    forget()
    clock.run()
    assert plan_of(case).due_at == due + DAY
    [told] = texts(case, "plan_postponed")
    assert "برودت هوا" in told and texts(case, "due_moved") == []
    forget()


def test_the_day_is_told_on_the_one_a_closure_has_moved_it_to(clock: Clock) -> None:
    case = planned(clock, days=3)
    day = local_day(clock.now) + 3 * DAY
    declare_closure(
        title="برودت هوا",
        from_at=clock.now + DAY,
        to_at=clock.now + 3 * DAY,
        by=system("tests"),
        now=clock.now,
    )
    forget()
    clock.run()
    while local_day(clock.now) <= day:
        clock.forward(hours=1)
    assert texts(case, "plan_due") == []
    while local_day(clock.now) <= day + 2 * DAY:
        clock.forward(hours=1)
    [told] = OutboundMessage.objects.filter(case_ref=case.pk, purpose="plan_due")
    assert local_day(told.queued_at) == day + 2 * DAY
    forget()


# --- while an objection is reviewed ---------------------------------------------------------------


def test_a_plan_kept_during_its_review_is_checked_when_that_ends(clock: Clock) -> None:
    case = planned(clock)
    objected(case, clock)
    keep_plan(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    assert (fresh(case).status, plan_of(case).stop) == (Status.UNDER_REVIEW, "held")
    assert not Promise.objects.filter(case=case, kind=PromiseKind.APPROVAL, ended_at=None).exists()
    with pytest.raises(Refusal, match="step_not_now"):
        keep_plan(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    kept_at = clock.now
    clock.forward(days=2)
    judged(case, "not_upheld", clock)
    assert fresh(case).status == Status.ANSWERED
    assert Promise.objects.filter(case=case, kind=PromiseKind.APPROVAL, ended_at=None).exists()
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    assert (fresh(case).status, plan_of(case).met_at) == (Status.ANNOUNCED, kept_at)


def test_a_plan_kept_during_a_review_that_is_upheld_goes_back_with_the_verdict(clock: Clock) -> None:
    case = planned(clock)
    objected(case, clock)
    kept = keep_plan(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    judged(case, "upheld", clock)
    kept.refresh_from_db()
    assert (fresh(case).status, kept.decision, kept.decision_reason) == (
        Status.IN_WORK, "returned", "چنین است.",
    )  # fmt: skip
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    assert Answer.objects.filter(case=case, decision="").count() == 1


def test_an_ordinary_answer_under_review_is_no_plan_to_keep(clock: Clock) -> None:
    case = reported_case(clock.now)
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    objected(case, clock)
    with pytest.raises(Refusal, match="step_not_now"):
        keep_plan(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)


def test_a_day_that_falls_into_a_review_is_told_when_that_ends(clock: Clock) -> None:
    case = planned(clock, days=1)
    clock.forward(hours=10)
    objected(case, clock)
    clock.forward(days=2)
    assert (fresh(case).status, texts(case, "plan_due")) == (Status.UNDER_REVIEW, [])
    judged(case, "not_upheld", clock)
    clock.run()
    assert (fresh(case).status, len(texts(case, "plan_due"))) == (Status.PLANNED, 1)
    assert fresh(case).rung == 0 and Rung.objects.filter(promise=plan_of(case)).exists()


def test_a_day_told_of_nothing_more_when_the_review_overturned_the_plan(clock: Clock) -> None:
    case = planned(clock, days=1)
    objected(case, clock)
    clock.forward(days=2)
    judged(case, "upheld", clock)
    clock.run()
    assert texts(case, "plan_due") == []


# --- who promises far dates -----------------------------------------------------------------------


def test_with_no_deputy_the_holder_of_the_next_rung_promises_a_far_date(clock: Clock) -> None:
    case = reported_case(clock.now)
    far = on(local_day(clock.now) + 60 * DAY)
    with pytest.raises(Refusal, match="answer_is_the_heads"):
        answer_case(case.pk, answer=far, by=actor(MANAGER), now=clock.now)
    Appointment.objects.filter(user=user(DEPUTY)).update(to_date=clock.now.date())
    with pytest.raises(Refusal, match="plan_date_too_far"):
        answer_case(case.pk, answer=far, by=actor(HEAD), now=clock.now)
    with pytest.raises(Refusal, match="answer_is_the_heads"):
        answer_case(case.pk, answer=DONE, by=actor(MANAGER), now=clock.now)
    given = answer_case(case.pk, answer=far, by=actor(MANAGER), now=clock.now)
    assert given.plan_date == local_day(clock.now) + 60 * DAY


def test_returned_and_kept_again_a_plan_is_late_by_the_units_own_hours(clock: Clock) -> None:
    case = planned(clock, reporter=ReporterDraft(phone="09359876543"))
    due = plan_of(case).due_at
    clock.now = due - DAY
    keep_plan(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    clock.forward(days=3)
    return_answer(case.pk, reason="عکس کو؟", by=actor(APPROVER), now=clock.now)
    assert plan_of(case).due_at == due + 3 * DAY
    clock.now = due + 4 * DAY
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    assert fresh(case).late_minutes == Assignment.objects.get(case=case).late_minutes == DAY_MINUTES
