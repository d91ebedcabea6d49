"""Dates, digits, codes and phones as the active language writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from pol137.cases.queries import COUNTED
from pol137.city.queries import book
from pol137.lib import jalali as calendar
from pol137.lib import phones
from pol137.lib.durations import words as duration_words
from pol137.lib.persian import persian_digits

register = template.Library()

PERCENT = re.compile("(?<=[۰-۹])%")

_EN_DAY = {"long": "D j M Y", "short": "Y-m-d"}
_EN_MOMENT = {"long": "D j M, H:i", "short": "Y-m-d H:i"}
_EN_OTHER_YEAR = "D j M Y, H:i"

LONG_PAST = timedelta(days=60)
"""What is older is told by its date, not by how long ago it was."""

_asked_at: ContextVar[datetime | None] = ContextVar("asked_at", default=None)


@contextmanager
def asked_at(now: datetime) -> Iterator[None]:
    """Within it, moments of another year than that of `now` name their year."""
    before = _asked_at.set(now)
    try:
        yield
    finally:
        _asked_at.reset(before)


def language() -> str:
    """The active language's two letters, Persian when none is."""
    return (get_language() or "fa").partition("-")[0]


def is_persian() -> bool:
    """Whether Persian is the active language."""
    return language() == "fa"


def zone() -> ZoneInfo:
    """The city's time zone."""
    return book().zone


@register.filter
def digits(value: object) -> str:
    """The text with the digits of the active language; None is empty."""
    text = "" if value is None else str(value)
    return PERCENT.sub("٪", persian_digits(text)) if is_persian() else text


@register.filter
def counted(value: int) -> str:
    """How many stand in a list, as far as lists are counted: «۱۲», «+۹۹۹»."""
    return digits(f"+{COUNTED}" if value > COUNTED else value)


@register.filter
def number(value: int | float | None) -> str:
    """A number in groups of three: «۱۲٬۳۴۵»."""
    if value is None:
        return ""
    text = f"{value:,}"
    return persian_digits(text.replace(",", "٬").replace(".", "٫")) if is_persian() else text


@register.filter
def rial(value: int | None) -> str:
    """An amount with its unit: «۱۸٬۲۰۰ ریال»."""
    return "" if value is None else gettext("%(amount)s rials") % {"amount": number(value)}


@register.filter
def jalali(value: date | datetime | None, style: str = "long") -> str:
    """The day: «شنبه ۲۵ مهر ۱۴۰۵», or short «۱۴۰۵/۰۷/۲۵»; Gregorian in English."""
    if not value:
        return ""
    if is_persian():
        return calendar.format_date(value, zone(), "short" if style == "short" else "long")
    day = value.astimezone(zone()) if isinstance(value, datetime) else value
    return formats.date_format(day, _EN_DAY[style])


@register.filter
def jalali_time(value: datetime | None, style: str = "long") -> str:
    """The moment: «شنبه ۲۵ مهر ساعت ۱۰», or short «۱۴۰۵/۰۷/۲۵ ۱۰:۰۰»; Gregorian in English. The year is
    named when it is not that in which the page is asked for.

    Midnight is the end of the day before, in the style "from" the beginning of the day, and in the style
    "day" (of what happened, and was perhaps told without an hour) the day alone.
    """
    if not value:
        return ""
    local, ends, now = value.astimezone(zone()), calendar.ended_day(value, zone()), _asked_at.get()
    if style == "day" and calendar.begins_day(value, zone()):
        return jalali(value)
    if style == "from" and ends:
        return gettext("the beginning of %(day)s") % {"day": jalali(value)}
    if is_persian():
        return calendar.format_datetime(value, zone(), "short" if style == "short" else "long", now=now)
    if ends and style != "short":
        return f"the end of {formats.date_format(ends, _EN_DAY['long'])}"
    if style == "short":
        return formats.date_format(local, _EN_MOMENT["short"])
    this_year = now is None or now.astimezone(zone()).year == local.year
    return formats.date_format(local, _EN_MOMENT["long"] if this_year else _EN_OTHER_YEAR)


@register.filter
def clock_time(value: datetime | None) -> str:
    """The time of day: «۱۰:۳۰»."""
    if not value:
        return ""
    text = calendar.format_clock(value, zone())
    return text if is_persian() else f"{value.astimezone(zone()):%H:%M}"


@register.filter
def duration(value: timedelta | None) -> str:
    """A length of time in words: «۲ ساعت و ۱۵ دقیقه»."""
    return "" if value is None else duration_words(value, language())


@register.filter
def ago(value: datetime | None, now: datetime | None = None) -> str:
    """How long ago: «۲ ساعت پیش», «همین حالا» within a minute; a moment to come is shown as a date, and one
    that is long past as its day: nobody counts back 844 days."""
    if not value:
        return ""
    passed = (now or timezone.now()) - value
    if passed < timedelta(0):
        return jalali_time(value)
    if passed < timedelta(minutes=1):
        return gettext("just now")
    if passed > LONG_PAST:
        return jalali(value, "short")
    whole = timedelta(minutes=passed // timedelta(minutes=1))
    return gettext("%(duration)s ago") % {"duration": largest(whole)}


@register.filter
def left(value: datetime | None, now: datetime | None = None) -> str:
    """How long until a due time, or how late: «۲ ساعت و ۱۵ دقیقه مانده», «۳ روز دیرتر از مهلت»."""
    if not value:
        return ""
    remaining = value - (now or timezone.now())
    text = gettext("%(duration)s left") if remaining > timedelta(0) else gettext("%(duration)s late")
    return text % {"duration": duration_words(abs(remaining), language())}


@register.filter
def phone(value: str | None, form: str = "masked") -> SafeString | str:
    """A number one recognises («۰۹۱۵۱۲۳••••»); with "full" as it is dialled. Always left to right."""
    if not value:
        return ""
    if not value.startswith("+"):
        text = value if form == "full" else "•••"
    else:
        text = phones.local_form(value) if form == "full" else phones.mask(value)
    return format_html('<bdi class="phone" dir="ltr">{}</bdi>', digits(text))


@register.filter
def code(value: str | None) -> SafeString | str:
    """A tracking code in pairs, kept left to right: «۱۲ ۳۴ ۵۶ ۷۸ ۹۰»."""
    if not value:
        return ""
    pairs = "\u00a0".join(value[place : place + 2] for place in range(0, len(value), 2))
    return format_html('<bdi class="code" dir="ltr">{}</bdi>', digits(pairs))


def largest(length: timedelta) -> str:
    """Only the largest unit of a length: «۳ روز»."""
    for unit in (timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)):
        if length >= unit:
            return duration_words(length // unit * unit, language())
    return duration_words(timedelta(0), language())
