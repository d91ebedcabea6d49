"""Filling the city's texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from babel import localedata
from babel.dates import format_date

from pol137.lib import jalali, persian, sms_segments

MOST_LETTERS = 160
"""No part of an SMS holds more."""

END_OF = {"en": "the end of %s", "ar": "نهاية يوم %s"}


def moment(at: datetime, zone: ZoneInfo, language: str, *, now: datetime) -> str:
    """A moment as the citizen reads it: Jalali with Persian digits, else Gregorian in his language; midnight
    is the end of the day before, and a year that is not that of `now` is named."""
    if language.startswith("fa"):
        return jalali.format_datetime(at, zone, now=now)
    local, ends = at.astimezone(zone), jalali.ended_day(at, zone)
    day = ends or local.date()
    shape = "EEEE d MMMM" if day.year == now.astimezone(zone).year else "EEEE d MMMM y"
    language = language if localedata.exists(language) else "en"
    words = format_date(day, shape, locale=language)
    return END_OF.get(language, END_OF["en"]) % words if ends else listed([words, f"{local:%H:%M}"], language)


def listed(words: Sequence[str], language: str) -> str:
    """Several things in one sentence: «شنبه ۲۴ مهر، یکشنبه ۲ آبان»."""
    return (", " if language.startswith("en") else "، ").join(words)


def fill(text: str, values: Mapping[str, str], *, language: str, most: int, more: str = "") -> str:
    """The text with its values, cut to `most` SMS parts by shortening the answer or reasons, never anything
    else; after what was cut stands `more`, which says where all of it is. What somebody wrote without a full
    stop gets one where the text goes on behind it.

    Codes and numbers are written in the digits of the language.
    """
    given = dict(values)
    if language.startswith("fa"):
        plain = {"code", "codes", "accept_code", "object_code", "sms_number", "phone"}
        given |= {name: persian.persian_digits(given[name]) for name in plain & given.keys()}
    long = next((name for name in ("answer", "reasons", "question", "reason") if given.get(name)), None)
    if long and f"{{{long}}} " in text and given[long][-1].isalnum():
        given[long] += "."
    kept, size = given.get(long or "", "")[: MOST_LETTERS * most], sms_segments.count(_filled(text, given))
    dots = "..." if size.encoding == "gsm7" else "…"
    while long and size.parts > most and len(kept) > 20:
        kept = kept.rpartition(" ")[0].rstrip(" ،.") or kept[:20]
        given[long] = f"{kept}{dots} {_filled(more, given)}".rstrip()
        size = sms_segments.count(_filled(text, given))
    return _filled(text, given)


def _filled(text: str, values: Mapping[str, str]) -> str:
    return sms_segments.prepare(text.format_map(dict(values)))
