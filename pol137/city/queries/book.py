"""The city in memory: one immutable Book per process, renewed when the city's version changed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.utils import timezone

from pol137.city.models import City
from pol137.city.rules.assemble import assemble
from pol137.city.rules.book import Book

__all__ = ["Book", "CityMissing", "book", "forget", "is_loaded", "local_day"]

FRESH_SECONDS = 2.0

TABLES = (
    "district",
    "subdistrict",
    "neighbourhood",
    "season",
    "department",
    "position",
    "servicegroup",
    "service",
    "routingrule",
    "calendar",
    "holiday",
    "closure",
    "ladder",
    "ladderrung",
    "deadlinepolicy",
    "channel",
    "agency",
    "legalground",
    "messagetext",
)


class CityMissing(LookupError):
    """No city has been loaded into this database yet."""

    def __init__(self) -> None:
        super().__init__("no city is loaded: run `pol137 city load PACK`")


@dataclass(frozen=True, slots=True)
class _Held:
    book: Book
    day: date
    checked: float


_held: _Held | None = None
_lock = Lock()


def book() -> Book:
    """The city as it stands. At most every two seconds one small query asks whether it changed.

    Refuses (CityMissing) before a pack was loaded.
    """
    held = _held
    if held is not None and time.monotonic() - held.checked < FRESH_SECONDS:
        return held.book
    with _lock:
        return _renewed()


def forget() -> None:
    """Make the next `book()` of this process look again (after a load, between tests)."""
    global _held
    _held = None


def is_loaded() -> bool:
    """Whether this database holds a city."""
    return City.objects.exists()


def _renewed() -> Book:
    global _held
    held, asked = _held, time.monotonic()
    if held is not None and asked - held.checked < FRESH_SECONDS:
        return held.book
    version, zone = _version()
    today = timezone.now().astimezone(ZoneInfo(zone)).date()
    if held is not None and (held.book.version, held.day) == (version, today):
        _held = _Held(held.book, today, asked)
        return held.book
    _held = _Held(_read(version, today), today, asked)
    return _held.book


def _version() -> tuple[int, str]:
    found = City.objects.values_list("version", "timezone").first()
    if found is None:
        raise CityMissing
    return found


def _read(version: int, today: date) -> Book:
    """All tables, one query each; read again if a load was committed meanwhile."""
    while True:
        records: dict[str, list[dict[str, Any]]] = {
            name: list(apps.get_model("city", name).objects.values()) for name in ("city", *TABLES)
        }
        if not records["city"]:
            raise CityMissing
        after, _ = _version()
        if after == version:
            return assemble(version, records, today)
        version = after


def local_day(now: datetime) -> date:
    """The day `now` falls on in the city."""
    return now.astimezone(book().zone).date()
