"""Who may give a unit time: the holder of the rung that comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any


def next_rungs(
    rungs: Sequence[Mapping[str, Any]], fires_at: Sequence[datetime], next_rung: int, *, now: datetime
) -> list[list[str]]:
    """The roles of each rung that has not fired by `now`, the next one first; of the last, when all have.

    A rung overdue that no sweep has fired yet counts as fired: an outage gives nobody back what climbed.
    """
    left = [rungs[n]["roles"] for n in range(next_rung, len(rungs)) if fires_at[n] > now]
    return left or [rungs[-1]["roles"]]
