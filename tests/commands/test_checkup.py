"""The doctor: each thing that can be wrong is found, in words, with its mend."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone, translation

from pol137.commands import checkup, doctor
from pol137.commands.checkup import Finding, Level
from pol137.journal import outbox
from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import system
from pol137.machine import locking, place
from pol137.machine.place import ROOT

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


def look(name: str) -> Finding:
    return checkup.CHECKS[name](timezone.now())


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("name", ["extensions", "tables", "queue", "journal", "disk", "switches"])
def test_a_sound_installation_passes(name: str) -> None:
    assert look(name).level is not Level.FAIL


def test_a_database_that_forgets_is_a_failure() -> None:
    execute("SET synchronous_commit = off")
    found = look("database")
    assert found.level is Level.FAIL
    assert "synchronous_commit" in found.says


def test_persian_needs_its_extension() -> None:
    execute("DROP EXTENSION IF EXISTS pg_trgm CASCADE")
    assert look("locale").level is Level.FAIL
    execute("CREATE EXTENSION pg_trgm")
    assert look("locale") == Finding(Level.OK, "The database handles Persian.")


def test_an_empty_database_has_no_city(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "is_loaded", lambda: False)
    assert look("city") == Finding(Level.FAIL, "No city is loaded.", "Run pol137 city load PACK.")


def test_the_seats_of_the_ladder_are_looked_at() -> None:
    assert look("seats").level is Level.OK
    execute("DELETE FROM staff_appointment")
    found = look("seats")
    assert found.level is Level.WARN
    assert "are vacant, for example" in found.says


def test_a_channel_without_a_gateway_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "reach nobody" in look("channels").says
    monkeypatch.setattr(checkup, "GATEWAYS", {})
    assert look("channels").level is Level.FAIL


def test_an_old_job_is_a_failure_and_a_failed_one_a_warning() -> None:
    execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, scheduled_at)"
        " VALUES ('reactions', 'x.y', '{}', 'failed', NULL)"
    )
    assert look("queue").says == "1 jobs were given up on."
    execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, scheduled_at)"
        " VALUES ('reactions', 'x.y', '{}', 'todo', now() - interval '5 minutes')"
    )
    assert look("queue").level is Level.FAIL


def test_a_changed_event_is_found() -> None:
    now = timezone.now()
    append_event(stream="test:1", kind=EventKind.PACK_LOADED, at=now, by=system("test"), body={"n": 1})
    append_event(stream="test:1", kind=EventKind.PACK_LOADED, at=now, by=system("test"), body={"n": 2})
    assert look("journal").level is Level.OK
    execute("ALTER TABLE journal_event DISABLE TRIGGER USER")
    execute("UPDATE journal_event SET body = '{\"n\": 3}' WHERE stream = 'test:1' AND seq = 1")
    found = look("journal")
    assert found.level is Level.FAIL
    assert "test:1, event 1" in found.says


def test_a_readable_secret_key_is_a_failure(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    assert look("secret key").level is Level.WARN
    key = tmp_path / "secret-key"
    key.write_text("secret")
    key.chmod(0o644)
    assert look("secret key") == Finding(
        Level.FAIL, "Others can read the secret key.", f"Run: chmod 600 {key}"
    )
    key.chmod(0o600)
    assert look("secret key").level is Level.OK


def test_switched_off_protection_is_red(settings: Any) -> None:
    settings.MODERATION = False
    assert look("switches").level is Level.FAIL


def test_the_switches_looked_at_are_those_of_the_centre_that_runs(settings: Any) -> None:
    """The doctor's own environment says nothing of a centre that was started with another."""
    assert not settings.DEMO
    script = "import sys; from pathlib import Path; from pol137.machine import locking\n"
    script += "with locking.held(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    lock = place.read().lock_file
    for switch, level in (("POL137_DEMO=on", Level.WARN), ("POL137_RATE_LIMITS=off", Level.FAIL)):
        name, value = switch.split("=")
        with subprocess.Popen(
            [sys.executable, "-c", script, str(lock)],
            env={**os.environ, name: value}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=place.ROOT,
        ) as centre:  # fmt: skip
            assert centre.stdout is not None
            assert centre.stdout.readline() == b"held\n"
            found = look("switches")
            centre.communicate()
        assert found.level is level
    assert look("switches") == Finding(Level.OK, "No switch made for tests is on.")


def test_every_line_of_the_doctor_is_in_the_runbook() -> None:
    page = (place.ROOT / "docs" / "runbook" / "doctor.md").read_text("utf-8")
    assert [name for name in checkup.CHECKS if f"| `{name}` |" not in page] == []


def test_silent_workers_are_noticed() -> None:
    assert look("worker and scheduler").level is not Level.OK


def test_a_check_that_breaks_is_a_finding_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(now: object) -> Finding:
        raise OSError("the disk is gone")

    monkeypatch.setattr(checkup, "CHECKS", {"disk": breaks, "switches": checkup.switches})
    found = checkup.examine(now=timezone.now())
    assert found["disk"].says == "This could not be looked at: the disk is gone"
    assert found["switches"].level is not Level.FAIL


def test_it_speaks_persian_to_those_who_do() -> None:
    with translation.override("fa"):
        assert look("tables").says == "جدول‌ها به‌روز است."


def test_the_clocks_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        checkup.timezone, "now", lambda: timezone.datetime.now().astimezone() + timedelta(hours=1)
    )
    assert checkup.clock(timezone.now()).level is Level.FAIL


def test_a_centre_that_does_not_run_is_no_failure_of_its_worker() -> None:
    execute("DELETE FROM journal_beat")
    with locking.held(place.read().lock_file):
        assert look("worker and scheduler").level is Level.WARN


def test_what_a_centre_left_behind_is_no_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    for name in ("worker", "scheduler"):
        outbox.beat(name=name, now=now)
    assert look("worker and scheduler").level is Level.OK, (
        "with a server of the city's own they may be elsewhere"
    )
    monkeypatch.delenv("DATABASE_URL")
    found = look("worker and scheduler")
    assert found.level is Level.WARN
    assert "worker, scheduler" in found.says and "make up" in found.mend
    monkeypatch.setattr(checkup, "_centre_runs", lambda: True)
    assert look("worker and scheduler").level is Level.OK


def test_it_names_the_city_in_the_operators_language() -> None:
    assert look("city").says.startswith("Sample City")
    with translation.override("fa"):
        assert "شهر نمونه" in look("city").says and "Sample" not in look("city").says


def test_on_a_terminal_its_lines_are_folded_and_its_commands_can_be_pasted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    long = Finding(
        Level.WARN,
        "The rows stand there, one after the other. " * 4,
        "Run pol137 backup DIR, then pol137 doctor.",
    )
    monkeypatch.setattr(checkup, "CHECKS", {"backup": lambda now: long})
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.chdir(ROOT)
    assert doctor.run(argparse.Namespace(json=False)) == 0
    lines = re.sub(r"\x1b\[\d+m", "", capsys.readouterr().out).splitlines()
    assert len(lines) > 4 and max(map(len, lines)) <= 60
    assert lines[0].startswith("! backup: The rows") and lines[1].startswith("  ")
    assert "pol137 backup DIR" in " ".join(lines)
    assert ".venv/bin/pol137 doctor" in " ".join(" ".join(lines).split())
