"""The arithmetic of clocks: nothing is ever sooner, nothing due is lost, time left is given back exactly."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from importlib import import_module
from zoneinfo import ZoneInfo

import pytest
from django.db import OperationalError
from hypothesis import given, settings
from hypothesis import strategies as st

from pol137.cases.models import Case, Promise, Rung
from pol137.cases.operations import (
    accept_case,
    answer_case,
    approve_answer,
    give_time,
    join_incident,
    pause_case,
    reclassify_case,
    resume_case,
    return_answer,
    route_case,
    split_case,
    sweep,
    transfer_case,
    withdraw_case,
)
from pol137.cases.operations.promises import answer_promise
from pol137.cases.permissions import citizen_ref
from pol137.cases.rules import clocks
from pol137.cases.rules.clocks import Times
from pol137.cases.rules.routing import choose_department
from pol137.cases.rules.texts import moment
from pol137.cases.vocabulary import NEEDS_NO_ANSWER, PromiseKind, Status
from pol137.city.queries.book import book, forget
from pol137.city.rules.book import Book, Shelf
from pol137.city.rules.entries import PolicyEntry
from pol137.city.vocabulary import Clock as Counts
from pol137.city.vocabulary import MessageKind, Role
from pol137.commands.city import load, read
from pol137.journal.models import Event
from pol137.journal.vocabulary import EventKind
from pol137.lib import working_time
from pol137.lib.actor import citizen, system
from pol137.lib.refusal import Refusal
from pol137.lib.working_time import WorkingWeek
from tests.factories import DONE, SATURDAY, Clock, actor, announced_case, fresh, reported_case

pytestmark = pytest.mark.django_db

HEAD, DEPUTY, APPROVER, TRIAGE = "s1-roads-head", "s1-deputy-tech", "centre-s1-follow-up", "centre-triage"
SHELF = import_module("pol137.city.queries.book")
SWEEP = import_module("pol137.cases.operations.sweep")
TEHRAN = ZoneInfo("Asia/Tehran")
WEEK = WorkingWeek.of(
    "Asia/Tehran",
    {day: ["07:30-14:30"] for day in ("sat", "sun", "mon", "tue", "wed")},
    closed_dates=[date(2026, 10, 21)],
)
HOUR = timedelta(hours=1)
moments = st.integers(0, 60 * 24 * 40).map(lambda minutes: SATURDAY + timedelta(minutes=minutes))
spans = st.integers(0, 60 * 24 * 12).map(lambda minutes: timedelta(minutes=minutes))
own_clocks = st.sampled_from([None, WEEK, clocks.round_the_clock(TEHRAN)])


def in_tehran(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of October 2026 (the 17th is a Saturday)."""
    return datetime(2026, 10, day, hour, minute, tzinfo=TEHRAN)


def answer_clock(case: Case) -> Promise:
    return Promise.objects.filter(case=case, kind=PromiseKind.ANSWER).latest("id")


def fired(case: Case) -> list[tuple[int, datetime]]:
    """The rungs of a case that fired, with their own due times."""
    rungs = Rung.objects.filter(promise__case=case, promise__kind=PromiseKind.ANSWER)
    return list(rungs.order_by("id").values_list("n", "due_at"))


@pytest.fixture
def city(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Book], None]]:
    """Let everybody read another Book for the length of a test."""

    def read_this(changed: Book) -> None:
        held = SHELF._Held(changed, date(2026, 10, 17), float("inf"))
        monkeypatch.setattr(SHELF, "_held", held)

    yield read_this
    forget()


def by_working_hours(given: Book) -> Book:
    """The same city, whose promises count the office's opening hours: three days of seven hours."""
    office = given.calendars.by_code["office"].id
    changed: list[PolicyEntry] = [
        replace(one, clock=Counts.WORKING, calendar_id=office, within=21 * HOUR) for one in given.policies
    ]
    return replace(given, policies=Shelf(changed))


# --- rungs wait for the receiver to open ----------------------------------------------------------


def test_a_rung_of_the_night_fires_two_working_hours_after_opening(clock: Clock) -> None:
    clock.now = in_tehran(17, 20)
    case = reported_case(clock.now)
    promise = answer_clock(case)
    assert promise.rung_due[1:] == [in_tehran(20, 20), in_tehran(21, 20)]
    assert promise.rung_at[1:] == [in_tehran(21, 9, 30), in_tehran(24, 9, 30)]
    clock.now = in_tehran(21, 9, 29)
    clock.run()
    assert fresh(case).rung == 0
    clock.forward(minutes=1)
    assert fired(case) == [(1, in_tehran(20, 20))]
    withdraw_case(case.pk, by=citizen(citizen_ref(case.pk)), now=clock.now)
    assert (fresh(case).late_minutes, Rung.objects.get(promise=promise).late_minutes) == (810, 810)


