"""The sweep: everything that fell due happens, in due order, once."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q

from pol137.cases.models import Case, Promise
from pol137.cases.operations.announcing import call_instead, tell_plan_day
from pol137.cases.operations.ending import archive_case, close_case
from pol137.cases.operations.promises import LADDER
from pol137.cases.operations.steps import sharing
from pol137.cases.operations.working import ask_by_phone, resume_case
from pol137.cases.vocabulary import LADDERS, CloseReason, PromiseKind
from pol137.journal.operations import appended_from
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import system
from pol137.lib.refusal import Refusal

log = logging.getLogger(__name__)

BATCH = 1000
TIMER = system("timer")
SET_ASIDE = timedelta(hours=1)

CLIMB = """
WITH due AS (
    SELECT p.id, p.case_id, p.kind, p.next_rung AS n, p.rung_due[p.next_rung + 1] AS due_at
    FROM cases_promise p JOIN cases_case c ON c.id = p.case_id
    WHERE p.next_at <= %(now)s AND p.kind = ANY(%(kinds)s)
    ORDER BY p.next_at, p.id LIMIT %(batch)s
    FOR UPDATE OF c, p SKIP LOCKED
), fired AS (
    INSERT INTO cases_rung (promise_id, n, due_at, fired_at) SELECT id, n, due_at, %(now)s FROM due
), moved AS (
    UPDATE cases_promise p SET next_rung = due.n + 1, next_at = p.rung_at[due.n + 2]
    FROM due WHERE p.id = due.id
), marked AS (
    UPDATE cases_case c SET rung = greatest(c.rung, due.n)
    FROM due WHERE c.id = due.case_id AND due.kind = 'answer'
), {events}
"""
EVENTS = """
SELECT 'case:' || case_id, %(event)s, %(now)s, %(by)s,
    jsonb_build_object('promise', id, 'kind', kind, 'rung', n, 'due_at', due_at)
FROM due ORDER BY due_at, id
"""


def sweep(*, now: datetime) -> int:
    """Fire every rung and end every timer that fell due by `now`; how many things happened.

    Guarantees: oldest first, each rung once per promise even with several sweepers; several rungs of one
    promise overdue are all recorded, each with its own due time; a case another transaction holds is left
    for the next sweep.
    """
    return _climb(now=now) + _run_timers(now=now)


def _climb(*, now: datetime) -> int:
    done = 0
    while fired := _climb_batch(now=now):
        done += fired
    return done


def _climb_batch(*, now: datetime) -> int:
    """One statement, so all of it or nothing: rungs, clocks, cases, events and the jobs that follow."""
    values: dict[str, Any] = {
        "now": now,
        "kinds": [str(kind) for kind in LADDERS],
        "batch": BATCH,
        "event": str(EventKind.RUNG_FIRED),
        "by": str(LADDER),
    }
    with connection.cursor() as cursor:
        cursor.execute(CLIMB.format(events=appended_from(EVENTS, kind=EventKind.RUNG_FIRED)), values)
        return int(cursor.fetchone()[0])


def _run_timers(*, now: datetime) -> int:
    kinds = {str(kind) for kind in PromiseKind} - {str(kind) for kind in LADDERS}
    due = Promise.objects.filter(next_at__lte=now, kind__in=kinds).order_by("next_at", "id")
    done, rest = 0, due
    while batch := list(rest.values_list("next_at", "id")[:BATCH]):
        done += sum(_run_timer(promise_id, now=now) for _, promise_id in batch)
        at, last = batch[-1]
        rest = due.filter(Q(next_at__gt=at) | Q(next_at=at, id__gt=last))
    return done


def _run_timer(promise_id: int, *, now: datetime) -> bool:
    """One timer, in its own transaction. What cannot happen is set aside for an hour and logged, so that one
    bad row never stops the rest; what the database could not do just now comes again with the next sweep."""
    try:
        with transaction.atomic():
            promise = _claim(promise_id, now=now)
            if promise is not None:
                _end_timer(promise, now=now)
            return promise is not None
    except Refusal as refusal:
        log.warning("timer %s refused: %s", promise_id, refusal.code)
    except (OperationalError, InterfaceError):
        log.warning("timer %s comes again: the database was busy or gone", promise_id, exc_info=True)
        return False
    except Exception:
        log.exception("timer %s failed", promise_id)
    Promise.objects.filter(pk=promise_id, next_at__lte=now).update(next_at=now + SET_ASIDE)
    return True


def _claim(promise_id: int, *, now: datetime) -> Promise | None:
    promise = Promise.objects.filter(pk=promise_id).first()
    if promise is None:
        return None
    ids = sharing(promise.case_id)
    held = Case.objects.select_for_update(skip_locked=True).filter(pk__in=ids).order_by("pk")
    if len(held.values_list("pk")) < len(ids):
        return None
    return Promise.objects.filter(pk=promise_id, next_at__lte=now, ended_at__isnull=True).first()


def _end_timer(promise: Promise, *, now: datetime) -> None:
    case_id = promise.case_id
    steps: dict[str, Any] = {
        PromiseKind.OBJECTION_WINDOW: lambda: close_case(
            case_id, reason=CloseReason.WINDOW_OVER, by=TIMER, now=now
        ),
        PromiseKind.ARCHIVE: lambda: archive_case(case_id, by=TIMER, now=now),
        PromiseKind.PAUSE: lambda: resume_case(case_id, by=TIMER, now=now),
        PromiseKind.PLAN_DAY: lambda: tell_plan_day(case_id, by=TIMER, now=now),
        PromiseKind.RECEIPT: lambda: (
            ask_by_phone(case_id, by=TIMER, now=now) or call_instead(case_id, by=TIMER, now=now)
        ),
    }
    steps[promise.kind]()
