"""What the sources state beside what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import sqrt


@dataclass(frozen=True)
class Outcome:
    """What came out of runs: plain figures by name, and shares in a hundred by code."""

    figures: Mapping[str, float]
    topics: Mapping[str, float] = field(default_factory=dict)
    channels: Mapping[str, float] = field(default_factory=dict)
    by_hour: Mapping[int, int] = field(default_factory=dict)
    per_day: float = 0
    seeds: Sequence[int] = ()

    @property
    def busiest_hour(self) -> int:
        """The hour of the day with most contacts."""
        return max(self.by_hour, key=lambda hour: self.by_hour[hour], default=0)


@dataclass(frozen=True, slots=True)
class Row:
    """A figure: what is stated and where, between which values it holds, what came out."""

    name: str
    stated: str
    source: str
    least: float
    most: float
    came: float
    unit: str = "%"

    @property
    def holds(self) -> bool:
        """Whether what came out lies within the tolerance."""
        return self.least <= self.came <= self.most


TOPICS = (
    ("construction-supervision", "supervision of construction", 16.1),
    ("sweeping", "sweeping and washing", 9.4),
    ("bus-fleet", "bus fleet", 8.7),
    ("green-upkeep", "upkeep of green space", 7.8),
    ("obstruction", "obstruction of passage", 4.5),
)
TOPIC_TOLERANCE = 1.5
"""Points of a hundred a topic's share may lie off, however many cases there are."""


def chance_of(share: float, among: float) -> float:
    """How far a share of so many may lie off by chance nineteen times in twenty."""
    return 1.96 * sqrt(share * (100 - share) / max(among, 1))


def topic_tolerance(share: float, cases: float) -> float:
    """How far a topic may lie off among so many cases: the tolerance, or chance where that allows more."""
    return round(max(TOPIC_TOLERANCE, chance_of(share, cases)), 1)


def rows_of(outcome: Outcome) -> list[Row]:
    """Every figure that a source states, with what came out."""
    figures, mean = outcome.figures, outcome.per_day or 1
    spot = round(max(2.0, chance_of(60, figures["contacts"])), 1)
    rows = [
        Row("contacts a day, of those asked for", "100 (2,000 a day)", "S0:27", 90, 125,
            100 * figures["per_day"] / mean),
        Row("answered on the spot", "60; 58.4 in one autumn", "S1:61", 60 - spot, 60 + spot,
            figures["on_the_spot"]),
        Row("result told within three days", "85 to 90", "S1:52-55", 84, 91, figures["in_three_days"]),
        Row("results told by SMS", "two thirds", "S0:27", 62, 71, figures["by_sms"]),
        Row("calls to citizens for each followable", "1.16", "autumn of the centre", 0.8, 1.4,
            figures["calls_each"], ""),
        Row("callers for the first time", "58 (another city)", "509 of 883", 54, 62, figures["first_time"]),
        Row("channels in use", "13", "S0:35", 12, 13, len(outcome.channels), ""),
        Row("busiest hour", "10 to 12", "Tehran", 9, 12, outcome.busiest_hour, ""),
    ]  # fmt: skip
    for code, name, stated in TOPICS:
        came, wide = outcome.topics.get(code, 0), topic_tolerance(stated, figures["cases"])
        rows.append(Row(name, f"{stated}", "S0:53-63 (1402)", stated - wide, stated + wide, came))
    return rows


def table_of(rows: list[Row], outcome: Outcome, *, on: date) -> str:
    """The rows as a table in Markdown, with what they were measured on."""
    figures = outcome.figures
    head = (
        f"Measured on {on.isoformat()}: {figures['days']:.0f} days, {figures['contacts']:,.0f} contacts, "
        f"{figures['cases']:,.0f} cases; {'seeds' if len(outcome.seeds) > 1 else 'seed'} "
        f"{', '.join(map(str, outcome.seeds))}.\n\n"
        "| figure | stated | source | holds between | came out | |\n|---|---|---|---|---|---|\n"
    )
    lines = [
        f"| {row.name} | {row.stated} | {row.source} | {row.least:.4g}–{row.most:.4g} | "
        f"{row.came:.1f} {row.unit} | {'holds' if row.holds else '**off**'} |\n"
        for row in rows
    ]
    return head + "".join(lines) + _also(outcome)


def _also(outcome: Outcome) -> str:
    """What no source states, told all the same."""
    figures = outcome.figures
    rows = (
        ("contacts on the fullest day, by times of a mean one",
         figures["most_in_a_day"] / (figures["per_day"] or 1)),
        ("cases joined to another's fault, of a hundred", 100 * figures["joined"] / (figures["cases"] or 1)),
        ("contacts that nudge, of a hundred", 100 * figures["nudged"] / (figures["contacts"] or 1)),
        ("answers sent back, of a hundred cases", figures["returned"]),
        ("objections, of a hundred announced", figures["objected"]),
        ("urgent, of a hundred cases", 100 * figures["urgent"] / (figures["cases"] or 1)),
    )  # fmt: skip
    lines = [f"| {name} | {came:.1f} |\n" for name, came in rows]
    return "\n| no source states | came out |\n|---|---|\n" + "".join(lines)
