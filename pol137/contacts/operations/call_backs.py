"""Call-backs: who must be called, what for, and each attempt to reach him."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from pol137.cases.models import Case
from pol137.cases.operations import (
    announce_answer,
    lock_sharing,
    note_case,
    note_question_reached,
    rate_case,
    resume_case,
)
from pol137.cases.operations.telling import text_reporter
from pol137.cases.queries import asked_now, reporter_of, waiting_announcement
from pol137.cases.vocabulary import Status
from pol137.city.queries.book import book
from pol137.contacts.models import CallAttempt, CallBack, Contact
from pol137.contacts.vocabulary import CallOutcome, CallPurpose, CallState
from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor, system
from pol137.lib.phones import parse_phone
from pol137.lib.refusal import Refusal

CALLER = system("caller")
CHANNEL = "phone"
"""The channel of what is said on these calls."""


def calling_time(at: datetime) -> datetime:
    """`at`, or the next moment at which people are called: in the city's hours, on no day of mourning."""
    city = book()
    hours, local = city.city, at.astimezone(city.zone)
    while local.time() >= hours.calls_until or city.no_calls_on(local.date()):
        local = datetime.combine(local.date() + timedelta(days=1), hours.calls_from, tzinfo=city.zone)
    local = max(local, datetime.combine(local.date(), hours.calls_from, tzinfo=city.zone))
    return max(at, local.astimezone(at.tzinfo))


@transaction.atomic
def open_call_back(
    *,
    event_id: int,
    purpose: CallPurpose = CallPurpose.ANSWER,
    case_id: int | None = None,
    contact_id: int | None = None,
    words: str = "",
    wait: timedelta = timedelta(0),
    now: datetime,
) -> CallBack | None:
    """Put the reporter of a case, or whoever made a contact, on the list of people to call, from `wait` on.

    Guarantees: once per event, and one waiting call of a purpose for a case. None when there is no number to
    call.
    """
    phone = _number(case_id, contact_id)
    if not phone:
        return None
    known = CallBack.objects.filter(event_id=event_id).first()
    if known is None and case_id is not None:
        known = CallBack.objects.filter(case_id=case_id, purpose=purpose, state=CallState.WAITING).first()
    if known is not None:
        return known
    when = calling_time(now + wait)
    call, _ = CallBack.objects.get_or_create(
        event_id=event_id,
        defaults={
            "purpose": str(purpose),
            "case_id": case_id,
            "contact_id": contact_id,
            "words": words,
            "phone": phone,
            "due_at": max(when, now + wait + book().city.announcement_within),
            "not_before": when,
            "opened_at": now,
        },
    )
    return call


def ask_how_content(case_id: int, *, event_id: int, now: datetime) -> CallBack | None:
    """Whoever was told the answer to a case by SMS is called after a while: how content is he? None for a
    part, of which he was told with the whole."""
    if Case.objects.filter(pk=case_id, parent__isnull=False).exists():
        return None
    return open_call_back(
        event_id=event_id,
        purpose=CallPurpose.SURVEY,
        case_id=case_id,
        wait=book().city.feedback_after,
        now=now,
    )


def _number(case_id: int | None, contact_id: int | None) -> str:
    """The number to call; empty when there is none that can be called."""
    if case_id is not None:
        reporter = reporter_of(case_id)
        return reporter.phone if reporter is not None and reporter.dialable else ""
    contact = Contact.objects.filter(pk=contact_id).first() if contact_id is not None else None
    number = parse_phone(contact.phone, book().city.phone_region) if contact and contact.phone else None
    return number.e164 or "" if number is not None and number.dialable else ""


