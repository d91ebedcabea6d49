"""PostgreSQL's own client programs: pg_dump, pg_restore, psql."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from pol137.machine import binaries
from pol137.machine.trouble import CannotRun


def run(program: str, words: list[str | Path], *, major: int) -> None:
    """Run the program of a PostgreSQL at least as new as the server's `major`.

    Refuses (CannotRun) when this machine has none, and with the program's own last line when it fails.
    """
    folder = _folder(program, major)
    ended = subprocess.run(
        [folder / program, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        cwd="/",
        env={**os.environ, "LC_ALL": "C.UTF-8", "PGCONNECT_TIMEOUT": "10"},
    )
    if ended.returncode != 0:
        said = [line for line in ended.stderr.splitlines() if "error" in line.lower()] or [
            ended.stderr.strip()
        ]
        raise CannotRun(f"{program} failed: {said[0]}")


def _folder(program: str, major: int) -> Path:
    known = [found for found in binaries.known() if found.major >= major]
    for found in sorted(known, key=lambda found: found.major):
        if (found.folder / program).exists():
            return found.folder
    raise CannotRun(
        f"{program} of PostgreSQL {major} is not on this machine: install postgresql-client-{major}, "
        "or set POL137_PG_BIN to its bin folder"
    )
