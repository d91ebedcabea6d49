"""What is copied in arrives as it was."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from pol137.lib import copy_text

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
ROWS = st.lists(
    st.tuples(
        TEXTS,
        st.none() | st.integers(-(2**62), 2**62),
        st.floats(allow_nan=False, allow_infinity=False),
        st.booleans(),
        st.none() | st.datetimes(timezones=st.just(UTC)).filter(lambda at: 1950 <= at.year <= 2100),
        st.uuids(),
        st.dictionaries(TEXTS, TEXTS, max_size=3),
    ),
    max_size=5,
)


@pytest.mark.django_db
@settings(max_examples=50, deadline=None)
@given(ROWS)
def test_what_is_copied_in_arrives_as_it_was(rows: list[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE copied"
            " (n serial, a text, b bigint, c double precision, d bool, e timestamptz, f uuid, g jsonb)"
        )
        try:
            with cursor.copy("COPY copied (a, b, c, d, e, f, g) FROM STDIN") as copy:
                copy.write("".join(f"{copy_text.row(one)}\n" for one in rows))
            cursor.execute("SELECT a, b, c, d, e, f, g::text::jsonb FROM copied ORDER BY n")
            found = cursor.fetchall()
        finally:
            cursor.execute("DROP TABLE copied")
    assert [tuple(one[:6]) for one in found] == [one[:6] for one in rows]
    assert [_parsed(one[6]) for one in found] == [one[6] for one in rows]


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def test_what_no_database_stores_is_refused() -> None:
    assert copy_text.cell(UUID(int=1)) == "00000000-0000-0000-0000-000000000001"
    with pytest.raises(ValueError, match="NUL"):
        copy_text.cell("a \0 b")
    with pytest.raises(KeyError):
        copy_text.cell(object())
