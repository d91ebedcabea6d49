"""New rows, the events about them and the jobs that follow, in one statement: the fast way in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import datetime
from functools import cache

from django.db import connection, connections, transaction
from django.db.models import Field, Model
from psycopg.types.json import Jsonb

from pol137.journal import outbox
from pol137.journal.operations.events import NewEvent
from pol137.journal.queries import prepared

AS_THEY_ARE = frozenset({str, bool, float, type(None), datetime})
"""Types of values the database takes without their field's help."""


class Ids:
    """Numbers for rows about to be written, drawn from their tables' sequences in one statement."""

    def __init__(self, *models: type[Model]) -> None:
        drawn = ", ".join(f"nextval('{model._meta.db_table}_id_seq')" for model in models)
        self._drawn: dict[type[Model], list[int]] = defaultdict(list)
        for model, number in zip(models, prepared(f"SELECT {drawn}", [])[0], strict=True):
            self._drawn[model].append(number)

    def take(self, model: type[Model]) -> int:
        """The next number of this table. Refuses (IndexError) more than were drawn."""
        return self._drawn[model].pop(0)


def write_together(*, rows: Sequence[Model], events: Sequence[NewEvent]) -> None:
    """Insert new rows, which carry their numbers already, the events and their jobs.

    Guarantees: one statement, so all of it or nothing, inside or outside of a transaction; rows of one table
    keep their order. Raises IntegrityError, and writes nothing, when a constraint speaks against it.
    """
    values = _Values()
    parts = [*_inserts(rows, values), _events(events, values)]
    tasks = outbox.tasks_after(events)
    statement = f"WITH {', '.join(parts)} {_jobs(tasks, values)}"
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        prepared(statement, values.given)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


class _Values:
    """The values of a statement, each with its place in it."""

    def __init__(self) -> None:
        self.given: list[object] = []

    def add(self, value: object) -> str:
        """Take a value in; the mark that stands for it. What is empty stands in the statement itself."""
        if value is None:
            return "NULL"
        if value == "":
            return "''"
        self.given.append(str(value) if type(value) is int else value)
        return f"${len(self.given)}"

    def row(self, values: Iterator[object]) -> str:
        """Take a row of values in; the list of their marks."""
        return f"({', '.join([self.add(value) for value in values])})"


@cache
def _columns(model: type[Model]) -> tuple[list[Field], str]:
    fields = model._meta.local_concrete_fields
    names = ", ".join(f'"{field.column}"' for field in fields)
    return fields, f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES'


def _inserts(rows: Sequence[Model], values: _Values) -> Iterator[str]:
    tables: dict[type[Model], list[Model]] = defaultdict(list)
    here = connections[connection.alias]
    for row in rows:
        tables[type(row)].append(row)
    for n, (model, made) in enumerate(tables.items()):
        fields, insert = _columns(model)
        lists = [
            values.row(
                value if type(value) in AS_THEY_ARE else field.get_db_prep_save(value, here)
                for field, value in ((field, getattr(row, field.attname)) for field in fields)
            )
            for row in made
        ]
        yield f"r{n} AS ({insert} {', '.join(lists)})"


def _events(events: Sequence[NewEvent], values: _Values) -> str:
    lists = [
        values.row(iter((one.stream, str(one.kind), one.at, str(one.by), Jsonb(dict(one.body)))))
        for one in events
    ]
    insert = "INSERT INTO journal_event (stream, kind, at, by, body) VALUES"
    return f"e AS ({insert} {', '.join(lists)} RETURNING id, stream, kind)"


def _jobs(tasks: Sequence[tuple[str, str]], values: _Values) -> str:
    """The jobs of the events in `e`: every task under its kind of event."""
    if not tasks:
        return "SELECT count(*) FROM e"
    marks = [(values.add(kind), values.add(task), n) for n, (kind, task) in enumerate(tasks)]
    pairs = ", ".join(f"({kind}, {task}, {n})" for kind, task, n in marks)
    return f"{outbox.DEFER_FROM_E} JOIN (VALUES {pairs}) AS t(kind, task, n) ON t.kind = e.kind"
