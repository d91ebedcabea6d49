"""Finding places by name and by point."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pol137.city.models import Place
from pol137.city.queries.book import book
from pol137.city.rules.entries import DistrictEntry
from pol137.lib.persian import normalise, search_key


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place people name, with what a form fills in when it is chosen."""

    code: str
    name_fa: str
    district: str
    neighbourhood: str
    lat: float | None
    lon: float | None
    shared_with: tuple[str, ...] = ()


def place_of_code(code: str) -> FoundPlace | None:
    """The place of this code, if it is in force."""
    return next(iter(_found(Place.objects.filter(code=code, active_to__isnull=True))), None)


def find_places(text: str, limit: int = 8) -> list[FoundPlace]:
    """Places whose name or other name holds every word of `text`, those that begin with it first.

    Letters and half-spaces may be written either way. Nothing asked, nothing found.
    """
    asked = [key for word in normalise(text).split() if (key := search_key(word))]
    if not asked:
        return []
    matching = Place.objects.filter(active_to__isnull=True)
    for word in asked:
        matching = matching.filter(search_key__contains=word)
    rows = sorted(matching, key=lambda place: (place.search_key.find(asked[0]), place.sort))
    return _found(rows[:limit])


def _found(rows: Iterable[Place]) -> list[FoundPlace]:
    city = book()
    return [
        FoundPlace(
            code=row.code,
            name_fa=row.name_fa,
            district=city.districts[row.district_id].code,
            neighbourhood=city.neighbourhoods[row.neighbourhood_id].code if row.neighbourhood_id else "",
            lat=row.lat,
            lon=row.lon,
            shared_with=tuple(row.shared_with),
        )
        for row in rows
    ]


def landmarks() -> list[FoundPlace]:
    """Every place with a point that is in force, in the city's order: what a map without streets shows."""
    return _found(Place.objects.filter(active_to__isnull=True, lat__isnull=False).order_by("sort"))


def district_of_point(lat: float, lon: float) -> DistrictEntry | None:
    """The district a point lies in, or None outside all of them."""
    return book().district_at(lat, lon)
