"""Call-backs: who must be told by phone, and each attempt to reach him."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db import transaction

from pol137.cases.operations import announce_answer, lock_case
from pol137.cases.queries import reporter_of, waiting_announcement
from pol137.city.queries.book import book
from pol137.contacts.models import CallAttempt, CallBack
from pol137.contacts.vocabulary import CallOutcome, CallState
from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal

CALLS_FROM, CALLS_UNTIL = time(9), time(20)
TRIES = 3
TRY_AGAIN_AFTER = timedelta(hours=3)


def calling_time(at: datetime) -> datetime:
    """`at`, or the next moment at which the centre calls people: between 9 and 20 in the city."""
    local = at.astimezone(book().zone)
    if local.time() < CALLS_FROM:
        local = datetime.combine(local.date(), CALLS_FROM, tzinfo=book().zone)
    elif local.time() >= CALLS_UNTIL:
        local = datetime.combine(local.date() + timedelta(days=1), CALLS_FROM, tzinfo=book().zone)
    return max(at, local.astimezone(at.tzinfo))


@transaction.atomic
def open_call_back(*, case_id: int, event_id: int, now: datetime) -> CallBack | None:
    """Put somebody on the list of people to call; once per event. None when there is no number to call."""
    reporter = reporter_of(case_id)
    if reporter is None or not reporter.dialable:
        return None
    when = calling_time(now)
    call, _ = CallBack.objects.get_or_create(
        event_id=event_id,
        defaults={
            "case_id": case_id,
            "phone": reporter.phone,
            "due_at": max(when, now + book().city.announcement_within),
            "not_before": when,
            "opened_at": now,
        },
    )
    return call


@transaction.atomic
def record_call_attempt(
    call_back_id: int, *, outcome: str, note: str = "", by: Actor, now: datetime
) -> CallBack:
    """Write down what came of a call. *Told* announces the answer; after three tries on at least two days
    the call-back ends as not reached and the answer counts as published on the tracking page.

    Refuses an unknown outcome and a call-back that has ended.
    """
    case_id = CallBack.objects.filter(pk=call_back_id).values_list("case_id", flat=True).first()
    if case_id is not None:
        lock_case(case_id)
    call = CallBack.objects.select_for_update().filter(pk=call_back_id).first()
    if call is None or call.state != CallState.WAITING:
        raise Refusal("call_back_ended")
    if outcome not in set(CallOutcome) or by.staff_id is None:
        raise Refusal("outcome_missing", field="outcome")
    CallAttempt.objects.create(call_back=call, outcome=outcome, by_id=by.staff_id, at=now, note=note.strip())
    call.attempts += 1
    call.not_before = calling_time(now + TRY_AGAIN_AFTER)
    if outcome == CallOutcome.TOLD:
        call.state, call.settled_at = str(CallState.TOLD), now
    elif call.attempts >= TRIES and _days_tried(call) >= 2:
        call.state, call.settled_at = str(CallState.NOT_REACHED), now
    call.save()
    append_event(
        stream=f"case:{call.case_id}",
        kind=EventKind.CALL_ATTEMPTED,
        at=now,
        by=by,
        body={"call_back": call.pk, "outcome": outcome, "attempt": call.attempts},
    )
    if call.state != CallState.WAITING:
        waiting = waiting_announcement(call.case_id)
        if waiting is not None:
            announce_answer(call.case_id, told_by=str(call.state), by=by, now=now)
    return call


@transaction.atomic
def settle_call_backs(*, case_id: int, told_at: datetime) -> None:
    """The citizen was told otherwise (a late receipt, at the desk): calls still on the list are settled."""
    waiting = CallBack.objects.filter(case_id=case_id, state=CallState.WAITING, opened_at__lte=told_at)
    waiting.update(state=CallState.TOLD, settled_at=told_at)


def _days_tried(call: CallBack) -> int:
    zone = book().zone
    return len({at.astimezone(zone).date() for at in call.tries.values_list("at", flat=True)})
