"""The city of the database, in the words of a pack."""

from __future__ import annotations

from datetime import date

from django.apps import apps
from django.db.models import Q

from pol137.city.models import City
from pol137.packs.rules.pack import FIELDS, REFERENCES, Record, Records


def stored_records(day: date) -> Records:
    """The rows in force on `day`, in their order, references as codes: what `dump` writes."""
    codes = {
        name: _codes(name) for name in {to for columns in REFERENCES.values() for to in columns.values()}
    }
    records: Records = {name: _table(name, day, codes) for name in FIELDS if name != "city"}
    records["city"] = list(City.objects.values(*FIELDS["city"]))
    return records


def _codes(name: str) -> dict[int, str]:
    return dict(apps.get_model("city", name).objects.values_list("pk", "code"))


def _table(name: str, day: date, codes: dict[str, dict[int, str]]) -> list[Record]:
    references = REFERENCES.get(name, {})
    rows = (
        apps.get_model("city", name)
        .objects.filter(Q(active_to__isnull=True) | Q(active_to__gt=day), active_from__lte=day)
        .order_by("sort", "pk")
        .values(*(f"{field}_id" if field in references else field for field in FIELDS[name]))
    )
    return [
        {
            field: codes[references[field]].get(row[f"{field}_id"], "") if field in references else row[field]
            for field in FIELDS[name]
        }
        for row in rows
    ]
