"""A demo fills with history behind its first page, and a kill while it fills costs nothing."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pol137.machine import proc
from tests.machine.centre import Centre

pytestmark = [pytest.mark.kill, pytest.mark.timeout(400)]
FILLING = "simulate --behind"


@pytest.fixture
def centre() -> Iterator[Centre]:
    home = Path(tempfile.mkdtemp(prefix="p137-demo-"))
    home.chmod(0o755)
    made = Centre(home / "data", demo_days=1)
    made.up()
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop(signal.SIGTERM)
    shutil.rmtree(home)


def _is_filling(centre: Centre) -> bool:
    """Whether the filler is at work inside its transaction."""
    return bool(
        centre.ask(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 137000003)"
            " AND EXISTS (SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend'"
            " AND backend_xid IS NOT NULL AND now() - xact_start > interval '1 second')"
        )
    )


def test_killed_while_it_fills_it_begins_anew_and_never_doubles(centre: Centre) -> None:
    assert proc.wait_until(lambda: _is_filling(centre), 60), centre.everything_said()
    assert centre.get("/")[0] == 200
    assert centre.ask("SELECT count(*) FROM contacts_contact") == 0
    os.kill(centre.pid_of(FILLING), signal.SIGKILL)
    assert proc.wait_until(lambda: "history made up" in centre.said.read_text(), 240), (
        centre.everything_said()
    )
    filled = centre.ask("SELECT count(*) FROM contacts_contact")
    assert isinstance(filled, int)
    assert filled > 20
    assert centre.ask("SELECT count(*) FROM simulation_run") == 1
    assert centre.ask("SELECT count(*) FROM cases_promise WHERE next_at < now() - interval '10 seconds'") == 0
    assert centre.stop() == 0
    centre.up()
    assert proc.wait_until(lambda: FILLING not in str(centre.programs()), 60)
    assert centre.ask("SELECT count(*) FROM simulation_run") == 1
    assert centre.ask("SELECT count(*) FROM contacts_contact") == filled
