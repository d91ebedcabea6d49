"""The two towns we ship: whole in themselves, and found as their people name them (docs/cities.md)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from pol137.city.queries import book, find_places
from pol137.city.rules.alleys import read_alleys
from pol137.city.vocabulary import DepartmentKind, Role
from pol137.commands import city
from pol137.lib.geo import OutlineIndex
from pol137.lib.jalali import year_of
from pol137.packs.adapters.official_holidays import official_holidays
from tests.packs.conftest import BY, NOW

TOWNS = ["mashhad", "shiraz"]
PAGE = Path(settings.BASE_DIR) / "docs" / "cities.md"
OFFICES = ("clean", "green", "civil", "construction", "obstruction", "traffic", "social", "revenue")


shipped = cache(city.read)


@pytest.fixture(params=TOWNS)
def town(request: pytest.FixtureRequest) -> city.ReadPack:
    return shipped(request.param)


def rows(town: city.ReadPack, table: str) -> list[dict[str, Any]]:
    return [row.values for row in town.pack.table(table)]


def test_the_towns_have_the_size_of_the_real_ones() -> None:
    for name, districts, people, neighbourhoods, places in (
        ("mashhad", 13, 3_000_000, 150, 600),
        ("shiraz", 11, 1_565_000, 120, 450),
    ):
        town = shipped(name)
        assert len(rows(town, "district")) == districts
        assert sum(row["population"] for row in rows(town, "district")) == pytest.approx(people, rel=0.05)
        assert len(rows(town, "neighbourhood")) >= neighbourhoods
        assert len(rows(town, "place")) >= places


def test_every_district_has_sub_districts_and_each_of_them_neighbourhoods(town: city.ReadPack) -> None:
    parts = {row["code"]: row["district"] for row in rows(town, "subdistrict")}
    assert min(Counter(parts.values()).values()) >= 2
    assert set(parts.values()) == {row["code"] for row in rows(town, "district")}
    homes = {row["code"]: row["sub_district"] for row in rows(town, "neighbourhood")}
    assert set(homes.values()) == set(parts)
    assert {code.split("-")[0] for code, part in homes.items() if parts[part] != code.split("-")[0]} == set()


def test_every_neighbourhood_is_found_by_some_place(town: city.ReadPack) -> None:
    named = {row["neighbourhood"] for row in rows(town, "place")}
    assert {row["code"] for row in rows(town, "neighbourhood")} - named == set()


def test_every_point_lies_in_the_outline_of_its_district(town: city.ReadPack) -> None:
    features = [
        {"type": "Feature", "properties": {"code": row["code"]}, "geometry": row["outline"]}
        for row in rows(town, "outline")
    ]
    index = OutlineIndex({"type": "FeatureCollection", "features": features})
    pointed = [row for row in rows(town, "place") if row["lat"] is not None]
    astray = [row["code"] for row in pointed if index.find(row["lat"], row["lon"]) != row["district"]]
    assert len(pointed) >= 70 and astray == []


def test_no_alley_of_a_street_lies_in_two_places(town: city.ReadPack) -> None:
    held: dict[tuple[str, int], list[str]] = defaultdict(list)
    for row in rows(town, "place"):
        for alleys in row["alleys"]:
            run = read_alleys(alleys)
            for number in range(run.first, run.last + 1, run.step):
                held[row["name_fa"], number].append(row["code"])
    assert {where: codes for where, codes in held.items() if len(codes) > 1} == {}


def test_a_boundary_street_is_shared_with_other_districts_only(town: city.ReadPack) -> None:
    shared = [row for row in rows(town, "place") if row["shared_with"]]
    assert len(shared) >= 40
    assert [row["code"] for row in shared if row["district"] in row["shared_with"]] == []


def test_every_unit_has_a_137_user_and_a_follow_up_expert(town: city.ReadPack) -> None:
    departments = {row["code"]: row for row in rows(town, "department")}
    users = {row["department"] for row in rows(town, "position") if row["role"] == Role.UNIT_USER}
    experts = [row for row in rows(town, "position") if row["role"] == Role.FOLLOW_UP]
    stationed = {departments[row["department"]]["district"] for row in experts} - {""}
    assert stationed == {row["code"] for row in rows(town, "district")}
    bodies = {DepartmentKind.ORGANISATION, DepartmentKind.DEPUTY_OFFICE, DepartmentKind.DISTRICT}
    large = {code for code, row in departments.items() if row["kind"] in bodies}
    assert large - users == set()
    served = {row["code"].removeprefix("centre-units-") for row in experts}
    headquarters = {code for code in large if code.startswith("hq-")}
    assert large - headquarters - {row["code"] for row in rows(town, "district")} - served == set()
    heads = {row["department"] for row in rows(town, "position") if row["role"] == Role.UNIT_HEAD}
    assert heads - users == set()


def test_every_district_has_the_same_offices_under_its_own_mayor_and_deputies(town: city.ReadPack) -> None:
    departments = {row["code"]: row for row in rows(town, "department")}
    held = Counter((row["department"], row["role"]) for row in rows(town, "position"))
    for district in rows(town, "district"):
        code = district["code"]
        assert held[code, Role.MANAGER] == 1 and held[code, Role.DEPUTY] == 5
        assert [departments[f"{code}-{office}"]["district"] for office in OFFICES] == [code] * len(OFFICES)
        assert all(departments[f"{code}-{office}"]["deputy"].startswith(f"{code}-") for office in OFFICES)


def test_the_seasons_hold_their_days_in_the_years_1405_to_1407() -> None:
    seasons = rows(shipped("mashhad"), "season")
    days = {"nowruz": r"جشن نوروز", "arbaeen": r"اربعین", "safar": r"شهادت امام رضا|رحلت رسول اکرم"}
    official = [one for year in (1405, 1406, 1407) for one in official_holidays(year)]
    for code, title in days.items():
        named = [one.date for one in official if re.search(title, one.title_fa)]
        lasting = [(row["from_date"], row["until_date"]) for row in seasons if row["code"] == code]
        assert {year_of(day) for day in named} == {1405, 1406, 1407}
        assert [day for day in named if not any(first <= day <= last for first, last in lasting)] == []
    spans = sorted((row["from_date"], row["until_date"]) for row in seasons)
    assert [pair for pair in pairwise(spans) if pair[0][1] >= pair[1][0]] == []


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize("name", TOWNS)
def test_places_are_found_as_people_name_them(name: str) -> None:
    city.load(shipped(name), by=BY, now=NOW)
    told = PAGE.read_text(encoding="utf-8").partition(f"<!-- {name} -->\n")[2].partition("\n\n")[0]
    lines = told.splitlines()[2:]
    asked = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]
    found = [(typed, find_places(typed)[0]) for typed, *_ in asked]
    assert len(asked) >= 12
    answers = [[typed, one.label, one.neighbourhood, one.sub_district, one.district] for typed, one in found]
    assert answers == asked


@pytest.mark.usefixtures("empty")
def test_the_headquarters_of_a_season_has_the_guests_while_it_lasts() -> None:
    city.load(shipped("mashhad"), by=BY, now=NOW)
    found = book()
    service, district = found.services.find("pilgrim-services"), found.districts.find("samen")
    assert service and district

    def on(day: date) -> str:
        rule = found.rules_for(service.id, district.id, day=day)[0]
        department = found.department_of_rule(rule, district.id)
        return department.code if department else ""

    told = [on(day) for day in (date(2027, 3, 22), date(2027, 8, 3), date(2027, 10, 5))]
    assert told == ["hq-nowruz", "hq-safar", "dep-culture-pilgrims"]
