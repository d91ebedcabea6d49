"""Clocks of a case: opening, stopping, going on, ending. All under the case's lock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from pol137.cases.models import Case, Promise, Rung
from pol137.cases.rules import clocks
from pol137.cases.rules.clocks import Times
from pol137.cases.vocabulary import PromiseKind, Stop
from pol137.city.rules.book import Book
from pol137.city.rules.entries import LadderEntry
from pol137.city.vocabulary import CENTRE_LADDER, MessageKind
from pol137.lib.working_time import WorkingWeek


def answer_promise(case: Case, *, start: datetime, city: Book) -> Promise:
    """The promise of an answer for a new case, not saved yet: policy copied, times worked out."""
    policy = city.policy_for(case.service_id, MessageKind(case.kind))
    ladder = city.ladders[policy.ladder_id]
    copy = {
        "policy": policy.code,
        "ladder": ladder.code,
        "within": int(policy.within.total_seconds()),
        "clock": str(policy.clock),
        "calendar": policy.calendar_id,
        "rungs": _rungs(ladder),
    }
    week = _week(copy, city)
    times = clocks.case_times(start, policy.within, [r.after for r in ladder.rungs], week)
    return _promise(case, PromiseKind.ANSWER, copy, start, times, first=1)


def renewed_promise(case: Case, *, before: Promise, start: datetime, within: timedelta) -> Promise:
    """The promise after an upheld objection, starting at the deputy's rung, saved."""
    rungs = [timedelta(seconds=rung["after"]) for rung in before.policy["rungs"]]
    copy = {**before.policy, "within": int(within.total_seconds()), "clock": "calendar", "calendar": None}
    times = clocks.upheld_times(start, within, rungs)
    promise = _promise(case, PromiseKind.ANSWER, copy, start, times, first=1)
    promise.save()
    return promise


def plan_promise(case: Case, *, before: Promise, start: datetime, due_at: datetime) -> Promise:
    """The promise a dated answer makes, with the same ladder counted back from its date, saved."""
    rungs = [timedelta(seconds=rung["after"]) for rung in before.policy["rungs"]]
    first = rungs[1] if len(rungs) > 1 else timedelta(0)
    times = Times(due_at, tuple(due_at + max(after - first, timedelta(0)) for after in rungs))
    copy = {**before.policy, "clock": "calendar", "calendar": None}
    promise = _promise(case, PromiseKind.PLAN, copy, start, times, first=1)
    promise.save()
    return promise


def open_centre_clock(
    case: Case, kind: PromiseKind, *, within: timedelta, now: datetime, city: Book
) -> Promise:
    """A clock of the centre's own, which climbs inside the centre, saved."""
    promise = centre_promise(case, kind, within=within, now=now, city=city)
    promise.save()
    return promise


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
    return _promise(case, kind, copy, now, times, first=0)


def open_timer(case: Case, kind: PromiseKind, *, due_at: datetime, now: datetime) -> Promise:
    """A clock that ends in a step of the system."""
    promise = _promise(case, kind, {"policy": str(kind)}, now, Times(due_at, (due_at,)), first=0)
    promise.save()
    return promise


def _rungs(ladder: LadderEntry) -> list[dict[str, Any]]:
    return [
        {"n": r.n, "after": int(r.after.total_seconds()), "roles": [str(role) for role in r.roles]}
        for r in ladder.rungs
    ]


def _promise(
    case: Case, kind: PromiseKind, copy: dict[str, Any], start: datetime, times: Times, *, first: int
) -> Promise:
    rungs = list(times.rung_due)
    return Promise(
        case=case,
        cycle=case.cycle,
        kind=str(kind),
        policy=copy,
        started_at=start,
        promised_at=times.due_at,
        due_at=times.due_at,
        rung_due=rungs,
        rung_at=rungs,
        next_rung=first,
        next_at=rungs[first] if first < len(rungs) else None,
    )


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


def stop_clock(promise: Promise, *, stop: Stop, now: datetime) -> None:
    """Let the clock stand still: no rung fires until it goes on."""
    promise.stop, promise.stopped_at, promise.next_at = str(stop), now, None
    promise.save(update_fields=["stop", "stopped_at", "next_at"])


def go_on(promise: Promise, *, now: datetime, city: Book, shift: bool) -> None:
    """Let the clock run again.

    With `shift` the due time and the rungs not yet fired move by the time it stood still: exactly the time
    left is given back. Without, the original times stand and what fell due meanwhile fires at once.
    """
    if promise.stopped_at is None:
        return
    if shift:
        week = _week(promise.policy, city)
        promise.due_at = clocks.shifted(promise.due_at, stopped_at=promise.stopped_at, now=now, week=week)
        promise.rung_due = [
            moment
            if n < promise.next_rung
            else clocks.shifted(moment, stopped_at=promise.stopped_at, now=now, week=week)
            for n, moment in enumerate(promise.rung_due)
        ]
        promise.rung_at = promise.rung_due
    promise.stop, promise.stopped_at = "", None
    promise.next_at = promise.rung_at[promise.next_rung] if promise.next_rung < len(promise.rung_at) else None
    promise.save(update_fields=["stop", "stopped_at", "due_at", "rung_due", "rung_at", "next_at"])


def move_due(promise: Promise, *, due_at: datetime, extended_at: datetime | None = None) -> None:
    """The due time and the rungs not yet fired move by as much; what was promised stays.

    `extended_at`: more time was given then, and the promise counts as extended.
    """
    more = due_at - promise.due_at
    promise.due_at = due_at
    promise.rung_due = [m if n < promise.next_rung else m + more for n, m in enumerate(promise.rung_due)]
    promise.rung_at = promise.rung_due
    promise.extended_at = extended_at or promise.extended_at
    if promise.next_at is not None:
        promise.next_at = promise.rung_at[promise.next_rung]
    promise.save(update_fields=["due_at", "rung_due", "rung_at", "extended_at", "next_at"])


def meet(promise: Promise, *, met_at: datetime, now: datetime) -> None:
    """The promise was kept, or its lateness ends here and is written down for good."""
    promise.met_at = met_at
    _end(promise, until=met_at, now=now)


def end_clocks(case: Case, *, now: datetime, kinds: Iterable[PromiseKind] | None = None) -> None:
    """End the case's clocks (of these kinds, or all). Lateness up to now is frozen, never erased."""
    chosen = Promise.objects.filter(case=case, ended_at__isnull=True)
    if kinds is not None:
        chosen = chosen.filter(kind__in=[str(kind) for kind in kinds])
    for promise in chosen:
        promise.case = case
        _end(promise, until=promise.stopped_at or now, now=now)


def _end(promise: Promise, *, until: datetime, now: datetime) -> None:
    promise.ended_at, promise.next_at = now, None
    promise.save(update_fields=["met_at", "ended_at", "next_at"])
    for rung in Rung.objects.filter(promise=promise, late_minutes__isnull=True):
        rung.late_minutes = clocks.late_minutes(max(rung.due_at, promise.due_at), until)
        rung.save(update_fields=["late_minutes"])
    if promise.kind == PromiseKind.ANSWER:
        late = clocks.late_minutes(promise.due_at, until)
        if late:
            promise.case.late_minutes += late
            promise.case.save(update_fields=["late_minutes"])


def _week(copy: dict[str, Any], city: Book) -> WorkingWeek | None:
    if copy.get("clock") != "working" or not copy.get("calendar"):
        return None
    calendar = city.calendars.get(copy["calendar"])
    return calendar.week if calendar else None
