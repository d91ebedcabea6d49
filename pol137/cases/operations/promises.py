"""Clocks of a case: opening, stopping, going on, moving, ending; here only, and under the case's lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from pol137.cases.models import Case, Promise, Rung
from pol137.cases.operations.holding import charge_holders
from pol137.cases.operations.steps import stream_of
from pol137.cases.rules import clocks
from pol137.cases.rules.clocks import OwnClock, Times
from pol137.cases.vocabulary import LADDERS, UNIT_CLOCKS, PromiseKind, Status, Stop
from pol137.city.queries.book import book
from pol137.city.rules.book import Book
from pol137.city.rules.entries import ClosureEntry, LadderEntry, PolicyEntry
from pol137.city.vocabulary import CENTRE_LADDER, Clock, MessageKind, Role
from pol137.journal.operations import NewEvent, append_events
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import system
from pol137.lib.working_time import WorkingWeek

LADDER = system("ladder")


def answer_promise(case: Case, *, start: datetime, city: Book) -> Promise:
    """The promise of an answer for a new case, not saved yet: policy copied, times worked out.

    An earlier time that another portal has promised for it counts.
    """
    policy = city.policy_for(case.service_id, MessageKind(case.kind), urgent=case.in_danger)
    return promise_by(policy, case, start=start, city=city)


def promise_by(policy: PolicyEntry, case: Case, *, start: datetime, city: Book) -> Promise:
    """The promise of an answer under this policy, not saved yet."""
    copy, closed = _copy(policy, case, city), _closures(case, city, since=start)
    clock = _clock(copy, closed, city)
    times = clocks.case_times(start, policy.within, _afters(copy), clock)
    if case.external_due_at and case.external_due_at < times.due_at:
        times = clocks.moved(times, max(start, case.external_due_at), clock)
    return _promise(case, PromiseKind.ANSWER, copy, start, times, city=city, closed=closed)


def renewed_promise(case: Case, *, before: Promise, start: datetime, within: timedelta) -> Promise:
    """The promise after an upheld objection, starting at the deputy's rung, saved."""
    city, closed = book(), _closures(case, book(), since=start)
    copy = {**before.policy, "within": int(within.total_seconds()), "clock": "calendar", "calendar": None}
    times = clocks.upheld_times(start, within, _afters(copy), _clock(copy, closed, city))
    promise = _promise(case, PromiseKind.ANSWER, copy, start, times, city=city, closed=closed)
    promise.save()
    return promise


def plan_promise(case: Case, *, before: Promise, start: datetime, due_at: datetime) -> Promise:
    """The promise a dated answer makes, with the same ladder counted from its date, saved.

    The date was chosen knowing the closures declared by then: only those declared later move it.
    """
    city, closed = book(), _closures(case, book(), since=start)
    copy = {**before.policy, "clock": "calendar", "calendar": None}
    times = clocks.dated_times(due_at, _afters(copy), _clock(copy, closed, city))
    promise = _promise(case, PromiseKind.PLAN, copy, start, times, city=city, closed=closed)
    promise.save()
    return promise


def open_centre_clock(
    case: Case, kind: PromiseKind, *, within: timedelta, now: datetime, city: Book
) -> Promise:
    """A clock of the centre's own, which climbs inside the centre, saved."""
    promise = centre_promise(case, kind, within=within, now=now, city=city)
    promise.save()
    return promise


def open_telling_clock(case: Case, *, now: datetime) -> None:
    """From now on the centre can tell the citizen: its clock for that runs, if it does not already.

    Not before: a whole waiting for its parts is told of when the last of them is settled.
    """
    if open_promise(case, PromiseKind.ANNOUNCEMENT) is None:
        city = book()
        within = city.city.announcement_within
        open_centre_clock(case, PromiseKind.ANNOUNCEMENT, within=within, now=now, city=city)


def centre_promise(case: Case, kind: PromiseKind, *, within: timedelta, now: datetime, city: Book) -> Promise:
    """A clock of the centre's own, not saved yet."""
    ladder = city.ladder(CENTRE_LADDER)
    copy = {
        "policy": str(kind),
        "ladder": ladder.code,
        "within": int(within.total_seconds()),
        "rungs": _rungs(ladder),
    }
    times = clocks.centre_times(now, within, [r.after for r in ladder.rungs])
    return _promise(case, kind, copy, now, times, city=city)


