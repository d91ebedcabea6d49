"""Reading the journal and the state of its queue."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from psycopg import RawCursor

from pol137.journal.models import Beat, Checkpoint, Event


def prepared(statement: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
    """The rows of a statement with $1, $2 ..., kept ready by the server between calls; [] when it has none.

    For the few statements on which everybody waits. Errors are Django's, as from its own cursors.
    """
    connection.ensure_connection()
    connection.connection.prepare_threshold = 1
    with connection.wrap_database_errors, RawCursor(connection.connection) as cursor:
        cursor.execute(statement, values, prepare=True)
        result = cursor.pgresult
        return cursor.fetchall() if result is not None and result.nfields else []


_EVENT = "SELECT id, stream, seq, kind, at, by, body, hash, stored_at FROM journal_event WHERE id = $1"


def get_event(event_id: int) -> Event:
    """The event of this id: what every job asks first. Raises Event.DoesNotExist where there is none."""
    rows = prepared(_EVENT, [event_id])
    if not rows:
        raise Event.DoesNotExist
    id_, stream, seq, kind, at, by, body, digest, stored_at = rows[0]
    return Event(
        id=id_, stream=stream, seq=seq, kind=kind, at=at, by=by, body=json.loads(body), hash=digest,
        stored_at=stored_at,
    )  # fmt: skip


def events_of(streams: Sequence[str], *, since: datetime) -> list[Event]:
    """What happened to these things since a moment, in order."""
    return list(Event.objects.filter(stream__in=list(streams), at__gte=since).order_by("id"))


@dataclass(frozen=True, slots=True)
class QueueState:
    """How the queue stands: jobs waiting and due, the age of the oldest due one, jobs given up on."""

    waiting: int
    oldest: timedelta
    failed: int
    worker_beat: datetime | None
    scheduler_beat: datetime | None


def queue_state(*, now: datetime) -> QueueState:
    """The state of the queue and of those who work on it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE j.status = 'todo'), count(*) FILTER (WHERE j.status = 'failed'),"
            " min(coalesce(j.scheduled_at, e.stored_at)) FILTER (WHERE j.status = 'todo'"
            " AND (j.scheduled_at IS NULL OR j.scheduled_at <= %s))"
            " FROM procrastinate_jobs j LEFT JOIN journal_event e ON e.id = (j.args->>'event_id')::bigint"
            " WHERE j.status IN ('todo', 'failed')",
            [now],
        )
        waiting, failed, oldest = cursor.fetchone()
    beats = dict(Beat.objects.values_list("name", "at"))
    return QueueState(
        waiting=waiting,
        oldest=max(now - oldest, timedelta(0)) if oldest else timedelta(0),
        failed=failed,
        worker_beat=beats.get("worker"),
        scheduler_beat=beats.get("scheduler"),
    )


def broken_links(*, limit: int = 20) -> list[tuple[str, int]]:
    """Events whose chain does not verify, as (stream, seq): changed, cut out or put in by hand."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT stream, seq FROM (SELECT stream, seq, hash,"
            " journal_event_hash(lag(hash) OVER w, stream, seq, kind, at, by, body) AS right_hash,"
            " lag(seq, 1, 0) OVER w AS seq_before FROM journal_event"
            " WINDOW w AS (PARTITION BY stream ORDER BY seq)) chain"
            " WHERE hash <> right_hash OR seq <> seq_before + 1 ORDER BY stream, seq LIMIT %s",
            [limit],
        )
        return list(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Verified:
    """What a look at the whole journal found; `missing` events stood there at the last checkpoint and do not
    now, `rewritten` says that the ends of streams are others than they were."""

    events: int
    streams: int
    broken: list[tuple[str, int]]
    checkpoint: Checkpoint | None
    missing: int
    rewritten: bool
    forged_checkpoints: int


def verify_journal(*, limit: int = 20) -> Verified:
    """Every chain, and what the last checkpoint said of all of them.

    Finds events changed, cut out, put in, and, up to the last checkpoint, cut off at the end of a stream or
    chained anew. Four statements however many events there are.
    """
    checkpoint = Checkpoint.objects.order_by("-id").first()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(*) FILTER (WHERE seq = 1) FROM journal_event")
        events, streams = cursor.fetchone()
        cursor.execute(
            "SELECT count(*) FROM (SELECT hash, journal_checkpoint_hash("
            "lag(hash) OVER (ORDER BY id), at, last_event, events, streams, heads) AS right_hash"
            " FROM journal_checkpoint) c WHERE hash <> right_hash"
        )
        forged = cursor.fetchone()[0]
        missing, rewritten = 0, False
        if checkpoint is not None:
            cursor.execute("SELECT events, streams, heads FROM journal_heads(%s)", [checkpoint.last_event])
            there, _streams, heads = cursor.fetchone()
            missing = checkpoint.events - there
            rewritten = bytes(heads) != bytes(checkpoint.heads)
    return Verified(events, streams, broken_links(limit=limit), checkpoint, missing, rewritten, forged)
