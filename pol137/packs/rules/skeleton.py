"""The smallest pack a new town can begin with: its own files, standing on a base."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pol137.city.vocabulary import PlaceNeed
from pol137.lib.persian import persian_digits
from pol137.packs.rules.pack import Pack
from pol137.packs.rules.render import toml_text
from pol137.packs.rules.tables import CITY_FILE, CSV_TABLES

CATCH_ALL: Final = "other"
"""The service of the base for what fits nowhere: no row routes it, so triage finds its unit."""

_CENTRE: Final = (
    ("head", "centre_head", "رئیس مرکز ۱۳۷", "Head of the 137 Centre"),
    ("supervisor", "shift_supervisor", "سرپرست شیفت", "Shift Supervisor"),
    ("operator", "operator", "کارشناس دریافت پیام", "Receiving Expert"),
    ("triage", "triage", "کارشناس تعیین واحد", "Triage Expert"),
    ("follow-up", "follow_up", "کارشناس پیگیری", "Follow-up Expert"),
    ("feedback", "feedback", "کارشناس بازخوردسنجی", "Feedback Expert"),
    ("statistics", "statistics", "کارشناس آمار", "Statistics Expert"),
    ("administrator", "administrator", "مدیر سامانه", "System Administrator"),
)

Cells = Sequence[object]


@dataclass(frozen=True, slots=True)
class Town:
    """What has to be known of a town to begin with."""

    code: str
    name_fa: str
    name_en: str
    districts: int


def skeleton(town: Town, base: Pack) -> dict[str, str]:
    """The files of a town with one office a district and one for all that has no place, on that base.

    Every service of the base is routed but the one for what fits nowhere.
    """
    numbers = range(1, town.districts + 1)
    return {
        CITY_FILE: _city(town, base),
        "districts.csv": _csv(
            "district", ((f"d{n}", 0, f"منطقه {persian_digits(str(n))}", f"District {n}") for n in numbers)
        ),
        "departments.csv": _csv("department", _departments(town, numbers, base)),
        "positions.csv": _csv("position", _positions(town, numbers)),
        "routing.csv": _csv("routingrule", _routing(base)),
    }


def _csv(table: str, rows: Iterable[Cells]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(next(one for one in CSV_TABLES if one.name == table).headers)
    writer.writerows(rows)
    return out.getvalue()


def _city(town: Town, base: Pack) -> str:
    return toml_text(
        CITY_FILE,
        {
            "based_on": base.name,
            "code": town.code,
            "name_fa": town.name_fa,
            "name_en": town.name_en,
            "timezone": "Asia/Tehran",
            "phone_region": "IR",
            "jurisdiction_id": f"{town.code}.example",
            "phone_number": "137",
            "sms_number": "30000137",
            "email": f"137@{town.code}.example",
            "accept_code": "31",
            "object_code": "33",
            "sms_max_parts": 3,
            "outlines_are_synthetic": True,
            "ladder_waits_for_opening": True,
        },
    )


def _departments(town: Town, numbers: Iterable[int], base: Pack) -> Iterable[Cells]:
    always = "always" if "always" in base.codes("calendar") else ""
    yield town.code, "city", "", "", "", "", f"شهرداری {town.name_fa}", f"{town.name_en} Municipality"
    yield "mayor-office", "mayor_office", town.code, "", "", "", "حوزه شهردار", "Mayor's Office"
    yield "inspection", "inspection", town.code, "", "", "", "بازرسی", "Inspection"
    yield "centre", "centre", town.code, "", "", always, "مرکز ارتباطات مردمی ۱۳۷", "137 Citizen Centre"
    yield "central", "office", town.code, "", "", "", "اداره امور شهر", "City Affairs Office"
    for n in numbers:
        name = f"اداره خدمات شهر منطقه {persian_digits(str(n))}"
        yield f"d{n}-services", "office", town.code, f"d{n}", "", "", name, f"City Services, District {n}"


def _positions(town: Town, numbers: Iterable[int]) -> Iterable[Cells]:
    yield f"{town.code}-manager", town.code, "manager", "شهردار", "Mayor"
    yield f"{town.code}-deputy", town.code, "deputy", "معاون خدمات شهر", "Deputy for City Services"
    title = "مسئول پیگیری حوزه شهردار"
    yield "mayor-office-head", "mayor-office", "mayor_office", title, "Follow-up of the Mayor's Office"
    yield "inspection-head", "inspection", "unit_head", "مسئول بازرسی", "Head of Inspection"
    yield "inspection-inspector", "inspection", "inspector", "بازرس", "Inspector"
    for code, role, name_fa, name_en in _CENTRE:
        yield f"centre-{code}", "centre", role, name_fa, name_en
    for office, name_fa, name_en in (
        ("central", "اداره امور شهر", "City Affairs"),
        *(
            (
                f"d{n}-services",
                f"اداره خدمات شهر منطقه {persian_digits(str(n))}",
                f"City Services, District {n}",
            )
            for n in numbers
        ),
    ):
        yield f"{office}-head", office, "unit_head", f"رئیس {name_fa}", f"Head of {name_en}"
        yield f"{office}-user", office, "unit_user", f"کاربر ۱۳۷ {name_fa}", f"137 User of {name_en}"


def _routing(base: Pack) -> Iterable[Cells]:
    """A row for each group, except that of the catch-all, and one for each service that goes elsewhere."""
    services = base.table("service")
    apart = next((row["group"] for row in services if row["code"] == CATCH_ALL), "")
    n = 0
    for group in base.codes("servicegroup"):
        if group != apart:
            yield (n := n + 10), "", group, "", "", "{district}-services"
        for row in services:
            if row["group"] != group or row["code"] == CATCH_ALL:
                continue
            if row["confidential"]:
                yield (n := n + 10), row["code"], "", "", "", "inspection"
            elif row["place"] == PlaceNeed.NONE or (group == apart and row["place"] != PlaceNeed.REQUIRED):
                yield (n := n + 10), row["code"], "", "", "", "central"
            elif group == apart:
                yield (n := n + 10), row["code"], "", "", "", "{district}-services"