def open_timer(case: Case, kind: PromiseKind, *, due_at: datetime, now: datetime) -> Promise:
    """A clock that ends in a step of the system."""
    promise = _promise(case, kind, {"policy": str(kind)}, now, Times(due_at, (due_at,)), city=book())
    promise.save()
    return promise


def _copy(policy: PolicyEntry, case: Case, city: Book) -> dict[str, Any]:
    ladder, working = city.ladders[policy.ladder_id], policy.clock is Clock.WORKING
    return {
        "policy": policy.code,
        "ladder": ladder.code,
        "within": int(policy.within.total_seconds()),
        "clock": str(policy.clock),
        "calendar": (policy.calendar_id or city.calendar_of(case.department_id).id) if working else None,
        "rungs": _rungs(ladder),
    }


def _rungs(ladder: LadderEntry) -> list[dict[str, Any]]:
    return [
        {
            "n": r.n,
            "after": int(r.after.total_seconds()),
            "roles": [str(role) for role in r.roles],
            "notice": str(r.notice),
        }
        for r in ladder.rungs
    ]


def _afters(copy: dict[str, Any]) -> list[timedelta]:
    return [timedelta(seconds=rung["after"]) for rung in copy["rungs"]]


def _promise(
    case: Case,
    kind: PromiseKind,
    copy: dict[str, Any],
    start: datetime,
    times: Times,
    *,
    city: Book,
    closed: Sequence[ClosureEntry] = (),
) -> Promise:
    """The head was told when the case reached him: a unit's ladder begins at the rung above."""
    promise = Promise(
        case=case,
        cycle=case.cycle,
        kind=str(kind),
        policy=copy,
        started_at=start,
        promised_at=times.due_at,
        closures=[one.id for one in closed],
        next_rung=1 if kind in UNIT_CLOCKS else 0,
        rung_at=[],
    )
    _set(promise, times, city)
    return promise


# --- the clock a promise counts by ----------------------------------------------------------------


def _closures(case: Case, city: Book, *, since: datetime) -> tuple[ClosureEntry, ...]:
    """The closures a promise of this case counts with; where somebody is in danger, none."""
    if not city.closures or case.in_danger:
        return ()
    return tuple(one for one in city.closures_of(case.department_id) if one.to_at > since)


def _clock(copy: dict[str, Any], closed: Iterable[ClosureEntry], city: Book) -> OwnClock:
    calendar = city.calendars.get(copy.get("calendar")) if copy.get("clock") == Clock.WORKING else None
    spans = [(one.from_at, one.to_at) for one in closed]
    return clocks.own_clock(calendar.week if calendar else None, spans, city.zone)


def counted(promise: Promise, city: Book) -> tuple[ClosureEntry, ...]:
    """The closures that have moved this promise already."""
    return tuple(city.closures[one] for one in promise.closures if one in city.closures)


def own_clock(promise: Promise, city: Book) -> OwnClock:
    """The clock this promise counts by, the closures that have moved it taken away."""
    return _clock(promise.policy, counted(promise, city), city)


def _set(promise: Promise, times: Times, city: Book) -> None:
    """Take over new times; the rungs not fired yet fire by them."""
    n, rungs = promise.next_rung, list(times.rung_due)
    promise.due_at, promise.rung_due = times.due_at, rungs
    fired = promise.rung_at[:n] or rungs[:n]
    grace = city.city.grace_after_opening
    promise.rung_at = fired + clocks.fires_at(rungs[n:], _receivers_hours(promise, city), grace)
    _set_next(promise)


def _set_next(promise: Promise) -> None:
    runs = promise.stopped_at is None and promise.ended_at is None
    left = promise.rung_at[promise.next_rung :] if runs else []
    promise.next_at = left[0] if left else None


def _receivers_hours(promise: Promise, city: Book) -> list[WorkingWeek | None]:
    """When the receiver of each rung not fired yet is open; None where the rung waits for nobody."""
    waits = (
        promise.kind in UNIT_CLOCKS
        and promise.policy["clock"] == Clock.CALENDAR
        and city.city.ladder_waits_for_opening
        and not promise.case.in_danger
    )
    if not waits:
        return [None] * len(promise.rung_due[promise.next_rung :])
    rungs = promise.policy["rungs"][promise.next_rung :]
    return [_hours(promise.case.department_id, rung["roles"], city) for rung in rungs]


