"""The page of calibration holds a table that the command has written, for every figure the sources state."""

from __future__ import annotations

import re
from datetime import date

from pol137.commands.simulate import MARKS, PAGE
from pol137.simulation.rules.table import TOPICS, Outcome, rows_of, table_of, topic_tolerance

FIGURES = [
    *("per_day", "most_in_a_day", "days", "contacts", "on_the_spot", "first_time", "cases", "in_three_days"),
    *("by_sms", "calls_each", "returned", "objected", "joined", "nudged", "urgent"),
]


def outcome(**changed: float) -> Outcome:
    """A run in which every figure is as stated."""
    stated = dict.fromkeys(FIGURES, 1.0)
    stated |= {"per_day": 100, "contacts": 6000, "cases": 2000, "on_the_spot": 60, "in_three_days": 87}
    stated |= {"by_sms": 66.7, "calls_each": 1.16, "first_time": 57.6}
    topics = {code: share for code, _, share in TOPICS}
    return Outcome(stated | changed, topics, dict.fromkeys("abcdefghijklm", 7.7), {10: 9, 3: 1}, per_day=100)


def test_the_table_on_the_page_was_written_by_the_command() -> None:
    found = MARKS.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    measured = re.search(
        r"Measured on (\d{4}-\d\d-\d\d): (\d+) days, ([\d,]+) contacts, ([\d,]+) cases", found[0]
    )
    assert measured is not None
    assert date(2026, 11, 1) <= date.fromisoformat(measured[1])
    for row in rows_of(outcome()):
        line = next((one for one in found[0].splitlines() if one.startswith(f"| {row.name} |")), "")
        assert line.count("|") == 7, row.name
        assert re.search(r"\d", line.split("|")[5]), row.name


def test_a_figure_as_stated_holds_and_one_far_off_does_not() -> None:
    assert all(row.holds for row in rows_of(outcome()))
    off = [row.name for row in rows_of(outcome(on_the_spot=40)) if not row.holds]
    assert off == ["answered on the spot"]
    assert "**off**" in table_of(rows_of(outcome(on_the_spot=40)), outcome(), on=date(2026, 11, 22))


def test_a_topic_may_lie_off_as_far_as_so_few_cases_let_it() -> None:
    few = {row.name: row for row in rows_of(outcome(cases=100))}["bus fleet"]
    many = {row.name: row for row in rows_of(outcome(cases=100_000))}["bus fleet"]
    assert few.most - few.least > 2 * (many.most - many.least)
    assert many.most == 10.2


def test_the_page_says_what_holds_for_which_size_of_run() -> None:
    page = PAGE.read_text(encoding="utf-8")
    told = re.findall(r"^\| ([\d,]+) followable \|(.+)\|$", page, re.MULTILINE)
    assert len(told) >= 4
    for cases, cells in told:
        counted = [topic_tolerance(share, int(cases.replace(",", ""))) for _, _, share in TOPICS]
        assert [float(cell) for cell in cells.split("|")] == counted, cases