@transaction.atomic
def record_call_attempt(
    call_back_id: int,
    *,
    outcome: str,
    note: str = "",
    reply: str = "",
    score: int | None = None,
    by: Actor,
    now: datetime,
) -> CallBack:
    """Write down what came of a call. *Told* announces the answer; when he could not be reached the city's
    number of times, on two days and at different hours, the call-back ends as not reached, he is told so by
    SMS, an answer counts as published on the tracking page, and a unit's question waits no longer.

    `reply` is what he said to a question of the unit, which goes on with it; `score` how content he is, from
    1 to 5, where that was asked, and 0 where he would not say; of a case it is his rating, with the reply as
    its words, which are a note where he gave none.
    Refuses an unknown outcome, a call-back that has ended, what a unit wished to know without its reply, and
    a survey without its score.
    """
    case_id = CallBack.objects.filter(pk=call_back_id).values_list("case_id", flat=True).first()
    case = lock_sharing(case_id) if case_id is not None else None
    call = CallBack.objects.select_for_update().filter(pk=call_back_id).first()
    if call is None or call.state != CallState.WAITING:
        raise Refusal("call_back_ended")
    if outcome not in set(CallOutcome) or by.staff_id is None:
        raise Refusal("outcome_missing", field="outcome")
    if outcome == CallOutcome.TOLD and call.purpose == CallPurpose.UNIT and not reply.strip():
        raise Refusal("reply_missing", field="reply")
    if outcome == CallOutcome.TOLD and call.purpose == CallPurpose.SURVEY:
        if score is None or not 0 <= score <= 5:
            raise Refusal("score_out_of_range", field="score")
        call.score = score or None
    CallAttempt.objects.create(call_back=call, outcome=outcome, by_id=by.staff_id, at=now, note=note.strip())
    call.attempts += 1
    call.not_before = calling_time(now + book().city.try_again_after)
    if outcome == CallOutcome.TOLD:
        call.state, call.settled_at = str(CallState.TOLD), now
    elif _tried_enough(call):
        call.state, call.settled_at = str(CallState.NOT_REACHED), now
    call.save()
    event_id = append_event(
        stream=f"case:{case_id}" if case_id is not None else f"contact:{call.contact_id}",
        kind=EventKind.CALL_ATTEMPTED,
        at=now,
        by=by,
        body={"call_back": call.pk, "purpose": call.purpose, "outcome": outcome, "attempt": call.attempts},
    )
    if case is not None and call.state != CallState.WAITING:
        _settled(call, case, reply.strip(), event_id=event_id, by=by, now=now)
    return call


ASKING = frozenset({CallPurpose.QUESTION, CallPurpose.UNIT})
"""Calls on which the unit wants to know something."""


def _settled(call: CallBack, case: Case, reply: str, *, event_id: int, by: Actor, now: datetime) -> None:
    if call.state == CallState.NOT_REACHED and call.purpose not in ASKING | {CallPurpose.SURVEY}:
        text_reporter(case, "not_reached", values={}, due=None, event_id=event_id, now=now)
    unrated = call.purpose == CallPurpose.SURVEY and call.score is None
    if reply and (unrated or call.purpose == CallPurpose.UNIT):
        note_case(case.pk, text=reply, by=by, now=now)
    if call.purpose == CallPurpose.QUESTION:
        _questioned(call, case, reply, by=by, now=now)
    if call.score is not None:
        rate_case(case.pk, score=call.score, words=reply, channel=CHANNEL, by=by, now=now)
    if call.purpose == CallPurpose.ANSWER and waiting_announcement(case.pk) is not None:
        announce_answer(case.pk, told_by=str(call.state), by=by, now=now)


def _questioned(call: CallBack, case: Case, reply: str, *, by: Actor, now: datetime) -> None:
    """He was asked, and replied or will; or he was not reached and the unit goes on without. Where the case
    has joined another meanwhile his reply is a note, which the main case hears."""
    asked = asked_now(case)
    if reply and case.status == Status.JOINED:
        note_case(case.pk, text=reply, by=by, now=now)
    if asked is not None and call.state == CallState.TOLD:
        note_question_reached(asked.pk, by=by, now=now)
    if asked is not None and (reply or call.state == CallState.NOT_REACHED):
        resume_case(case.pk, reply=reply, by=by if reply else CALLER, now=now)


def _tried_enough(call: CallBack) -> bool:
    """The tries of a call; being asked to ring later is none."""
    tries = call.tries.exclude(outcome=CallOutcome.CALL_LATER).order_by("at")
    return tried_enough(list(tries.values_list("at", flat=True)))


def tried_enough(tries: Sequence[datetime]) -> bool:
    """Whether these tries, oldest first, are enough to say that he cannot be reached: the city's number of
    them, on two days and at different hours. Ringing again before it is time, or outside the hours of
    calling, is no further try.
    """
    city = book()
    counted: list[datetime] = []
    for at in tries:
        early = counted and at < counted[-1] + city.city.try_again_after
        if not early and calling_time(at) == at:
            counted.append(at.astimezone(city.zone))
    days, hours = {at.date() for at in counted}, {at.hour for at in counted}
    return len(counted) >= city.city.call_tries and len(days) > 1 and len(hours) > 1


@transaction.atomic
def settle_call_backs(
    *, case_id: int, purposes: Iterable[CallPurpose], state: CallState, opened_by: datetime, now: datetime
) -> int:
    """Take calls of these purposes, on the list since `opened_by`, off it: he was told otherwise, or there is
    nothing left to tell."""
    waiting = CallBack.objects.filter(
        case_id=case_id, purpose__in=list(purposes), state=CallState.WAITING, opened_at__lte=opened_by
    )
    return waiting.update(state=str(state), settled_at=now)