def _hours(unit: int | None, roles: Iterable[str], city: Book) -> WorkingWeek | None:
    seats = (seat for role in roles for seat in city.positions_for(unit, Role(role)))
    first = next(seats, None)
    department = first.department_id if first else unit
    return city.hours_of(department) if department is not None else None


# --- what happens to a promise that was made ------------------------------------------------------

TIMES = ("due_at", "rung_due", "rung_at", "next_at")


def open_promise(case: Case, kind: PromiseKind) -> Promise | None:
    """The running or standing clock of this kind, if any."""
    return _of(case, Promise.objects.filter(case=case, kind=str(kind), ended_at__isnull=True).first())


def last_promise(case: Case, kind: PromiseKind) -> Promise | None:
    """The latest clock of this kind, ended or not."""
    return _of(case, Promise.objects.filter(case=case, kind=str(kind)).order_by("-id").first())


def _of(case: Case, promise: Promise | None) -> Promise | None:
    if promise is not None:
        promise.case = case
    return promise


def fire_due(promise: Promise, *, now: datetime) -> None:
    """Fire what the sweep would have fired by now, had it not been down: before anything changes the clock.

    Guarantees: each rung with its own due time and event, once; nothing on a clock that stands or has ended.
    """
    case, events = promise.case, []
    while promise.kind in LADDERS and promise.next_at is not None and promise.next_at <= now:
        n = promise.next_rung
        due_at = promise.rung_due[n]
        Rung.objects.create(promise=promise, n=n, due_at=due_at, fired_at=now)
        body = {"promise": promise.pk, "kind": promise.kind, "rung": n, "due_at": due_at.isoformat()}
        events.append(NewEvent(stream_of(case.pk), EventKind.RUNG_FIRED, now, LADDER, body))
        promise.next_rung = n + 1
        _set_next(promise)
    if not events:
        return
    promise.save(update_fields=["next_rung", "next_at"])
    if promise.kind == PromiseKind.ANSWER:
        case.rung = max(case.rung, promise.next_rung - 1)
        case.save(update_fields=["rung"])
    append_events(events)


def stop_clock(promise: Promise, *, stop: Stop, now: datetime) -> None:
    """Let the clock stand still: no rung fires until it goes on."""
    fire_due(promise, now=now)
    promise.stop, promise.stopped_at, promise.next_at = str(stop), now, None
    promise.save(update_fields=["stop", "stopped_at", "next_at"])


def go_on(promise: Promise, *, now: datetime, city: Book, shift: bool) -> None:
    """Let the clock run again.

    With `shift` the due time and the rungs not yet fired move by the time it stood still, in the promise's
    own clock: exactly the time left is given back, to those joined to the case too. Without, the original
    times stand and what fell due meanwhile fires at once.
    """
    stopped_at = promise.stopped_at
    if stopped_at is None:
        return
    promise.stop, promise.stopped_at = "", None
    if shift:
        _give_back(promise, since=stopped_at, now=now, city=city)
    _set_next(promise)
    promise.save(update_fields=["stop", "stopped_at", "closures", *TIMES])
    if shift:
        _let_joined_follow(
            promise,
            lambda one: _give_back(one, since=max(stopped_at, one.stopped_at or now), now=now, city=city),
        )


def _give_back(promise: Promise, *, since: datetime, now: datetime, city: Book) -> None:
    before, closed = own_clock(promise, city), _closed_from(promise, now, city)
    _shift(promise, since, now, before, _clock(promise.policy, closed, city), city)
    promise.closures = sorted({*promise.closures, *(one.id for one in closed)})


def _closed_from(promise: Promise, at: datetime, city: Book) -> tuple[ClosureEntry, ...]:
    """What a promise that goes on then counts with: the closures counted already, and those after it."""
    return tuple(dict.fromkeys([*counted(promise, city), *_closures(promise.case, city, since=at)]))


