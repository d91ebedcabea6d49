"""Backups: one folder for each, of the database as it stood at one moment, and one store of files for all.

    DIR/20261122T083000Z/   database.dump  secret-key  manifest.json
    DIR/files/ab/abcd...    what citizens and offices attached; never written twice
    DIR/all-files-read      when every file of the store was last read again

A backup gets its name when it is whole and was read again: what a killed run leaves ends in `.partial`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from psycopg import sql

import pol137
from pol137.machine import clients
from pol137.machine.place import Place, ensure_secret_key
from pol137.machine.trouble import CannotRun

FORM = 1
_MANIFEST = "manifest.json"
_DUMP = "database.dump"
_KEY = "secret-key"
_STAMP = "%Y%m%dT%H%M%SZ"
_ALL_READ = "all-files-read"
READ_ALL_EVERY = timedelta(days=6, hours=20)
"""Of nightly backups every seventh, although nights differ by minutes."""
DATABASE_PACE, FILES_PACE = 20e6, 60e6
"""Bytes a second a backup gets through on a common machine: of tables to dump, of files to copy."""


@dataclass(frozen=True)
class Backup:
    """What a manifest says. `software`: the version that made it; `migrations`: those of its tables;
    `rows`: of each table; `files`: names below the store of files.
    """

    form: int
    made_at: str
    software: str
    postgresql: int
    dump_sha256: str
    key_sha256: str
    migrations: list[str]
    rows: dict[str, int]
    files: list[str]


@dataclass(frozen=True)
class Load:
    """What a backup has to carry: bytes of tables, and of files the store lacks."""

    database: int
    files: int

    @property
    def seconds(self) -> float:
        """About how long that takes."""
        return self.database / DATABASE_PACE + self.files / FILES_PACE


def load_of(here: Place, database_url: str, folder: Path) -> Load:
    """What the next backup into `folder` has to carry."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT coalesce(sum(pg_table_size(oid)), 0)::bigint FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchone()
    lacking = (
        path for path, name in _files(here.data_dir / "files") if not (folder / "files" / name).exists()
    )
    return Load(database=row[0] if row else 0, files=sum(path.stat().st_size for path in lacking))


