"""The whole centre as `pol137 up` runs it: second runs, every kind of death, and a clean end."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pol137.machine import postgres, proc
from tests.machine.centre import Centre, free_port

pytestmark = pytest.mark.kill


@pytest.fixture(scope="module")
def centre() -> Iterator[Centre]:
    home = Path(tempfile.mkdtemp(prefix="p137-up-"))
    home.chmod(0o755)
    made = Centre(home / "data")
    made.up()
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop(signal.SIGTERM)
    assert not postgres.socket_dir(made.data).exists()
    shutil.rmtree(home)


def test_it_prints_the_addresses_and_the_demo_accounts(centre: Centre) -> None:
    said = centre.said.read_text()
    assert f"http://127.0.0.1:{centre.port}/desk/" in said
    accounts = centre.data / "demo-accounts.txt"
    assert accounts.stat().st_mode & 0o777 == 0o600
    name, word, _ = accounts.read_text().splitlines()[0].split("\t")
    assert name in said
    assert word in said
    assert (centre.data / "secret-key").stat().st_mode & 0o777 == 0o600
    assert centre.get("/healthz") == (200, "ok\n")


def test_its_pages_have_their_files(centre: Centre) -> None:
    status, page = centre.get("/")
    assert status == 200
    sheets = re.findall(r'href="(/static/[^"]+\.css)"', page)
    assert sheets
    assert [centre.get(path)[0] for path in sheets] == [200] * len(sheets)


def test_a_second_up_on_the_same_data_refuses_politely(centre: Centre) -> None:
    again = centre.pol137("up", POL137_PORT=str(free_port()))
    assert again.returncode == 1
    assert again.stderr.startswith("pol137: the centre already runs on ")
    assert again.stderr.count("\n") == 1
    assert centre.get("/healthz")[0] == 200


def test_a_port_in_use_is_one_line(centre: Centre, tmp_path: Path) -> None:
    other = centre.pol137("up", POL137_DATA=str(tmp_path / "other"))
    assert other.returncode == 1
    assert other.stderr == (
        f"pol137: port {centre.port} is used by another program: "
        "stop it, or choose another port with POL137_PORT\n"
    )
    assert not (tmp_path / "other" / "postgres").exists()


def test_commands_use_the_running_centres_database(centre: Centre) -> None:
    made = centre.pol137("key", "create", "sensor", "--scope", "open311")
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.startswith("p137_")
    taken = centre.pol137("key", "create", "sensor", "--scope", "api")
    assert taken.returncode == 1
    assert "sensor" in taken.stderr
    assert "Traceback" not in taken.stderr
    listed = json.loads(centre.pol137("key", "list", "--json").stdout)
    assert [(key["name"], key["scope"], key["revoked_at"]) for key in listed] == [("sensor", "open311", None)]
    assert centre.pol137("key", "revoke", "sensor").returncode == 0
    assert centre.pol137("key", "revoke", "sensor").returncode == 1
    assert centre.pol137("key", "create", "x", "--scope", "everything").returncode == 2


def test_the_doctor_finds_a_healthy_centre(centre: Centre) -> None:
    seen = centre.pol137("doctor", "--json")
    found = {row["check"]: row for row in json.loads(seen.stdout)}
    assert [row for row in found.values() if row["level"] == "fail"] == []
    assert seen.returncode == 0
    assert found["worker and scheduler"]["level"] == "ok"
    assert found["switches"]["level"] == "warn"
    elsewhere = centre.pol137("doctor", POL137_RATE_LIMITS="off")
    assert elsewhere.returncode == 0, "the switches are those of the centre that runs"


@pytest.mark.parametrize("part", ["postgres -D", "gunicorn", "cli worker", "cli scheduler"])
def test_a_killed_part_comes_back_by_itself(centre: Centre, part: str) -> None:
    keys = centre.ask("SELECT count(*) FROM staff_apikey")
    old = {pid for pid, words in centre.programs().items() if part in words}
    os.kill(centre.pid_of(part), signal.SIGKILL)
    assert proc.wait_until(lambda: not old & centre.programs().keys(), 30)
    assert proc.wait_until(lambda: any(part in words for words in centre.programs().values()), 30)
    centre.wait_until_ready()
    assert centre.ask("SELECT count(*) FROM staff_apikey") == keys


def test_after_the_supervisor_is_killed_nothing_lingers_and_up_recovers(centre: Centre) -> None:
    keys = centre.ask("SELECT count(*) FROM staff_apikey")
    before = (centre.data / "demo-accounts.txt").read_text()
    assert centre.process is not None
    centre.process.kill()
    centre.process.wait()
    assert proc.wait_until(lambda: not centre.programs(), 30), centre.programs()
    assert postgres.running_pid(centre.data) is None
    centre.up()
    assert centre.ask("SELECT count(*) FROM staff_apikey") == keys
    assert (centre.data / "demo-accounts.txt").read_text() == before


def test_after_everything_is_killed_at_once_up_recovers(centre: Centre) -> None:
    keys = centre.ask("SELECT count(*) FROM staff_apikey")
    server = postgres.running_pid(centre.data)
    assert server is not None
    for pid in [*centre.programs(), server]:
        proc.send(pid, signal.SIGKILL)
    assert centre.process is not None
    centre.process.wait()
    centre.up()
    assert centre.ask("SELECT count(*) FROM staff_apikey") == keys


def test_ctrl_c_ends_it_cleanly_and_the_data_can_be_used_without_it(centre: Centre) -> None:
    assert centre.stop(signal.SIGINT) == 0
    assert centre.programs() == {}
    assert "database system is shut down" in (centre.data / "log" / "database.log").read_text()[-200:]
    assert "stopped" in centre.said.read_text()
    listed = centre.pol137("key", "list")
    assert listed.returncode == 0
    assert "sensor" in listed.stdout
    assert postgres.running_pid(centre.data) is None


def test_demo_accounts_are_refused_where_others_can_come_in(centre: Centre) -> None:
    refused = centre.pol137("up", POL137_HOST="0.0.0.0")
    assert refused.returncode == 1
    assert "POL137_DEMO=off" in refused.stderr


@pytest.mark.parametrize("words", [(), ("nonsense",), ("key",), ("up", "extra")])
def test_wrong_use_is_status_2(centre: Centre, words: tuple[str, ...]) -> None:
    assert centre.pol137(*words).returncode == 2
