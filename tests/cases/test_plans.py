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
    keep_plan,
    object_to_answer,
    postpone_plan,
    return_answer,
)
from pol137.cases.permissions import citizen_ref
from pol137.cases.rules.drafts import AnswerDraft, ReporterDraft
from pol137.cases.vocabulary import PromiseKind, Status
from pol137.city.operations import declare_closure
from pol137.city.queries.book import forget, local_day
from pol137.lib.actor import citizen, system
from pol137.lib.refusal import Refusal
from pol137.messaging.models import OutboundMessage
from pol137.staff.models import Appointment
from tests.factories import DONE, Clock, actor, fresh, reported_case, user

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