def make(
    here: Place, database_url: str, folder: Path, *, now: datetime, read_all: bool = False
) -> tuple[Path, int]:
    """Back up the centre, running or not, into a new folder below `folder`; that folder, and how many files
    were read again.

    Guarantees: the rows are those of one moment, and every file they name is there. Before the backup bears a
    backup's name, the dump and what is new in the store were read again; with `read_all`, and by itself once
    a week, the whole store. Refuses (CannotRun) when a program or room is missing, or something is damaged.
    """
    final = folder / now.astimezone(UTC).strftime(_STAMP)
    if final.exists():
        raise CannotRun(f"{final} is there already")
    partial = final.with_name(f"{final.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True, mode=0o700)
        _, early = _keep_files(here, folder)
        told, major = _dump(database_url, partial / _DUMP)
        files, late = _keep_files(here, folder)
        ensure_secret_key(here)
        shutil.copy2(here.data_dir / _KEY, partial / _KEY)
        (partial / _KEY).chmod(0o600)
        backup = Backup(
            form=FORM,
            made_at=now.astimezone(UTC).isoformat(timespec="seconds"),
            software=pol137.__version__,
            postgresql=major,
            dump_sha256=_sha256(partial / _DUMP),
            key_sha256=_sha256(partial / _KEY),
            migrations=told.migrations,
            rows=told.rows,
            files=files,
        )
        (partial / _MANIFEST).write_text(json.dumps(asdict(backup), indent=1) + "\n")
        _to_disk(partial)
        read_all = read_all or not _read_lately(folder, now)
        doubted = files if read_all else sorted(early | late | (set(files) - _read_before(folder)))
        _read_again(partial, backup, doubted)
    except (OSError, psycopg.Error) as error:
        shutil.rmtree(partial, ignore_errors=True)
        said = (str(getattr(error, "strerror", None) or error).splitlines() or [type(error).__name__])[0]
        raise CannotRun(f"the backup was not made: {said}") from error
    except CannotRun:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    partial.rename(final)
    if read_all:
        with suppress(OSError):  # the backup stands; the next one reads all again
            (folder / _ALL_READ).write_text(f"{backup.made_at}\n")
    return final, len(doubted)


def _read_lately(folder: Path, now: datetime) -> bool:
    try:
        last = datetime.fromisoformat((folder / _ALL_READ).read_text().strip())
        return timedelta(0) <= now - last < READ_ALL_EVERY
    except (OSError, ValueError, TypeError):
        return False


def _read_before(folder: Path) -> set[str]:
    """The files of the last whole backup: they were read when it was made, or before."""
    try:
        return {name for backup in found(folder)[-1:] for name in read(backup).files}
    except CannotRun:
        return set()


def found(folder: Path) -> list[Path]:
    """The whole backups below the folder, oldest first."""
    return sorted(path.parent for path in folder.glob(f"*Z/{_MANIFEST}"))


def keep_last(folder: Path, count: int) -> list[Path]:
    """Remove all but the last `count` backups, and the files none of those names; what was removed."""
    removed = found(folder)[: -max(count, 1)]
    for old in removed:
        shutil.rmtree(old)
    named = {name for backup in found(folder) for name in read(backup).files}
    for path, name in _files(folder / "files"):
        if name not in named:
            path.unlink()
    return removed


def read(path: Path) -> Backup:
    """What the backup says of itself. Refuses (CannotRun) what is no backup, or one of a later form."""
    try:
        told = json.loads((path / _MANIFEST).read_text())
        if told["form"] > FORM:
            raise CannotRun(f"{path} was made by a later version ({told['software']}): use that version")
        return Backup(**told)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CannotRun(f"{path} is no whole backup: {_MANIFEST} cannot be read ({error})") from error


def verify(path: Path) -> Backup:
    """Read every byte of the backup again. Refuses (CannotRun) one that is damaged, naming the file."""
    backup = read(path)
    _read_again(path, backup, backup.files)
    return backup


def _read_again(path: Path, backup: Backup, names: list[str]) -> None:
    """Read the dump, the key and these files; of the others see that they are there."""
    for name, expected in ((_DUMP, backup.dump_sha256), (_KEY, backup.key_sha256)):
        if not (path / name).exists() or _sha256(path / name) != expected:
            raise CannotRun(f"{path / name} is not what was backed up: take another backup")
    store = path.parent / "files"
    for name in backup.files:
        if not (store / name).exists():
            raise CannotRun(f"{store / name} is missing: take another backup")
    for name in names:
        kept = store / name
        if len(kept.name) == hashlib.sha256().digest_size * 2 and _sha256(kept) != kept.name:
            raise CannotRun(f"{kept} is damaged: delete that copy and take another backup")


def restore(path: Path, here: Place, database_url: str, *, replace: bool) -> Backup:
    """Put the centre back as the backup found it.

    Guarantees: the database changes in one transaction, after all rows were counted, or not at all; a
    restore that was killed is simply given again; signs of life of programs are not restored. Refuses
    (CannotRun) a damaged backup, one of a newer database, and to overwrite a centre's cases unless `replace`.
    """
    backup = verify(path)
    with psycopg.connect(database_url) as connection:
        major = connection.info.server_version // 10000
        taken = {} if replace else rows_of(connection)
    if backup.postgresql > major:
        raise CannotRun(
            f"the backup is of PostgreSQL {backup.postgresql} and the server is {major}: use the newer server"
        )
    if taken.get("cases_case") or taken.get("journal_event"):
        raise CannotRun("this centre holds cases: add --replace to put the backup in their place")
    here.data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    _give_back_files(path.parent / "files", here, backup)
    script, counted = here.data_dir / "restore.sql", here.data_dir / "restore-counts.sql"
    try:
        clients.run("pg_restore", ["--no-owner", "--no-privileges", "-f", script, path / _DUMP], major=major)
        script.chmod(0o600)
        counted.write_text(_counting(backup.rows) + _NOBODY_LIVES)
        words = ["-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-d", database_url, "-c", _EMPTY]
        clients.run("psql", [*words, "-f", script, "-f", counted], major=major)
    finally:
        script.unlink(missing_ok=True)
        counted.unlink(missing_ok=True)
    _give_back_key(path, here)
    return backup


_EMPTY = (
    "SET client_min_messages = warning; DROP SCHEMA public CASCADE;"
    " CREATE SCHEMA public AUTHORIZATION pg_database_owner; GRANT USAGE ON SCHEMA public TO PUBLIC"
)

_NOBODY_LIVES = (
    "DO $$ BEGIN IF to_regclass('public.journal_beat') IS NOT NULL THEN DELETE FROM public.journal_beat;"
    " END IF; END $$;\n"
)


@dataclass(frozen=True)
class _Told:
    """What the database says of itself at the moment of the dump."""

    migrations: list[str]
    rows: dict[str, int]


def _dump(database_url: str, target: Path) -> tuple[_Told, int]:
    """What stood in the database, and the dump of the same moment."""
    with psycopg.connect(database_url) as connection:
        major = connection.info.server_version // 10000
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        told = _Told(migrations_of(connection), rows_of(connection))
        words: list[str | Path] = ["-Fc", "--no-owner", "--no-privileges", f"--snapshot={row[0]}"]
        words += ["-f", target, database_url]
        clients.run("pg_dump", words, major=major)
    return told, major


def migrations_of(connection: psycopg.Connection) -> list[str]:
    """The migrations the tables have had, as `app.name`."""
    if connection.execute("SELECT to_regclass('django_migrations')").fetchone() == (None,):
        return []
    found = connection.execute("SELECT app || '.' || name FROM django_migrations").fetchall()
    return sorted(name for (name,) in found)


def rows_of(connection: psycopg.Connection) -> dict[str, int]:
    """How many rows each table has that outlives a crash."""
    tables = connection.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relpersistence = 'p'"
        " AND relnamespace = 'public'::regnamespace ORDER BY relname"
    ).fetchall()
    counted = {}
    for (name,) in tables:
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
        counted[name] = row[0] if row else 0
    return counted


