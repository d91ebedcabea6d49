"""Pages by key: the next page begins after the last row shown, however many rows there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime

Row = TypeVar("Row")
SALT = "pol137.web.paging"


@dataclass(frozen=True, slots=True)
class Leaf(Generic[Row]):
    """One page of rows and the marks that lead on and back to the start."""

    rows: Sequence[Row]
    next: str
    first: bool

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def mark(*values: object) -> str:
    """A signed mark for an address, of a sort value and an id."""
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return signing.dumps(plain, salt=SALT)


def read_mark(text: str, *, of: type = object) -> tuple[Any, int] | None:
    """The sort value and id of a mark; None for none, for one that was not made here, and for one of
    another list, whose sort value is not `of` this type."""
    if not text:
        return None
    try:
        value, row_id = signing.loads(text, salt=SALT)
    except signing.BadSignature:
        return None
    moment = parse_datetime(value) if isinstance(value, str) else None
    place = moment or value
    return (place, row_id) if isinstance(place, of) else None


def leaf(
    rows: QuerySet[Any], *, by: str, after: str = "", size: int = 50, descending: bool = False
) -> Leaf[Any]:
    """A page of a query ordered by `by` and id: one query of constant cost, whatever the depth.

    `by` must never be null in `rows`. An unreadable `after` gives the first page.
    """
    step, sign = ("lt", "-") if descending else ("gt", "")
    start = read_mark(after)
    if start is not None:
        value, row_id = start
        beyond = Q(**{f"{by}__{step}": value}) | Q(**{by: value, f"id__{step}": row_id})
        rows = rows.filter(beyond, **{f"{by}__{step}e": value})
    found = list(rows.order_by(f"{sign}{by}", f"{sign}id")[: size + 1])
    return cut(found, size=size, after=after, key=lambda row: (getattr(row, by), row.id))


def cut(
    found: Sequence[Row], *, size: int, after: str, key: Callable[[Row], tuple[object, int]]
) -> Leaf[Row]:
    """A page from rows fetched one more than shown; `key` gives the sort value and id of a row."""
    shown = found[:size]
    following = mark(*key(shown[-1])) if len(found) > size else ""
    return Leaf(rows=shown, next=following, first=read_mark(after) is None)
