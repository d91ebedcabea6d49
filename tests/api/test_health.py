"""Alive, ready, and the pulse."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pol137.journal import outbox
from tests.factories import report


def test_alive_asks_no_database(client: Client) -> None:
    assert client.get("/healthz").content == b"ok\n"


@pytest.mark.django_db
def test_ready_when_all_work_together(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["reasons"] == ["worker: no sign of life yet", "scheduler: no sign of life yet"]
    now = timezone.now()
    for name in ("worker", "scheduler"):
        outbox.beat(name=name, now=now)
    response = client.get("/readyz")
    assert response.status_code == 200 and response.json()["ready"] is True
    outbox.beat(name="worker", now=now - timedelta(minutes=2))
    response = client.get("/readyz")
    assert response.status_code == 503 and "worker" in response.json()["reasons"][0]


@pytest.mark.django_db
def test_not_ready_when_jobs_wait_too_long(client: Client) -> None:
    from django.db import connection

    now = timezone.now()
    for name in ("worker", "scheduler"):
        outbox.beat(name=name, now=now)
    report(now)
    assert client.get("/readyz").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = %s WHERE scheduled_at IS NULL",
            [now - timedelta(minutes=2)],
        )
    response = client.get("/readyz")
    assert response.status_code == 503 and "queue" in response.json()["reasons"][0]


def test_not_ready_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    from pol137.api import health

    def gone(**_: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(health, "queue_state", gone)
    monkeypatch.setattr(health, "book", lambda: None)
    response = client.get("/readyz")
    assert response.status_code == 503 and response.json()["reasons"] == ["database: no answer"]


@pytest.mark.django_db
def test_the_pulse_shows_queue_and_cases(client: Client) -> None:
    report(timezone.now())
    client.get("/healthz")
    text = client.get("/metrics").content.decode()
    assert 'pol137_cases_living{status="assigned"} 1' in text
    assert "pol137_queue_failed 0" in text and "pol137_promises_due 0" in text
    assert 'pol137_requests_total{door="api",method="GET",status="200"}' in text
    for line in text.splitlines():
        assert line.startswith("#") or len(line.rsplit(" ", 1)) == 2


@pytest.mark.django_db
def test_the_pulse_is_for_this_machine_or_the_token(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.1").status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 404
    empty = {"Authorization": "Bearer "}
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.1", headers=empty).status_code == 404
    settings.METRICS_TOKEN = "long enough"
    right, wrong = {"Authorization": "Bearer long enough"}, {"Authorization": "Bearer other"}
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.1", headers=right).status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.1", headers=wrong).status_code == 404
