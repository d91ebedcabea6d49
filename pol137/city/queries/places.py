"""Finding places by name and by point."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pol137.city.models import Place
from pol137.city.queries.book import Book, book
from pol137.city.rules.alleys import read_alleys
from pol137.city.rules.entries import DistrictEntry
from pol137.lib.addresses import Named, PlaceIndex
from pol137.lib.persian import persian_digits

MOST = 50


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place people name, with what a form fills in when it is chosen; `alley` is the number asked for.

    On a boundary street `shared_with` are the districts on its other side.
    """

    code: str
    name_fa: str
    district: str
    neighbourhood: str
    lat: float | None
    lon: float | None
    shared_with: tuple[str, ...] = ()
    sub_district: str = ""
    alley: int | None = None

    @property
    def label(self) -> str:
        """How it is written in an address: «خیابان احمدآباد ۱۷»."""
        return f"{self.name_fa} {persian_digits(str(self.alley))}" if self.alley else self.name_fa


@dataclass(frozen=True, slots=True)
class _Places:
    """The places in force as a Book saw them, in the city's order."""

    city: Book
    found: tuple[FoundPlace, ...]
    index: PlaceIndex


_held: _Places | None = None


def place_of_code(code: str, *, asked: str = "") -> FoundPlace | None:
    """The place of this code, if it is in force, with the alley that was asked for where it has one."""
    known = next((one for one in _places().found if one.code == code), None)
    return next((one for one in find_places(asked, limit=MOST) if one.code == code), known) if known else None


def find_places(text: str, limit: int = 8) -> list[FoundPlace]:
    """The places an address may mean, the likeliest first; nothing asked, nothing found (no query).

    Forgiving of letters, spaces, digits, short forms and a letter typed wrong; a numbered alley leads to
    the row of its street that holds it (`lib.addresses`).
    """
    places = _places()
    return [replace(places.found[hit.key], alley=hit.alley) for hit in places.index.find(text, limit=limit)]


def place_meant(text: str) -> FoundPlace | None:
    """The place of an address that leaves no doubt where it lies: the likeliest, unless others found with it
    lie in another district."""
    found = find_places(text, limit=MOST)
    return found[0] if len({one.district for one in found}) == 1 else None


def _places() -> _Places:
    """Read once for each Book."""
    global _held
    held, city = _held, book()
    if held is None or held.city is not city:
        rows = list(Place.objects.filter(active_to__isnull=True).order_by("sort", "pk"))
        named = [
            Named(place, (row.name_fa, *row.aliases), tuple(map(_numbers, row.alleys)))
            for place, row in enumerate(rows)
        ]
        held = _held = _Places(city, tuple(_found(rows, city)), PlaceIndex(named))
    return held


def _numbers(alleys: str) -> range:
    run = read_alleys(alleys)
    return range(run.first, run.last + 1, run.step)


def _found(rows: Iterable[Place], city: Book) -> Iterable[FoundPlace]:
    for row in rows:
        part = city.sub_district_of(row.neighbourhood_id)
        yield FoundPlace(
            code=row.code,
            name_fa=row.name_fa,
            district=city.districts[row.district_id].code,
            neighbourhood=city.neighbourhoods[row.neighbourhood_id].code if row.neighbourhood_id else "",
            lat=row.lat,
            lon=row.lon,
            shared_with=tuple(row.shared_with),
            sub_district=part.code if part else "",
        )


def landmarks() -> list[FoundPlace]:
    """Every place with a point that is in force, in the city's order: what a map without streets shows."""
    return [one for one in _places().found if one.lat is not None]


def district_of_point(lat: float, lon: float) -> DistrictEntry | None:
    """The district a point lies in, or None outside all of them."""
    return book().district_at(lat, lon)
