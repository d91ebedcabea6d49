"""Whatever is done in whatever order, the clock holds: a machine tries steps at random, with time passing.

`promised_at` never moves, a rung that fired stays fired, lateness never shrinks, nothing is announced that
the centre has not approved, and no living case is without an owner and a running clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Q
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from pol137.cases.models import Answer, Case, Promise, Review, Rung
from pol137.cases.operations import answer_case, decide_review
from pol137.cases.rules.steps import STEPS
from pol137.cases.vocabulary import ENDED, LADDERS, Action, AnswerType, PromiseKind, Status
from pol137.city.queries.book import book
from pol137.city.vocabulary import Role
from pol137.journal.models import Event
from pol137.journal.queries import broken_links
from pol137.journal.vocabulary import EventKind
from pol137.lib.refusal import Refusal
from tests.every_step import TAKE, answer, by_role
from tests.factories import Clock, fresh, reported_case

pytestmark = pytest.mark.django_db

UNIT = (str(Role.UNIT_USER), str(Role.UNIT_HEAD))
UNITS_OWN = sorted(action for action in TAKE if STEPS[action].roles & set(UNIT))
EVERY_ACTION = sorted(TAKE)
PASSING = st.sampled_from(
    [timedelta(minutes=1), timedelta(hours=1), timedelta(hours=11), timedelta(hours=23)]
)
LONG = st.sampled_from([timedelta(hours=49), timedelta(hours=71, minutes=59), timedelta(days=8)])
SERVICES = st.sampled_from(["light-out", "open-manhole"])
DAYS = st.sampled_from([1, 10, 29, 100])


@contextmanager
def undone() -> Iterator[None]:
    """A transaction that leaves nothing behind."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Story(RuleBasedStateMachine):
    """One case and all that befalls it; what must never change is remembered after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = undone()
        self.transaction.__enter__()
        self.clock = Clock()
        self.promised: dict[int, datetime] = {}
        self.fired: dict[tuple[int, int], tuple[Any, ...]] = {}
        self.late: dict[int, int] = {}
        self.late_rungs: dict[int, int] = {}

    @initialize(service=SERVICES, routed=st.booleans())
    def a_case(self, service: str, routed: bool) -> None:
        reported_case(self.clock.now, service=service, words="چاله‌ای پیش از این هم بود.")
        place = {"service": service} if routed else {"service": "other", "district": ""}
        self.case = reported_case(self.clock.now, **place)
        self.clock.run()

    @rule(passing=PASSING)
    def time_passes(self, passing: timedelta) -> None:
        self.clock.now += passing
        self.clock.run()

    @rule(passing=st.one_of(PASSING, LONG))
    def the_machine_stands_still(self, passing: timedelta) -> None:
        self.clock.now += passing

    def take(self, action: Action, role: str) -> None:
        case = fresh(self.case)
        with _refused():
            TAKE[action](case, by_role(role, case, self.clock.now), self.clock.now)

    def do_answer(self, type_: str, days: int) -> None:
        case = fresh(self.case)
        by = by_role(Role.UNIT_HEAD, case, self.clock.now)
        with _refused():
            given = answer(type_, self.clock.now, days=days)
            answer_case(case.pk, answer=given, by=by, now=self.clock.now)

    def teardown(self) -> None:
        try:
            assert broken_links() == []
        finally:
            self.transaction.__exit__(None, None, None)

    def everything(self) -> list[Case]:
        """The case, its parts and whatever it joined."""
        return list(Case.objects.order_by("id"))

    @invariant()
    def the_clock_holds(self) -> None:
        self.what_was_promised_stays()
        self.a_rung_that_fired_stays_fired()
        self.lateness_never_shrinks()
        self.nothing_is_told_that_was_not_approved()
        self.every_living_case_has_an_owner_and_a_running_clock()

    def what_was_promised_stays(self) -> None:
        now = dict(Promise.objects.values_list("id", "promised_at"))
        assert {id_: now.get(id_) for id_ in self.promised} == self.promised
        self.promised = now

    def a_rung_that_fired_stays_fired(self) -> None:
        now = {
            (promise, n): (due_at, fired_at)
            for promise, n, due_at, fired_at in Rung.objects.values_list(
                "promise_id", "n", "due_at", "fired_at"
            )
        }
        assert {key: now.get(key) for key in self.fired} == self.fired
        self.fired = now

    def lateness_never_shrinks(self) -> None:
        now = dict(Case.objects.values_list("id", "late_minutes"))
        rungs = dict(Rung.objects.filter(late_minutes__isnull=False).values_list("id", "late_minutes"))
        assert {id_: (late, now[id_]) for id_, late in self.late.items() if now[id_] < late} == {}
        assert {id_: rungs.get(id_) for id_ in self.late_rungs} == self.late_rungs
        self.late, self.late_rungs = now, rungs

    def nothing_is_told_that_was_not_approved(self) -> None:
        told = {Status.APPROVED, Status.ANNOUNCED, Status.PLANNED, Status.UNDER_REVIEW}
        for case in self.everything():
            if case.status in told:
                source = case.incident.main_case if case.incident else case
                assert Answer.objects.filter(case=source, decision="approved").exists(), case.status
        kinds = [EventKind.CASE_APPROVED, EventKind.CASE_ANNOUNCED]
        for event in Event.objects.filter(kind__in=kinds):
            if event.kind == EventKind.CASE_APPROVED:
                role = event.by
                assert role.startswith("staff:"), role

    def every_living_case_has_an_owner_and_a_running_clock(self) -> None:
        for case in self.everything():
            clocks = list(Promise.objects.filter(case=case, ended_at__isnull=True))
            if case.status == Status.APPROVED and not clocks:
                whole = case.parent_id or case.pk
                family = Case.objects.filter(Q(pk=whole) | Q(parent=whole)).exclude(pk=case.pk)
                assert family.exclude(status=Status.APPROVED).exists(), "told when the others are approved"
                continue
            if case.status in ENDED:
                assert all(clock.kind == PromiseKind.ARCHIVE for clock in clocks), (case.status, clocks)
                continue
            if case.status == Status.JOINED:
                assert case.incident is not None
                continue
            running = [clock for clock in clocks if clock.next_at is not None]
            climbed = [clock for clock in clocks if clock.kind in LADDERS and not clock.stop]
            assert running or climbed, (case.status, clocks)
            with_centre = {
                Status.NEW: PromiseKind.TRIAGE,
                Status.ANSWERED: PromiseKind.APPROVAL,
                Status.UNDER_REVIEW: PromiseKind.REVIEW,
                Status.PLANNED: PromiseKind.PLAN,
                Status.ANNOUNCED: PromiseKind.OBJECTION_WINDOW,
            }
            if case.status in with_centre:
                assert with_centre[Status(case.status)] in {clock.kind for clock in clocks}, (
                    case.status,
                    clocks,
                )
            elif case.status != Status.APPROVED:
                assert case.department_id is not None
                assert PromiseKind.ANSWER in {clock.kind for clock in clocks}, (case.status, clocks)


@contextmanager
def _refused() -> Iterator[None]:
    """A step may be refused; then nothing of it stays."""
    try:
        with transaction.atomic():
            yield
    except Refusal:
        pass


class Everybody(Story):
    """Every role tries every step, the permitted and the forbidden."""

    @rule(action=st.sampled_from(EVERY_ACTION), pick=st.integers(0, 30))
    def somebody_takes_a_permitted_step(self, action: Action, pick: int) -> None:
        roles = sorted(STEPS[action].roles)
        self.take(action, roles[pick % len(roles)])

    @rule(pick=st.integers(0, 1000))
    def somebody_takes_a_step_that_is_open_now(self, pick: int) -> None:
        status = fresh(self.case).status
        open_now = [action for action in EVERY_ACTION if status in STEPS[action].sources]
        action = open_now[pick % len(open_now)] if open_now else Action.NOTE
        roles = sorted(STEPS[action].roles)
        self.take(action, roles[(pick // 31) % len(roles)])

    @rule(type_=st.sampled_from(sorted(AnswerType)), days=DAYS)
    def the_unit_answers(self, type_: str, days: int) -> None:
        self.do_answer(type_, days)

    @rule(
        verdict=st.sampled_from(["partly", "not_upheld"]), role=st.sampled_from(["follow_up", "centre_head"])
    )
    def the_review_is_decided(self, verdict: str, role: str) -> None:
        case = fresh(self.case)
        with _refused():
            by = by_role(role, case, self.clock.now)
            decide_review(case.pk, verdict=verdict, reasons="بررسی شد.", by=by, now=self.clock.now)


class UnitAlone(Story):
    """Only the unit acts, as cleverly as it can: what it gains is never more than one question allows."""

    @rule(action=st.sampled_from(UNITS_OWN), role=st.sampled_from(UNIT))
    def the_unit_takes_a_step(self, action: Action, role: str) -> None:
        self.take(action, role)

    @rule(type_=st.sampled_from(sorted(AnswerType)), days=DAYS)
    def the_unit_answers(self, type_: str, days: int) -> None:
        self.do_answer(type_, days)

    @invariant()
    def no_time_is_gained_but_by_one_question(self) -> None:
        limit = book().city.question_limit
        for promise in Promise.objects.filter(kind=PromiseKind.ANSWER):
            assert promise.due_at <= promise.promised_at + limit, promise.due_at - promise.promised_at

    @invariant()
    def the_unit_approves_announces_and_closes_nothing(self) -> None:
        statuses = set(Case.objects.values_list("status", flat=True))
        assert not statuses & {
            Status.APPROVED, Status.ANNOUNCED, Status.PLANNED, Status.UNDER_REVIEW, Status.CLOSED,
        }  # fmt: skip
        assert not Review.objects.exists()

    @rule()
    def nothing_stops_the_ladder_but_an_answer(self) -> None:
        """From here the unit does nothing for ten days: either an answer waits, or every rung has fired."""
        with undone():
            for _ in range(10):
                self.clock.now += timedelta(days=1)
                self.clock.run()
            case = fresh(self.case)
            if case.status not in (Status.ANSWERED, Status.JOINED):
                clock = Promise.objects.filter(case=case, kind=PromiseKind.ANSWER).latest("id")
                assert clock.next_at is None and clock.next_rung == len(clock.rung_due), case.status
                assert case.rung == len(clock.rung_due) - 1
        self.clock.now -= timedelta(days=10)


def run(machine: type[Story], *, examples: int, steps: int) -> None:
    """Try the machine, the same stories each time; a failure prints the story that breaks a promise."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_no_sequence_of_steps_of_anybody_breaks_the_clock() -> None:
    run(Everybody, examples=30, steps=35)


def test_no_sequence_of_a_units_steps_gains_it_time() -> None:
    run(UnitAlone, examples=20, steps=25)
