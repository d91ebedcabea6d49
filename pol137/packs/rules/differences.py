"""What loading a pack would change in a city."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pol137.packs.rules.pack import FIELDS, Record, Records, key_of


class Change(StrEnum):
    """What happens to a row, or to the order of a table."""

    ADDED = "added"
    CHANGED = "changed"
    CLOSED = "closed"
    REORDERED = "reordered"


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that would change; `fields` holds column -> (now in the city, in the pack)."""

    table: str
    key: str
    change: Change
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    def __str__(self) -> str:
        inside = "; ".join(
            f"{name}: {before!r} -> {after!r}" for name, (before, after) in self.fields.items()
        )
        return f"{self.change} {self.table} {self.key}{': ' + inside if inside else ''}"


def differences(stored: Records, given: Records) -> list[Difference]:
    """The changes that make the city in force (`stored`) what the pack says (`given`); empty when it is."""
    found: list[Difference] = []
    for table in FIELDS:
        found += _of_table(table, stored.get(table, []), given.get(table, []))
    return found


def _of_table(table: str, stored: list[Record], given: list[Record]) -> Iterator[Difference]:
    if table == "city":
        yield from _row(table, "", stored[0] if stored else None, given[0])
        return
    have = {key_of(table, one): one for one in stored}
    want = {key_of(table, one): one for one in given}
    for key, one in want.items():
        yield from _row(table, _shown(key), have.get(key), one)
    for key in have.keys() - want.keys():
        yield Difference(table, _shown(key), Change.CLOSED)
    if [key for key in have if key in want] != [key for key in want if key in have]:
        yield Difference(table, "", Change.REORDERED)


def _row(table: str, key: str, have: Record | None, want: Record) -> Iterator[Difference]:
    if have is None:
        yield Difference(table, key, Change.ADDED)
        return
    changed = {name: (have[name], want[name]) for name in FIELDS[table] if have[name] != want[name]}
    if changed:
        yield Difference(table, key, Change.CHANGED, changed)


def _shown(key: object) -> str:
    return "/".join(str(part) for part in key) if isinstance(key, tuple) else str(key)
