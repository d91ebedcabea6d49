"""Limits count every use, of everybody, together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from pol137.web.access import access
from pol137.web.ratelimit import allow, forget, limited
from pol137.web.request import Request
from tests.factories import SATURDAY

HOUR = timedelta(hours=1)


@access(public=True)
@limited("probe", limit=2, per=HOUR)
def probe(request: Request) -> HttpResponse:
    return HttpResponse("done")


urlpatterns = [path("probe", probe)]

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture(autouse=True)
def _limits_on(settings: pytest.FixtureRequest) -> Iterator[None]:
    settings.RATE_LIMITS = True
    yield


def test_the_third_of_two_is_refused_and_the_next_span_begins_anew() -> None:
    assert [allow("a", 2, HOUR, now=SATURDAY) for _ in range(3)] == [True, True, False]
    assert allow("b", 2, HOUR, now=SATURDAY)
    assert allow("a", 2, HOUR, now=SATURDAY + HOUR)


def test_one_statement_and_no_names_in_the_table(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):
        allow("09151234567", 2, HOUR, now=SATURDAY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM web_hit")
        assert "0915" not in str(cursor.fetchall())


def test_the_view_answers_429_and_says_when_to_come_back(client: Client) -> None:
    assert [client.post("/probe").status_code for _ in range(3)] == [200, 200, 429]
    refused = client.post("/probe")
    assert 0 < int(refused["Retry-After"]) <= 3600
    assert "درخواست‌های پیاپی" in refused.content.decode()
    assert client.get("/probe").status_code == 200


def test_it_can_be_switched_off(settings: pytest.FixtureRequest) -> None:
    settings.RATE_LIMITS = False
    assert all(allow("a", 1, HOUR, now=SATURDAY) for _ in range(5))


def test_the_table_is_unlogged_and_old_counters_go() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'web_hit'")
        assert cursor.fetchone() == ("u",)
    allow("old", 1, HOUR, now=SATURDAY)
    allow("new", 1, HOUR, now=SATURDAY + timedelta(days=2))
    assert forget(SATURDAY + timedelta(days=2, minutes=1)) == 1