def test_the_last_hour_of_a_day_is_open_and_the_minute_of_closing_is_not(clock: Clock) -> None:
    assert answer_clock(reported_case(in_tehran(17, 14, 29))).rung_at[1] == in_tehran(20, 14, 29)
    assert answer_clock(reported_case(in_tehran(17, 14, 30))).rung_at[1] == in_tehran(21, 9, 30)


def test_where_somebody_is_in_danger_no_rung_waits(clock: Clock) -> None:
    clock.now = in_tehran(17, 23)
    case = reported_case(clock.now, service="open-manhole")
    promise = answer_clock(case)
    assert promise.rung_at == promise.rung_due
    clock.forward(minutes=60)
    assert fresh(case).rung == 1


def test_a_case_that_turns_out_dangerous_stops_waiting(clock: Clock) -> None:
    clock.now = in_tehran(17, 20)
    case = reported_case(clock.now)
    reclassify_case(case.pk, service="open-manhole", by=actor(TRIAGE), now=clock.now)
    promise = answer_clock(case)
    assert promise.rung_at == promise.rung_due == [clock.now, clock.now + HOUR, clock.now + 2 * HOUR]
    clock.forward(hours=1)
    assert fresh(case).rung == 1


def test_a_case_without_a_unit_waits_for_nobody_until_it_has_one(clock: Clock) -> None:
    clock.now = in_tehran(17, 20)
    case = reported_case(clock.now, service="other", district="")
    assert answer_clock(case).rung_at[1] == in_tehran(20, 20)
    route_case(case.pk, department="s1-roads", by=actor(TRIAGE), now=clock.now)
    promise = answer_clock(case)
    assert (promise.rung_at[1], promise.rung_due[1]) == (in_tehran(21, 9, 30), in_tehran(20, 20))


def test_the_centres_own_clocks_wait_for_nobody(clock: Clock) -> None:
    reported_case(in_tehran(17, 23), service="other", district="")
    triage = Promise.objects.get(kind=PromiseKind.TRIAGE)
    assert triage.rung_at == triage.rung_due
    assert triage.next_at == in_tehran(18, 1)


def test_a_city_can_let_its_ladder_climb_at_night(clock: Clock, city: Callable[[Book], None]) -> None:
    city(replace(book(), city=replace(book().city, ladder_waits_for_opening=False)))
    promise = answer_clock(reported_case(in_tehran(17, 20)))
    assert promise.rung_at == promise.rung_due


@given(st.lists(moments, min_size=1, max_size=5).map(sorted), spans)
def test_no_rung_fires_before_it_is_due_or_before_the_one_below(
    due: list[datetime], grace: timedelta
) -> None:
    at = clocks.fires_at(due, [WEEK] * len(due), grace)
    assert at == sorted(at)
    assert all(fires >= falls for fires, falls in zip(at, due, strict=True))
    opened = working_time.next_open(due[0], WEEK)
    assert at[0] == (due[0] if opened == due[0] else working_time.add(opened, grace, WEEK))


# --- one arithmetic for standing still and moving -------------------------------------------------


@given(moments, spans, spans, own_clocks)
def test_exactly_the_time_left_is_given_back(
    stopped: datetime, left: timedelta, stood: timedelta, own: WorkingWeek | None
) -> None:
    due, now = clocks.later(stopped, left, own), stopped + stood
    again = clocks.shifted(due, stopped_at=stopped, now=now, before=own, after=own)
    assert again >= due
    if due > stopped:
        assert clocks.elapsed(now, again, own) == clocks.elapsed(stopped, due, own)


@given(moments, spans, st.lists(spans, min_size=1, max_size=4).map(sorted), own_clocks)
def test_rungs_stay_as_far_from_the_due_time_as_they_were(
    due: datetime, more: timedelta, afters: list[timedelta], own: WorkingWeek | None
) -> None:
    times = Times(due, tuple(clocks.later(due, after, own) for after in afters))
    moved = clocks.moved(times, clocks.later(due, more, own), own)
    assert list(moved.rung_due) == sorted(moved.rung_due)
    for before, after in zip(times.rung_due, moved.rung_due, strict=True):
        assert clocks.elapsed(moved.due_at, after, own) == clocks.elapsed(due, before, own)


