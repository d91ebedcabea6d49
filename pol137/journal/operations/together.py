"""New rows, the events about them and the jobs that follow, in one statement: the fast way in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import nullcontext
from enum import StrEnum
from functools import cache, lru_cache
from itertools import count, groupby

from django.db import connection, transaction
from django.db.models import JSONField, Model
from psycopg.types.json import Jsonb

from pol137.journal import outbox
from pol137.journal.operations.events import NewEvent
from pol137.journal.queries import prepared

SHAPES = 256
"""So many different statements are kept; each is a mix of tables and kinds of events."""

Table = type[Model]


class Ids:
    """Numbers for rows about to be written, drawn from their tables' sequences in one statement."""

    def __init__(self, *models: Table) -> None:
        self._drawn: dict[Table, list[int]] = defaultdict(list)
        [numbers] = prepared(_draw(models), [])
        for model, number in zip(models, numbers, strict=True):
            self._drawn[model].append(number)

    def take(self, model: Table) -> int:
        """The next number of this table. Refuses (IndexError) more than were drawn."""
        return self._drawn[model].pop(0)


@lru_cache(SHAPES)
def _draw(models: tuple[Table, ...]) -> str:
    return "SELECT " + ", ".join(f"nextval('{model._meta.db_table}_id_seq')" for model in models)


def write_together(*, rows: Sequence[Model], events: Sequence[NewEvent]) -> None:
    """Insert new rows, which carry their numbers already, the events and their jobs.

    Guarantees: one statement, so all of it or nothing, inside or outside of a transaction; rows of one table
    keep their order when they stand side by side. Raises IntegrityError, and writes nothing, when a
    constraint speaks against it.
    """
    kinds = tuple(str(event.kind) for event in events)
    statement = _statement(tuple(map(type, rows)), kinds, outbox.tasks_after(kinds))
    values: list[object] = []
    for row in rows:
        values += _values(row)
    for event in events:
        values += (event.stream, str(event.kind), event.at, str(event.by), Jsonb(dict(event.body)))
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        prepared(statement, values)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


@cache
def _fields(model: Table) -> tuple[tuple[str, ...], tuple[int, ...], str]:
    """The attributes of a model in the order of its columns, where JSON stands among them, and the insert."""
    fields = [field for field in model._meta.local_concrete_fields if not field.generated]
    names = ", ".join(f'"{field.column}"' for field in fields)
    json = tuple(place for place, field in enumerate(fields) if isinstance(field, JSONField))
    insert = f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES'
    return tuple(field.attname for field in fields), json, insert


def _values(row: Model) -> list[object]:
    names, json, _ = _fields(type(row))
    given = map(row.__dict__.__getitem__, names)
    values = [str(value) if isinstance(value, StrEnum) else value for value in given]
    for place in json:
        if values[place] is not None:
            values[place] = Jsonb(values[place])
    return values


@lru_cache(SHAPES)
def _statement(models: tuple[Table, ...], kinds: tuple[str, ...], tasks: tuple[tuple[str, str], ...]) -> str:
    """The statement for rows of these tables and events of these kinds, with $1, $2 ... for their values."""
    numbers = count(1)

    def marks(rows: int, columns: int) -> str:
        lists = [", ".join(f"${next(numbers)}" for _ in range(columns)) for _ in range(rows)]
        return ", ".join(f"({one})" for one in lists)

    parts = []
    for n, (model, same) in enumerate(groupby(models)):
        names, _, insert = _fields(model)
        parts.append(f"r{n} AS ({insert} {marks(len(list(same)), len(names))})")
    events = "INSERT INTO journal_event (stream, kind, at, by, body) VALUES"
    parts.append(f"e AS ({events} {marks(len(kinds), 5)} RETURNING id, stream, kind)")
    return f"WITH {', '.join(parts)} {outbox.defer_from_e(tasks)}"
