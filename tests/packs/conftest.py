"""Packs to break, and a city that is loaded."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from tests.city.conftest import BY, NOW, empty, loaded

__all__ = ["BY", "NOW", "empty", "loaded"]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the sample pack that a test may change."""
    return Path(shutil.copytree(settings.CITIES_DIR / "sample", tmp_path / "sample"))


@pytest.fixture
def replace(pack: Path) -> Callable[[str, str, str], None]:
    """Change a text in one of the pack's files; the text must be there."""

    def change(file: str, old: str, new: str) -> None:
        path = pack / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change
