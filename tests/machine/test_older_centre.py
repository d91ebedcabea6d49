"""A centre of version 0.2.0 with cases in every state becomes one of this version, and nothing is lost.

`centre-0.2.0.sql.xz` is its database, written by that version's own programs in the sample city. What a
migration fills in for rows that are there shows itself only where rows are.
"""

from __future__ import annotations

import json
import lzma
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pol137.machine import backups, clients, postgres
from pol137.machine.server import started
from tests.machine.centre import Centre

pytestmark = pytest.mark.kill
KEPT = Path(__file__).with_name("centre-0.2.0.sql.xz")
EMPTY = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
STANDING = "SELECT string_agg(code || status, ' ' ORDER BY id) FROM cases_case"
HISTORY = "SELECT md5(string_agg(stream || seq || encode(hash, 'hex'), '' ORDER BY id)) FROM journal_event"


@pytest.fixture
def older(data_dir: Path, made: None, log: Path) -> Iterator[Centre]:
    """That centre, at rest."""
    script = data_dir.with_name("older.sql")
    script.write_bytes(lzma.decompress(KEPT.read_bytes()))
    with started(data_dir, log=log, fast=True):
        url = postgres.url(data_dir)
        with psycopg.connect(url) as connection:
            major = connection.info.server_version // 10000
        clients.run(
            "psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", EMPTY, "-f", script], major=major
        )
    centre = Centre(data_dir)
    yield centre
    if centre.process is not None and centre.process.poll() is None:
        centre.stop(signal.SIGTERM)


def rows(centre: Centre, log: Path) -> dict[str, object]:
    """What may not be lost."""
    asked = {
        "cases": STANDING,
        "events": HISTORY,
        "texts": "SELECT count(*) FROM messaging_outboundmessage",
        "promises": "SELECT count(*) FROM cases_promise",
        "answers": "SELECT count(*) FROM cases_answer",
    }
    with started(centre.data, log=log, fast=True):
        return {name: centre.ask(statement) for name, statement in asked.items()}


def test_a_centre_of_0_2_0_is_brought_up_to_date_and_goes_on(older: Centre, log: Path) -> None:
    before = rows(older, log)
    assert len(str(before["cases"]).split()) > 15
    done = older.pol137("upgrade")
    assert done.returncode == 0, done.stderr
    assert rows(older, log) == before
    loaded = older.pol137("city", "load", "sample")
    assert loaded.returncode == 0, loaded.stderr
    found = {row["check"]: row for row in json.loads(older.pol137("doctor", "--json").stdout)}
    assert [
        row for row in found.values() if row["level"] == "fail" and row["check"] not in ("disk", "queue")
    ] == []
    older.up()
    assert older.get("/")[0] == 200
    unsearchable = (
        "SELECT count(*) FROM cases_case c WHERE erased_at IS NULL"
        " AND NOT EXISTS (SELECT FROM cases_casetext t WHERE t.case_id = c.id)"
    )
    assert older.ask(unsearchable) == 0
    assert len(backups.found(older.data / "backups")) == 1
