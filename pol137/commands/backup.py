"""`pol137 backup DIR`: a backup of the centre, running or not."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from pol137.machine import backups, place, postgres, server
from pol137.machine.progress import say, step


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, and how many to keep."""
    parser.description = (
        "Back up the database, the files and the secret key into a new folder below DIR. "
        "The backup holds people's names, phones and words: keep DIR on another disk, for few eyes. "
        "What is new is read again; the whole store of files once a week."
    )
    parser.add_argument("folder", metavar="DIR", type=Path)
    parser.add_argument("--verify", action="store_true", help="read every file of the store again, now")
    parser.add_argument("--keep", type=int, metavar="N", help="afterwards remove all but the last N backups")


def run(asked: argparse.Namespace) -> int:
    """Make the backup, which is read again, and say where it is."""
    here = place.read()
    folder = asked.folder.resolve()
    with server.available(here), step(f"پشتیبان · backup → {folder}"):
        url = here.database_url or postgres.url(here.data_dir)
        made, again = backups.make(here, url, folder, now=datetime.now(UTC), read_all=asked.verify)
    backup = backups.read(made)
    say(f"  {made}")
    say(f"  {sum(backup.rows.values()):,} rows, {len(backup.files):,} files, {again:,} of them read again")
    if asked.keep:
        for old in backups.keep_last(folder, asked.keep):
            say(f"  برداشته شد · removed: {old}")
    return 0
