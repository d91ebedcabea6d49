"""Where cases of a pack would go: every service finds a department, and every rung somebody to tell, in
danger too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from pol137.city.rules.assemble import assemble
from pol137.city.rules.book import Book
from pol137.city.rules.entries import DepartmentEntry, DistrictEntry, ServiceEntry
from pol137.city.vocabulary import URGENT_POLICY, PlaceNeed
from pol137.packs.rules.pack import Fault, Pack, numbered, records_of

_ORDINARY: Final = date(2000, 1, 1)
"""A day in no season."""


def faults(pack: Pack) -> Iterator[Fault]:
    """Services without a department, and rungs nobody would hear. For a pack otherwise whole."""
    today = _ORDINARY
    book = assemble(0, numbered(records_of(pack), today), today)
    rows = pack.by_key("service")
    days = [_ORDINARY, *{season.code: season.from_date for season in book.seasons}.values()]
    for one in book.services:
        unrouted = _unrouted(book, one)
        silent = list(dict.fromkeys(gap for day in days for gap in _silent(book, one, day)))
        row = rows[one.code]
        if unrouted:
            everywhere = len(unrouted) == len(book.districts)
            where = "" if everywhere else f" in {', '.join(unrouted)}"
            yield row.fault(
                f"{one.code!r} has no department{where}",
                "cases wait for triage; add a row to routing.csv",
                warning=True,
            )
        for gap in silent:
            yield row.fault(gap, "add the position, or change the ladder or the routing")
    yield from _in_danger(pack, book, days)


def _in_danger(pack: Pack, book: Book, days: list[date]) -> Iterator[Fault]:
    """Rungs of the ladder of danger that nobody holds in a unit whose cases may be called dangerous."""
    policy = book.policies.find(URGENT_POLICY)
    rungs = book.ladders[policy.ladder_id].rungs if policy else ()
    found = (
        _department(book, one, district, day)
        for day in days
        for one in book.services
        for district in _districts(book, one)
    )
    rows = pack.by_key("department")
    for unit in {one.id: one for one in found if one}.values():
        seated = [[role for role in rung.roles if book.positions_for(unit.id, role)] for rung in rungs]
        for n, roles in enumerate(seated):
            if roles or not n:
                continue
            instead = next((later for later in seated[n:] if later), [])
            yield rows[unit.code].fault(
                f"in danger nobody is {' or '.join(rungs[n].roles)} of {unit.code!r} (rung {n})",
                f"add the position; until then this rung is told to {' and '.join(instead)}"
                if instead
                else "add the position: nobody is told",
                warning=bool(instead),
            )


def _districts(book: Book, one: ServiceEntry) -> list[DistrictEntry | None]:
    """Where its cases can lie; None = no district is known."""
    places: list[DistrictEntry | None] = [None] if one.place is PlaceNeed.NONE else list(book.districts)
    return [*places, None] if one.place is PlaceNeed.OPTIONAL else places


def _department(
    book: Book, one: ServiceEntry, district: DistrictEntry | None, day: date
) -> DepartmentEntry | None:
    id_ = district.id if district else None
    rules = book.rules_for(one.id, id_, day=day)
    return book.department_of_rule(rules[0], id_) if rules else None


def _unrouted(book: Book, one: ServiceEntry) -> list[str]:
    """Where its cases wait for triage."""
    return [
        district.code if district else "the city"
        for district in _districts(book, one)
        if (district or one.place is PlaceNeed.NONE) and _department(book, one, district, _ORDINARY) is None
    ]


def _silent(book: Book, one: ServiceEntry, day: date) -> Iterator[str]:
    """Rungs of its cases that nobody would hear on that day."""
    ladder = book.ladders[book.policy_for(one.id, one.kind).ladder_id]
    for district in _districts(book, one):
        department = _department(book, one, district, day)
        for role in (role for rung in ladder.rungs for role in rung.roles) if department else ():
            if department and not book.positions_for(department.id, role):
                yield f"{one.code!r} in {department.code!r}: nobody is {role} (ladder {ladder.code})"
