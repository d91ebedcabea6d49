"""Which department a case goes to, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pol137.city.rules.book import Book


@dataclass(frozen=True, slots=True)
class Choice:
    """A department (or None: triage) and the reason: the rule that decided, or what was missing.

    `broken` is set when a rule matched but cannot be followed: the case goes to triage and an alarm is due.
    """

    department_id: int | None
    because: Mapping[str, object]
    broken: bool = False


def choose_department(city: Book, *, service_id: int, district_id: int | None, day: date) -> Choice:
    """The department of the most specific rule on `day`; a rule of a season that lasts says so in `because`.

    No rule, a rule that needs a district the case lacks, or one that names no living department: triage,
    never silence (process.md, step 4).
    """
    rules = city.rules_for(service_id, district_id, day=day)
    if not rules:
        return Choice(None, {"why": "no_rule"})
    best = rules[0]
    department = city.department_of_rule(best, district_id)
    if department is not None:
        season = {"season": best.season} if best.season else {}
        return Choice(department.id, {"why": "rule", "rule": best.n, **season})
    if "{district}" in best.department and district_id is None:
        return Choice(None, {"why": "no_district", "rule": best.n})
    return Choice(None, {"why": "broken_rule", "rule": best.n, "department": best.department}, broken=True)