@given(moments, spans, st.lists(st.tuples(moments, spans), max_size=4), st.sampled_from([None, WEEK]))
@settings(max_examples=60)
def test_a_holiday_makes_it_later_never_sooner(
    start: datetime, within: timedelta, closed: list[tuple[datetime, timedelta]], own: WorkingWeek | None
) -> None:
    shut = [(at, at + long) for at, long in closed if long]
    holiday = replace(WEEK, closed_dates=WEEK.closed_dates | {at.date() for at, _ in shut}) if own else own
    plain = clocks.later(start, within, own)
    assert clocks.later(start, within, clocks.own_clock(own, shut, TEHRAN)) >= plain
    assert clocks.later(start, within, holiday) >= plain
    rung = clocks.fires_at([plain], [replace(WEEK, closures=tuple(shut))], 2 * HOUR)
    assert rung >= clocks.fires_at([plain], [WEEK], 2 * HOUR)


def test_more_time_is_given_in_the_promises_own_clock(clock: Clock, city: Callable[[Book], None]) -> None:
    city(by_working_hours(book()))
    case = reported_case(clock.now)
    assert answer_clock(case).due_at == in_tehran(20, 10)
    give_time(case.pk, hours=10, reason="قطعه در راه است.", by=actor(DEPUTY), now=clock.now)
    promise = answer_clock(case)
    assert promise.due_at == in_tehran(21, 13)
    assert promise.promised_at == in_tehran(20, 10)


def test_a_pause_gives_back_working_hours_not_nights(clock: Clock, city: Callable[[Book], None]) -> None:
    city(by_working_hours(book()))
    case = reported_case(clock.now)
    pause_case(case.pk, until=clock.now + timedelta(days=5), reason="باران", by=actor(DEPUTY), now=clock.now)
    clock.now = in_tehran(18, 8, 30)
    resume_case(case.pk, by=actor(DEPUTY), now=clock.now)
    assert answer_clock(case).due_at == in_tehran(21, 8, 30)


def test_an_extension_moves_only_the_rungs_not_fired_and_keeps_their_distance(clock: Clock) -> None:
    case = reported_case(clock.now)
    before = answer_clock(case)
    give_time(case.pk, hours=24, reason="قطعه در راه است.", by=actor(DEPUTY), now=clock.now)
    after = answer_clock(case)
    assert after.rung_due == [before.rung_due[0], *[one + 24 * HOUR for one in before.rung_due[1:]]]


def test_a_main_case_takes_the_earlier_time_with_its_rungs(clock: Clock) -> None:
    early = reported_case(clock.now)
    clock.forward(hours=5)
    main = reported_case(clock.now)
    promised = answer_clock(main).promised_at
    join_incident(early.pk, main_case_id=main.pk, by=actor(TRIAGE), now=clock.now)
    promise = answer_clock(main)
    assert promise.due_at == answer_clock(early).promised_at
    assert promise.rung_due[1:] == [promise.due_at, promise.due_at + 24 * HOUR]
    assert promise.promised_at == promised


def test_what_another_portal_promised_sooner_counts(clock: Clock) -> None:
    case = Case.objects.get(pk=reported_case(clock.now).pk)
    case.external_due_at = clock.now + 48 * HOUR
    promise = answer_promise(case, start=clock.now, city=book())
    assert promise.due_at == promise.promised_at == case.external_due_at
    assert promise.rung_due[1:] == [promise.due_at, promise.due_at + 24 * HOUR]
    case.external_due_at = clock.now + 480 * HOUR
    assert answer_promise(case, start=clock.now, city=book()).due_at == clock.now + 72 * HOUR


# --- an outage hides no rung ----------------------------------------------------------------------


def answer(case: Case, now: datetime) -> None:
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=now)


def pause(case: Case, now: datetime) -> None:
    pause_case(case.pk, until=now + HOUR, reason="برف", by=actor("s1-manager"), now=now)


def withdraw(case: Case, now: datetime) -> None:
    withdraw_case(case.pk, by=citizen(citizen_ref(case.pk)), now=now)


def join(case: Case, now: datetime) -> None:
    main = reported_case(now)
    join_incident(case.pk, main_case_id=main.pk, by=actor(TRIAGE), now=now)


