"""The real centre, killed with -9 while citizens report: nothing acknowledged is lost or doubled."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pol137.machine import postgres, proc

pytestmark = pytest.mark.kill

RECOVERY_SECONDS = 60
"""Within this the centre answers, works and beats again."""
DRAIN_SECONDS = 240
"""Within this what citizens sent meanwhile, thousands of jobs on two busy cores, is worked off."""


class Centre:
    """`pol137 up` on the `sample` city in a folder of its own, with a durable database."""

    def __init__(self, home: Path) -> None:
        self.home, self.data = home, home / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "PYTEST_XDIST_WORKER")
        }
        self.surroundings = {
            **kept,
            "POL137_DATA": str(self.data),
            "POL137_PORT": str(self.port),
            "POL137_CITY": "sample",
            "POL137_DEMO": "on",
            "POL137_RATE_LIMITS": "off",
        }
        self.said = home / "said"
        with self.said.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "pol137.commands.cli", "up"],
                env=self.surroundings, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        self.wait_for(self.ready, 90)
        words = self.run("key", "create", "kill test", "--scope", "open311")
        self.key = next(word for word in words.split() if word.startswith("p137_"))

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "pol137.commands.cli", *words],
            env=self.surroundings, capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        return done.stdout

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (OSError, urllib.error.HTTPError):
            return False

    def wait_for(self, condition: Callable[[], bool], seconds: float) -> None:
        assert proc.wait_until(condition, seconds), self.said.read_text()

    def report(self, n: int) -> str | None:
        """The tracking code the centre acknowledged, or None when it did not."""
        form = {
            "api_key": self.key, "service_code": "light-out", "description": f"چراغ شماره {n} خاموش است",
            "address_string": f"کوچه {n}", "phone": f"0915{n:07d}",
        }  # fmt: skip
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/open311/v2/requests.json", urllib.parse.urlencode(form).encode()
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.load(answer)[0]["service_request_id"]
        except (OSError, http.client.HTTPException, json.JSONDecodeError):
            return None

    def pids(self, *words: str) -> list[int]:
        """The processes of this centre whose command line holds these words."""
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and (line := self._line(folder)) and all(word in line for word in words):
                found.append(int(folder.name))
        return found

    def _line(self, folder: Path) -> str:
        try:
            mine = str(self.data) in (folder / "environ").read_bytes().decode(errors="ignore")
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="ignore")
        except OSError:
            return ""
        return line if mine or str(self.data) in line else ""

    def rows(self, sql: str) -> list[Any]:
        with psycopg.connect(postgres.url(self.data)) as connection:
            return connection.execute(sql).fetchall()

    def settled(self) -> bool:
        try:
            ((waiting,),) = self.rows(
                "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
            )
        except psycopg.Error:
            return False
        return waiting == 0

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def centre() -> Iterator[Centre]:
    home = Path(tempfile.mkdtemp(prefix="p137-kill-"))
    home.chmod(0o755)
    running = Centre(home)
    yield running
    running.stop()
    postgres.clear_remains(running.data)
    shutil.rmtree(postgres.socket_dir(running.data), ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


def while_citizens_report(centre: Centre, first: int, kill: Callable[[], None]) -> list[str]:
    """Four citizens report for some seconds; in the middle something is killed. The acknowledged codes."""
    codes: list[str] = []
    until = time.monotonic() + 8

    def citizen(n: int) -> None:
        while time.monotonic() < until:
            n += 4
            if code := centre.report(n):
                codes.append(code)

    threads = [threading.Thread(target=citizen, args=(first + n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(3)
    kill()
    for thread in threads:
        thread.join()
    return codes


@pytest.mark.parametrize(
    ("victim", "words"),
    [
        ("worker", ("pol137.commands.cli", "worker")),
        ("web", ("gunicorn",)),
        ("scheduler", ("pol137.commands.cli", "scheduler")),
        ("database", ("postgres", "-D")),
    ],
)
def test_nothing_acknowledged_is_lost_and_nothing_happens_twice(
    centre: Centre, victim: str, words: tuple[str, ...]
) -> None:
    first = {"worker": 1, "web": 100_001, "scheduler": 200_001, "database": 300_001}[victim]
    victims = centre.pids(*words)
    assert victims, f"no {victim} runs"

    def kill() -> None:
        for pid in victims:
            os.kill(pid, signal.SIGKILL)

    codes = while_citizens_report(centre, first, kill)
    assert codes
    centre.wait_for(centre.ready, RECOVERY_SECONDS)
    centre.wait_for(centre.settled, DRAIN_SECONDS)
    known = {code for (code,) in centre.rows("SELECT code FROM cases_case")}
    assert set(codes) <= known
    assert len(codes) == len(set(codes))
    told = centre.rows(
        "SELECT c.code, count(m.id) FROM cases_case c LEFT JOIN messaging_outboundmessage m"
        " ON m.case_ref = c.id AND m.purpose = 'case_registered' GROUP BY c.code HAVING count(m.id) <> 1"
    )
    assert told == []
    unsent = centre.rows("SELECT id, status FROM messaging_outboundmessage WHERE status <> 'delivered'")
    assert unsent == []
    gaps = centre.rows("SELECT stream FROM journal_event GROUP BY stream HAVING max(seq) <> count(*)")
    assert gaps == []
