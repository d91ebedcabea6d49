"""Working time: when an office is open, and how a deadline counted in open hours falls.

Windows are wall-clock times of one zone; all arithmetic is done on the universal time line, so a day of
23 or 25 hours counts what its clocks show. A moment is open when its wall clock stands inside a window of
its local weekday and no closure covers it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

WEEKDAYS = ("sat", "sun", "mon", "tue", "wed", "thu", "fri")
_MINUTES_A_DAY = 24 * 60
_DAY = timedelta(days=1)
_LONGEST_CLOSURE = timedelta(days=3660)
_FOREVER = datetime.max.replace(tzinfo=UTC)

Closure = tuple[datetime, datetime]


@dataclass(frozen=True, order=True)
class Window:
    """One stretch of opening on a day, in minutes from local midnight: `opens` in, `closes` out."""

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= _MINUTES_A_DAY:
            raise ValueError(
                f"a window must open before it closes, between 00:00 and 24:00 of one day: {self}; "
                "write one that passes midnight as two"
            )

    @classmethod
    def parse(cls, text: str) -> "Window":
        """Read `07:30-14:15`; `24:00` is the end of the day. Refuses (ValueError) any other form."""
        opens, dash, closes = text.strip().partition("-")
        if not dash:
            raise ValueError(f"not a window of the form 07:30-14:15: {text!r}")
        return cls(_minute_of_day(opens, text), _minute_of_day(closes, text))

    def __str__(self) -> str:
        return f"{self.opens // 60:02d}:{self.opens % 60:02d}-{self.closes // 60:02d}:{self.closes % 60:02d}"


@dataclass(frozen=True)
class WorkingWeek:
    """The opening hours of an office: windows for each day from Saturday on, closed dates, closures.

    Refuses (ValueError) a week that never opens, windows of a day that overlap, and closures without a zone
    or without length. Closures are kept in universal time, sorted and merged.
    """

    zone: ZoneInfo
    hours: tuple[tuple[Window, ...], ...]
    closed_dates: frozenset[date] = frozenset()
    closures: tuple[Closure, ...] = ()

    def __post_init__(self) -> None:
        if len(self.hours) != len(WEEKDAYS):
            raise ValueError(f"a week has seven days, not {len(self.hours)}")
        if not any(self.hours):
            raise ValueError("a week that never opens can hold no deadline")
        object.__setattr__(self, "hours", tuple(_in_order(day) for day in self.hours))
        object.__setattr__(self, "closures", _merged(self.closures))

    @cached_property
    def never_closes(self) -> bool:
        """Whether it is open round the clock but for its closures."""
        return not self.closed_dates and set(self.hours) == {(Window(0, _MINUTES_A_DAY),)}

    @classmethod
    def of(
        cls,
        zone: str,
        hours: Mapping[str, Sequence[str]],
        *,
        closed_dates: Iterable[date] = (),
        closures: Iterable[Closure] = (),
    ) -> "WorkingWeek":
        """Build a week from a pack's words, `{"sat": ["07:30-14:15"], ...}`; a day not named is closed."""
        unknown = sorted(set(hours) - set(WEEKDAYS))
        if unknown:
            raise ValueError(f"unknown weekday {', '.join(unknown)}: use {', '.join(WEEKDAYS)}")
        days = tuple(tuple(Window.parse(text) for text in hours.get(day, ())) for day in WEEKDAYS)
        return cls(ZoneInfo(zone), days, frozenset(closed_dates), tuple(closures))


def add(start: datetime, duration: timedelta, week: WorkingWeek) -> datetime:
    """The earliest moment by which `duration` of open time has passed since `start`, in UTC.

    Nothing to add gives `start` itself, open or not; a duration used up as the office closes ends at closing.
    Refuses (ValueError) a negative duration, a `start` without a zone, and a week shut for ten years on end.
    """
    if duration < timedelta(0):
        raise ValueError("a deadline cannot be counted backwards")
    start = _universal(start)
    if not duration:
        return start
    for opens, closes in _open_spans(week, start):
        if closes - opens >= duration:
            return opens + duration
        duration -= closes - opens
    raise ValueError("the office is closed for ten years on end: no deadline can be set")


def between(a: datetime, b: datetime, week: WorkingWeek) -> timedelta:
    """The open time from `a` to `b`; negative when `b` comes first."""
    a, b = _universal(a), _universal(b)
    if b < a:
        return -between(b, a, week)
    return sum((closes - opens for opens, closes in _open_spans(week, a, b)), timedelta(0))