def _counting(rows: dict[str, int]) -> str:
    """A script that fails unless every table has its rows."""
    check = sql.SQL("IF (SELECT count(*) FROM public.{}) <> {} THEN RAISE EXCEPTION {}; END IF;")
    checks = sql.SQL("\n").join(
        check.format(sql.Identifier(name), sql.Literal(count), sql.Literal(f"{name} is not whole"))
        for name, count in rows.items()
    )
    return sql.SQL("DO $$ BEGIN\n{}\nEND $$;\n").format(checks).as_string()


def _keep_files(here: Place, folder: Path) -> tuple[list[str], set[str]]:
    """Copy what the store lacks; the names of all, and of those copied now."""
    names, copied = [], set()
    for path, name in _files(here.data_dir / "files"):
        kept = folder / "files" / name
        if not kept.exists():
            try:
                _copy(path, kept)
            except FileNotFoundError:
                continue
            copied.add(name)
        names.append(name)
    return sorted(names), copied


def _give_back_files(store: Path, here: Place, backup: Backup) -> None:
    for name in backup.files:
        target = here.data_dir / "files" / name
        if not target.exists():
            _copy(store / name, target)


def _give_back_key(path: Path, here: Place) -> None:
    key = here.data_dir / _KEY
    if key.exists() and _sha256(key) != _sha256(path / _KEY):
        key.rename(key.with_name("secret-key.replaced"))
    _copy(path / _KEY, key)
    key.chmod(0o600)


def _files(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.glob("??/*")):
        if not path.name.endswith(".partial"):
            yield path, f"{path.parent.name}/{path.name}"


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.partial")
    shutil.copy2(source, partial)
    partial.rename(target)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _to_disk(folder: Path) -> None:
    for path in (*folder.iterdir(), folder):
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
