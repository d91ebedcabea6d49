"""`pol137 rollback`: back to how the centre was before the last upgrade."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

import psycopg

import pol137
from pol137.commands.restore import put_back
from pol137.commands.upgrading import backup_folder, database_url, unknown_migrations
from pol137.machine import backups, locking, place, server
from pol137.machine.place import Place
from pol137.machine.progress import say, step
from pol137.machine.trouble import CannotRun


def arguments(parser: argparse.ArgumentParser) -> None:
    """Whether what came in since may be put aside."""
    parser.description = (
        "Put back the last backup this version can run, made before an upgrade: use the OLDER version's "
        "program. What came in since is kept in a backup of its own and is not in the centre any more."
    )
    parser.add_argument("--lose-newer", action="store_true", help="although cases came in since the upgrade")


def run(asked: argparse.Namespace) -> int:
    """Go back. Refuses (CannotRun) while the centre runs, or when cases came in since and nobody agreed."""
    here = place.read()
    last = _last_of_this_version(here)
    backup = backups.read(last)
    newer = _cases_now(here) - backup.rows.get("cases_case", 0)
    if newer > 0 and not asked.lose_newer:
        raise CannotRun(
            f"{newer} cases came in since {backup.made_at}: they would leave the centre. Add --lose-newer if "
            "that is meant; they are kept in a backup of their own"
        )
    with locking.held(here.lock_file):
        aside = _put_aside(here)
        with step(f"بازگردانی · restore ← {last}"):
            put_back(last, here, replace=True)
    say(f"  پل ۱۳۷ {pol137.__version__} ✓  {backup.made_at}")
    say(f"  آنچه پس از آن آمد · what came since: {aside}")
    return 0


def _last_of_this_version(here: Place) -> Path:
    from django.db.migrations.loader import MigrationLoader

    folder = backup_folder(here)
    kept = backups.found(folder)
    own = MigrationLoader(None)
    fitting = [path for path in kept if not unknown_migrations(backups.read(path).migrations, own)]
    if fitting:
        return fitting[-1]
    told = "those there are of newer versions" if kept else "there is none at all"
    raise CannotRun(f"{folder} has no backup that version {pol137.__version__} can run: {told}")


def _cases_now(here: Place) -> int:
    with server.available(here), psycopg.connect(database_url(here)) as connection:
        return backups.rows_of(connection).get("cases_case", 0)


def _put_aside(here: Place) -> Path:
    folder = backup_folder(here).with_name("backups-rolled-back")
    here.log_dir.mkdir(parents=True, exist_ok=True)
    with step(f"پشتیبان · backup → {folder}"):
        if here.database_url:
            return backups.make(here, here.database_url, folder, now=datetime.now(UTC))[0]
        with server.started(here.data_dir, log=here.log_dir / "database.log"):
            return backups.make(here, database_url(here), folder, now=datetime.now(UTC))[0]
