"""Whose lateness it is: minutes missed, charged to the units that held the case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Hold:
    """A case in the hands of a unit, from one moment to another."""

    unit: int
    from_at: datetime
    to_at: datetime


def charge(
    holds: Sequence[Hold], *, due_at: datetime, floor: timedelta, stood: Iterable[Stretch] = ()
) -> list[int]:
    """Whole minutes of lateness of each hold, in the order given (process.md, Clocks).

    A unit's own lateness is what it held the case beyond `due_at`, and not before it had it for `floor`: a
    unit that holds it a second time goes on where it stopped. While the clock `stood` nothing counts, neither
    as lateness nor towards the floor.
    Guarantees: of holds that do not overlap the sum is never more than the whole lateness.
    """
    still, had = sorted(stood), dict[int, timedelta]()
    late = [timedelta(0)] * len(holds)
    for n in sorted(range(len(holds)), key=lambda n: holds[n].from_at):
        hold = holds[n]
        for begins, ends in _running(hold, still):
            had_before = had.get(hold.unit, timedelta(0))
            own = max(begins + max(floor - had_before, timedelta(0)), due_at)
            late[n] += max(ends - own, timedelta(0))
            had[hold.unit] = had_before + (ends - begins)
    return [int(one.total_seconds() // 60) for one in late]


def _running(hold: Hold, still: Sequence[Stretch]) -> list[Stretch]:
    """The stretches of a hold in which the clock ran."""
    left, begins = [], hold.from_at
    for stopped_at, again_at in still:
        if begins < min(stopped_at, hold.to_at):
            left.append((begins, min(stopped_at, hold.to_at)))
        begins = max(begins, again_at)
    if begins < hold.to_at:
        left.append((begins, hold.to_at))
    return left
