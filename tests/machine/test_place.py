"""The environment, the secret key, and one centre at a time on a folder and a port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pol137.machine import locking, place, postgres
from pol137.machine.trouble import CannotRun

SWITCHES = ("POL137_RATE_LIMITS", "POL137_MODERATION")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "POL137_HOST",
        "POL137_PORT",
        "POL137_DEMO",
        "POL137_DEMO_DAYS",
        "POL137_PUBLIC_URL",
        *SWITCHES,
    ):
        monkeypatch.delenv(name, raising=False)


def test_the_defaults_are_the_promised_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POL137_DATA", raising=False)
    here = place.read()
    assert (here.host, here.port, here.demo) == ("127.0.0.1", 8137, False)
    assert here.data_dir == place.ROOT / "var"
    assert here.public_url == "http://127.0.0.1:8137"


@pytest.mark.parametrize("port", ["", "0", "65536", "http", "-1", "²"])
def test_a_port_that_is_none_is_refused(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POL137_PORT", port)
    with pytest.raises(CannotRun, match="POL137_PORT"):
        place.read()


def test_the_days_of_a_demo_are_a_number_or_the_citys_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert place.read().demo_days is None
    monkeypatch.setenv("POL137_DEMO_DAYS", "0")
    assert place.read().demo_days == 0
    monkeypatch.setenv("POL137_DEMO_DAYS", "many")
    with pytest.raises(CannotRun, match="POL137_DEMO_DAYS"):
        place.read()


def test_demo_accounts_are_refused_where_others_can_come_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POL137_DEMO", "on")
    monkeypatch.setenv("POL137_HOST", "0.0.0.0")
    with pytest.raises(CannotRun, match="POL137_DEMO=off"):
        place.read()


@pytest.mark.parametrize("switch", SWITCHES)
def test_protection_stays_on_where_others_can_come_in(switch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(switch, "off")
    assert place.read().host == "127.0.0.1"
    monkeypatch.setenv("POL137_HOST", "0.0.0.0")
    with pytest.raises(CannotRun, match=f"{switch}=off is only for tests"):
        place.read()


def test_the_secret_key_is_made_once_for_its_owner_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POL137_DATA", str(tmp_path))
    place.ensure_secret_key(place.read())
    key = tmp_path / "secret-key"
    first = key.read_text()
    key.chmod(0o644)
    place.ensure_secret_key(place.read())
    assert key.read_text() == first
    assert len(first) > 60
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_second_holder_is_refused_by_name(tmp_path: Path) -> None:
    with locking.held(tmp_path / "up.lock") as was_killed:
        assert not was_killed
        refused = pytest.raises(CannotRun, match=rf"already runs on .* \(process {os.getpid()}\)")
        with refused, locking.held(tmp_path / "up.lock"):
            pass
    with locking.held(tmp_path / "up.lock") as was_killed:
        assert not was_killed


def test_the_lock_of_a_killed_holder_is_free_and_tells(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from pol137.machine import locking;"
        "held = locking.held(Path(sys.argv[1])); held.__enter__(); os.kill(os.getpid(), 9)"
    )
    lock = tmp_path / "up.lock"
    subprocess.run([sys.executable, "-c", program, lock], check=False, env=postgres.child_environment())
    with locking.held(lock) as was_killed:
        assert was_killed


def test_a_port_in_use_is_one_plain_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        with pytest.raises(CannotRun, match=f"^port {port} is used by another program: [^\n]*POL137_PORT$"):
            locking.check_port("127.0.0.1", port)
    locking.check_port("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(CannotRun, match="cannot listen on 192"):
        locking.check_port("192.0.2.1", 8137)


@pytest.mark.parametrize("command", ["key list", "doctor", "up"])
def test_a_database_elsewhere_that_does_not_answer_is_one_line(command: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed, port = taken.getsockname()[1], str(free_port())
        own = {"DATABASE_URL": f"postgresql://nobody:hidden@127.0.0.1:{closed}/none", "POL137_PORT": port}
        done = subprocess.run(
            [sys.executable, "-m", "pol137.commands.cli", *command.split()],
            env={**postgres.python_environment(), **own, "POL137_DATA": str(tmp_path / "data")},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("pol137: the database")
    assert done.stderr.count("\n") == 1
    assert "hidden" not in done.stderr


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
