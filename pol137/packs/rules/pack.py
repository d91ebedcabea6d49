"""A city pack in memory: its rows with the places they stand at, and the faults found in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from pol137.city.vocabulary import HOURS, KEPT, NUMBERS, WINDOWS
from pol137.packs.rules.tables import CITY_COLUMNS, CSV_TABLES, KEYS, Cell

REFERENCES: Final[dict[str, dict[str, str]]] = {
    table.name: {column.name: column.refers for column in table.columns if column.cell is Cell.REFERENCE}
    for table in CSV_TABLES
}
"""Table to its columns that refer to another table, by number in the database."""

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    **{
        table.name: tuple(table.names)
        for table in CSV_TABLES
        if table.name not in ("question", "questionvalue")
    },
    "city": (*(column.name for column in CITY_COLUMNS), *WINDOWS, *NUMBERS, *HOURS, "weekly_on", *KEPT),
    "calendar": ("code", "name_fa", "name_en", "operational", "windows"),
    "channel": ("code", "name_fa", "name_en", "adapter", "settings"),
    "messagetext": ("event", "medium", "language", "text"),
}
FIELDS["district"] += ("outline",)
FIELDS["service"] += ("questions",)
"""Table to what the database keeps of a row of a pack."""

Record = dict[str, Any]
Records = dict[str, list[Record]]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in a pack: where, what, and how to mend it. A warning lets the pack load."""

    file: str
    line: int
    what: str
    mend: str
    warning: bool = False

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {'warning: ' if self.warning else ''}{self.what} -> {self.mend}"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a pack and where it stands."""

    values: Record
    file: str
    line: int

    def __getitem__(self, column: str) -> Any:
        return self.values[column]

    def fault(self, what: str, mend: str, *, warning: bool = False) -> Fault:
        """A fault at this row."""
        return Fault(self.file, self.line, what, mend, warning)


@dataclass(slots=True)
class Pack:
    """What the files of a pack and of its bases say: rows by table, articles as they are.

    `files` and `own` are the texts and rows of its own folder alone; `dropped` is what it does without of
    its base. `unread` are tables that could not be read at all, `spoilt` the codes of rows left out for a
    fault of their own: nobody who refers to them is blamed for that. A `base` holds no city.
    """

    folder: Path
    based_on: str = ""
    base: bool = False
    rows: dict[str, list[Row]] = field(default_factory=dict)
    own: dict[str, list[Row]] = field(default_factory=dict)
    dropped: dict[str, set[str]] = field(default_factory=dict)
    article_files: dict[str, str] = field(default_factory=dict)
    articles: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    spoilt: dict[str, set[str]] = field(default_factory=dict)
    _known: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether its own files say all there is to say."""
        return not (self.based_on or self.base)

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name

    def table(self, name: str) -> list[Row]:
        """The rows of a table in the pack's order."""
        return self.rows.get(name, [])

    def knows(self, table: str, code: str) -> bool:
        """Whether a reference to this row is right, as far as can be told."""
        if table not in self._known:
            self._known[table] = frozenset(self.codes(table)) | self.spoilt.get(table, set())
        return table in self.unread or code in self._known[table]

    def codes(self, table: str) -> list[str]:
        """The codes of a table's rows in order."""
        return [row["code"] for row in self.table(table)]

    def by_key(self, name: str) -> dict[Any, Row]:
        """The rows of a table by code (or by the tuple of their key)."""
        return {key_of(name, row.values): row for row in self.table(name)}

    def note(self, file: str, line: int, what: str, mend: str, *, warning: bool = False) -> None:
        """Keep a fault found."""
        self.faults.append(Fault(file, line, what, mend, warning))

    @property
    def broken(self) -> bool:
        """Whether anything found keeps the pack from being loaded."""
        return any(not fault.warning for fault in self.faults)


def untidy(file: str, line: int) -> Fault:
    """The warning that a file is not as `dump` would write it."""
    return Fault(file, line, "not in the tidy form", "run `pol137 city tidy` on the pack", warning=True)


def key_of(table: str, values: Record) -> Any:
    """What a row is recognised by: its code, or the tuple of its key columns."""
    key = KEYS.get(table, ("code",))
    return values[key[0]] if len(key) == 1 else tuple(values[column] for column in key)


def records_of(pack: Pack) -> Records:
    """The tables as the database keeps them: outlines in districts, questions in services, paths worked out.

    References stay codes. Meant for a pack without faults; a row whose parts are missing is left as it is.
    """
    records: Records = {name: [_plain(row.values) for row in rows] for name, rows in pack.rows.items()}
    outlines = {row["code"]: row["outline"] for row in pack.table("outline")}
    for district in records.get("district", []):
        district["outline"] = outlines.get(district["code"])
    for one in records.get("service", []):
        one["questions"] = list(_questions(pack, one["code"]))
    add_paths(records.get("department", []))
    records.get("routingrule", []).sort(key=lambda rule: int(rule["n"]))
    order = {row["code"]: place for place, row in enumerate(records.get("ladder", []))}
    records.get("ladderrung", []).sort(key=lambda rung: (order.get(rung["ladder"], 0), rung["n"]))
    order = {row["code"]: place for place, row in enumerate(records.get("calendar", []))}
    records.get("holiday", []).sort(key=lambda day: (order.get(day["calendar"], 0), day["date"]))
    for unfolded in ("outline", "question", "questionvalue"):
        records.pop(unfolded, None)
    return records


def _plain(values: Record) -> Record:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _questions(pack: Pack, service_code: str) -> Iterator[Record]:
    for row in pack.table("question"):
        if row["service"] == service_code:
            asked = {name: value for name, value in row.values.items() if name != "service"}
            yield {
                **asked,
                "values": [
                    {name: value[name] for name in ("key", "name_fa", "name_en")}
                    for value in pack.table("questionvalue")
                    if (value["service"], value["question"]) == (service_code, row["code"])
                ],
            }


def add_paths(departments: list[Record]) -> None:
    """Give each department its path, "/city/m10/m10-green/"; parents come before their children."""
    paths: dict[str, str] = {}
    for one in departments:
        one["path"] = paths[one["code"]] = f"{paths.get(one['parent'], '/')}{one['code']}/"


def numbered(records: Records, today: date) -> Records:
    """The records as if they stood in a database in force today: with numbers, references by number."""
    numbers = {
        name: {key_of(name, one): n for n, one in enumerate(rows, 1)} for name, rows in records.items()
    }
    return {
        name: [
            {
                **one,
                "id": n,
                "active_from": today,
                "active_to": None,
                **{
                    f"{column}_id": numbers[to].get(one[column])
                    for column, to in REFERENCES.get(name, {}).items()
                },
            }
            for n, one in enumerate(rows, 1)
        ]
        for name, rows in records.items()
    }
