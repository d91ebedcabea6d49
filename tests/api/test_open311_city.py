"""Discovery, the service list and definitions, in both formats."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Program

pytestmark = pytest.mark.django_db
SHAPES = {"light-out": [], "pothole": ["number"], "waste-missed": ["singlevaluelist"]}


@pytest.mark.parametrize("place", ["/open311/discovery", "/open311/v2/discovery"])
@pytest.mark.parametrize("demo", [True, False])
def test_discovery_stands_at_both_places_in_both_formats(
    program: Program, settings: Any, place: str, demo: bool
) -> None:
    settings.DEMO = demo
    settings.OPEN311_TEST_URL = ""
    told = program.read(program.client.get(f"{place}.json"))
    assert set(told) == {"changeset", "contact", "key_service", "endpoints"}
    kinds = [one["type"] for one in told["endpoints"]]
    assert kinds == (["production", "test"] if demo else ["production"])
    for one in told["endpoints"]:
        assert one["specification"] == "http://wiki.open311.org/GeoReport_v2"
        assert one["url"].endswith("/open311/v2")
        assert one["formats"] == ["text/xml", "application/json"]
    tree = program.read(program.client.get(f"{place}.xml"))
    assert tree.tag == "discovery"
    formats = [node.text for node in tree.iterfind("endpoints/endpoint/formats/format")]
    assert formats[:2] == ["text/xml", "application/json"]


def test_a_city_names_its_test_endpoint(program: Program, settings: Any) -> None:
    settings.DEMO, settings.OPEN311_TEST_URL = False, "https://test.example/open311/v2"
    told = program.read(program.client.get("/open311/discovery.json"))
    assert told["endpoints"][1]["url"] == "https://test.example/open311/v2"


def test_services_are_those_the_city_offers(program: Program) -> None:
    rows = {row["service_code"]: row for row in program.get("services.json")}
    assert set(rows) == {"light-out", "pothole", "waste-missed", "tree-care", "playground"}
    assert rows["playground"]["type"] == "batch" and rows["pothole"]["type"] == "realtime"
    assert rows["light-out"]["metadata"] is False and rows["pothole"]["metadata"] is True
    assert rows["pothole"]["service_name"] == "چاله در آسفالت"
    assert rows["pothole"]["group"] == "معابر و روشنایی"
    assert "آسفالت" in rows["pothole"]["keywords"].split(",")
    tree = program.get("services.xml")
    assert tree.tag == "services" and not tree.attrib
    assert [node.findtext("service_code") for node in tree.iterfind("service")] == list(rows)
    assert tree.findtext("service/metadata") == "false"


def test_definitions_say_what_is_asked(program: Program) -> None:
    told = program.get("services/tree-care.json")
    assert told["service_code"] == "tree-care"
    need, since = told["attributes"]
    assert (need["code"], need["datatype"], need["required"], need["order"]) == (
        "need", "multivaluelist", True, 1,
    )  # fmt: skip
    assert need["variable"] is True and need["values"][0] == {"key": "water", "name": "آبیاری"}
    assert since["order"] == 2 and since["datatype_description"] and "values" not in since
    tree = program.get("services/tree-care.xml")
    assert tree.tag == "service_definition"
    assert tree.findtext("attributes/attribute/values/value/key") == "water"


def test_unknown_and_unoffered_services_are_404(program: Program) -> None:
    for code in ("no-such", "building-violation", "thanks", "چاله"):
        assert program.get(f"services/{code}.json", status=404)[0]["code"] == 404


@pytest.mark.parametrize("path", ["services", "services/pothole", "requests", "discovery"])
def test_another_citys_jurisdiction_is_404_ours_and_none_are_not(program: Program, path: str) -> None:
    program.get(f"{path}.json", jurisdiction_id="sample.example")
    program.get(f"{path}.json", jurisdiction_id="")
    assert program.get(f"{path}.json", status=404, jurisdiction_id="elsewhere.example")[0]["code"] == 404


def test_the_suffix_decides_whatever_is_accepted(program: Program) -> None:
    for accept in ("text/html", "application/json", "image/png"):
        response = program.client.get("/open311/v2/services.xml", headers={"Accept": accept})
        assert response["Content-Type"] == "text/xml; charset=utf-8"


def test_answers_can_be_read_from_other_sites(program: Program) -> None:
    for path in ("services.json", "nowhere.json", "requests.json?status=odd"):
        response = program.client.get(f"/open311/v2/{path}")
        assert response["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in program.client.post("/open311/v2/requests.json")
    assert program.client.options("/open311/v2/requests.json").status_code == 204
