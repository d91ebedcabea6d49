"""Files on disk, each under the digest of its content."""

from __future__ import annotations

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
