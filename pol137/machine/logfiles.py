"""Log files that do not grow for ever."""

from __future__ import annotations

import shutil
from pathlib import Path

LARGEST = 10 * 2**20
KEPT = 4


def rotate(log_dir: Path, *, largest: int = LARGEST, kept: int = KEPT) -> None:
    """Put aside every log file larger than `largest` as `.1`, keeping `kept` older ones.

    The file is copied and emptied, so that the program appending to it needs not know. On a full disk it
    is only emptied.
    """
    for path in log_dir.glob("*.log"):
        if path.stat().st_size > largest:
            for number in range(kept, 1, -1):
                older = path.with_name(f"{path.name}.{number - 1}")
                if older.exists():
                    older.replace(path.with_name(f"{path.name}.{number}"))
            copy = path.with_name(f"{path.name}.1")
            try:
                shutil.copyfile(path, copy)
            except OSError:
                copy.unlink(missing_ok=True)
            with path.open("r+b") as file:
                file.truncate(0)


def last_words(log: Path, lines: int = 3) -> str:
    """The end of a log file, on one line."""
    try:
        text = log.read_text(errors="replace").strip()
    except FileNotFoundError:
        return "it said nothing"
    return " / ".join(text.splitlines()[-lines:]) or "it said nothing"
