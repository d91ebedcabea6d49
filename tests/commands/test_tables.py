"""What a command asks of the place before it does anything: a centre there, and tables of this version."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from pol137.commands import cli, upgrading
from pol137.machine import backups
from pol137.machine.trouble import CannotRun


@pytest.mark.parametrize(
    "words", [["city", "diff", "sample"], ["city", "vacant"], ["key", "list"]], ids=" ".join
)
def test_a_folder_never_used_is_told_and_left_alone(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("POL137_DATA", str(tmp_path / "never"))
    assert cli.main(words) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"pol137: there is no centre in {tmp_path / 'never'} yet: run make up first")
    assert "upgrade" not in told
    assert not (tmp_path / "never").exists()


@pytest.mark.django_db
def test_an_empty_database_is_no_older_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrading, "migrations_waiting", lambda: 3)
    with pytest.raises(CannotRun, match="run pol137 upgrade first"):
        cli._check_tables()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE django_migrations RENAME TO elsewhere")
    with pytest.raises(CannotRun, match="no centre in this database yet: run make up first"):
        cli._check_tables()


@pytest.mark.django_db
def test_the_migrations_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    load_disk = MigrationLoader.load_disk

    def counted(self: MigrationLoader) -> None:
        read.append(1)
        load_disk(self)

    monkeypatch.setattr(MigrationLoader, "load_disk", counted)
    cli._check_tables()
    assert len(read) == 1


@pytest.mark.django_db
def test_a_database_of_a_newer_version_is_refused() -> None:
    MigrationRecorder(connection).record_applied("journal", "9999_later")
    with pytest.raises(CannotRun, match=r"newer version of Pol137 \(journal.9999_later\)"):
        cli._check_tables()


def test_how_large_a_backup_is_and_how_long_it_takes_is_said_in_one_line() -> None:
    assert upgrading._told(backups.Load(database=24_000_000_000, files=12_000_000_000)) == (
        "24.0 GB + 12.0 GB: حدود 23 دقیقه · database + files: about 23 min"
    )
