"""The clocks: every turn in its time, one scheduler at a time, failures that do not stop the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import OperationalError, connection

from pol137.commands import scheduler
from pol137.commands.scheduler import Loop, Turn

START = datetime(2026, 10, 17, 8, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def turn(name: str, every: float, told: list[tuple[str, datetime]]) -> Turn:
    return Turn(name, timedelta(seconds=every), lambda now: told.append((name, now)))


def test_each_turn_runs_in_its_own_time() -> None:
    told: list[tuple[str, datetime]] = []
    loop = Loop([turn("sweep", 1, told), turn("slow", 10, told)])
    for seconds in (0, 1, 1.5, 2, 10):
        loop.run_due(now=at(seconds))
    names = [name for name, _ in told]
    assert names == ["sweep", "slow", "sweep", "sweep", "sweep", "slow"]
    assert [now for _, now in told] == [at(n) for n in (0, 0, 1, 2, 10, 10)]


def test_a_turn_that_fails_does_not_stop_the_others() -> None:
    told: list[tuple[str, datetime]] = []

    def fails(now: datetime) -> None:
        raise ValueError("broken rule")

    loop = Loop([Turn("broken", timedelta(seconds=1), fails), turn("sweep", 1, told)])
    loop.run_due(now=at(0))
    assert "broken" in loop.run_due(now=at(1))
    assert len(told) == 2


def test_a_lost_database_ends_the_loop() -> None:
    def lost(now: datetime) -> None:
        raise OperationalError("the connection is closed")

    with pytest.raises(OperationalError):
        Loop([Turn("sweep", timedelta(seconds=1), lost)]).run_due(now=at(0))


@pytest.mark.django_db(transaction=True)
def test_there_is_only_one_scheduler() -> None:
    settings = connection.settings_dict
    with psycopg.connect(
        host=settings["HOST"], dbname=settings["NAME"], user=settings["USER"], password=settings["PASSWORD"],
        port=settings["PORT"] or None, autocommit=True,
    ) as other:  # fmt: skip
        other.execute("SELECT pg_advisory_lock(%s)", [scheduler.LOCK])
        assert not scheduler.alone()
        other.execute("SELECT pg_advisory_unlock(%s)", [scheduler.LOCK])
    assert scheduler.alone()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [scheduler.LOCK])
