"""Jobs written in the transaction of the fact that caused them. The only module that knows the job library.

A job is a function `job(*, event_id: int, now: datetime)` of a room's `jobs` module. Which jobs follow which
kind of event is one table, `wiring/reactions.py`, handed in by `install`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections, connection, transaction
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.psycopg_connector import PsycopgConnector
from psycopg.types.json import Jsonb

Job = Callable[..., None]

QUEUE = "reactions"
APART = "apart"
_QUEUE_HERE = f"coalesce(nullif(current_setting('pol137.queue', true), ''), '{QUEUE}')"
"""The queue of this transaction, in SQL: the workers' own unless it `works_apart`."""
STALLED_AFTER = timedelta(seconds=30)
CONNECTED_WITHIN = 8.0
"""Seconds a worker waits for a connection: one told to stop after its database must not stay behind it."""

_jobs: dict[str, Job] = {}
_reactions: dict[str, tuple[str, ...]] = {}


def job(function: Job) -> Job:
    """Register a job under `<room>.<function name>`."""
    room = function.__module__.split(".")[1]
    _jobs[f"{room}.{function.__name__}"] = function
    return function


def install(reactions: Mapping[str, tuple[str, ...]]) -> None:
    """Take over the table of reactions and make every job known to the workers.

    Raises LookupError when the table names a job that does not exist.
    """
    unknown = {name for names in reactions.values() for name in names} - _jobs.keys()
    if unknown:
        raise LookupError(f"reactions name unknown jobs: {', '.join(sorted(unknown))}")
    _reactions.clear()
    _reactions.update({str(kind): names for kind, names in reactions.items()})
    for name, function in _jobs.items():
        if name not in app.tasks:
            register = app.task(
                name=name, queue=QUEUE, retry=RetryStrategy(max_attempts=12, wait=2, exponential_wait=2)
            )
            register(_runner(function))


def _runner(function: Job) -> Callable[..., None]:
    def run(event_id: int, **_: object) -> None:
        close_old_connections()
        function(event_id=event_id, now=timezone.now())

    return run


