"""Closures declared from the desk: later, never sooner, each once, and the citizen is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pol137.cases.models import Case, Promise
from pol137.cases.operations import (
    answer_case,
    approve_answer,
    count_lately_declared,
    join_incident,
    leave_incident,
    pause_case,
    resume_case,
    return_answer,
)
from pol137.cases.operations.closures import CLOSER, make_later
from pol137.cases.queries import count_promises_touched
from pol137.cases.rules import clocks
from pol137.cases.vocabulary import PromiseKind
from pol137.city.models import Calendar, Department
from pol137.city.operations import bump_version, declare_closure, end_closure
from pol137.city.queries.book import book, forget, local_day
from pol137.city.vocabulary import DepartmentKind
from pol137.journal.models import Event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import system
from pol137.messaging.queries import messages_of_case
from tests.factories import DONE, SATURDAY, Clock, actor, fresh, reported_case

pytestmark = pytest.mark.django_db

HEAD, DEPUTY, APPROVER, TRIAGE = "s1-roads-head", "s1-deputy-tech", "centre-s1-follow-up", "centre-triage"
TEHRAN = ZoneInfo("Asia/Tehran")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def in_tehran(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment of October 2026 (the 17th is a Saturday)."""
    return datetime(2026, 10, day, hour, minute, tzinfo=TEHRAN)


@pytest.fixture(autouse=True)
def _fresh_book() -> Iterator[None]:
    forget()
    yield
    forget()


def closed(clock: Clock, from_at: datetime | None = None, to_at: datetime | None = None, **where: Any) -> int:
    """The offices are closed, on Monday the 19th unless told otherwise; what follows has happened."""
    number = declare_closure(
        title="برودت هوا",
        from_at=from_at or in_tehran(19),
        to_at=to_at or in_tehran(20),
        by=system("test"),
        now=clock.now,
        **where,
    )
    forget()
    clock.run()
    return number


def answer_clock(case: Case) -> Promise:
    return Promise.objects.filter(case=case, kind=PromiseKind.ANSWER).latest("id")


def test_a_closure_makes_open_promises_later_by_the_time_closed(clock: Clock) -> None:
    case = reported_case(clock.now)
    before = answer_clock(case)
    number = closed(clock)
    after = answer_clock(case)
    assert after.due_at == before.due_at + DAY
    assert after.rung_due == [before.rung_due[0], *[one + DAY for one in before.rung_due[1:]]]
    assert (after.promised_at, after.closures) == (before.promised_at, [number])
    clock.forward(hours=72)
    assert fresh(case).rung == 0
    clock.forward(hours=24)
    assert fresh(case).rung == 1


def test_the_citizen_is_told_of_the_new_time_and_why(clock: Clock) -> None:
    case = reported_case(clock.now)
    closed(clock)
    (told,) = [one for one in messages_of_case(case.pk) if one.purpose == "due_moved"]
    assert "برودت هوا" in told.text and "چهارشنبه" in told.text
    (event,) = Event.objects.filter(stream=f"case:{case.pk}", kind=EventKind.CASE_DUE_MOVED)
    assert event.body["due_at"] == answer_clock(case).due_at.isoformat()


def test_each_closure_counts_once_however_often_it_is_counted(clock: Clock) -> None:
    case = reported_case(clock.now)
    number = closed(clock)
    due = answer_clock(case).due_at
    assert make_later(number, by=CLOSER, now=clock.now) == 0
    assert count_lately_declared(now=clock.now) == 0
    assert (answer_clock(case).due_at, answer_clock(case).closures) == (due, [number])
    assert Event.objects.filter(kind=EventKind.CASE_DUE_MOVED).count() == 1


def test_hours_closed_twice_count_once(clock: Clock) -> None:
    case = reported_case(clock.now)
    before = answer_clock(case).due_at
    closed(clock)
    closed(clock, in_tehran(18, 12), in_tehran(19, 12))
    assert answer_clock(case).due_at == before + 36 * HOUR


def test_a_promise_made_while_a_closure_is_declared_counts_with_it(clock: Clock) -> None:
    number = closed(clock)
    case = reported_case(clock.now)
    promise = answer_clock(case)
    assert promise.due_at == promise.promised_at == clock.now + 96 * HOUR
    assert promise.closures == [number]
    assert make_later(number, by=CLOSER, now=clock.now) == 0


