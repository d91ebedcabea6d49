"""The Book: what everybody asks of the city, without asking the database."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pol137.city.models import Department, Position, Service
from pol137.city.operations import bump_version, save_row
from pol137.city.queries import CityMissing, book, district_of_point, forget, local_day
from pol137.city.queries.book import TABLES
from pol137.city.vocabulary import Datatype, DepartmentKind, MessageKind, Open311Type, Role
from tests.city.conftest import NOW


@pytest.mark.usefixtures("empty")
def test_no_city_says_what_to_do() -> None:
    with pytest.raises(CityMissing, match="pol137 city load"):
        book()


@pytest.mark.usefixtures("loaded")
def test_a_fresh_book_costs_no_query_and_a_new_one_a_constant_number() -> None:
    forget()
    with CaptureQueriesContext(
        connection,
    ) as reading:
        first = book()
    assert len(reading) == len(TABLES) + 3
    with CaptureQueriesContext(connection) as asking:
        assert book() is first
    assert len(asking) == 0


@pytest.mark.usefixtures("loaded")
def test_an_unchanged_city_keeps_its_book_and_a_changed_one_gets_a_new(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(import_module("pol137.city.queries.book"), "FRESH_SECONDS", 0.0)
    first = book()
    with CaptureQueriesContext(connection) as asking:
        assert book() is first
    assert len(asking) == 1
    assert bump_version() > first.version
    assert book() is not first


@pytest.mark.usefixtures("loaded")
def test_the_five_open311_shapes() -> None:
    services = book().services.by_code
    assert services["light-out"].questions == ()
    assert [(one.datatype, one.required) for one in services["pothole"].questions] == [
        (Datatype.NUMBER, True)
    ]
    assert [one.key for one in services["waste-missed"].questions[0].values] == [
        "household",
        "garden",
        "rubble",
    ]
    assert services["tree-care"].questions[0].datatype is Datatype.MULTI
    assert services["playground"].open311 is Open311Type.BATCH
    offered = [one for one in book().services if one.open311]
    assert len(offered) == 5
    assert all(one.public for one in offered)


@pytest.mark.usefixtures("loaded")
def test_who_is_told() -> None:
    city = book()
    codes = city.departments.by_code

    def told(department: str, role: Role) -> list[str]:
        return [one.code for one in city.positions_for(codes[department].id, role)]

    assert told("s1-green", Role.UNIT_HEAD) == ["s1-green-head"]
    assert told("s1-green", Role.DEPUTY) == ["s1-deputy-urban"]
    assert told("s1-roads", Role.DEPUTY) == ["s1-deputy-tech"]
    assert told("s1-green", Role.MANAGER) == ["s1-manager"]
    assert told("org-waste-collection", Role.DEPUTY) == ["org-waste-deputy"]
    assert told("s1-green", Role.INSPECTOR) == ["inspection-inspector"]
    assert told("inspection", Role.DEPUTY) == []
    assert city.positions_for(None, Role.UNIT_HEAD) == ()
    assert [one.code for one in city.positions_for(None, Role.TRIAGE)] == ["centre-triage"]
    deputy = city.deputy_of(codes["s2-clean"].id)
    assert deputy is not None
    offices = {city.departments[id_].code for id_ in city.offices_under(deputy.id)}
    assert {"s2-clean", "s2-green"} <= offices
    assert "s2-roads" not in offices


@pytest.mark.usefixtures("loaded")
def test_what_lies_below() -> None:
    city = book()
    below = {one.code for one in city.within(city.departments.by_code["s1"].id)}
    assert below == {"s1", "s1-green", "s1-green-contractor", "s1-clean", "s1-roads", "s1-building"}
    centre = city.department_of_kind(DepartmentKind.CENTRE)
    assert centre is not None
    assert centre.code == "centre"


@pytest.mark.usefixtures("loaded")
def test_the_most_specific_rule_and_policy_win() -> None:
    city = book()
    district = city.districts.by_code["s2"].id
    services, day = city.services.by_code, NOW.date()
    winners = {
        code: city.department_of_rule(city.rules_for(services[code].id, district, day=day)[0], district)
        for code in ("waste-missed", "tree-care", "city-suggestion")
    }
    assert {code: one.code for code, one in winners.items() if one} == {
        "waste-missed": "org-waste-collection",
        "tree-care": "s2-green",
        "city-suggestion": "s2-clean",
    }
    rule = city.rules_for(services["tree-care"].id, None, day=day)[0]
    assert city.department_of_rule(rule, None) is None
    assert city.rules_for(services["other"].id, district, day=day) == []
    policies = {
        code: city.policy_for(services[code].id, services[code].kind).code
        for code in ("pothole", "open-manhole", "city-suggestion")
    }
    assert policies == {"pothole": "default", "open-manhole": "open-manhole", "city-suggestion": "suggestion"}
    assert city.policy_for(services["pothole"].id, MessageKind.SUGGESTION).code == "suggestion"


@pytest.mark.usefixtures("loaded")
def test_ladders_calendars_texts_and_places() -> None:
    city = book()
    rungs = city.ladder("unit").rungs
    assert [rung.after for rung in rungs] == [timedelta(0), timedelta(hours=72), timedelta(hours=96)]
    assert rungs[2].roles == (Role.MANAGER, Role.INSPECTOR)
    assert city.calendars.by_code["office"].week is not None
    assert len(city.calendars.by_code["office"].holidays) == 53
    assert "{code}" in city.text("case_registered", "sms", "en")
    assert city.text("case_registered", "sms", "ar") == city.text("case_registered", "sms", "fa")
    with pytest.raises(LookupError):
        city.text("case_registered", "email", "fa")
    west, outside = district_of_point(36.3, 59.55), district_of_point(35.7, 51.4)
    assert west is not None
    assert west.code == "s1"
    assert outside is None
    assert str(local_day(NOW)) == "2026-11-22"


@pytest.mark.usefixtures("loaded")
def test_an_edit_by_hand_reaches_the_book_and_moves_the_tree() -> None:
    before = book().version
    district = Department.objects.get(code="s2")
    district.parent = Department.objects.get(code="dep-urban")
    save_row(district)
    assert Department.objects.get(code="s2-green").path == "/sample/dep-urban/s2/s2-green/"
    assert book().version > before
    assert book().departments.by_code["s2-green"].path == "/sample/dep-urban/s2/s2-green/"


@pytest.mark.usefixtures("loaded")
def test_a_row_closed_from_today_is_out_of_force_but_still_named() -> None:
    row = Service.objects.get(code="pothole")
    row.active_to = local_day(NOW)
    row.active_from = row.active_to
    save_row(row)
    assert book().services.find("pothole") is None
    assert book().services[row.pk].name("en") == "Pothole"


@pytest.mark.usefixtures("loaded")
def test_the_database_refuses_unknown_words() -> None:
    from django.db import IntegrityError

    row = Position.objects.first()
    assert row is not None
    row.role = "king"
    with pytest.raises(IntegrityError, match="city_position_role_known"):
        row.save()