def _let_joined_follow(promise: Promise, change: Callable[[Promise], object]) -> None:
    """What the promise of a main case was granted, those of the cases joined to it are granted too; the times
    each had of its own are kept for the day it leaves."""
    if promise.kind != PromiseKind.ANSWER:
        return
    mine = Promise.objects.filter(case__incident__main_case=promise.case_id, case__status=Status.JOINED)
    joined = list(mine.filter(kind=promise.kind, ended_at__isnull=True).select_related("case"))
    keep_own(joined)
    for one in joined:
        change(one)
    fields = ["own_times", "closures", "extended_at", *TIMES]
    Promise.objects.bulk_update(joined, fields, batch_size=500)


def keep_own(joined: Iterable[Promise]) -> None:
    """Before joined cases have what their main case is granted: the times that are their own. Not saved."""
    for one in joined:
        one.own_times = one.own_times or {
            "due_at": one.due_at.isoformat(),
            "rung_due": [due.isoformat() for due in one.rung_due],
            "closures": one.closures,
            "extended_at": one.extended_at and one.extended_at.isoformat(),
        }


def restore_own(promise: Promise, *, city: Book) -> None:
    """A case leaves the fault it shared: what its main case was granted meanwhile is not its own; closures
    of its own offices are."""
    own = promise.own_times
    if own is None:
        return
    read = datetime.fromisoformat
    promise.own_times, promise.closures = None, own["closures"]
    promise.extended_at = read(own["extended_at"]) if own["extended_at"] else None
    _set(promise, Times(read(own["due_at"]), tuple(map(read, own["rung_due"]))), city)
    for closure in _closures(promise.case, city, since=promise.started_at):
        if closure.id not in promise.closures:
            count_closure(promise, closure, city)
    promise.save(update_fields=["own_times", "closures", "extended_at", *TIMES])


def _shift(
    promise: Promise, since: datetime, now: datetime, before: OwnClock, after: OwnClock, city: Book
) -> None:
    def shifted(moment: datetime) -> datetime:
        return clocks.shifted(moment, stopped_at=since, now=now, before=before, after=after)

    n, rungs = promise.next_rung, promise.rung_due
    times = Times(shifted(promise.due_at), (*rungs[:n], *map(shifted, rungs[n:])))
    _set(promise, times, city)


def count_closure(promise: Promise, closure: ClosureEntry, city: Book) -> bool:
    """A closure declared after the promise was made makes it later; whether its due time moved. Not saved.

    Guarantees: once per closure, never earlier; rungs that fired stand, and so does what was promised.
    """
    before, due_at = own_clock(promise, city), promise.due_at
    after = _clock(promise.policy, (*counted(promise, city), closure), city)
    since = max(promise.started_at, closure.from_at)
    _shift(promise, since, since, before, after, city)
    promise.closures = [*promise.closures, closure.id]
    return promise.due_at > due_at


def move_due(
    promise: Promise, *, due_at: datetime, now: datetime, extended_at: datetime | None = None
) -> None:
    """The due time moves and the rungs not yet fired with it, by the promise's own clock; what was promised
    stays, and so does the lateness up to now.

    `extended_at`: more time was given then, and the promise counts as extended.
    """
    fire_due(promise, now=now)
    if promise.due_at < min(due_at, now):
        _write_lateness(promise, until=now)
    _move(promise, due_at, extended_at=extended_at)
    promise.save(update_fields=["extended_at", *TIMES])


def _move(promise: Promise, due_at: datetime, *, extended_at: datetime | None) -> None:
    city, n = book(), promise.next_rung
    times = clocks.moved(Times(promise.due_at, tuple(promise.rung_due)), due_at, own_clock(promise, city))
    _set(promise, Times(due_at, (*promise.rung_due[:n], *times.rung_due[n:])), city)
    promise.extended_at = extended_at or promise.extended_at


def extend(promise: Promise, more: timedelta, *, now: datetime) -> None:
    """So much more time, by the promise's own clock; those joined to the case have it too."""
    move_due(promise, due_at=extended_due(promise, more), now=now, extended_at=now)
    _let_joined_follow(promise, lambda one: _move(one, extended_due(one, more), extended_at=now))


def extended_due(promise: Promise, more: timedelta) -> datetime:
    """When the promise falls due if it is given this much more time, by its own clock."""
    return clocks.later(promise.due_at, more, own_clock(promise, book()))