def test_a_promise_of_one_who_had_not_heard_of_the_closure_is_not_forgotten(clock: Clock) -> None:
    case = reported_case(clock.now + timedelta(seconds=1))
    due = answer_clock(case).due_at
    Promise.objects.filter(case=case).update(ended_at=clock.now)
    closed(clock)
    Promise.objects.filter(case=case).update(ended_at=None)
    assert count_lately_declared(now=clock.now + timedelta(minutes=1)) == 1
    assert answer_clock(case).due_at == due + DAY


def test_a_closure_elsewhere_or_of_another_kind_of_office_moves_nothing(clock: Clock) -> None:
    case = reported_case(clock.now)
    due = answer_clock(case).due_at
    closed(clock, districts=[book().districts.by_code["s2"].id])
    closed(clock, kinds=[DepartmentKind.ORGANISATION])
    assert answer_clock(case).due_at == due
    closed(clock, districts=[book().districts.by_code["s1"].id])
    assert answer_clock(case).due_at == due + DAY


def test_a_day_promised_by_a_unit_that_never_closes_stands_through_any_closure(clock: Clock) -> None:
    Department.objects.filter(code="s1-roads").update(calendar=Calendar.objects.get(code="always"))
    bump_version()
    forget()
    case = reported_case(clock.now)
    dated = replace(DONE, type="planned", plan_date=local_day(clock.now) + 5 * DAY)
    answer_case(case.pk, answer=dated, by=actor("s1-roads-head"), now=clock.now)
    approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    clock.run()
    plan = Promise.objects.get(case=case, kind=PromiseKind.PLAN)
    nobody = count_promises_touched(departments=[None], from_at=in_tehran(19), to_at=in_tehran(20))
    closed(clock)
    assert (Promise.objects.get(pk=plan.pk).due_at, nobody) == (plan.due_at, 0)


def test_where_somebody_is_in_danger_a_closure_moves_nothing(clock: Clock) -> None:
    case = reported_case(clock.now, service="open-manhole")
    due = answer_clock(case).due_at
    number = closed(clock, clock.now, clock.now + DAY)
    assert answer_clock(case).due_at == due
    assert answer_clock(reported_case(clock.now, service="open-manhole")).closures == []
    assert number in book().closures


def test_the_centre_is_never_closed(clock: Clock) -> None:
    reported_case(clock.now, service="other", district="")
    triage = Promise.objects.get(kind=PromiseKind.TRIAGE)
    closed(clock, clock.now, clock.now + DAY)
    assert Promise.objects.get(kind=PromiseKind.TRIAGE).due_at == triage.due_at


def test_an_answer_returned_after_a_closure_gets_back_exactly_its_time(clock: Clock) -> None:
    case = reported_case(clock.now)
    clock.now = in_tehran(18, 10)
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    closed(clock)
    assert answer_clock(case).stop == "held"
    assert [one for one in messages_of_case(case.pk) if one.purpose == "due_moved"] == []
    clock.now = in_tehran(24, 10)
    return_answer(case.pk, reason="نشانی را بنویسید.", by=actor(APPROVER), now=clock.now)
    assert answer_clock(case).due_at == clock.now + 48 * HOUR


def test_an_answer_that_said_nothing_has_the_original_time_and_the_closure(clock: Clock) -> None:
    case = reported_case(clock.now)
    promised = answer_clock(case).promised_at
    clock.now = in_tehran(18, 10)
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    closed(clock)
    clock.now = in_tehran(20, 10)
    return_answer(case.pk, reason="در دست بررسی", no_logical_answer=True, by=actor(APPROVER), now=clock.now)
    assert answer_clock(case).due_at == promised + DAY
    clock.run()
    assert fresh(case).rung == 0


def test_a_pause_that_pushes_a_promise_into_a_closure_counts_with_it(clock: Clock) -> None:
    case = reported_case(clock.now)
    promised = answer_clock(case).promised_at
    number = closed(clock, in_tehran(21), in_tehran(22))
    assert answer_clock(case).due_at == promised
    pause_case(case.pk, until=clock.now + DAY, reason="باران", by=actor(DEPUTY), now=clock.now)
    clock.forward(hours=24)
    assert answer_clock(case).due_at == promised + 2 * DAY
    assert answer_clock(case).closures == [number]