def pass_on(case: Case, now: datetime) -> None:
    Case.objects.get(pk=case.pk).assignments.update(from_at=now)
    transfer_case(case.pk, department="s1-green", reason="درخت است.", by=actor(HEAD), now=now)


@pytest.mark.parametrize("step", [answer, pause, withdraw, join, pass_on], ids=lambda step: step.__name__)
def test_a_step_taken_while_the_sweep_is_down_hides_no_rung(
    clock: Clock, step: Callable[[Case, datetime], None]
) -> None:
    case = reported_case(clock.now)
    promised = answer_clock(case).promised_at
    late = promised + HOUR
    step(case, late)
    assert fired(case) == [(1, promised)]
    assert fresh(case).rung == 1
    events = Event.objects.filter(stream=f"case:{case.pk}", kind=EventKind.RUNG_FIRED)
    assert [(one.by, one.at, one.body["due_at"]) for one in events] == [
        ("system:ladder", late, promised.isoformat())
    ]
    sweep(now=late)
    assert len(fired(case)) == 1


def test_two_rungs_of_an_outage_are_both_written_before_a_late_answer(clock: Clock) -> None:
    case = reported_case(clock.now)
    answer(case, clock.now + 100 * HOUR)
    assert fired(case) == [(1, clock.now + 72 * HOUR), (2, clock.now + 96 * HOUR)]
    assert fresh(case).rung == 2


def test_lateness_counts_from_the_due_time_though_no_rung_fired_at_night(clock: Clock) -> None:
    clock.now = in_tehran(17, 20)
    case = reported_case(clock.now)
    clock.now = in_tehran(20, 22)
    answer(case, clock.now)
    assert fired(case) == []
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    assert fresh(case).late_minutes == 120


# --- the shipped cities ---------------------------------------------------------------------------


def case_of_policy(policy: PolicyEntry, now: datetime) -> Case | None:
    """A new case under this policy, where the city routes one; None for what needs no answer."""
    for service in book().services:
        kind = policy.kind or service.kind
        if book().policy_for(service.id, MessageKind(kind)) != policy or kind in NEEDS_NO_ANSWER:
            continue
        district = next(iter(book().districts)).id
        choice = choose_department(book(), service_id=service.id, district_id=district, day=now.date())
        case = Case(
            code=f"{secrets.randbelow(10**10):010d}", status=str(Status.ASSIGNED), status_since=now,
            kind=str(kind), service_id=service.id, district_id=district, department_id=choice.department_id,
            salt="0", channel_id=next(iter(book().channels)).id, urgent=service.urgent, registered_at=now,
            updated_at=now,
        )  # fmt: skip
        if choice.department_id is not None:
            case.save()
            answer_promise(case, start=now, city=book()).save()
            return case
    return None


@pytest.mark.parametrize("pack", ["mashhad", "shiraz", "sample", "sample_seconds"])
def test_the_last_rung_fires_with_the_shipped_pack(clock: Clock, pack: str) -> None:
    try:
        load(read(pack), by=system("test"), now=clock.now, replace=True)
        forget()
        cases = {policy.code: case_of_policy(policy, clock.now) for policy in book().policies}
        assert cases["default"] is not None
        for case in filter(None, cases.values()):
            promise = answer_clock(case)
            for rung in promise.policy["rungs"][1:]:
                told = [book().positions_for(case.department_id, Role(role)) for role in rung["roles"]]
                assert all(told), f"nobody is told of rung {rung['n']} of {promise.policy['ladder']}"
            sweep(now=max(promise.rung_at))
            last = promise.policy["rungs"][-1]["n"]
            assert (fresh(case).rung, [n for n, _ in fired(case)]) == (last, [*range(1, last + 1)])
    finally:
        forget()


# --- the centre's clock for telling ---------------------------------------------------------------


def approved(case: Case, head: str, now: datetime) -> None:
    answer_case(case.pk, answer=DONE, by=actor(head), now=now)
    approve_answer(case.pk, by=actor(APPROVER), now=now)


def test_a_whole_that_waits_for_its_parts_is_not_the_centres_to_tell_yet(clock: Clock) -> None:
    whole = reported_case(clock.now)
    part = split_case(
        whole.pk, service="tree-care", department="s1-green", words="شاخه", by=actor(TRIAGE), now=clock.now
    )
    telling = Promise.objects.filter(kind=PromiseKind.ANNOUNCEMENT)
    approved(whole, HEAD, clock.now)
    clock.forward(hours=26)
    assert not telling.exists()
    approved(part, "s1-green-head", clock.now)
    clock.run()
    (told,) = telling
    assert (told.case_id, told.started_at, fresh(whole).status) == (whole.pk, clock.now, Status.ANNOUNCED)


