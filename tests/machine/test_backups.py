"""Backup and restore: the drill, what is refused, and a restore killed in the middle."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest

from pol137.machine import backups, place, postgres, proc
from pol137.machine.place import Place
from pol137.machine.server import started
from pol137.machine.trouble import CannotRun
from tests.machine.centre import Centre

pytestmark = pytest.mark.kill
NOON = datetime(2026, 3, 21, 12, tzinfo=UTC)
PHOTO = b"the first photo"
MANY = "INSERT INTO cases_case SELECT n, repeat(md5(n::text), {size}) FROM generate_series({first}, {last}) n"


def keep(here: Place, content: bytes) -> Path:
    """A file of the centre, as uploads leave it."""
    name = hashlib.sha256(content).hexdigest()
    path = here.data_dir / "files" / name[:2] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture
def here(data_dir: Path, made: None) -> Place:
    """A data folder with its server's cluster, a key and a photo."""
    found = Place(data_dir, "127.0.0.1", 8137, "http://127.0.0.1:8137", demo=False, database_url="")
    place.ensure_secret_key(found)
    keep(found, PHOTO)
    return found


@pytest.fixture
def url(here: Place, log: Path) -> Iterator[str]:
    """Its database, with the two tables a restore looks at, and two thousand cases."""
    with started(here.data_dir, log=log, fast=True):
        found = postgres.url(here.data_dir)
        with psycopg.connect(found) as connection:
            connection.execute("CREATE TABLE cases_case (id bigint PRIMARY KEY, words text)")
            connection.execute("CREATE TABLE journal_event (id bigint PRIMARY KEY)")
            connection.execute(
                "INSERT INTO cases_case SELECT n, md5(n::text) FROM generate_series(1, 2000) n"
            )
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where backups go."""
    return tmp_path / "backups"


def ask(url: str, statement: str) -> object:
    """The first value of the answer."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(statement).fetchone()
        return row[0] if row else None


def made_in(here: Place, url: str, folder: Path, *, now: datetime, read_all: bool = False) -> Path:
    """The folder of a new backup."""
    return backups.make(here, url, folder, now=now, read_all=read_all)[0]