def is_open(at: datetime, week: WorkingWeek) -> bool:
    """Whether the office is open at that moment; the minute of closing is already closed."""
    at = _universal(at)
    if not _outside((at, at + timedelta(microseconds=1)), week.closures):
        return False
    local = at.astimezone(week.zone)
    minute = local.hour * 60 + local.minute
    return local.date() not in week.closed_dates and any(
        window.opens <= minute < window.closes for window in week.hours[_weekday(local.date())]
    )


def next_open(at: datetime, week: WorkingWeek) -> datetime:
    """`at` itself when the office is open then, else the moment it opens next, in UTC.

    Refuses (ValueError) when it stays shut for ten years on end.
    """
    for opens, _ in _open_spans(week, _universal(at)):
        return opens
    raise ValueError("the office is closed for ten years on end: it does not open again")


def _open_spans(week: WorkingWeek, start: datetime, end: datetime | None = None) -> Iterator[Closure]:
    """Open stretches from `start` on in order, to `end` or until ten years pass without one."""
    if week.never_closes:
        yield from _outside((start, end or _FOREVER), week.closures)
        return
    last_open = start
    while (end is None or start < end) and start - last_open < _LONGEST_CLOSURE:
        stop = start + _DAY if end is None else min(start + _DAY, end)
        for steady in _steady_offsets(week.zone, start, stop):
            for span in _windows_within(week, *steady):
                for opens, closes in _outside(span, week.closures):
                    last_open = closes
                    yield opens, closes
        start = stop


def _steady_offsets(
    zone: ZoneInfo, start: datetime, stop: datetime
) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Cut a stretch of at most a day where the zone changes its offset (never twice in a day)."""
    before, after = _offset(zone, start), _offset(zone, stop)
    if before == after:
        yield start, stop, before
        return
    low, high = start.replace(microsecond=0), stop
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle == low:
            break
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    change = high.replace(microsecond=0)
    yield start, change, before
    yield change, stop, after


def _windows_within(
    week: WorkingWeek, start: datetime, stop: datetime, offset: timedelta
) -> Iterator[Closure]:
    day = (start + offset).date()
    last = (stop + offset).date()
    while day <= last:
        if day not in week.closed_dates:
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - offset
            for window in week.hours[_weekday(day)]:
                opens = max(start, midnight + timedelta(minutes=window.opens))
                closes = min(stop, midnight + timedelta(minutes=window.closes))
                if opens < closes:
                    yield opens, closes
        day += _DAY


def _outside(span: Closure, closures: tuple[Closure, ...]) -> list[Closure]:
    """What is left of a span when the merged closures are taken away."""
    opens, closes = span
    left = []
    first = bisect_right(closures, opens, key=lambda closure: closure[1])
    for shut_from, shut_to in closures[first:]:
        if shut_from >= closes:
            break
        if opens < shut_from:
            left.append((opens, shut_from))
        opens = shut_to
    if opens < closes:
        left.append((opens, closes))
    return left


def _merged(closures: Iterable[Closure]) -> tuple[Closure, ...]:
    merged: list[Closure] = []
    for start, stop in sorted((_universal(start), _universal(stop)) for start, stop in closures):
        if start >= stop:
            raise ValueError(f"a closure must end after it starts: {start.isoformat()} to {stop.isoformat()}")
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], stop))
        else:
            merged.append((start, stop))
    return tuple(merged)


def _in_order(windows: Sequence[Window]) -> tuple[Window, ...]:
    ordered = tuple(sorted(windows))
    for first, second in pairwise(ordered):
        if second.opens < first.closes:
            raise ValueError(f"windows of one day overlap: {first} and {second}")
    return ordered


def _minute_of_day(clock: str, text: str) -> int:
    hour, colon, minute = clock.strip().partition(":")
    digits = hour + minute
    if (
        not colon
        or len(minute) != 2
        or not 1 <= len(hour) <= 2
        or not (digits.isascii() and digits.isdigit())
    ):
        raise ValueError(f"not a window of the form 07:30-14:15: {text!r}")
    if int(minute) > 59:
        raise ValueError(f"an hour has sixty minutes: {text!r}")
    return int(hour) * 60 + int(minute)


def _weekday(day: date) -> int:
    return (day.weekday() + 2) % 7


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


def _universal(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a moment without a zone cannot be counted from: give an aware datetime")
    return at.astimezone(UTC)
