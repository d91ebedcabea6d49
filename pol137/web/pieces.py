"""Small values that views hand to the parts of a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils.functional import Promise

Words = str | Promise

SOON_SHARE = 4
SOON = timedelta(hours=12)


class ClockState(StrEnum):
    """How a promise stands: calm, soon, late; or it does not run: paused, held while answered, met."""

    CALM = "calm"
    SOON = "soon"
    LATE = "late"
    PAUSED = "paused"
    HELD = "held"
    MET = "met"


@dataclass(frozen=True, slots=True)
class Chip:
    """One choice of a row of filters or tabs."""

    words: Words
    href: str
    here: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a citizen's case: `state` is done, now or later."""

    words: Words
    state: str
    at: datetime | None = None
    hint: Words = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One event of a case's story, in words."""

    at: datetime
    words: Words
    icon: str = "open"
    tone: str = "quiet"
    by: Words = ""
    detail: Words = ""


def soon_from(due: datetime, started: datetime | None) -> datetime:
    """When a clock begins to warn: at the last quarter of its time, or twelve hours before the end."""
    if not started or started >= due:
        return due - SOON
    return due - (due - started) / SOON_SHARE


def clock_state(due: datetime, *, started: datetime | None, now: datetime) -> ClockState:
    """The state of a running clock."""
    if now >= due:
        return ClockState.LATE
    return ClockState.SOON if now >= soon_from(due, started) else ClockState.CALM
