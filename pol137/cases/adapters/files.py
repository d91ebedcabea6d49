"""Files on disk, each under the digest of its content."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings

SHA256_LETTERS = frozenset("0123456789abcdef")


def path_of(sha256: str) -> Path:
    """Where a file of this digest lies. Refuses (ValueError) what is no digest."""
    if len(sha256) != 64 or not set(sha256) <= SHA256_LETTERS:
        raise ValueError("not a SHA-256 digest")
    return Path(settings.FILES_DIR) / sha256[:2] / sha256


def remove(sha256: str) -> None:
    """The file and the small copies made of it are gone; one that is gone already is no error."""
    path = path_of(sha256)
    for found in (path, *path.parent.glob(f"{sha256}-*")):
        found.unlink(missing_ok=True)


def untouched_since(before: datetime) -> Iterator[dict[str, list[Path]]]:
    """What has lain untouched since a moment, a folder at a time, small copies under the digest of the file
    they were made of; "" are those never finished."""
    for folder in sorted(Path(settings.FILES_DIR).glob("[0-9a-f][0-9a-f]")):
        found: dict[str, list[Path]] = {}
        for path in folder.iterdir():
            digest = path.name[:64] if set(path.name[:64]) <= SHA256_LETTERS else ""
            found.setdefault(digest, []).append(path)
        yield {digest: paths for digest, paths in found.items() if is_untouched(paths, before)}


def is_untouched(paths: list[Path], before: datetime) -> bool:
    """Whether none of these was written, or brought again, since a moment."""
    return all(path.stat().st_mtime < before.timestamp() for path in paths if path.exists())
