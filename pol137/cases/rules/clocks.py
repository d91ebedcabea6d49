"""Times of promises: when they fall due, when their rungs do, and what standing still changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pol137.lib import working_time
from pol137.lib.working_time import WorkingWeek


@dataclass(frozen=True, slots=True)
class Times:
    """When a promise falls due, and each rung of its ladder."""

    due_at: datetime
    rung_due: tuple[datetime, ...]


def later(start: datetime, duration: timedelta, week: WorkingWeek | None) -> datetime:
    """The moment this long after `start`: by the calendar, or within the open hours of a week."""
    return working_time.add(start, duration, week) if week else start + duration


def case_times(
    start: datetime, within: timedelta, rungs: Sequence[timedelta], week: WorkingWeek | None
) -> Times:
    """Times of a promise whose ladder counts from its start (S1:65-69)."""
    return Times(later(start, within, week), tuple(later(start, after, week) for after in rungs))


def centre_times(start: datetime, within: timedelta, rungs: Sequence[timedelta]) -> Times:
    """Times of a clock of the centre's own, whose ladder counts from the moment it falls due."""
    due = start + within
    return Times(due, tuple(due + after for after in rungs))


def upheld_times(start: datetime, within: timedelta, rungs: Sequence[timedelta]) -> Times:
    """Times of the promise after an upheld objection: the deputy is told at once, the next rung when it falls
    due, the others as far apart as the ladder says."""
    second = rungs[2] if len(rungs) > 2 else timedelta(0)
    climbing = [start if n < 2 else start + within + (after - second) for n, after in enumerate(rungs)]
    return Times(start + within, tuple(climbing))


def shifted(moment: datetime, *, stopped_at: datetime, now: datetime, week: WorkingWeek | None) -> datetime:
    """A moment after the clock stood still: exactly as much time is left as there was.

    Guarantees: a moment already past when the clock stopped stays where it was, and nothing moves earlier.
    """
    if moment <= stopped_at:
        return moment
    if week is None:
        return moment + (now - stopped_at)
    return max(moment, working_time.add(now, working_time.between(stopped_at, moment, week), week))


def late_minutes(due_at: datetime, met_at: datetime) -> int:
    """Whole minutes a promise was missed by; 0 when it was kept."""
    return max(0, int((met_at - due_at).total_seconds() // 60))