@pytest.mark.parametrize(
    ("until", "due", "told"),
    [
        (in_tehran(21, 10), in_tehran(22, 10), ["پنجشنبه ۳۰ مهر ساعت ۱۰"]),
        (in_tehran(20, 10), in_tehran(22), ["چهارشنبه ۲۹ مهر ساعت ۱۰", "پایان چهارشنبه ۲۹ مهر"]),
    ],
)
def test_in_a_pause_the_citizen_is_told_a_closure_only_where_he_waits_longer(
    clock: Clock, until: datetime, due: datetime, told: list[str]
) -> None:
    """On Monday at ten a day is left. The closure of Tuesday lies wholly inside of the pause, or partly."""
    case = reported_case(clock.now)
    clock.now = in_tehran(19, 10)
    pause_case(case.pk, until=until, reason="منتظر قطعه", by=actor(DEPUTY), now=clock.now)
    clock.run()
    closed(clock, in_tehran(20), in_tehran(21))
    clock.now = until
    clock.run()
    assert answer_clock(case).due_at == due
    moved = [one.text for one in messages_of_case(case.pk) if one.purpose == "due_moved"]
    assert [text.partition(" به ")[2].partition(" تغییر")[0] for text in moved] == told


@pytest.mark.parametrize(
    ("declared", "hours", "told"),
    [
        ("before", 24, ["پنجشنبه ۳۰ مهر ساعت ۱۰"]),
        ("in it", 24, ["چهارشنبه ۲۹ مهر ساعت ۱۰", "پنجشنبه ۳۰ مهر ساعت ۱۰"]),
        ("in it", 25, ["چهارشنبه ۲۹ مهر ساعت ۱۰", "پنجشنبه ۳۰ مهر ساعت ۱۰"]),
        ("in it", 12, ["چهارشنبه ۲۹ مهر ساعت ۱۰"]),
    ],
)
def test_a_closure_that_a_pause_runs_into_is_told_once(
    clock: Clock, declared: str, hours: int, told: list[str]
) -> None:
    """It lies after the time that was promised, and is counted as the pause ends: in time, late, or early."""
    case = reported_case(clock.now)
    wednesday = in_tehran(21), in_tehran(22)
    if declared == "before":
        closed(clock, *wednesday)
    until = clock.now + DAY
    pause_case(case.pk, until=until, reason="باران", by=actor(DEPUTY), now=clock.now)
    clock.run()
    if declared != "before":
        clock.forward(hours=1)
        closed(clock, *wednesday)
    clock.now = until + (hours - 24) * HOUR
    if clock.now < until:
        resume_case(case.pk, by=actor(HEAD), now=clock.now)
    clock.run()
    assert fresh(case).status == "in_work"
    moved = [one.text for one in messages_of_case(case.pk) if one.purpose == "due_moved"]
    assert [text.partition(" به ")[2].partition(" تغییر")[0] for text in moved] == told
    assert all("برودت هوا" in text for text in moved[1:])


def test_a_rung_that_fired_stands_though_a_closure_was_declared_later(clock: Clock) -> None:
    case = reported_case(clock.now)
    clock.forward(hours=72)
    fell = answer_clock(case).rung_due[1]
    closed(clock, in_tehran(20), in_tehran(21))
    promise = answer_clock(case)
    assert (fresh(case).rung, promise.rung_due[1], promise.next_rung) == (1, fell, 2)
    assert promise.rung_due[2] == in_tehran(22, 10)


def test_a_promise_overdue_before_the_closure_stays_overdue(clock: Clock) -> None:
    case = reported_case(clock.now)
    clock.forward(hours=75)
    due = answer_clock(case).due_at
    closed(clock, in_tehran(21), in_tehran(22))
    assert answer_clock(case).due_at == due
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    assert fresh(case).late_minutes == 180


