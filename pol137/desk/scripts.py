"""What an operator reads out: the city's texts for calls, filled in for a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pol137.cases.rules.texts import moment
from pol137.city.queries import book
from pol137.lib.persian import persian_digits
from pol137.lib.tracking_code import spoken


def read_aloud(
    event: str,
    case: Any,
    *,
    language: str,
    due: datetime | None,
    now: datetime,
    values: Mapping[str, str] | None = None,
) -> str:
    """The script of an occasion for a case, the code in pairs; empty when the city has none for calls."""
    city = book()
    if not city.has_text(event, "call"):
        return ""
    persian = language.startswith("fa")
    unit = city.departments.get(case.department_id)
    phone = city.city.phone_number
    code = (case.parent or case).code or ""
    given = {
        "code": spoken(code) if persian else " ".join(_pairs(code)),
        "service": city.name(city.services[case.service_id], language),
        "unit": city.name(unit, language) or city.name(city.city, language),
        "due": moment(due, city.zone, language, now=now) if due else "",
        "phone": persian_digits(phone) if persian else phone,
        **(values or {}),
    }
    return city.text(event, "call", language).format_map(given)


def _pairs(code: str) -> list[str]:
    return [code[place : place + 2] for place in range(0, len(code), 2)]
