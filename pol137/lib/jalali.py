"""Dates as Iranians read them: the Jalali calendar, Persian digits, Persian names.

Storage and interfaces stay Gregorian; only screens, messages and forms pass through here.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Literal

import jdatetime

from pol137.lib.persian import ascii_digits, persian_digits

MONTHS = (
    "فروردین",
    "اردیبهشت",
    "خرداد",
    "تیر",
    "مرداد",
    "شهریور",
    "مهر",
    "آبان",
    "آذر",
    "دی",
    "بهمن",
    "اسفند",
)
WEEKDAYS = ("شنبه", "یکشنبه", "دوشنبه", "سه‌شنبه", "چهارشنبه", "پنجشنبه", "جمعه")

FIRST_YEAR, LAST_YEAR = 1200, 1599

Style = Literal["long", "short"]


def format_date(d: date | datetime, tz: tzinfo | None = None, style: Style = "long") -> str:
    """«شنبه ۲۵ مهر ۱۴۰۵» (long) or «۱۴۰۵/۰۷/۲۵» (short), as seen on the calendar of `tz`.

    Refuses (ValueError) a datetime without a zone, or without `tz` to show it in, and an unknown style.
    """
    day = _local(d, tz)
    if style == "long":
        return persian_digits(f"{_weekday_and_day(day)} {day.year}")
    if style == "short":
        return persian_digits(f"{day.year:04d}/{day.month:02d}/{day.day:02d}")
    raise ValueError(f"unknown date style {style!r}: use 'long' or 'short'")


def format_datetime(at: datetime, tz: tzinfo, style: Style = "long", *, now: datetime | None = None) -> str:
    """«شنبه ۲۵ مهر ساعت ۱۰» (long; minutes only when there are any) or «۱۴۰۵/۰۷/۲۵ ۱۰:۰۰» (short).

    Long, midnight is the end of the day before: «پایان جمعه ۲۴ مهر»; and the year is named when it is not
    the year of `now`: «شنبه ۲۵ مهر ۱۴۰۴ ساعت ۱۰».
    """
    if style == "short":
        return f"{format_date(at, tz, 'short')} {format_clock(at, tz)}"
    if style != "long":
        raise ValueError(f"unknown date style {style!r}: use 'long' or 'short'")
    ends = ended_day(at, tz)
    day = _local(ends or at, tz)
    words = _weekday_and_day(day)
    if now is not None and day.year != year_of(now, tz):
        words = f"{words} {day.year}"
    if ends:
        return persian_digits(f"پایان {words}")
    local = _aware(at).astimezone(tz)
    clock = f"{local.hour}:{local.minute:02d}" if local.minute else f"{local.hour}"
    return persian_digits(f"{words} ساعت {clock}")


def ended_day(at: datetime, tz: tzinfo) -> date | None:
    """The day that ends in the minute of this moment: people say its end, not hour nought of the next."""
    local = _aware(at).astimezone(tz)
    return local.date() - timedelta(days=1) if (local.hour, local.minute) == (0, 0) else None


def begins_day(at: datetime, tz: tzinfo) -> bool:
    """Whether a day of `tz` begins at this very moment, at midnight or where clocks leap over it."""
    begin = datetime.combine(_aware(at).astimezone(tz).date(), time(0), tz)
    return begin.astimezone(UTC) == at.astimezone(UTC)


def format_clock(at: datetime | time, tz: tzinfo | None = None) -> str:
    """«۱۰:۳۰»: the time of day, on the clocks of `tz` when `at` is a moment."""
    if isinstance(at, datetime):
        if tz is None:
            raise ValueError("a moment needs the zone whose clocks are to be shown")
        at = _aware(at).astimezone(tz).time()
    return persian_digits(f"{at.hour:02d}:{at.minute:02d}")


def parse_date(text: str) -> date:
    """The Gregorian date of a Jalali one such as «۱۴۰۵/۷/۲۴», in Persian or ASCII digits.

    Refuses (ValueError, with the reason) another form, a year outside 1200-1599 - so a Gregorian date is
    not taken for a Jalali one - and a day its month does not have.
    """
    found = re.fullmatch(r"(\d{4})([/.-])(\d{1,2})\2(\d{1,2})", ascii_digits(text).strip())
    if found is None:
        raise ValueError(f"not a date of the form 1405/07/24: {text!r}")
    year, month, day = int(found[1]), int(found[3]), int(found[4])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"the Jalali year must be between {FIRST_YEAR} and {LAST_YEAR}: {text!r}")
    try:
        gregorian: date = jdatetime.date(year, month, day).togregorian()
    except ValueError as error:
        raise ValueError(f"no such day in the Jalali calendar: {text!r}") from error
    return gregorian


def year_of(d: date | datetime, tz: tzinfo | None = None) -> int:
    """The Jalali year a date falls in (budgets and working plans run by it)."""
    return int(_local(d, tz).year)


def month_of(d: date | datetime, tz: tzinfo | None = None) -> tuple[int, int]:
    """The Jalali year and month of a day, or of a moment on the calendar of `tz`."""
    day = _local(d, tz)
    return day.year, day.month


def month_days(year: int, month: int) -> tuple[date, date]:
    """The first day of a Jalali month, and of the one after it. Refuses (ValueError) a month there is not."""
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
        raise ValueError(f"no Jalali month: {year}-{month}")
    after = (year + 1, 1) if month == 12 else (year, month + 1)
    return jdatetime.date(year, month, 1).togregorian(), jdatetime.date(*after, 1).togregorian()


def _local(d: date | datetime, tz: tzinfo | None) -> jdatetime.date:
    if isinstance(d, datetime):
        if tz is None:
            raise ValueError("a moment needs the zone whose calendar is to be shown")
        d = _aware(d).astimezone(tz).date()
    return _on_calendar(d)


@lru_cache(maxsize=4096)
def _on_calendar(day: date) -> jdatetime.date:
    return jdatetime.date.fromgregorian(date=day)


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a moment without a zone cannot be shown: give an aware datetime")
    return at


def _weekday_and_day(day: jdatetime.date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"
