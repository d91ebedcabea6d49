"""Somebody is in danger, by a subject or by somebody's word; the danger is over, and comes back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from pol137.cases.models import Case, Incident
from pol137.cases.operations.incidents import hurry_main
from pol137.cases.operations.promises import go_on, hurry, meet, open_promise, promise_by, stop_clock
from pol137.cases.operations.steps import (
    keep_words,
    lock_case,
    lock_sharing,
    stream_of,
    take_step,
    turned_urgent,
)
from pol137.cases.operations.working import resume_case
from pol137.cases.vocabulary import BEFORE_ANSWER, Action, PromiseKind, Status, Stop
from pol137.city.queries.book import book
from pol137.city.vocabulary import MessageKind
from pol137.journal.operations import append_event, append_events
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor, system
from pol137.lib.persian import clean_text
from pol137.lib.refusal import Refusal

DANGER = system("danger")


def turn_dangerous(case: Case, *, by: Actor, now: datetime) -> None:
    """A locked case, saved as urgent, waits for nothing any more and has the minutes of danger from now."""
    if case.status == Status.WAITING:
        case = resume_case(case.pk, by=DANGER, now=now)
    due_at = hurry(case, now=now)
    hurry_main(case, now=now)
    append_events([turned_urgent(case, by=by, now=now, due_at=due_at)])


@transaction.atomic
def report_danger(case_id: int, *, words: str, by: Actor, now: datetime) -> Case:
    """Somebody says that there is danger: on an ordinary case, again on one made safe, or still on one that
    was taken off the board.

    Guarantees: what turns dangerous has the minutes of danger from now on, never more than it had; lateness
    and what fired stand; help is called. Refuses without the words in which it was told.
    """
    case = lock_sharing(case_id, Action.REPORT_DANGER, by=by)
    if not clean_text(words).strip():
        raise Refusal("words_missing", field="words")
    turns, again = not case.in_danger, case.safe_at is not None
    case.urgent, case.safe_at = True, None
    body = {"again": again, **keep_words(case, words, by=by, now=now)}
    take_step(case, Action.REPORT_DANGER, by=by, now=now, body=body)
    if turns:
        turn_dangerous(case, by=by, now=now)
    return lock_case(case_id)


@transaction.atomic
def make_safe(case_id: int, *, by: Actor, now: datetime) -> Case:
    """«رفع خطر شد»: the danger is over, the case stays where it is and its repair is promised anew.

    Guarantees: the danger's promise is met now, its lateness frozen; the repair has the time, clock and
    ladder of its subject, of a dangerous one those of any matter of its kind, from now; a clock that stood
    still stands still. Living parts, and cases joined to this one, are safe with it. Refuses a case that is
    not urgent, or safe already.
    """
    case = lock_sharing(case_id, Action.MAKE_SAFE, by=by)
    if not case.urgent:
        raise Refusal("not_urgent")
    if case.safe_at is not None:
        raise Refusal("safe_already")
    _promise_repair(case, now=now)
    take_step(case, Action.MAKE_SAFE, by=by, now=now)
    living = BEFORE_ANSWER | {Status.ANSWERED}
    shared = list(Incident.objects.filter(main_case=case))
    along = Q(parent=case, status__in=living) | Q(incident__in=shared, status=Status.JOINED)
    others = Case.objects.select_for_update(of=("self",)).filter(along, urgent=True, safe_at__isnull=True)
    for other in others.order_by("id"):
        _promise_repair(other, now=now)
        other.save(update_fields=["safe_at", "late_minutes", "rung"])
        body = {"with": case.pk}
        append_event(
            stream=stream_of(other.pk),
            kind=EventKind.CASE_MADE_SAFE,
            at=now,
            by=system("dispatch"),
            body=body,
        )
    return case


def _promise_repair(case: Case, *, now: datetime) -> None:
    city, danger = book(), open_promise(case, PromiseKind.ANSWER)
    stop = Stop(danger.stop) if danger is not None and danger.stop else None
    if danger is not None:
        if stop is not None and case.status != Status.JOINED:
            go_on(danger, now=now, city=city, shift=True)
        meet(danger, met_at=now, now=now)
    case.safe_at = now
    service = city.services[case.service_id]
    policy = city.policy_for(None if service.urgent else service.id, MessageKind(case.kind))
    repair = promise_by(policy, case, start=now, city=city)
    repair.save()
    if stop is not None:
        stop_clock(repair, stop=stop, now=now)
