"""Closures («تعطیلی») make promises later that were made before they were declared."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from psycopg.types.json import Jsonb

from pol137.cases.models import Promise
from pol137.cases.operations.promises import count_closure, keep_own
from pol137.cases.queries.closures import promises_touched
from pol137.city.queries.book import book, forget
from pol137.city.rules.book import Book
from pol137.city.rules.entries import ClosureEntry
from pol137.journal.operations import appended_from
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor, system

CLOSER = system("closures")
BATCH = 500
BOOKS_ARE_FRESH = timedelta(seconds=30)
"""So long after a closure was declared, every process opens its promises with it."""

LOOKED_AFTER = timedelta(minutes=5)
"""So long it is looked whether a promise was opened without it meanwhile."""

COUNTED = """
WITH v AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s) AS v (
        id bigint, case_id bigint, kind text, due_at timestamptz, rung_due timestamptz[],
        rung_at timestamptz[], next_at timestamptz, moved boolean)
), counted AS (
    UPDATE cases_promise p SET due_at = v.due_at, rung_due = v.rung_due, rung_at = v.rung_at,
        next_at = v.next_at, closures = p.closures || %(closure)s::bigint
    FROM v WHERE p.id = v.id
), {events}
"""
EVENTS = """
SELECT 'case:' || case_id, %(event)s, %(now)s, %(by)s,
    jsonb_build_object('promise', id, 'kind', kind, 'closure', %(closure)s::bigint, 'due_at', due_at)
FROM v WHERE moved ORDER BY case_id, id
"""


def make_later(closure_id: int, *, by: Actor, now: datetime, since: datetime | None = None) -> int:
    """Count a declared closure in every promise made before (and after `since`); how many it made later.

    Guarantees: later, never earlier; once per promise, however often this runs; standing clocks too; what was
    promised stays; a rung that fired stands; those joined to a case have what it has. One event for each case
    whose due time moved. In batches, each a transaction of its own under the locks of its cases. A closure
    that was called off moves nothing.
    """
    if closure_id not in book().closures:
        forget()
    city, closure = book(), book().closures.get(closure_id)
    if closure is None:
        return 0
    done = 0
    for joined in (False, True):
        last = (0, 0)
        while batch := _batch(closure, city, joined=joined, after=last, since=since, by=by, now=now):
            done += len(batch)
            last = (batch[-1].case_id, batch[-1].pk)
    return done


def count_lately_declared(*, now: datetime) -> int:
    """A promise opened by a process that had not heard of a closure is not forgotten; how many were found."""
    lately = [
        one for one in book().closures.values() if BOOKS_ARE_FRESH < now - one.declared_at < LOOKED_AFTER
    ]
    return sum(
        make_later(one.id, by=CLOSER, now=now, since=one.declared_at - BOOKS_ARE_FRESH) for one in lately
    )


@transaction.atomic
def _batch(
    closure: ClosureEntry,
    city: Book,
    *,
    joined: bool,
    after: tuple[int, int],
    since: datetime | None,
    by: Actor,
    now: datetime,
) -> list[Promise]:
    departments: set[int | None] = set(city.closed_by(closure))
    if city.concerns(closure, None):
        departments.add(None)
    touched = promises_touched(
        departments=departments, from_at=closure.from_at, to_at=closure.to_at, joined=joined
    )
    case_id, promise_id = after
    if since is not None:
        touched = touched.filter(started_at__gte=since)
    batch = list(
        touched.filter(Q(case_id__gt=case_id) | Q(case_id=case_id, id__gt=promise_id))
        .filter(started_at__lt=closure.declared_at + BOOKS_ARE_FRESH)
        .exclude(closures__contains=[closure.id])
        .select_for_update(of=("case", "self"))
        .select_related("case")
        .order_by("case_id", "id")[:BATCH]
    )
    if not batch:
        return []
    if joined:
        keep_own(batch)
        Promise.objects.bulk_update(batch, ["own_times"])
    rows = [_row(promise, moved=count_closure(promise, closure, city)) for promise in batch]
    values: dict[str, Any] = {
        "rows": Jsonb(rows, dumps=_dumps),
        "closure": closure.id,
        "now": now,
        "by": str(by),
        "event": str(EventKind.CASE_DUE_MOVED),
    }
    with connection.cursor() as cursor:
        events = appended_from(EVENTS, kind=EventKind.CASE_DUE_MOVED)
        cursor.execute(COUNTED.format(events=events), values)
    return batch


def _row(promise: Promise, *, moved: bool) -> dict[str, Any]:
    names = ("id", "case_id", "kind", "due_at", "rung_due", "rung_at", "next_at")
    return {**{name: getattr(promise, name) for name in names}, "moved": moved}


_dumps = partial(json.dumps, default=str)
