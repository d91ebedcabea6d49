"""`pol137 restore BACKUP`: the centre as a backup found it."""

from __future__ import annotations

import argparse
from pathlib import Path

from pol137.machine import backups, locking, place, postgres, server
from pol137.machine.progress import pasteable, say, step
from pol137.machine.trouble import CannotRun


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which one, and whether it may take the place of what is there."""
    parser.description = (
        "Put a backup back. BACKUP is one backup's folder, or the folder of all: then the last one. "
        "The centre must be stopped. POL137_DATA says where to."
    )
    parser.add_argument("backup", metavar="BACKUP", type=Path)
    parser.add_argument("--replace", action="store_true", help="in place of the cases that are there")
    parser.add_argument(
        "--check", action="store_true", help="only read the backup and say whether it is whole"
    )


def run(asked: argparse.Namespace) -> int:
    """Restore, or check only."""
    path = asked.backup.resolve()
    if not (path / "manifest.json").exists():
        path = (backups.found(path) or [path])[-1]
    if asked.check:
        backup = backups.verify(path)
        say(f"  ✓ {path} — {backup.made_at}, {sum(backup.rows.values()):,} rows, {len(backup.files):,} files")
        return 0
    here = place.read()
    here.data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    with locking.held(here.lock_file), step(f"بازگردانی · restore ← {path}"):
        put_back(path, here, replace=asked.replace)
    at = backups.read(path).made_at
    say(f"  ✓ مرکز همان است که در {at} بود · the centre stands as it did at {at}")
    say("  اکنون make up آن را راه می‌اندازد · now start it with make up,")
    say(pasteable("  then look it over: pol137 doctor"))
    return 0


def put_back(path: Path, here: place.Place, *, replace: bool) -> None:
    """Restore into the place's own database; the caller holds the place's lock."""
    if here.database_url:
        backups.restore(path, here, here.database_url, replace=replace)
        return
    here.log_dir.mkdir(parents=True, exist_ok=True)
    try:
        with server.started(here.data_dir, log=here.log_dir / "database.log"):
            backups.restore(path, here, postgres.url(here.data_dir), replace=replace)
    except CannotRun as trouble:
        if "did not start" not in str(trouble):
            raise
        raise CannotRun(
            f"{trouble}\nThe damaged database is in {postgres.cluster_dir(here.data_dir)}: "
            "move that folder away and restore again"
        ) from trouble
