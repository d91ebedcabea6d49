"""The examples of docs/rules/calendars.md, computed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from pathlib import Path

import pytest

from pol137.cases.rules import clocks
from pol137.city.rules.assemble import assemble
from pol137.city.rules.book import Book
from pol137.commands.city import read
from pol137.lib.durations import parse_duration
from pol137.lib.working_time import Closure, WorkingWeek
from pol137.packs.rules.pack import numbered, records_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules" / "calendars.md"


@cache
def city() -> Book:
    today = date(2026, 10, 1)
    return assemble(0, numbered(records_of(read("sample").pack), today), today)


def table(heading: str) -> list[list[str]]:
    lines = PAGE.read_text(encoding="utf-8").split(f"| {heading} |", 1)[1].splitlines()[2:]
    rows = lines[: next(n for n, line in enumerate(lines) if not line.startswith("|"))]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in rows]


def moment(text: str, year: str = "") -> datetime:
    """`Sat 2026-10-17 10:00`, or `10-17 10:00` of a year; a weekday that is wrong fails."""
    written = f"{year}-{text}" if year else text.partition(" ")[2]
    at = datetime.strptime(written, "%Y-%m-%d %H:%M").replace(tzinfo=city().zone)
    assert year or f"{at:%a}" == text[:3], text
    return at


def closures(text: str, year: str) -> list[Closure]:
    spans = [one.split(" to ") for one in text.split("; ") if one != "-"]
    return [(moment(begins, year), moment(ends, year)) for begins, ends in spans]


def office() -> WorkingWeek:
    week = city().calendars.by_code["office"].week
    assert week is not None
    return week


EXAMPLES = table("from | time given | clock | closed | due")


@pytest.mark.parametrize("row", EXAMPLES, ids=" | ".join)
def test_the_examples_of_the_page_are_what_the_clocks_say(row: list[str]) -> None:
    start, given, clock, closed, due = row
    (year,) = re.findall(r"\d{4}", start)
    week = {"office": office(), "calendar": None}[clock]
    own = clocks.own_clock(week, closures(closed, year), city().zone)
    assert clocks.later(moment(start), parse_duration(given), own) == moment(due)


@pytest.mark.parametrize("row", table("falls due | closed | is told"), ids=" | ".join)
def test_a_rung_waits_as_the_page_says(row: list[str]) -> None:
    falls_due, closed, told = row
    (year,) = re.findall(r"\d{4}", falls_due)
    hours = replace(office(), closures=tuple(closures(closed, year)))
    grace = city().city.grace_after_opening
    assert clocks.fires_at([moment(falls_due)], [hours], grace) == [moment(told)]


def test_the_page_shows_both_clocks_with_and_without_closures() -> None:
    assert {(row[2], row[3] != "-") for row in EXAMPLES} == {
        (clock, closed) for clock in ("office", "calendar") for closed in (True, False)
    }
