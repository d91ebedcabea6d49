"""A Jalali month as pages show it: its bounds, its name, the months around it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from django.utils.translation import pgettext

from pol137.city.queries import book
from pol137.desk.forms.oversight import MonthForm
from pol137.lib import jalali
from pol137.web.pieces import Words
from pol137.web.request import Request
from pol137.web.templatetags.fa import digits, is_persian
from pol137.web.templatetags.fa import jalali as day_words


@dataclass(frozen=True, slots=True)
class Month:
    """A month from its first moment to that of the next; `following` is empty while that has not begun."""

    since: datetime
    until: datetime
    name: str
    words: Words
    before: str
    following: str


def month_asked(request: Request) -> Month:
    """The month the address names («1405-07»), else the present one."""
    form = MonthForm(request.GET)
    asked = form.cleaned_data["month"] if form.is_valid() else ""
    zone = book().zone
    year, number = jalali.month_of(request.now, zone)
    if asked:
        said, _dash, counted = asked.partition("-")
        year, number = int(said), int(counted)
    first, after = jalali.month_days(year, number)
    since, until = (datetime.combine(day, time(), tzinfo=zone) for day in (first, after))
    return Month(
        since=since,
        until=until,
        name=f"{year}-{number:02d}",
        words=_words(year, number, since),
        before=_around(year, number, -1),
        following=_around(year, number, 1) if until <= request.now else "",
    )


def _words(year: int, number: int, since: datetime) -> Words:
    if is_persian():
        return f"{jalali.MONTHS[number - 1]} {digits(year)}"
    return pgettext("a month of the Jalali calendar", "The month from %(day)s") % {"day": day_words(since)}


def _around(year: int, number: int, by: int) -> str:
    place = year * 12 + number - 1 + by
    return f"{place // 12}-{place % 12 + 1:02d}"
