"""A full disk: citizens are told, nothing is stored by halves, and the centre goes on by itself."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest

from pol137.machine import proc
from tests.machine.centre import Centre

pytestmark = pytest.mark.kill
LIGHT = "/report/about/light-out"
APART = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-c", "--keep-caps", "-m"]
DISK = 'mount -t tmpfs -o size=420m,mode=755 none "$POL137_DATA" && exec "$@"'


class OnSmallDisk(Centre):
    """A centre whose data folder is a small disk of its own, which only its programs see."""

    def up(self) -> None:
        self.data.mkdir()
        words = [sys.executable, "-m", "pol137.commands.cli", "up"]
        with self.said.open("wb") as output:
            self.process = subprocess.Popen(
                [*APART, "sh", "-c", DISK, "sh", *words],
                env={**self.environment, "POL137_RATE_LIMITS": "off"},
                cwd="/", stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        self.wait_until_ready(300)

    @property
    def seen(self) -> Path:
        """The data folder as the centre's programs see it."""
        assert self.process is not None
        return Path(f"/proc/{self.process.pid}/root{self.data}")

    @property
    def ballast(self) -> Path:
        """A stranger's file that takes up room."""
        return self.seen / "ballast"

    def fill(self) -> None:
        """Take all the room there is."""
        with self.ballast.open("ab", buffering=0) as file:
            for size in (2**20, 2**12, 1):
                try:
                    while file.write(b"x" * size) == size:
                        pass
                except OSError:
                    continue

    def everything_said(self) -> str:
        logs = sorted((self.seen / "log").glob("*.log"))
        return "\n".join(log.read_text()[-1500:] for log in [self.said, *logs])


@pytest.fixture
def centre() -> Iterator[OnSmallDisk]:
    if subprocess.run([*APART, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not let us mount a small disk")
    home = Path(tempfile.mkdtemp(prefix="p137-full-"))
    home.chmod(0o755)
    made = OnSmallDisk(home / "data")
    try:
        made.up()
        yield made
    finally:
        if made.process is not None and made.process.poll() is None:
            made.stop(signal.SIGTERM)
        shutil.rmtree(home)


def test_a_start_on_a_full_disk_is_refused_in_one_line() -> None:
    if subprocess.run([*APART, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not let us mount a small disk")
    home = Path(tempfile.mkdtemp(prefix="p137-full-"))
    full = (
        'mount -t tmpfs -o size=1m none "$POL137_DATA" && cat /dev/zero > "$POL137_DATA/ballast"; exec "$@"'
    )
    try:
        (home / "data").mkdir()
        for words in (["up"], ["restore", "/nowhere"], ["doctor"]):
            done = subprocess.run(
                [*APART, "sh", "-c", full, "sh", sys.executable, "-m", "pol137.commands.cli", *words],
                env=Centre(home / "data").environment, cwd="/", capture_output=True, text=True, check=False,
                timeout=120,
            )  # fmt: skip
            told = [line for line in done.stderr.splitlines() if not line.startswith("cat: ")]
            assert (done.returncode, len(told)) == (1, 1), done.stderr
            assert told[0].startswith("pol137: the disk is full")
            assert "docs/runbook/disk-full.md" in told[0]
    finally:
        shutil.rmtree(home)


def report(centre: Centre, form: dict[str, str], cookie: str) -> tuple[int, str, http.client.HTTPMessage]:
    """Send the filled form as a browser does."""
    connection = http.client.HTTPConnection("127.0.0.1", centre.port, timeout=40)
    try:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
        connection.request("POST", LIGHT, urlencode(form), headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers
    finally:
        connection.close()


def form_of(centre: Centre) -> tuple[dict[str, str], str]:
    """What a citizen fills in, and his cookie."""
    connection = http.client.HTTPConnection("127.0.0.1", centre.port, timeout=20)
    connection.request("GET", LIGHT)
    answer = connection.getresponse()
    page = answer.read().decode()
    cookies = SimpleCookie(answer.headers["Set-Cookie"])
    connection.close()
    found = {
        name: match[1]
        for name in ("csrfmiddlewaretoken", "nonce")
        if (match := re.search(rf'name="{name}" value="([^"]+)"', page))
    }
    told = {"words": "چراغ روبه‌روی مدرسه خاموش است. " * 60, "district": "s1", "address": "کوچه ۱"}
    return {**found, **told, "kind": "request"}, f"csrftoken={cookies['csrftoken'].value}"


def test_reports_on_a_full_disk_are_refused_in_words_and_the_centre_goes_on_by_itself(
    centre: OnSmallDisk,
) -> None:
    form, cookie = form_of(centre)
    acknowledged = 0

    def send(number: int) -> tuple[int, str, http.client.HTTPMessage]:
        return report(centre, {**form, "nonce": f"{form['nonce'][:-4]}{number:04d}"}, cookie)

    assert send(0)[0] == 302
    acknowledged += 1
    centre.fill()
    for number in range(1, 2000):
        status, page, headers = send(number)
        if status != 302:
            break
        acknowledged += 1
        centre.fill()
    assert status == 503, page
    assert "ثبت نشد؛ کمی بعد دوباره بفرستید" in page and "Not recorded" in page
    assert headers["Retry-After"] == "60"
    assert centre.process is not None and centre.process.poll() is None
    centre.ballast.unlink()
    assert proc.wait_until(lambda: centre.get("/readyz")[0] == 200, 90, pause=0.5), centre.everything_said()
    assert whole(centre) == (acknowledged, acknowledged)
    queue = "SELECT count(*) FROM procrastinate_jobs"
    assert proc.wait_until(lambda: centre.ask(queue) == 0, 180, pause=1), (
        "jobs begun on the full disk are done"
    )
    assert send(number)[0] == 302
    assert whole(centre) == (acknowledged + 1, acknowledged + 1)


def whole(centre: Centre) -> tuple[object, object]:
    """How many contacts there are, and how many cases that have their contact, unit, promise and events."""
    return centre.ask("SELECT count(*) FROM contacts_contact WHERE disposition <> ''"), centre.ask(
        "SELECT count(*) FROM cases_case c WHERE c.department_id IS NOT NULL"
        " AND EXISTS (SELECT FROM contacts_contactcase WHERE case_id = c.id)"
        " AND EXISTS (SELECT FROM cases_promise WHERE case_id = c.id)"
        " AND EXISTS (SELECT FROM journal_event WHERE stream = 'case:' || c.id)"
    )
