"""A pack on a base: whose row stands, and what the pack does without. Rows are merged one by one, by key."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from pol137.packs.rules.cells import nearest
from pol137.packs.rules.pack import Fault, Row, key_of
from pol137.packs.rules.tables import ARTICLES_FOLDER, CSV_TABLES, FILES, MAY_LACK, Cell

Rows = dict[str, list[Row]]
Dropped = Mapping[str, Collection[str]]

STEMS: Final[dict[str, str]] = {
    **{table.file.removesuffix(".csv"): table.name for table in CSV_TABLES},
    "calendars": "calendar",
    "channels": "channel",
    "messages": "messagetext",
    ARTICLES_FOLDER: "article",
}
"""What `[without]` calls a table: its file's name."""


def shown_key(table: str, row: Row) -> str:
    """How `[without]` names a row: its code, or the parts of its key with slashes (`unit/2`)."""
    key = key_of(table, row.values)
    return "/".join(map(str, key)) if isinstance(key, tuple) else str(key)


def merged(below: Rows, own: Rows) -> Rows:
    """The base's rows in their order, the pack's in place of those of the same key; then its new ones."""
    found: Rows = {}
    for name in below.keys() | own.keys():
        mine: dict[Any, Row] = {}
        for row in own.get(name, []):
            mine.setdefault(key_of(name, row.values), row)
        placed = [mine.get(key_of(name, row.values), row) for row in below.get(name, [])]
        stood = {id(row) for row in placed}
        found[name] = placed + [row for row in own.get(name, []) if id(row) not in stood]
    return found


def without(rows: Rows, dropped: Dropped) -> Rows:
    """The base's rows but those named and those that speak only of them (a dropped subject's questions)."""
    kept = {
        name: [row for row in table if shown_key(name, row) not in dropped.get(name, ())]
        for name, table in rows.items()
    }
    gone = {
        name: {row.values.get("code") for row in table}
        - {row.values.get("code") for row in kept[name]}
        - {None}
        for name, table in rows.items()
    }
    while _drop_followers(kept, gone):
        pass
    return kept


def _drop_followers(kept: Rows, gone: dict[str, set[Any]]) -> bool:
    changed = False
    for table in CSV_TABLES:
        for column in table.columns:
            lost = gone.get(column.refers, set()) if column.refers else set()
            if not lost or table.name not in kept:
                continue
            rows = [_without_codes(row, column.name, lost, column.cell) for row in kept[table.name]]
            staying = [row for row in rows if row is not None]
            if "code" in table.names:
                gone.setdefault(table.name, set()).update(
                    {row["code"] for row in kept[table.name]} - {row["code"] for row in staying}
                )
            changed = changed or len(staying) != len(kept[table.name])
            kept[table.name] = staying
    return changed


def _without_codes(row: Row, column: str, lost: set[Any], cell: Cell) -> Row | None:
    """The row without those codes; None when it spoke of nothing else."""
    value = row[column]
    if cell is not Cell.REFERENCES:
        return None if value in lost else row
    left = tuple(code for code in value if code not in lost)
    if left == tuple(value):
        return row
    return replace(row, values={**row.values, column: left}) if left else None


def unknown_words(
    named: Mapping[str, Any], below: Mapping[str, Collection[str]]
) -> Iterator[tuple[str, str, str]]:
    """What `[without]` names and the base does not have: the key it stands under, what is wrong, the mend."""
    for stem, codes in named.items():
        table = STEMS.get(stem)
        if table is None:
            yield stem, f"[without] knows no {stem!r}", nearest(stem, sorted(STEMS))
        elif not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
            yield stem, f"{stem} is not a list of codes", 'write ["one", "two"]'
        elif table in below:
            for code in codes:
                if code not in below.get(table, ()):
                    yield (
                        stem,
                        f"the base has no {stem} {code!r}",
                        nearest(code, sorted(below.get(table, ()))),
                    )


def lacking(files: Collection[str]) -> list[Fault]:
    """A fault for every file neither the pack nor a base of it has."""
    return [
        Fault(name, 0, "the file is missing", "add it (cities/README.md)")
        for name in sorted(FILES - MAY_LACK - set(files))
    ]
