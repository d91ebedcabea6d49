"""Times of promises: when they fall due, when their rungs do, and what standing still changes.

A promise's own clock is a `WorkingWeek`: the opening hours it counts in, or round the clock, closures taken
away. None stands for round the clock without a closure, the plainest clock there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import accumulate, zip_longest
from zoneinfo import ZoneInfo

from pol137.lib import working_time
from pol137.lib.working_time import WEEKDAYS, Closure, Window, WorkingWeek

OwnClock = WorkingWeek | None


@dataclass(frozen=True, slots=True)
class Times:
    """When a promise falls due, and each rung of its ladder."""

    due_at: datetime
    rung_due: tuple[datetime, ...]


@cache
def round_the_clock(zone: ZoneInfo) -> WorkingWeek:
    """A week that never closes."""
    return WorkingWeek(zone, ((Window(0, 24 * 60),),) * len(WEEKDAYS))


def own_clock(week: WorkingWeek | None, closed: Sequence[Closure], zone: ZoneInfo) -> OwnClock:
    """The clock of a promise: these opening hours (None: round the clock) without these closures."""
    return replace(week or round_the_clock(zone), closures=tuple(closed)) if closed else week


def later(start: datetime, duration: timedelta, clock: OwnClock) -> datetime:
    """The moment by which this much of the clock's time has passed since `start`."""
    return working_time.add(start, duration, clock) if clock else start + duration


def elapsed(a: datetime, b: datetime, clock: OwnClock) -> timedelta:
    """The clock's time from `a` to `b`; negative when `b` comes first."""
    return working_time.between(a, b, clock) if clock else b - a


def case_times(
    start: datetime, within: timedelta, rungs: Sequence[timedelta], clock: OwnClock = None
) -> Times:
    """Times of a promise whose ladder counts from its start (S1:65-69)."""
    return Times(later(start, within, clock), tuple(later(start, after, clock) for after in rungs))


def centre_times(start: datetime, within: timedelta, rungs: Sequence[timedelta]) -> Times:
    """Times of a clock of the centre's own, whose ladder counts from the moment it falls due."""
    due = start + within
    return Times(due, tuple(due + after for after in rungs))


def upheld_times(
    start: datetime, within: timedelta, rungs: Sequence[timedelta], clock: OwnClock = None
) -> Times:
    """Times of the promise after an upheld objection: the deputy is told at once, the next rung when it falls
    due, the others as far apart as the ladder says."""
    second, due = rungs[2] if len(rungs) > 2 else timedelta(0), later(start, within, clock)
    climbing = [start if n < 2 else later(due, after - second, clock) for n, after in enumerate(rungs)]
    return Times(due, tuple(climbing))


def dated_times(due_at: datetime, rungs: Sequence[timedelta], clock: OwnClock = None) -> Times:
    """Times of a promise for a date: the first rung above the head when it falls due, the others as far apart
    as the ladder says."""
    first = rungs[1] if len(rungs) > 1 else timedelta(0)
    return Times(due_at, tuple(later(due_at, max(after - first, timedelta(0)), clock) for after in rungs))


def moved(times: Times, due_at: datetime, clock: OwnClock = None) -> Times:
    """The same promise due at another moment: every rung stays as far from it as it was, by its own clock."""

    def follows(rung: datetime) -> datetime:
        if rung < times.due_at:
            return rung + (due_at - times.due_at)
        return later(due_at, elapsed(times.due_at, rung, clock), clock)

    return Times(due_at, tuple(map(follows, times.rung_due)))


def stricter(times: Times, other: Times, *, fired: int) -> Times:
    """Of two the earlier moments; rungs that fired stand, and where only one has a rung that one counts."""
    pairs = zip_longest(times.rung_due[fired:], other.rung_due[fired:])
    rungs = (min(one for one in pair if one is not None) for pair in pairs)
    return Times(min(times.due_at, other.due_at), (*times.rung_due[:fired], *rungs))


def shifted(
    moment: datetime, *, stopped_at: datetime, now: datetime, before: OwnClock, after: OwnClock
) -> datetime:
    """A moment after the clock stood still: exactly as much time is left as there was.

    `before` is the clock the moment was counted by, `after` the one that counts from `now` on. With `now` the
    moment a closure begins, and `after` the clock that knows it, this is what a closure does.
    Guarantees: a moment already past when the clock stopped stays where it was, and nothing moves earlier.
    """
    if moment <= stopped_at:
        return moment
    return max(moment, later(now, elapsed(stopped_at, moment, before), after))


def fires_at(
    rung_due: Sequence[datetime], hours: Sequence[WorkingWeek | None], grace: timedelta
) -> list[datetime]:
    """When each rung fires: as it falls due, or where its receiver is closed then, so much of his working
    time after he opens again.

    Guarantees: no rung fires before it falls due or before the one below it.
    """
    return list(accumulate(map(_opened, rung_due, hours, [grace] * len(rung_due)), max))


def _opened(due: datetime, hours: WorkingWeek | None, grace: timedelta) -> datetime:
    if hours is None or working_time.is_open(due, hours):
        return due
    return working_time.add(working_time.next_open(due, hours), grace, hours)


def late_minutes(due_at: datetime, met_at: datetime) -> int:
    """Whole minutes a promise was missed by; 0 when it was kept."""
    return max(0, int((met_at - due_at).total_seconds() // 60))
