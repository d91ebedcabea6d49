"""The field tables of GeoReport v2, checked on everything the door answers, in both formats."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone

from pol137.cases.operations import close_case
from pol137.cases.permissions import citizen_ref
from pol137.cases.vocabulary import CloseReason
from pol137.lib.actor import citizen, system
from pol137.staff.operations import create_api_key
from tests.factories import Clock, announced_case, reported_case

pytestmark = pytest.mark.django_db

Check = Callable[[Any], bool]


def text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def text_or_null(value: Any) -> bool:
    return value is None or text(value)


def moment(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value))


def moment_or_null(value: Any) -> bool:
    return value is None or moment(value)


def degrees(value: Any) -> bool:
    return value is None or isinstance(value, float)


def flag(value: Any) -> bool:
    return isinstance(value, bool)


def code(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[A-Za-z0-9_.~-]+", value))


def one_of(*values: str) -> Check:
    return lambda value: value in values


def address(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value.startswith("http"))


SERVICE = {
    "service_code": code,
    "service_name": text,
    "description": text,
    "metadata": flag,
    "type": one_of("realtime", "batch", "blackbox"),
    "keywords": text,
    "group": text,
}
ATTRIBUTE = {
    "variable": flag,
    "code": code,
    "datatype": one_of("string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"),
    "required": flag,
    "datatype_description": text,
    "order": lambda value: isinstance(value, int) and value > 0,
    "description": text,
}
REQUEST = {
    "service_request_id": code,
    "status": one_of("open", "closed"),
    "status_notes": text_or_null,
    "service_name": text,
    "service_code": code,
    "description": text_or_null,
    "agency_responsible": text_or_null,
    "service_notice": text_or_null,
    "requested_datetime": moment,
    "updated_datetime": moment,
    "expected_datetime": moment_or_null,
    "address": text_or_null,
    "address_id": text_or_null,
    "zipcode": text_or_null,
    "lat": degrees,
    "long": degrees,
    "media_url": address,
}
UPDATE = {
    "update_id": code,
    "service_request_id": code,
    "status": lambda value: bool(re.fullmatch(r"[a-z_]+", value)),
    "updated_datetime": moment,
    "description": text,
    "media_url": address,
}
LISTS = {"services", "service_requests", "attributes", "values", "endpoints", "formats", "errors"} | {
    "service_request_updates"
}


def spark(node: ElementTree.Element) -> Any:
    """XML by the Spark convention, every leaf a text: what the JSON must say too."""
    assert not node.attrib and "{" not in node.tag
    if node.tag in LISTS:
        return [spark(child) for child in node]
    if len(node):
        return {child.tag: spark(child) for child in node}
    return node.text


def leaves(value: Any) -> Any:
    """JSON with every leaf as XML writes it."""
    if isinstance(value, dict):
        return {name: leaves(one) for name, one in value.items()}
    if isinstance(value, list):
        return [leaves(one) for one in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


@pytest.fixture
def ask(settings: Any, client: Client) -> Callable[[str], Any]:
    """Asks in both formats, finds them equal and returns the JSON."""
    settings.MODERATION = False

    def asked(path: str) -> Any:
        name, _, query = path.partition("?")
        as_json = client.get(f"/open311/v2/{name}.json?{query}")
        as_xml = client.get(f"/open311/v2/{name}.xml?{query}")
        assert as_json.status_code == as_xml.status_code == 200
        assert as_xml.content.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
        told = json.loads(as_json.content)
        assert spark(ElementTree.fromstring(as_xml.content)) == leaves(told)
        return told

    return asked


def fits(rows: list[dict[str, Any]], table: dict[str, Check]) -> None:
    assert rows
    for row in rows:
        assert list(row) == list(table)
        wrong = {name: row[name] for name, check in table.items() if not check(row[name])}
        assert not wrong


def test_services_and_their_definitions(ask: Callable[[str], Any]) -> None:
    services = ask("services")
    fits(services, SERVICE)
    for service in services:
        told = ask(f"services/{service['service_code']}")
        assert list(told) == ["service_code", "attributes"]
        assert service["metadata"] == bool(told["attributes"])
        for place, attribute in enumerate(told["attributes"], start=1):
            values = attribute.pop("values", None)
            fits([attribute], ATTRIBUTE)
            assert attribute["order"] == place
            assert (values is not None) == attribute["datatype"].endswith("valuelist")
            for value in values or []:
                assert code(value["key"]) and text(value["name"])


def test_discovery(ask: Callable[[str], Any]) -> None:
    told = ask("discovery")
    assert moment(told["changeset"]) and text(told["contact"]) and text(told["key_service"])
    for endpoint in told["endpoints"]:
        assert set(endpoint) == {"specification", "url", "changeset", "type", "formats"}
        assert moment(endpoint["changeset"]) and not endpoint["url"].endswith("/")


def test_requests_and_their_history(ask: Callable[[str], Any]) -> None:
    clock = Clock(timezone.now() - timedelta(days=4))
    closed = announced_case(clock)
    close_case(closed.pk, reason=CloseReason.ACCEPTED, by=citizen(citizen_ref(closed.pk)), now=clock.now)
    point = reported_case(timezone.now(), lat=36.31, lon=59.55, address="", words="خط\nدوم \u200c😀")
    rows = ask("requests")
    fits(rows, REQUEST)
    assert {row["service_request_id"] for row in rows} == {closed.code, point.code}
    for row in rows:
        assert [row] == ask(f"requests/{row['service_request_id']}")
    fits(ask("servicerequestupdates"), UPDATE)
    (first,) = ask(f"requests/{closed.code}?extensions=true")
    assert set(first) - set(REQUEST) == {"extended_attributes"}


def test_errors_in_both_formats(client: Client) -> None:
    for path in ("services/none", "requests/none", "tokens/none", "nowhere"):
        as_json = client.get(f"/open311/v2/{path}.json")
        as_xml = client.get(f"/open311/v2/{path}.xml")
        assert as_json.status_code == as_xml.status_code == 404
        told = json.loads(as_json.content)
        assert [list(one) for one in told] == [["code", "description"]]
        assert spark(ElementTree.fromstring(as_xml.content)) == leaves(told)


CLIENTS = {
    "three": ("requests.json", {"lat": "36.3", "long": "59.5", "phone": "555-5555", "description": "x",
              "address_string": "x", "first_name": "a", "last_name": "b"}, "body"),
    "FixMyStreet": ("requests.xml", {"lat": "36.300000", "long": "59.500000", "description": "x",
                    "email": "a@b.example", "attribute[need]": ["water", "spray"]}, "body"),
    "Ruby": ("requests.xml", {"lat": "36.3", "long": "59.5", "description": "x"}, "body"),
    "Java": ("requests.xml", {"lat": "36.3", "long": "59.5", "attribute[need][0]": "water",
             "attribute[need][1]": "prune"}, "body"),
    "npm": ("requests.json?jurisdiction_id=sample.example", {"lat": "36.3", "long": "59.5"}, "body"),
    "PyPI open311": ("requests.json", {"lat": "36.3", "long": "59.5", "description": "x"}, "address"),
}  # fmt: skip
"""What these clients really send, from their recorded traffic."""


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize("multipart", [True, False])
def test_what_real_clients_send_is_taken(client: Client, name: str, multipart: bool) -> None:
    from urllib.parse import urlencode

    _, key = create_api_key(name="a program", scope="open311", by=system("test"), now=timezone.now())
    path, told, place = CLIENTS[name]
    service = "tree-care" if any(one.startswith("attribute") for one in told) else "light-out"
    told = {**told, "service_code": service}
    if place == "body":
        told["api_key"] = key
    else:
        path = f"{path}?api_key={key}"
    url = f"/open311/v2/{path}"
    if multipart:
        response = client.post(url, told)
    else:
        form = "application/x-www-form-urlencoded; charset=utf-8"
        response = client.post(url, urlencode(told, doseq=True), content_type=form)
    assert response.status_code == 201, response.content.decode()