def test_the_centre_has_its_time_for_telling_each_of_those_who_joined(clock: Clock) -> None:
    main, case = reported_case(clock.now), reported_case(clock.now)
    join_incident(case.pk, main_case_id=main.pk, by=actor(TRIAGE), now=clock.now)
    approved(main, HEAD, clock.now)
    clock.run()
    clocks_for_telling = Promise.objects.filter(kind=PromiseKind.ANNOUNCEMENT)
    assert sorted(one.case_id for one in clocks_for_telling) == [main.pk, case.pk]


# --- timers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "wait"),
    [(OperationalError("deadlock"), 0), (ValueError("a fault"), 60), (Refusal("step_not_now"), 60)],
    ids=["database", "fault", "refusal"],
)
def test_a_busy_database_sets_no_timer_aside(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, error: Exception, wait: int
) -> None:
    case = announced_case(clock)
    window = Promise.objects.get(case=case, kind=PromiseKind.OBJECTION_WINDOW)

    def fails(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(SWEEP, "_end_timer", fails)
        sweep(now=window.due_at)
    window.refresh_from_db()
    assert window.next_at == window.due_at + timedelta(minutes=wait)
    sweep(now=window.due_at + timedelta(minutes=wait))
    assert fresh(case).status == Status.CLOSED


def test_timers_end_oldest_first_and_one_that_fails_stops_no_other(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = []
    for _ in range(5):
        cases.append(announced_case(clock))
        clock.forward(minutes=1)
    ended: list[int] = []
    real = SWEEP._end_timer

    def note(promise: Promise, *, now: datetime) -> None:
        ended.append(promise.case_id)
        if promise.case_id == cases[1].pk:
            raise OperationalError("deadlock")
        real(promise, now=now)

    monkeypatch.setattr(SWEEP, "_end_timer", note)
    monkeypatch.setattr(SWEEP, "BATCH", 2)
    clock.now += timedelta(days=8)
    assert sweep(now=clock.now) == 4
    assert ended == [case.pk for case in cases]
    assert [fresh(case).status == Status.CLOSED for case in cases] == [True, False, True, True, True]


def test_a_returned_answer_loses_no_minute_to_the_night(clock: Clock) -> None:
    case = reported_case(clock.now)
    accept_case(case.pk, by=actor(HEAD), now=clock.now)
    clock.now = in_tehran(19, 22)
    answer(case, clock.now)
    clock.now = in_tehran(20, 12)
    return_answer(case.pk, reason="نشانی را بنویسید.", by=actor(APPROVER), now=clock.now)
    promise = answer_clock(case)
    assert promise.due_at == in_tehran(21, 0)
    assert promise.next_at == in_tehran(21, 9, 30)
    clock.now = in_tehran(21, 9)
    answer(case, clock.now)
    assert fired(case) == []


def test_a_time_at_midnight_is_told_as_the_end_of_the_day_before() -> None:
    tehran = ZoneInfo("Asia/Tehran")
    midnight = datetime(2026, 12, 4, tzinfo=tehran)
    assert moment(midnight, tehran, "fa", now=midnight) == "پایان پنجشنبه ۱۲ آذر"
    assert moment(midnight, tehran, "en", now=midnight) == "the end of Thursday 3 December"
    assert moment(midnight, tehran, "ar", now=midnight) == "نهاية يوم الخميس 3 ديسمبر"


def test_a_time_of_another_year_is_told_with_its_year() -> None:
    tehran = ZoneInfo("Asia/Tehran")
    now, after_nowruz = datetime(2027, 3, 18, 9, tzinfo=tehran), datetime(2027, 3, 24, 9, tzinfo=tehran)
    assert moment(after_nowruz, tehran, "fa", now=now) == "چهارشنبه ۴ فروردین ۱۴۰۶ ساعت ۹"
    assert moment(after_nowruz, tehran, "en", now=now) == "Wednesday 24 March, 09:00"
    assert moment(after_nowruz, tehran, "ar", now=now) == "الأربعاء 24 مارس، 09:00"
    assert moment(after_nowruz, tehran, "en", now=datetime(2026, 12, 1, tzinfo=tehran)) == (
        "Wednesday 24 March 2027, 09:00"
    )
