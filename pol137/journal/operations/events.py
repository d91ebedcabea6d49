"""Writing to the journal: events and the jobs they cause, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from pol137.journal import outbox
from pol137.journal.vocabulary import EventKind
from pol137.lib import copy_text
from pol137.lib.actor import Actor


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A fact about to be written down."""

    stream: str
    kind: EventKind
    at: datetime
    by: Actor
    body: Mapping[str, object] = field(default_factory=dict)


def append_event(
    *, stream: str, kind: EventKind, at: datetime, by: Actor, body: Mapping[str, object] | None = None
) -> int:
    """Write one event and the jobs that react to it; the event's id is returned.

    Guarantees: event and jobs are part of the caller's transaction: all or nothing.
    """
    return append_events([NewEvent(stream, kind, at, by, body or {})])[0]


def append_events(events: Sequence[NewEvent]) -> list[int]:
    """Write many events in order, with the jobs that react to them, in two statements."""
    if not events:
        return []
    rows = ", ".join(["(%s, %s, %s, %s, %s)"] * len(events))
    values: list[Any] = []
    for event in events:
        values += [event.stream, str(event.kind), event.at, str(event.by), Jsonb(dict(event.body))]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO journal_event (stream, kind, at, by, body) VALUES {rows} RETURNING id",  # noqa: S608 - placeholders only
            values,
        )
        ids = [row[0] for row in cursor.fetchall()]
    outbox.enqueue((event.kind, event.stream, id_) for event, id_ in zip(events, ids, strict=True))
    return ids


def append_unheard(events: Sequence[NewEvent]) -> None:
    """Write events to which nothing reacts, in order, thousands at once.

    Refuses (ValueError) a kind that something reacts to.
    """
    if heard := outbox.tasks_after({str(event.kind) for event in events}):
        raise ValueError(f"these events would go unheard: {heard}")
    rows = [
        copy_text.row([event.stream, str(event.kind), event.at, str(event.by), dict(event.body)])
        for event in events
    ]
    copying = "COPY journal_event (stream, kind, at, by, body) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(copying) as copy:
        copy.write("".join(f"{row}\n" for row in rows))


def appended_from(rows: str, *, kind: EventKind) -> str:
    """The end of a statement of CTEs: it appends an event for each row of a query of theirs (stream, kind,
    at, by, body), all of this kind, and the jobs that react to it; it gives the number of events.

    For what happens to thousands at once: nothing travels to the program and back.
    """
    tasks = outbox.tasks_after([str(kind)])
    return (
        f"e AS (INSERT INTO journal_event (stream, kind, at, by, body) {rows} RETURNING id, stream, kind),"  # noqa: S608 - a query of our own
        f" deferred AS ({outbox.defer_from_e(tasks)})"
        " SELECT (SELECT count(*) FROM e), (SELECT count(*) FROM deferred)"
    )
