"""Sense of a pack's town: city, districts, outlines, places, departments, positions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pol137.city.vocabulary import KEPT, UNIT_ROLES, DepartmentKind, Role
from pol137.lib.durations import parse_duration
from pol137.lib.geo import OutlineIndex
from pol137.packs.rules import check_places
from pol137.packs.rules.pack import Fault, Pack, Row
from pol137.packs.rules.tables import OUTLINES_FILE

_ONE_EACH: Final = (
    DepartmentKind.CITY,
    DepartmentKind.MAYOR_OFFICE,
    DepartmentKind.INSPECTION,
    DepartmentKind.CENTRE,
)
_HOMES: Final = {
    Role.INSPECTOR: DepartmentKind.INSPECTION,
    Role.MAYOR_OFFICE: DepartmentKind.MAYOR_OFFICE,
}
_LONGEST_PATH: Final = 400
_RANGES: Final = {
    "call_tries": (1, 20),
    "poor_rating": (1, 4),
    "shortest_reply": (0, 500),
    "nudges_before_call": (1, 100),
    "recheck_percent": (0, 100),
    "survey_percent": (0, 100),
    "feedback_percent": (0, 100),
    "verdicts_before_final": (1, 9),
    "photo_elsewhere_metres": (10, 30_000),
}
_NOT_NOTHING: Final = (
    "duty_next_after",
    "try_again_after",
    "longest_pause",
    "near_window",
    "withdrawal_within",
    *KEPT,
)


def faults(pack: Pack) -> Iterator[Fault]:
    """What does not make sense in the town itself."""
    yield from _city(pack)
    yield from _outlines(pack)
    yield from _neighbourhoods(pack)
    yield from check_places.faults(pack)
    yield from _tree(pack)
    yield from _positions(pack)


def _city(pack: Pack) -> Iterator[Fault]:
    for row in pack.table("city"):
        try:
            ZoneInfo(row["timezone"])
        except (ZoneInfoNotFoundError, ValueError, OSError):
            yield row.fault(f"timezone {row['timezone']!r} is unknown", 'use a name like "Asia/Tehran"')
        if row["accept_code"] == row["object_code"]:
            yield row.fault("accept_code and object_code are the same", "give them different numbers")
        if not 1 <= row["sms_max_parts"] <= 10:
            yield row.fault("sms_max_parts is out of range", "use 1 to 10")
        region = row["phone_region"]
        if not (len(region) == 2 and region.isascii() and region.isupper()):
            yield row.fault(f"phone_region {region!r} is not a region", 'use two capitals like "IR"')
        yield from _process(row)
    if not pack.table("district") and "district" not in pack.unread:
        yield Fault("districts.csv", 1, "the city has no district", "add at least one")


def _process(row: Row) -> Iterator[Fault]:
    for name, (least, most) in _RANGES.items():
        if not least <= row[name] <= most:
            yield row.fault(f"{name} is out of range", f"use {least} to {most}")
    if row["calls_from"] >= row["calls_until"]:
        yield row.fault("calls_until is not after calls_from", "let the calls end after they begin")
    for name in _NOT_NOTHING:
        if not parse_duration(row[name]):
            yield row.fault(f"{name} is nothing", "give it a length")


def _outlines(pack: Pack) -> Iterator[Fault]:
    districts = pack.by_key("district")
    drawn = set()
    for row in pack.table("outline"):
        drawn.add(row["code"])
        if not pack.knows("district", row["code"]):
            yield row.fault(f"outline of an unknown district {row['code']!r}", "use a code of districts.csv")
        try:
            _index(row)
        except ValueError as error:
            yield row.fault(str(error), "draw it as a Polygon or MultiPolygon of [lon, lat] points")
    for code, row in districts.items():
        if code not in drawn:
            mend = f"draw it in {OUTLINES_FILE}; until then points there fall in no district"
            yield row.fault(f"district {code!r} has no outline", mend, warning=True)


def _index(row: Row) -> OutlineIndex:
    feature = {"type": "Feature", "properties": {"code": row["code"]}, "geometry": row["outline"]}
    return OutlineIndex({"type": "FeatureCollection", "features": [feature]})


def _neighbourhoods(pack: Pack) -> Iterator[Fault]:
    parts = pack.by_key("subdistrict")
    for row in pack.table("neighbourhood"):
        part = parts.get(row["sub_district"])
        if part and part["district"] != row["district"]:
            yield row.fault(
                f"sub-district {part['code']!r} lies in district {part['district']!r}",
                f"change the district {row['district']!r} or the sub-district",
            )


def _tree(pack: Pack) -> Iterator[Fault]:
    departments, positions = pack.by_key("department"), pack.by_key("position")
    paths: dict[str, str] = {}
    for row in pack.table("department"):
        root = row["kind"] == DepartmentKind.CITY
        if root and row["parent"]:
            yield row.fault("the city itself has a parent", "leave parent empty")
        if not root and not row["parent"]:
            yield row.fault(f"department {row['code']!r} has no parent", "name the department above it")
        if row["parent"] in departments and row["parent"] not in paths:
            yield row.fault(f"its parent {row['parent']!r} comes later in the file", "put parents first")
        paths[row["code"]] = f"{paths.get(row['parent'], '/')}{row['code']}/"
        if len(paths[row["code"]]) > _LONGEST_PATH:
            yield row.fault("the tree is too deep here", "shorten the codes above it")
        deputy = positions.get(row["deputy"])
        if deputy and deputy["role"] != Role.DEPUTY:
            yield row.fault(
                f"deputy {row['deputy']!r} has the role {deputy['role']}", "name a deputy's position"
            )
    if "department" in pack.unread:
        return
    for kind in _ONE_EACH:
        found = [row for row in pack.table("department") if row["kind"] == kind]
        if not found:
            yield Fault("departments.csv", 1, f"no department of kind {kind}", "add the one there is")
        for row in found[1:]:
            yield row.fault(f"a second department of kind {kind}", "there is exactly one")


def _positions(pack: Pack) -> Iterator[Fault]:
    departments = pack.by_key("department")
    held = {row["role"] for row in pack.table("position")}
    for row in pack.table("position"):
        role = Role(row["role"])
        home = _HOMES.get(role, DepartmentKind.CENTRE)
        if role not in UNIT_ROLES and not _lies_under(row["department"], home, departments):
            yield row.fault(
                f"{role} sits in {row['department']!r}",
                f"put it in the department of kind {home} or below it",
            )
    for role in Role if "position" not in pack.unread else ():
        if role not in held:
            yield Fault("positions.csv", 1, f"nobody has the role {role}", "add a position of that role")


def _lies_under(code: str, kind: DepartmentKind, departments: dict[str, Row]) -> bool:
    seen: set[str] = set()
    while (row := departments.get(code)) is not None and code not in seen:
        if row["kind"] == kind:
            return True
        seen.add(code)
        code = row["parent"]
    return not departments or (code not in departments and code != "")
