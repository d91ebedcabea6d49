"""Where cases of a pack would go: every service finds a department, and every rung somebody to tell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from pol137.city.rules.assemble import assemble
from pol137.city.rules.book import Book
from pol137.city.rules.entries import DistrictEntry, ServiceEntry
from pol137.city.rules.pack import Fault, Pack, numbered, records_of
from pol137.city.vocabulary import PlaceNeed

_ORDINARY: Final = date(2000, 1, 1)
"""A day in no season."""


def faults(pack: Pack) -> Iterator[Fault]:
    """Services without a department, and rungs nobody would hear. For a pack otherwise whole."""
    today = _ORDINARY
    book = assemble(0, numbered(records_of(pack), today), today)
    rows = pack.by_key("service")
    for one in book.services:
        unrouted, silent = _gaps(book, one)
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


def _gaps(book: Book, one: ServiceEntry) -> tuple[list[str], list[str]]:
    unrouted: list[str] = []
    silent: dict[str, None] = {}
    places: list[DistrictEntry | None] = [None] if one.place is PlaceNeed.NONE else list(book.districts)
    if one.place is PlaceNeed.OPTIONAL:
        places.append(None)
    for district in places:
        id_ = district.id if district else None
        rules = book.rules_for(one.id, id_, day=_ORDINARY)
        department = book.department_of_rule(rules[0], id_) if rules else None
        if department is None:
            if district or one.place is PlaceNeed.NONE:
                unrouted.append(district.code if district else "the city")
            continue
        ladder = book.ladders[book.policy_for(one.id, one.kind).ladder_id]
        for rung in ladder.rungs:
            for role in rung.roles:
                if not book.positions_for(department.id, role):
                    silent[
                        f"{one.code!r} in {department.code!r}: nobody is {role} (ladder {ladder.code})"
                    ] = None
    return unrouted, list(silent)
