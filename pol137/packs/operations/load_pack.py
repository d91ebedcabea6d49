"""Taking a pack into the database: upsert by code, closing what it no longer names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Model

from pol137.city.models import City, Closure
from pol137.city.operations import bump_version
from pol137.city.operations.edit_row import place_key
from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal
from pol137.packs.queries.stored_pack import stored_records
from pol137.packs.rules.check import check
from pol137.packs.rules.differences import Difference, differences
from pol137.packs.rules.pack import FIELDS, REFERENCES, Pack, Record, Records, records_of
from pol137.packs.rules.tables import KEYS

_ORDER: Final = (
    "district",
    "subdistrict",
    "neighbourhood",
    "season",
    "place",
    "calendar",
    "department",
    "position",
    "servicegroup",
    "service",
    "routingrule",
    "holiday",
    "ladder",
    "ladderrung",
    "deadlinepolicy",
    "channel",
    "agency",
    "legalground",
    "messagetext",
)
_LATER: Final = {"department": ("parent", "deputy")}
"""References inside a ring of tables: set when all of it is there."""

Numbers = dict[str, dict[Any, int]]


@transaction.atomic
def load_pack(*, pack: Pack, by: Actor, now: datetime, replace: bool = False) -> list[Difference]:
    """Make the city what the pack says; what changed is returned.

    Guarantees: all of it or nothing; rows keep their numbers by code, missing rows are closed from today and
    never deleted, open promises are untouched; one event, and a new version when anything changed.
    The closures of a city that is replaced end.
    Refuses (Refusal) a pack with faults, a base, and a pack of another city unless `replace`.
    """
    grave = [fault for fault in check(pack) if not fault.warning]
    if grave:
        raise Refusal("pack_broken", pack=pack.name, faults=len(grave), first=str(grave[0]))
    if pack.base:
        raise Refusal("pack_is_a_base", pack=pack.name)
    _lock()
    given = records_of(pack)
    city = given["city"][0]
    here = City.objects.first()
    if here is not None and here.code != city["code"] and not replace:
        raise Refusal("pack_of_another_city", here=here.code, given=city["code"])
    today = now.astimezone(ZoneInfo(city["timezone"])).date()
    changes = differences(stored_records(today), given)
    if here is not None and here.code != city["code"]:
        Closure.objects.filter(ended_at__isnull=True, to_at__gt=now).update(ended_at=now)
    if changes:
        _store(given, here or City(), today)
        _tell(pack, changes, by, now)
    return changes


def _lock() -> None:
    """One load at a time, also into an empty database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('pol137.city.load_pack'))")


def _tell(pack: Pack, changes: list[Difference], by: Actor, now: datetime) -> None:
    counts = Counter(str(one.change) for one in changes)
    body = {"pack": pack.name, "version": bump_version(), **counts}
    append_event(stream="city", kind=EventKind.PACK_LOADED, at=now, by=by, body=body)


def _store(given: Records, city: City, today: date) -> None:
    for name in FIELDS["city"]:
        setattr(city, name, given["city"][0][name])
    city.save()
    numbers: Numbers = {}
    for name in _ORDER:
        numbers[name] = _store_table(name, given[name], numbers, today)
    _store_links(given, numbers)


def _store_table(name: str, rows: list[Record], numbers: Numbers, today: date) -> dict[Any, int]:
    model = apps.get_model("city", name)
    key = [_attribute(name, column) for column in KEYS[name]]
    known = {tuple(getattr(one, column) for column in key): one for one in model.objects.all()}
    new, old, columns = [], [], _columns(name)
    kept: dict[Any, Model] = {}
    for place, row in enumerate(rows):
        values = {**_values(name, row, numbers), "sort": place, "active_to": None}
        identity = tuple(values[column] for column in key)
        one = known.pop(identity, None)
        if one is None:
            one = model(active_from=today, **values)
            new.append(one)
        elif any(getattr(one, column) != value for column, value in values.items()):
            for column, value in values.items():
                setattr(one, column, value)
            old.append(one)
        kept[identity] = one
    model.objects.bulk_create(new, batch_size=500)
    model.objects.bulk_update(old, [*columns, "sort", "active_to"], batch_size=200)
    _close(model, known.values(), today)
    return {identity[0]: one.pk for identity, one in kept.items()}


def _close(model: type[Model], rows: Iterable[Any], today: date) -> None:
    gone = [one for one in rows if one.active_to is None or one.active_to > today]
    for one in gone:
        one.active_to = max(today, one.active_from)
    model._default_manager.bulk_update(gone, ["active_to"], batch_size=500)


def _attribute(table: str, column: str) -> str:
    return f"{column}_id" if column in REFERENCES.get(table, {}) else column


def _columns(table: str) -> list[str]:
    extra = {"place": ["search_key"], "department": ["path"]}.get(table, [])
    return [column for column in FIELDS[table] if column not in _LATER.get(table, ())] + extra


def _values(table: str, row: Record, numbers: Numbers) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column in FIELDS[table]:
        if column in _LATER.get(table, ()):
            continue
        to = REFERENCES.get(table, {}).get(column)
        values[_attribute(table, column)] = numbers[to].get(row[column]) if to else row[column]
    if table == "place":
        values["search_key"] = place_key(row["name_fa"], row["aliases"])
    if table == "department":
        values["path"] = row["path"]
    return values


def _store_links(given: Records, numbers: Numbers) -> None:
    for table, columns in _LATER.items():
        model = apps.get_model("city", table)
        rows = {one.pk: one for one in model.objects.all()}
        changed = []
        for row in given[table]:
            one = rows[numbers[table][row["code"]]]
            wanted = {
                f"{column}_id": numbers[REFERENCES[table][column]].get(row[column]) for column in columns
            }
            if any(getattr(one, column) != value for column, value in wanted.items()):
                for column, value in wanted.items():
                    setattr(one, column, value)
                changed.append(one)
        model.objects.bulk_update(changed, list(columns), batch_size=500)