def nobody_else(url: str) -> bool:
    """Whether no other session uses the database."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'pol137' AND pid <> pg_backend_pid()"
    return ask(url, others) == 0


def change(url: str, statement: str) -> None:
    """One committed change."""
    with psycopg.connect(url) as connection:
        connection.execute(statement)


def test_what_was_lost_since_comes_back(here: Place, url: str, folder: Path) -> None:
    digest = "SELECT md5(string_agg(words, '' ORDER BY id)) FROM cases_case"
    before = ask(url, digest)
    made = made_in(here, url, folder, now=NOON)
    change(url, "DELETE FROM cases_case WHERE id > 5")
    change(url, "CREATE TABLE of_a_later_version (id int)")
    shutil.rmtree(here.data_dir / "files")
    (here.data_dir / "secret-key").unlink()
    backups.restore(made, here, url, replace=True)
    assert ask(url, digest) == before
    assert ask(url, "SELECT to_regclass('of_a_later_version')") is None
    assert keep(here, PHOTO).read_bytes() == PHOTO
    assert (here.data_dir / "secret-key").stat().st_mode & 0o777 == 0o600
    assert not list(here.data_dir.glob("restore*"))


def test_what_was_restored_can_be_backed_up_and_restored_again(here: Place, url: str, folder: Path) -> None:
    first = made_in(here, url, folder, now=NOON)
    backups.restore(first, here, url, replace=True)
    second = made_in(here, url, folder, now=NOON + timedelta(days=1))
    backups.restore(second, here, url, replace=True)
    assert ask(url, "SELECT count(*) FROM cases_case") == 2000


def test_signs_of_life_are_not_restored(here: Place, url: str, folder: Path) -> None:
    change(url, "CREATE TABLE journal_beat (name text PRIMARY KEY, at timestamptz)")
    change(url, "INSERT INTO journal_beat VALUES ('worker', now()), ('scheduler', now())")
    made = made_in(here, url, folder, now=NOON)
    backups.restore(made, here, url, replace=True)
    assert ask(url, "SELECT count(*) FROM journal_beat") == 0


def test_cases_are_overwritten_only_when_asked(here: Place, url: str, folder: Path) -> None:
    made = made_in(here, url, folder, now=NOON)
    with pytest.raises(CannotRun, match="--replace"):
        backups.restore(made, here, url, replace=False)
    change(url, "DELETE FROM cases_case")
    backups.restore(made, here, url, replace=False)
    assert ask(url, "SELECT count(*) FROM cases_case") == 2000


@pytest.mark.parametrize("name", ["database.dump", "secret-key", "manifest.json", "photo"])
@pytest.mark.parametrize("damage", ["changed", "cut", "gone"])
def test_a_damaged_backup_changes_nothing(
    here: Place, url: str, folder: Path, name: str, damage: str
) -> None:
    made = made_in(here, url, folder, now=NOON)
    store = next(path for path, _ in backups._files(folder / "files"))
    victim = store if name == "photo" else made / name
    content = victim.read_bytes()
    victim.unlink()
    if damage == "changed":
        victim.write_bytes(b"x" + content[1:])
    elif damage == "cut":
        victim.write_bytes(content[:-3])
    change(url, "DELETE FROM cases_case WHERE id > 7")
    with pytest.raises(CannotRun):
        backups.restore(made, here, url, replace=True)
    assert ask(url, "SELECT count(*) FROM cases_case") == 7


def test_a_dump_that_lacks_rows_changes_nothing(here: Place, url: str, folder: Path) -> None:
    made = made_in(here, url, folder, now=NOON)
    told = json.loads((made / "manifest.json").read_text())
    told["rows"]["cases_case"] += 1
    (made / "manifest.json").write_text(json.dumps(told))
    change(url, "DELETE FROM cases_case WHERE id > 7")
    with pytest.raises(CannotRun, match="cases_case is not whole"):
        backups.restore(made, here, url, replace=True)
    assert ask(url, "SELECT count(*) FROM cases_case") == 7


@pytest.mark.parametrize(("told", "said"), [({"form": 99}, "later version"), ({"postgresql": 99}, "newer")])
def test_what_is_newer_than_we_are_is_refused(
    here: Place, url: str, folder: Path, told: dict[str, int], said: str
) -> None:
    made = made_in(here, url, folder, now=NOON)
    manifest = made / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), **told}))
    with pytest.raises(CannotRun, match=said):
        backups.restore(made, here, url, replace=True)


def test_files_are_kept_once_and_old_backups_go_with_theirs(here: Place, url: str, folder: Path) -> None:
    first = made_in(here, url, folder, now=NOON)
    keep(here, PHOTO).unlink()
    keep(here, b"another photo")
    second = made_in(here, url, folder, now=NOON + timedelta(days=1))
    third = made_in(here, url, folder, now=NOON + timedelta(days=2))
    assert backups.found(folder) == [first, second, third]
    assert len(list(backups._files(folder / "files"))) == 2
    assert backups.keep_last(folder, 2) == [first]
    assert [path.read_bytes() for path, _ in backups._files(folder / "files")] == [b"another photo"]
    assert backups.verify(second).files == backups.verify(third).files


def test_only_what_is_new_is_read_again_and_all_once_a_week(here: Place, url: str, folder: Path) -> None:
    def read_again(day: int, *, read_all: bool = False) -> int:
        at = NOON + timedelta(days=day, seconds=-day)
        return backups.make(here, url, folder, now=at, read_all=read_all)[1]

    assert read_again(0) == 1
    keep(here, b"another photo")
    assert [read_again(1), read_again(2)] == [1, 0]
    assert read_again(3, read_all=True) == 2
    assert [read_again(day) for day in range(4, 11)] == [0, 0, 0, 0, 0, 0, 2]


def test_a_backup_stands_when_its_reading_cannot_be_noted(here: Place, url: str, folder: Path) -> None:
    """The note of the weekly reading comes last: without room for it the next backup reads all again."""
    noted = folder / "all-files-read"
    noted.mkdir(parents=True)
    assert backups.verify(made_in(here, url, folder, now=NOON))
    noted.rmdir()
    assert backups.make(here, url, folder, now=NOON + timedelta(days=1))[1] == 1
    assert noted.is_file()


def test_a_store_that_rots_is_found_within_a_week_and_mended(here: Place, url: str, folder: Path) -> None:
    first = made_in(here, url, folder, now=NOON)
    kept = next(path for path, _ in backups._files(folder / "files"))
    kept.write_bytes(b"rotten")
    second = made_in(here, url, folder, now=NOON + timedelta(days=1))
    with pytest.raises(CannotRun, match="damaged: delete that copy and take another backup"):
        made_in(here, url, folder, now=NOON + timedelta(days=2), read_all=True)
    with pytest.raises(CannotRun, match="damaged"):
        made_in(here, url, folder, now=NOON + timedelta(days=7))
    assert backups.found(folder) == [first, second]
    kept.unlink()
    backups.verify(made_in(here, url, folder, now=NOON + timedelta(days=8)))


def test_a_copy_that_went_wrong_is_no_backup(
    here: Place, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_in(here, url, folder, now=NOON)
    keep(here, b"another photo")
    right = backups._copy

    def wrong(source: Path, target: Path) -> None:
        right(source, target)
        target.write_bytes(b"half")

    monkeypatch.setattr(backups, "_copy", wrong)
    with pytest.raises(CannotRun, match="damaged"):
        made_in(here, url, folder, now=NOON + timedelta(days=1))
    assert len(backups.found(folder)) == 1
    assert not list(folder.glob("*.partial"))


def test_it_is_known_before_how_much_there_is(here: Place, url: str, folder: Path) -> None:
    keep(here, b"x" * 3_000_000)
    before = backups.load_of(here, url, folder)
    assert before.files == 3_000_000 + len(PHOTO)
    assert before.database > 2000 * 32
    assert before.seconds == pytest.approx(before.database / 20e6 + before.files / 60e6)
    made_in(here, url, folder, now=NOON)
    assert backups.load_of(here, url, folder).files == 0


def test_a_centre_whose_key_is_not_in_a_file_is_backed_up_too(here: Place, url: str, folder: Path) -> None:
    (here.data_dir / "secret-key").unlink()
    backups.verify(made_in(here, url, folder, now=NOON))


def test_a_backup_cut_short_is_none(here: Place, url: str, folder: Path) -> None:
    change(
        url, "INSERT INTO cases_case SELECT n, repeat(md5(n::text), 40) FROM generate_series(3000, 90000) n"
    )
    code = (
        "import sys, pathlib, datetime; from pol137.machine import backups, place;"
        "here = place.read();"
        "backups.make(here, sys.argv[1], pathlib.Path(sys.argv[2]), now=datetime.datetime.now(datetime.UTC))"
    )
    words = [sys.executable, "-c", code, url, str(folder)]
    child = subprocess.Popen(words, env={**os.environ, "POL137_DATA": str(here.data_dir)})
    assert proc.wait_until(lambda: bool(list(folder.glob("*.partial/database.dump"))), 30)
    child.kill()
    child.wait()
    assert backups.found(folder) == []
    backups.verify(made_in(here, url, folder, now=NOON))


def test_a_restore_killed_anywhere_leaves_the_old_data_or_the_new(
    here: Place, url: str, folder: Path
) -> None:
    change(
        url, "INSERT INTO cases_case SELECT n, repeat(md5(n::text), 40) FROM generate_series(3000, 60000) n"
    )
    whole = ask(url, "SELECT count(*) FROM cases_case")
    made = made_in(here, url, folder, now=NOON)
    code = (
        "import sys, pathlib; from pol137.machine import backups, place;"
        "backups.restore(pathlib.Path(sys.argv[2]), place.read(), sys.argv[1], replace=True)"
    )
    words = [sys.executable, "-c", code, url, str(made)]
    ends = set()
    for tenths in (2, 4, 6, 8, 10, 14, 18, 24):
        change(url, "DELETE FROM cases_case WHERE id > 11")
        surroundings = {**os.environ, "POL137_DATA": str(here.data_dir)}
        child = subprocess.Popen(words, env=surroundings, start_new_session=True)
        time.sleep(tenths / 10)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        assert proc.wait_until(partial(nobody_else, url), 30)
        ends.add(ask(url, "SELECT count(*) FROM cases_case"))
    assert ends <= {11, whole}
    assert 11 in ends
    backups.restore(made, here, url, replace=True)
    assert ask(url, "SELECT count(*) FROM cases_case") == whole


@pytest.fixture
def centre() -> Iterator[Centre]:
    """A whole centre that runs."""
    home = Path(tempfile.mkdtemp(prefix="p137-drill-"))
    home.chmod(0o755)
    made = Centre(home / "data")
    made.up()
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop(signal.SIGTERM)
    shutil.rmtree(home)


def test_the_drill(centre: Centre, folder: Path) -> None:
    """Back up a running centre, lose everything, restore, go on: the same keys, the chain unbroken."""
    assert centre.pol137("key", "create", "sensor", "--scope", "open311").returncode == 0
    events = centre.ask("SELECT count(*) FROM journal_event")
    made = centre.pol137("backup", str(folder), "--keep", "3")
    assert made.returncode == 0, made.stderr
    refused = centre.pol137("restore", str(folder), "--replace")
    assert refused.returncode == 1
    assert "already runs" in refused.stderr
    assert centre.pol137("key", "create", "later", "--scope", "open311").returncode == 0
    centre.stop()
    shutil.rmtree(centre.data)
    restored = centre.pol137("restore", str(folder))
    assert restored.returncode == 0, restored.stderr
    centre.up()
    listed = json.loads(centre.pol137("key", "list", "--json").stdout)
    assert [key["name"] for key in listed] == ["sensor"]
    assert centre.ask("SELECT count(*) FROM journal_event") == events
    found = {row["check"]: row for row in json.loads(centre.pol137("doctor", "--json").stdout)}
    assert [row for row in found.values() if row["level"] == "fail"] == []