def due_after_pause(
    promise: Promise, *, stopped_at: datetime, until: datetime, known_at: datetime
) -> datetime:
    """When the promise falls due if its clock stands still until then, by the closures declared by
    `known_at`."""
    city = book()
    closed = [one for one in _closed_from(promise, until, city) if one.declared_at <= known_at]
    before, after = own_clock(promise, city), _clock(promise.policy, closed, city)
    return clocks.shifted(promise.due_at, stopped_at=stopped_at, now=until, before=before, after=after)


def time_rungs_anew(case: Case, *, now: datetime) -> None:
    """The case has another unit, or is dangerous: its rungs fire by the hours of those told now.

    Guarantees: nothing falls due at another moment.
    """
    for kind in UNIT_CLOCKS:
        promise = open_promise(case, kind)
        if promise is not None:
            fire_due(promise, now=now)
            _set(promise, Times(promise.due_at, tuple(promise.rung_due)), book())
            promise.save(update_fields=["rung_at", "next_at"])


def hurry(case: Case, *, now: datetime) -> datetime | None:
    """A locked case turned out dangerous: from now on its promise counts by the time and the ladder of what
    is urgent. When it falls due now; None when no answer is promised any more.

    Guarantees: what was promised and what fired stands; nothing falls due later than before; a clock that
    stood still stands still.
    """
    time_rungs_anew(case, now=now)
    promise, city = open_promise(case, PromiseKind.ANSWER), book()
    if promise is None:
        return None
    stop = "" if case.status == Status.JOINED else promise.stop
    if stop:
        go_on(promise, now=now, city=city, shift=True)
    policy = city.policy_for(case.service_id, MessageKind(case.kind), urgent=True)
    copy, old, n = _copy(policy, case, city), promise.policy["rungs"], promise.next_rung
    times = clocks.case_times(now, policy.within, _afters(copy), _clock(copy, (), city))
    times = clocks.stricter(Times(promise.due_at, tuple(promise.rung_due)), times, fired=n)
    rungs = copy["rungs"]
    copy["rungs"] = [*old[:n], *rungs[n:], *old[max(n, len(rungs)) :]]
    promise.policy, promise.closures, promise.own_times = copy, [], None
    _set(promise, times, city)
    promise.save(update_fields=["policy", "closures", "own_times", *TIMES])
    if stop:
        stop_clock(promise, stop=Stop(stop), now=now)
    return promise.due_at


def meet(promise: Promise, *, met_at: datetime, now: datetime) -> None:
    """The promise was kept, or its lateness ends here and is written down for good."""
    fire_due(promise, now=met_at)
    promise.met_at = met_at
    _end(promise, until=met_at, now=now)


def end_clocks(case: Case, *, now: datetime, kinds: Iterable[PromiseKind] | None = None) -> None:
    """End the case's clocks (of these kinds, or all). Lateness up to now is frozen, never erased."""
    chosen = Promise.objects.filter(case=case, ended_at__isnull=True)
    if kinds is not None:
        chosen = chosen.filter(kind__in=[str(kind) for kind in kinds])
    for promise in chosen:
        promise.case = case
        fire_due(promise, now=now)
        _end(promise, until=promise.stopped_at or now, now=now)


def _end(promise: Promise, *, until: datetime, now: datetime) -> None:
    promise.ended_at, promise.next_at = now, None
    promise.save(update_fields=["met_at", "ended_at", "next_at"])
    _write_lateness(promise, until=until)


def _write_lateness(promise: Promise, *, until: datetime) -> None:
    """The minutes missed, beside those written before the due time was last moved: at each rung that fired,
    and of a unit's promise on the case and with those who held it."""
    for rung in Rung.objects.filter(promise=promise):
        late = clocks.late_minutes(max(rung.due_at, promise.due_at), until)
        rung.late_minutes = (rung.late_minutes or 0) + late
        rung.save(update_fields=["late_minutes"])
    if promise.kind not in UNIT_CLOCKS:
        return
    charge_holders(promise, until=until, city=book())
    if late := clocks.late_minutes(promise.due_at, until):
        promise.case.late_minutes += late
        promise.case.save(update_fields=["late_minutes"])