def test_a_closure_ended_early_moves_no_promise_back(clock: Clock) -> None:
    case = reported_case(clock.now)
    number = closed(clock, in_tehran(18), in_tehran(21))
    later = answer_clock(case).due_at
    clock.now = in_tehran(18, 12)
    end_closure(number, by=system("test"), now=clock.now)
    forget()
    clock.run()
    assert answer_clock(case).due_at == later
    assert answer_clock(reported_case(clock.now)).due_at == clock.now + 72 * HOUR


def test_a_closure_called_off_before_anybody_counted_it_moves_nothing(clock: Clock) -> None:
    case = reported_case(clock.now)
    number = declare_closure(
        title="برودت هوا", from_at=in_tehran(19), to_at=in_tehran(20), by=system("test"), now=clock.now
    )
    end_closure(number, by=system("test"), now=clock.now)
    clock.run()
    assert answer_clock(case).due_at == answer_clock(case).promised_at


def test_a_joined_case_that_leaves_has_the_closure_too(clock: Clock) -> None:
    main, case = reported_case(clock.now), reported_case(clock.now)
    join_incident(case.pk, main_case_id=main.pk, by=actor(TRIAGE), now=clock.now)
    closed(clock)
    leave_incident(case.pk, by=actor(TRIAGE), now=clock.now)
    promise = answer_clock(case)
    assert promise.due_at == promise.promised_at + DAY


def test_a_rung_waiting_for_the_morning_waits_for_the_end_of_the_closure(clock: Clock) -> None:
    clock.now = in_tehran(17, 20)
    case = reported_case(clock.now)
    assert answer_clock(case).next_at == in_tehran(21, 9, 30)
    closed(clock, in_tehran(21), in_tehran(22))
    promise = answer_clock(case)
    assert (promise.due_at, promise.next_at) == (in_tehran(20, 20), in_tehran(24, 9, 30))


def test_the_last_rung_too_waits_for_the_end_of_a_closure(clock: Clock) -> None:
    clock.now = in_tehran(17, 20)
    case = reported_case(clock.now)
    clock.now = in_tehran(21, 21)
    clock.run()
    promise = answer_clock(case)
    assert (promise.next_rung, promise.next_at) == (2, in_tehran(24, 9, 30))
    closed(clock, in_tehran(24), in_tehran(25))
    assert answer_clock(case).next_at == in_tehran(25, 9, 30)
    assert answer_clock(case).due_at == promise.due_at


def test_many_promises_are_made_later_in_batches(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [reported_case(clock.now + timedelta(minutes=n)) for n in range(5)]
    due = [answer_clock(case).due_at for case in cases]
    monkeypatch.setattr("pol137.cases.operations.closures.BATCH", 2)
    roads = book().departments.by_code["s1-roads"].id
    swing = reported_case(clock.now, service="playground")
    join_incident(swing.pk, main_case_id=cases[0].pk, by=actor(TRIAGE), now=clock.now)
    assert count_promises_touched(departments=[roads], from_at=in_tehran(19), to_at=in_tehran(20)) == 6
    clock.now += 6 * timedelta(minutes=1)
    closed(clock)
    assert [answer_clock(case).due_at for case in cases] == [one + DAY for one in due]
    assert Event.objects.filter(kind=EventKind.CASE_DUE_MOVED).count() == 6


minutes = st.integers(0, 60 * 24 * 10)
closures = st.lists(st.tuples(minutes, st.integers(1, 60 * 24 * 3)), min_size=1, max_size=4)


@given(minutes, closures)
@settings(max_examples=80)
def test_counted_one_by_one_or_all_at_the_start_closures_come_to_the_same(
    within: int, shut: list[tuple[int, int]]
) -> None:
    spans = [(SATURDAY + timedelta(minutes=at), SATURDAY + timedelta(minutes=at + long)) for at, long in shut]
    due = SATURDAY + timedelta(minutes=within)
    for n, (from_at, _) in enumerate(spans):
        before = clocks.own_clock(None, spans[:n], TEHRAN)
        after = clocks.own_clock(None, spans[: n + 1], TEHRAN)
        moved = clocks.shifted(due, stopped_at=from_at, now=from_at, before=before, after=after)
        assert moved >= due
        due = moved
    whole = clocks.own_clock(None, spans, TEHRAN)
    assert due == clocks.later(SATURDAY, timedelta(minutes=within), whole)
