"""Short-lived private servers in the temporary folder, for tests."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pol137.machine import postgres
from pol137.machine.server import Server, started

_PREFIX = "pol137-test-"


@contextmanager
def temporary_cluster(*, fast: bool = True) -> Iterator[Server]:
    """A private server with an empty database, gone without a trace after the block.

    What runs that were killed left behind is cleaned first. `fast` is not durable: kill tests say False.
    """
    clean_leftovers()
    home = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.geteuid()}-"))
    with (home / "owner").open("w") as owner:
        fcntl.flock(owner, fcntl.LOCK_EX)
        try:
            with started(home / "data", log=home / "postgres.log", fast=fast) as server:
                yield server
        finally:
            _remove(home)


def clean_leftovers() -> None:
    """Stop and remove the temporary servers of this account whose owner is dead."""
    for home in Path(tempfile.gettempdir()).glob(f"{_PREFIX}{os.geteuid()}-*"):
        try:
            with (home / "owner").open() as owner:
                fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(home)
        except (BlockingIOError, FileNotFoundError, NotADirectoryError):
            continue


def _remove(home: Path) -> None:
    postgres.clear_remains(home / "data")
    postgres.remove_socket_dir(home / "data")
    shutil.rmtree(home, ignore_errors=True)
