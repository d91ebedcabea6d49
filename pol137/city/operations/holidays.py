"""Holidays of a calendar, changed from the desk between two loads of the pack."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from pol137.city.models import Calendar, Holiday
from pol137.city.operations.versions import bump_version
from pol137.city.queries.book import local_day
from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal


@transaction.atomic
def set_holiday(
    *, calendar: str, day: date, title: str, mourning: bool = False, by: Actor, now: datetime
) -> None:
    """Make a day a holiday of a calendar, or give the one it has another title.

    Guarantees: promises made before stand; one event; nothing when it is so already.
    Refuses (Refusal) a day that is past, no title, and a calendar the city does not have.
    """
    if not title.strip():
        raise Refusal("holiday_needs_title", field="title")
    today = local_day(now)
    row = _row(calendar, day, today)
    was_one = row.pk is not None and (row.active_to is None or row.active_to > today)
    if was_one and (row.title_fa, row.mourning) == (title.strip(), mourning):
        return
    row.title_fa, row.mourning, row.active_to = title.strip(), mourning, None
    row.save()
    _tell(row, "changed" if was_one else "added", by, now)


@transaction.atomic
def remove_holiday(*, calendar: str, day: date, by: Actor, now: datetime) -> None:
    """Make a holiday an ordinary day of the calendar.

    Guarantees: promises made before stand; one event. Refuses (Refusal) a day that is past or no holiday.
    """
    today = local_day(now)
    row = _row(calendar, day, today)
    if row.pk is None or (row.active_to is not None and row.active_to <= today):
        raise Refusal("holiday_unknown", field="day")
    row.active_to = max(today, row.active_from)
    row.save()
    _tell(row, "removed", by, now)


def _row(calendar: str, day: date, today: date) -> Holiday:
    found = Calendar.objects.select_for_update().filter(code=calendar, active_to__isnull=True).first()
    if found is None:
        raise Refusal("calendar_unknown", field="calendar")
    if day < today:
        raise Refusal("holiday_past", field="day")
    row = Holiday.objects.select_for_update().filter(calendar=found, date=day).first()
    return row or Holiday(calendar=found, date=day, active_from=today)


def _tell(row: Holiday, change: str, by: Actor, now: datetime) -> None:
    bump_version()
    body = {"calendar": row.calendar.code, "date": row.date.isoformat(), "change": change}
    append_event(stream="city", kind=EventKind.HOLIDAY_CHANGED, at=now, by=by, body=body)
