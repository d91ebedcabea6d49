"""What a pack that loads still lacks as of today: warnings, so that nothing runs out unseen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from pol137.city.rules.assemble import assemble
from pol137.city.vocabulary import DepartmentKind, Role
from pol137.lib.jalali import year_of
from pol137.packs.rules.coverage import without_holidays
from pol137.packs.rules.pack import Fault, Pack, Row, numbered, records_of

_SHOWN = 12


def reminders(pack: Pack, today: date) -> Iterator[Fault]:
    """Warnings about a pack without faults: holidays, seasons, words, people of the offices."""
    yield from _holidays(pack, today)
    yield from _seasons(pack, today)
    yield from listed(
        [row for row in pack.table("service") if not row["keywords"]],
        "services have no keywords",
        "add the words people use, so that they are found",
    )
    yield from _drafters(pack)


def listed(rows: Iterable[Row], what: str, mend: str) -> Iterator[Fault]:
    """One warning about several rows, at the first of them; none about none."""
    found = list(rows)
    if found:
        codes = ", ".join(row["code"] for row in found[:_SHOWN])
        more = ", ..." if len(found) > _SHOWN else ""
        yield found[0].fault(f"{len(found)} {what}: {codes}{more}", mend, warning=True)


def _holidays(pack: Pack, today: date) -> Iterator[Fault]:
    """For each calendar that knows no holiday of this year or the next."""
    calendars = assemble(0, numbered(records_of(pack), today), today).calendars
    for year in (year_of(today), year_of(today) + 1):
        for one in without_holidays(calendars, year):
            yield Fault(
                "holidays.csv",
                1,
                f"calendar {one.code!r} has no holidays for {year}",
                f"run `pol137 city holidays --year {year} --calendar {one.code} --into PACK`",
                warning=True,
            )


def _seasons(pack: Pack, today: date) -> Iterator[Fault]:
    """For each season that will not come again."""
    last = {row["code"]: row for row in sorted(pack.table("season"), key=lambda row: row["until_date"])}
    for row in last.values():
        if row["until_date"] < today:
            yield row.fault(
                f"season {row['code']!r} is past ({row['until_date']}) and has no row to come",
                "add a row with its days of the coming year",
                warning=True,
            )


def _drafters(pack: Pack) -> Iterator[Fault]:
    """For offices with a head and nobody who drafts for him."""
    seats = {(row["department"], row["role"]) for row in pack.table("position")}
    yield from listed(
        [
            row
            for row in pack.table("department")
            if row["kind"] == DepartmentKind.OFFICE
            and (row["code"], Role.UNIT_HEAD) in seats
            and (row["code"], Role.UNIT_USER) not in seats
        ],
        "offices have a head and no 137 user",
        "add a position with the role unit_user, else the head drafts himself",
    )
