"""Packs to break, and a city that is loaded."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from pol137.city.queries import forget
from pol137.lib.actor import system

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
BY = system("test")


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


@pytest.fixture
def loaded(quiet_nights: None) -> Iterator[None]:
    """The sample city as its pack says; what a test does to it is rolled back."""
    forget()
    yield
    forget()


@pytest.fixture
def empty(db: None) -> Iterator[None]:
    """A database without a city, until the test's transaction is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE city_city, city_district, contacts_article, journal_event CASCADE")
    forget()
    yield
    forget()
