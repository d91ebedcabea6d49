"""A job goes on when the room that does it takes another name."""

import importlib

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db
MOVED = importlib.import_module("pol137.notices.migrations.0001_jobs_moved")


def names() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text, task_name FROM procrastinate_jobs")
        return dict(cursor.fetchall())


def test_what_waits_is_done_and_what_failed_can_be_tried_again() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        for status in ("todo", "doing", "failed", "succeeded"):
            cursor.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)"
                " VALUES ('default', %s, '{}', %s)",
                [MOVED.OLD, status],
            )
        move = MOVED.Migration.operations[0]
        cursor.execute(move.sql)
        assert names() == {
            "todo": MOVED.NEW, "doing": MOVED.NEW, "failed": MOVED.NEW, "succeeded": MOVED.OLD
        }  # fmt: skip
        cursor.execute(move.reverse_sql)
    assert set(names().values()) == {MOVED.OLD}
