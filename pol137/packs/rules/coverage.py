"""Whether the calendars know the holidays of a year."""

from __future__ import annotations

from collections.abc import Iterable

from pol137.city.rules.entries import CalendarEntry
from pol137.lib.jalali import year_of


def without_holidays(calendars: Iterable[CalendarEntry], jalali_year: int) -> list[CalendarEntry]:
    """The calendars in which no day of that year is a holiday.

    An operational calendar works through them, and one that never opens needs none.
    """
    return [
        one
        for one in calendars
        if one.week is not None
        and not one.operational
        and not any(year_of(day) == jalali_year for day in one.holidays)
    ]
