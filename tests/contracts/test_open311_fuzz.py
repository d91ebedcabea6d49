"""Whatever is sent: an answer of the protocol, never a failure of ours, nothing stored by halves."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pol137.cases.models import Case, Promise, Reporter
from pol137.contacts.models import Contact
from pol137.lib.actor import system
from pol137.staff.operations import create_api_key

pytestmark = pytest.mark.django_db

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
NASTY = st.sampled_from(
    ["", "\x00", "%00", "'; DROP TABLE cases_case; --", "<script>alert(1)</script>", "\u202e", "ا" * 5000,
     "NaN", "inf", "-1e400", "1e400", "9" * 400, "۳۶٫۳", "null", "[]", "{}", "2026-11-01T00:00:00Z", "\ufffe"]
)  # fmt: skip
WORD = ANY_TEXT | NASTY
NAMES = st.sampled_from(
    ["api_key", "jurisdiction_id", "lat", "long", "address_string", "address_id", "email", "device_id",
     "account_id", "first_name", "last_name", "phone", "description", "media_url", "attribute[depth]",
     "attribute[need][]", "attribute[need][0]", "attribute[waste]", "attribute[", "attribute[]", "x"]
)  # fmt: skip
SERVICES = st.sampled_from(["light-out", "pothole", "waste-missed", "tree-care", "playground", "thanks", "x"])
MANY = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def key(db: None) -> str:
    return create_api_key(name="a program", scope="open311", by=system("test"), now=timezone.now())[1]


@MANY
@given(
    service=SERVICES,
    told=st.lists(st.tuples(NAMES | ANY_TEXT, WORD), max_size=8),
    with_key=st.booleans(),
    with_point=st.booleans(),
)
def test_reports(
    client: Client, key: str, service: str, told: list[tuple[str, str]], with_key: bool, with_point: bool
) -> None:
    form = [("service_code", service), *told]
    form += [("api_key", key)] if with_key else []
    form += [("lat", "36.3"), ("long", "59.5")] if with_point else []
    before = Case.objects.count()
    response = client.post(
        "/open311/v2/requests.json",
        urlencode(form),
        content_type="application/x-www-form-urlencoded; charset=utf-8",
    )
    rows = json.loads(response.content)
    assert response.status_code in (201, 400, 403, 404, 413), rows
    stored = Case.objects.count() - before
    if response.status_code == 201:
        assert len(rows) == 1 and stored == ("service_request_id" in rows[0])
    else:
        assert stored == 0 and all(set(row) == {"code", "description"} for row in rows)
    assert Case.objects.count() == Reporter.objects.count() == Contact.objects.count()
    assert Promise.objects.count() >= Case.objects.count()


ARGUMENTS = st.sampled_from(
    ["service_request_id", "service_code", "start_date", "end_date", "status", "page", "page_size",
     "updated_after", "updated_before", "extensions", "jurisdiction_id"]
)  # fmt: skip


@MANY
@given(
    query=st.lists(st.tuples(ARGUMENTS, WORD), max_size=5),
    path=st.sampled_from(["requests", "servicerequestupdates", "services", "discovery"]),
    fmt=st.sampled_from(["json", "xml"]),
)
def test_queries(client: Client, db: None, query: list[tuple[str, str]], path: str, fmt: str) -> None:
    response = client.get(f"/open311/v2/{path}.{fmt}?{urlencode(query)}")
    assert response.status_code in (200, 400, 404), response.content.decode()


@MANY
@given(kind=st.sampled_from(["requests", "services", "tokens", "pictures"]), name=WORD, more=ANY_TEXT)
def test_addresses(client: Client, db: None, kind: str, name: str, more: str) -> None:
    for path in (
        f"{kind}/{quote(name)}.json",
        f"{kind}/{quote(name)}.xml",
        f"{kind}/{quote(name)}/{quote(more)}",
    ):
        response = client.get(f"/open311/v2/{path}")
        assert response.status_code in (200, 400, 404)


@MANY
@given(body=st.binary(max_size=200), kind=st.sampled_from(
    ["application/json", "text/xml", "multipart/form-data; boundary=x", "multipart/form-data", "x", "",
     "application/x-www-form-urlencoded; charset=no-such"]
))  # fmt: skip
def test_bodies(client: Client, key: str, body: bytes, kind: str) -> None:
    for address in ("requests.json", f"requests.json?api_key={key}"):
        response = client.generic("POST", f"/open311/v2/{address}", body, content_type=kind)
        assert response.status_code in (400, 403, 404)


def test_nothing_is_echoed_unescaped(client: Client, key: str, settings: Any) -> None:
    settings.MODERATION = False
    nasty = "<b>&\x01\"'</b>"
    told = {"api_key": key, "service_code": "light-out", "address_string": nasty, "description": nasty}
    assert client.post("/open311/v2/requests.xml", told).status_code == 201
    body = client.get("/open311/v2/requests.xml").content.decode()
    assert "<b>" not in body and "&lt;b&gt;&amp;\"'&lt;/b&gt;" in body and "\x01" not in body
    refused = client.get(f"/open311/v2/services/{quote(nasty)}.xml")
    assert b"<b>" not in refused.content
