"""A city that is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import connection

from pol137.city.queries import forget
from pol137.lib.actor import system

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
BY = system("test")


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
