"""What a main case is granted those joined to it have too; who leaves goes on by his own time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pol137.cases.models import Assignment, Case, Promise, Question
from pol137.cases.operations import (
    accept_case,
    answer_case,
    approve_answer,
    ask_citizen,
    give_time,
    join_incident,
    leave_incident,
    note_question_reached,
    pause_case,
    resume_case,
    return_answer,
    withdraw_case,
)
from pol137.cases.permissions import citizen_ref
from pol137.cases.rules.drafts import ReporterDraft
from pol137.cases.vocabulary import PromiseKind
from pol137.city.operations import declare_closure
from pol137.city.queries.book import book, forget, local_day
from pol137.lib.actor import citizen, system
from pol137.messaging.models import OutboundMessage
from tests.factories import DONE, Clock, actor, fresh, reported_case

pytestmark = pytest.mark.django_db

HEAD, DEPUTY, APPROVER, TRIAGE = "s1-roads-head", "s1-deputy-tech", "centre-s1-follow-up", "centre-triage"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def answer_clock(case: Case) -> Promise:
    return Promise.objects.filter(case=case, kind=PromiseKind.ANSWER).latest("id")


Two = tuple[Case, Case]


@pytest.fixture
def two(clock: Clock) -> tuple[Case, Case]:
    """A main case in work and one, five hours younger, that joined it."""
    main = reported_case(clock.now)
    clock.forward(hours=5)
    other = reported_case(clock.now, reporter=ReporterDraft(phone="09359876543"))
    join_incident(other.pk, main_case_id=main.pk, by=actor(TRIAGE), now=clock.now)
    accept_case(main.pk, by=actor(HEAD), now=clock.now)
    return main, other


def told(main: Case, clock: Clock) -> None:
    answer_case(main.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    approve_answer(main.pk, by=actor(APPROVER), now=clock.now)
    clock.run()


def test_more_time_reaches_those_joined_and_makes_nobody_late(clock: Clock, two: tuple[Case, Case]) -> None:
    main, other = two
    due = answer_clock(other).due_at
    give_time(main.pk, hours=48, reason="قطعه", by=actor(DEPUTY), now=clock.now)
    moved = answer_clock(other)
    assert (moved.due_at, moved.extended_at, moved.promised_at) == (due + 2 * DAY, clock.now, due)
    clock.forward(hours=110)
    told(main, clock)
    assert (fresh(main).late_minutes, fresh(other).late_minutes) == (0, 0)


def test_who_leaves_has_his_own_time_again_and_nothing_was_gained(
    clock: Clock, two: tuple[Case, Case]
) -> None:
    main, other = two
    before = answer_clock(other)
    give_time(main.pk, hours=48, reason="قطعه", by=actor(DEPUTY), now=clock.now)
    clock.forward(hours=91)
    leave_incident(other.pk, by=actor(TRIAGE), now=clock.now)
    after = answer_clock(other)
    assert (after.due_at, after.rung_due, after.extended_at) == (before.due_at, before.rung_due, None)
    clock.run()
    assert fresh(other).rung == 1


def test_a_pause_and_a_question_reach_those_joined(clock: Clock, two: Two) -> None:
    main, other = two
    due = answer_clock(other).due_at
    pause_case(main.pk, until=clock.now + 3 * DAY, reason="قطعه", by=actor(DEPUTY), now=clock.now)
    clock.forward(days=3)
    assert answer_clock(other).due_at == due + 3 * DAY
    ask_citizen(main.pk, question="کدام تیر؟", by=actor(HEAD), now=clock.now)
    note_question_reached(Question.objects.get().pk, by=system("tests"), now=clock.now)
    clock.forward(hours=7)
    resume_case(main.pk, reply="دومی", by=citizen(citizen_ref(main.pk)), now=clock.now)
    assert answer_clock(other).due_at == due + 3 * DAY + 7 * HOUR


def test_who_joins_during_a_pause_has_what_is_left_of_it(clock: Clock, two: Two) -> None:
    main, _ = two
    pause_case(main.pk, until=clock.now + 3 * DAY, reason="قطعه", by=actor(DEPUTY), now=clock.now)
    clock.forward(days=2)
    late = reported_case(clock.now)
    due = answer_clock(late).due_at
    join_incident(late.pk, main_case_id=main.pk, by=actor(TRIAGE), now=clock.now)
    clock.forward(days=1)
    assert answer_clock(late).due_at == due + DAY


def test_the_hours_of_checking_a_returned_answer_reach_those_joined(
    clock: Clock, two: tuple[Case, Case]
) -> None:
    main, other = two
    due = answer_clock(other).due_at
    answer_case(main.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    clock.forward(hours=9)
    return_answer(main.pk, reason="نشانی؟", by=actor(APPROVER), now=clock.now)
    assert answer_clock(other).due_at == due + 9 * HOUR


def test_a_closure_of_the_main_cases_offices_reaches_one_joined_from_triage(clock: Clock) -> None:
    main = reported_case(clock.now)
    other = reported_case(clock.now, service="other", district="")
    join_incident(other.pk, main_case_id=main.pk, by=actor(TRIAGE), now=clock.now)
    due = answer_clock(other).due_at
    closed, district = clock.now + DAY, book().districts.by_code["s1"].id
    by = system("tests")
    declare_closure(
        title="برودت", districts=[district], from_at=closed, to_at=closed + DAY, by=by, now=clock.now
    )
    forget()
    clock.run()
    assert answer_clock(main).due_at == answer_clock(main).promised_at + DAY
    assert answer_clock(other).due_at == due + DAY
    leave_incident(other.pk, by=actor(TRIAGE), now=clock.now)
    assert answer_clock(other).due_at == due, "its own offices were open"
    forget()


def test_a_closure_of_the_main_cases_offices_reaches_one_who_shares_its_plan_without_a_unit(
    clock: Clock,
) -> None:
    main = reported_case(clock.now)
    other = reported_case(
        clock.now, service="other", district="", reporter=ReporterDraft(phone="09359876543")
    )
    join_incident(other.pk, main_case_id=main.pk, by=actor(TRIAGE), now=clock.now)
    plan = replace(DONE, type="planned", plan_date=local_day(clock.now) + 5 * DAY)
    answer_case(main.pk, answer=plan, by=actor(HEAD), now=clock.now)
    approve_answer(main.pk, by=actor(APPROVER), now=clock.now)
    clock.forward(minutes=1)
    assert (fresh(main).status, fresh(other).status) == ("planned", "planned")
    before = {one.case_id: one.due_at for one in Promise.objects.filter(kind=PromiseKind.PLAN)}
    district, from_at, by = book().districts.by_code["s1"].id, clock.now + DAY, system("tests")
    declare_closure(
        title="برودت", districts=[district], from_at=from_at, to_at=from_at + DAY, by=by, now=clock.now
    )
    forget()
    clock.run()
    after = {one.case_id: one.due_at for one in Promise.objects.filter(kind=PromiseKind.PLAN)}
    assert after == {case: due + DAY for case, due in before.items()} and len(after) == 2
    for case in (main, other):
        [text] = OutboundMessage.objects.filter(case_ref=case.pk, purpose="plan_postponed")
        assert "برودت" in text.text
    forget()


def test_the_heir_of_a_main_case_keeps_what_that_was_granted(clock: Clock, two: Two) -> None:
    main, heir = two
    due = answer_clock(heir).due_at
    give_time(main.pk, hours=48, reason="قطعه", by=actor(DEPUTY), now=clock.now)
    withdraw_case(main.pk, by=citizen(citizen_ref(main.pk)), now=clock.now)
    assert answer_clock(heir).due_at == due + 2 * DAY
    assert Assignment.objects.filter(case=heir, to_at=None).exists()
