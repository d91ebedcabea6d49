"""Everything that happens by the clock, in one table; `pol137 scheduler` turns through it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from pol137.cases.operations import sweep
from pol137.journal.outbox import retry_stalled


class Work(Protocol):
    """Something that can be done at a moment, again and again."""

    def __call__(self, *, now: object) -> object: ...


@dataclass(frozen=True, slots=True)
class Periodic:
    """Something done every so often."""

    name: str
    every: timedelta
    run: Work


SCHEDULE = (
    Periodic("sweep", timedelta(seconds=1), sweep),
    Periodic("retry stalled jobs", timedelta(seconds=15), retry_stalled),
)
