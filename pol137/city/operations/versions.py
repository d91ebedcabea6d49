"""Telling every process that the city changed."""

from __future__ import annotations

from django.db import connection, transaction

from pol137.city.queries.book import forget

_BUMP = """
    UPDATE city_city
    SET version = GREATEST(version + 1, (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint)
    RETURNING version
"""


def bump_version() -> int:
    """Give the city a version it never had, in the caller's transaction; every Book renews itself."""
    with connection.cursor() as cursor:
        cursor.execute(_BUMP)
        version: int = cursor.fetchone()[0]
    forget()
    transaction.on_commit(forget)
    return version