def enqueue(events: Iterable[tuple[str, str, int]]) -> None:
    """One job per event (kind, stream, id) and reaction, in the caller's transaction, ordered per stream."""
    rows: list[Any] = []
    for kind, stream, event_id in events:
        for name in _reactions.get(str(kind), ()):
            rows += [name, stream, Jsonb({"event_id": event_id})]
    if not rows:
        return
    row = f"ROW({_QUEUE_HERE}, %s, 0, %s, NULL, %s, NULL)::procrastinate_job_to_defer_v1"
    array = ", ".join([row] * (len(rows) // 3))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT procrastinate_defer_jobs_v1(ARRAY[{array}])", rows)


def tasks_after(kinds: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The (kind, task) pairs that the table of reactions names for events of these kinds, each once."""
    return tuple((kind, task) for kind in dict.fromkeys(kinds) for task in _reactions.get(kind, ()))


def defer_from_e(tasks: Sequence[tuple[str, str]]) -> str:
    """The end of a statement that defers these tasks for its new events `e`, ordered per stream like
    `enqueue` does."""
    if not tasks:
        return "SELECT count(*) FROM e"
    pairs = ", ".join(f"('{kind}', '{task}', {n})" for n, (kind, task) in enumerate(tasks))
    return (
        "SELECT procrastinate_defer_jobs_v1(array_agg("  # noqa: S608 - names of our own tables only
        f"ROW({_QUEUE_HERE}, t.task, 0, e.stream, NULL, jsonb_build_object('event_id', e.id), NULL)"
        "::procrastinate_job_to_defer_v1 ORDER BY e.id, t.n))"
        f" FROM e JOIN (VALUES {pairs}) AS t(kind, task, n) ON t.kind = e.kind"
    )


def work_apart() -> None:
    """From now to the end of this transaction jobs wait in a queue of their own, which no worker looks into:
    only `drain_apart` in this transaction does them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pol137.queue', %s, true)", [APART])


def drain(*, now: datetime, limit: int = 10_000) -> int:
    """Run every due job on the caller's connection, oldest first, until none is left; their number.

    For tests: the clock is the caller's. A job's error is raised, not retried.
    """
    done = 0
    while done < limit:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'todo'"
                " AND queue_name = %s AND (scheduled_at IS NULL OR scheduled_at <= %s)"
                " ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED",
                [QUEUE, now],
            )
            row = cursor.fetchone()
            if row is None:
                return done
            job_id, name, args = row
            _jobs[name](event_id=json.loads(args)["event_id"], now=now)
            cursor.execute("SELECT procrastinate_finish_job_v1(%s, 'succeeded', true)", [job_id])
        done += 1
    return done


def drain_apart(*, after: int, now: datetime) -> int:
    """Run the jobs with numbers above `after` that this transaction, which works apart, has caused, and what
    they cause; the number of the last one.

    A job's error is raised. What was done is not looked at again, however often this is called.
    """
    done: list[int] = []
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_NEXT_APART, [done, APART, after])
            rows = cursor.fetchall()
            if not rows:
                return after
            for job_id, name, args in rows:
                _jobs[name](event_id=json.loads(args)["event_id"], now=now)
                after = job_id
            done = [row[0] for row in rows]


_NEXT_APART = """
WITH done AS (DELETE FROM procrastinate_jobs WHERE id = ANY(%s))
SELECT id, task_name, args FROM procrastinate_jobs
WHERE status = 'todo' AND queue_name = %s AND id > %s ORDER BY id
"""


def retry_stalled(*, now: datetime) -> int:
    """Put jobs whose worker died back in the queue; their number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT procrastinate_retry_job_v2(j.id, %s, NULL, NULL, NULL) FROM procrastinate_jobs j"
            " LEFT JOIN procrastinate_workers w ON w.id = j.worker_id"
            " WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < %s)",
            [now, now - STALLED_AFTER],
        )
        return int(cursor.rowcount)


def beat(*, name: str, now: datetime) -> None:
    """Leave a sign of life of a process that has no address of its own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_beat (name, at) VALUES (%s, %s)"
            " ON CONFLICT (name) DO UPDATE SET at = EXCLUDED.at",
            [name, now],
        )


def work(*, concurrency: int = 4) -> None:
    """Run jobs until told to stop (SIGTERM, SIGINT). A job that succeeded is deleted; a failed one stays.

    Raises an error once the database was gone or took nothing (a full disk): a job whose end could not be
    written down would count as under way for as long as this worker lives. It ends, and its successor takes
    the job up again.
    """
    connector = _Connector(kwargs=connector_params(), timeout=CONNECTED_WITHIN)

    async def run() -> None:
        async with app.open_async():
            worker = app.run_worker_async(
                queues=[QUEUE],
                concurrency=concurrency,
                fetch_job_polling_interval=0.5,
                listen_notify=False,
                shutdown_graceful_timeout=20,
                delete_jobs="successful",
            )
            tasks = [asyncio.create_task(one) for one in (connector.trouble(), _pulse(), worker)]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            for end in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(end, Exception):
                    raise end

    with app.replace_connector(connector):
        asyncio.run(run())


class _Connector(PsycopgConnector):
    """The worker's connections, which remember that something could not be written down."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._refused: asyncio.Queue[Exception] = asyncio.Queue()

    async def execute_query_async(self, query: Any, **arguments: Any) -> None:
        """Execute; an error is kept for `trouble` too, as the library forgets those of a job's end."""
        try:
            await super().execute_query_async(query, **arguments)
        except Exception as error:
            self._refused.put_nowait(error)
            raise

    async def trouble(self) -> None:
        """Wait for the first statement that failed, and raise its error."""
        raise await self._refused.get()


async def _pulse() -> None:
    """Write the worker's beat on one connection of its own, kept open: if it breaks, so did the others."""
    while True:
        await sync_to_async(beat)(name="worker", now=timezone.now())
        await asyncio.sleep(5)
