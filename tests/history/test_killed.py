"""The real command, killed with -9 in the middle: the same command goes on; nothing is lost or doubled."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from pol137.cases.models import Case
from pol137.history.models import ImportRun, Origin
from pol137.journal.models import Event
from pol137.journal.queries import broken_links
from pol137.machine import proc
from tests.history.conftest import MAP, Town, many

pytestmark = [pytest.mark.kill, pytest.mark.django_db(transaction=True)]

ROWS, EVERY = 6000, 50
"""So many rows, of which every fiftieth is refused."""


def surroundings() -> dict[str, str]:
    """The environment in which a program meets this test's database."""
    at = connection.settings_dict
    host, port = at["HOST"], at["PORT"] or "5432"
    address = f"postgresql://{at['USER']}:{at['PASSWORD']}@/{at['NAME']}?host={host}&port={port}"
    return {**os.environ, "DATABASE_URL": address, "LC_ALL": "C.UTF-8"}


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "pol137.commands.cli", "import", "cases", *words]


def test_killed_in_the_middle_it_goes_on_and_nothing_is_lost_or_doubled(town: Town) -> None:
    rows = many(ROWS)
    for one in rows[::EVERY]:
        one["موضوع"] = "نامعلوم"
    path, plan = town.write(rows), town.folder / "map.toml"
    plan.write_text(MAP, encoding="utf-8")
    words = [str(path), "--map", str(plan), "--json"]
    said = town.folder / "said"
    kills = 0
    for least in (1000, 3000):
        with said.open("wb") as output:
            process = subprocess.Popen(command(*words), env=surroundings(), stdout=output, stderr=output)
        begun = (least, process)
        met = proc.wait_until(lambda begun=begun: begun[1].poll() is not None or taken_up() >= begun[0], 120)
        assert met, said.read_text()
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.wait()
    assert kills == 2 and 3000 <= taken_up() < ROWS
    assert (
        Case.objects.count() == Origin.objects.count() == Event.objects.filter(kind="case.imported").count()
    )
    done = subprocess.run(command(*words), env=surroundings(), capture_output=True, check=True, timeout=300)
    report = json.loads(done.stdout)
    refused = len(rows[::EVERY])
    assert report["resumed_at"] >= 3000
    assert (report["rows"], report["came_in"], report["refused"]) == (ROWS, ROWS - refused, refused)
    assert Case.objects.count() == Origin.objects.count() == ROWS - refused
    assert Case.objects.values("code").distinct().count() == ROWS - refused
    assert broken_links() == []
    assert [line for line, _ in refused_lines(path)] == [2 + n for n in range(0, ROWS, EVERY)]


def taken_up() -> int:
    return sum(ImportRun.objects.values_list("rows", flat=True))


def refused_lines(path: Path) -> list[tuple[int, str]]:
    with Path(f"{path}.rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        return [(int(one["pol137_line"]), one["pol137_reason"]) for one in csv.DictReader(file)]
