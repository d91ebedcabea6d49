"""What a unit does with a case before it answers: take up, ask the citizen, go on."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from django.db import transaction

from pol137.cases.models import Case, Promise, Question, Reporter
from pol137.cases.operations.promises import (
    counted,
    due_after_pause,
    end_clocks,
    go_on,
    open_promise,
    open_timer,
    stop_clock,
)
from pol137.cases.operations.steps import lock_case, lock_sharing, seal, stream_of, take_step
from pol137.cases.permissions import roles_on
from pol137.cases.queries import asked_now, reporter_of
from pol137.cases.rules.steps import ABOVE, SYSTEM, UNIT
from pol137.cases.vocabulary import SHOWN_FROM, Action, PromiseKind, Stop, Wish
from pol137.city.queries.book import book
from pol137.journal.models import Event
from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor
from pol137.lib.persian import clean_text
from pol137.lib.refusal import Refusal

ENDS_PAUSES = UNIT | ABOVE | {SYSTEM}
"""Who may end a pause; the others only take down what the citizen replied to a question."""


def running_answer(case: Case) -> Promise:
    """The open promise of an answer. Refuses when there is none."""
    promise = open_promise(case, PromiseKind.ANSWER)
    if promise is None:
        raise Refusal("no_clock_running")
    return promise


@transaction.atomic
def accept_case(case_id: int, *, by: Actor, now: datetime) -> Case:
    """The unit takes the case into work. Moves no deadline."""
    case = lock_case(case_id, Action.ACCEPT, by=by)
    take_step(case, Action.ACCEPT, by=by, now=now)
    return case


@transaction.atomic
def accept_cases(case_ids: Iterable[int], *, by: Actor, now: datetime) -> tuple[int, int]:
    """The unit takes several cases into work; how many it took and how many it could not.

    Guarantees: each by itself: one that has moved on meanwhile does not keep the others back.
    """
    taken, wanted = 0, sorted(set(case_ids))
    for case_id in wanted:
        with suppress(Refusal), transaction.atomic():
            accept_case(case_id, by=by, now=now)
            taken += 1
    return taken, len(wanted) - taken


@transaction.atomic
def ask_citizen(case_id: int, *, question: str, by: Actor, now: datetime) -> Case:
    """Ask the citizen something: by SMS, or by a call where none reaches him.

    Guarantees: the clock runs on until the question has reached him; if it never does, nothing was won, and
    the case comes back by itself after the city's limit.
    Refuses without a question, a second one on the same promise, one in the last hours before it falls due,
    and when there is no number to ask at.
    """
    case, city = lock_case(case_id, Action.ASK_CITIZEN, by=by), book().city
    promise, reporter = running_answer(case), reporter_of(case.pk)
    words = clean_text(question).strip()
    if not words:
        raise Refusal("question_text_missing", field="question")
    if Question.objects.filter(case=case, asked_at__gte=promise.started_at).exists():
        raise Refusal("asked_already")
    if now >= promise.due_at - city.question_not_in_last:
        raise Refusal("too_late_to_ask", within=city.question_not_in_last)
    if reporter is None or not reporter.dialable:
        raise Refusal("nobody_to_ask")
    asked = Question.objects.create(case=case, text=words, asked_at=now)
    body = {"question": asked.pk, "words": seal(words, case.salt)}
    take_step(case, Action.ASK_CITIZEN, by=by, now=now, body=body)
    open_timer(case, PromiseKind.PAUSE, due_at=now + city.question_limit, now=now)
    if asked_by_text(reporter):
        open_timer(case, PromiseKind.RECEIPT, due_at=now + city.silent_after, now=now)
    else:
        _need_call(asked, by=by, now=now)
    return case


def asked_by_text(reporter: Reporter) -> bool:
    """Whether a question goes out as an SMS: to a mobile, unless he wishes to be called."""
    return reporter.mobile and reporter.dialable and reporter.wish != Wish.CALL


def _need_call(asked: Question, *, by: Actor, now: datetime) -> None:
    body = {"purpose": "question", "question": asked.pk}
    append_event(stream=stream_of(asked.case_id), kind=EventKind.CALL_NEEDED, at=now, by=by, body=body)


@transaction.atomic
def note_question_reached(question_id: int, *, by: Actor, now: datetime) -> None:
    """The citizen has the question: the clock stands still from now on until he replies, or for the limit.

    Guarantees: once; nothing when he has replied, or the case has gone on meanwhile.
    """
    case = lock_case(Question.objects.values_list("case_id", flat=True).get(pk=question_id))
    asked = asked_now(case)
    if asked is None or asked.pk != question_id or asked.reached_at is not None:
        return
    asked.reached_at = now
    asked.save(update_fields=["reached_at"])
    body = {"question": asked.pk}
    append_event(stream=stream_of(case.pk), kind=EventKind.CASE_QUESTION_REACHED, at=now, by=by, body=body)
    end_clocks(case, now=now, kinds=[PromiseKind.RECEIPT, PromiseKind.PAUSE])
    stop_clock(running_answer(case), stop=Stop.PAUSED, now=now)
    open_timer(case, PromiseKind.PAUSE, due_at=now + book().city.question_limit, now=now)


@transaction.atomic
def ask_by_phone(case_id: int, *, by: Actor, now: datetime) -> bool:
    """The question did not arrive, or nothing was heard of it: he is to be called. False when the case waits
    for no question."""
    case = lock_case(case_id)
    asked = asked_now(case)
    if asked is None:
        return False
    end_clocks(case, now=now, kinds=[PromiseKind.RECEIPT])
    if asked.reached_at is None:
        _need_call(asked, by=by, now=now)
    return True


@transaction.atomic
def resume_case(case_id: int, *, reply: str = "", by: Actor, now: datetime) -> Case:
    """The unit goes on, with exactly the time that was left; a reply to its question is kept.

    Guarantees: rungs that fired stand; a clock that never stood still moves nothing; a pause lasts to its
    limit and no longer, however late that is noticed.
    Refuses the citizen and the desk where nothing was asked: a pause is not theirs to end.
    """
    case = lock_sharing(case_id, Action.RESUME, by=by)
    asked, reply = asked_now(case), clean_text(reply).strip()
    if asked is None and not roles_on(case, by) & ENDS_PAUSES:
        raise Refusal("nothing_was_asked")
    if reply and asked:
        asked.reply, asked.replied_at, asked.reached_at = reply, now, asked.reached_at or now
        asked.save(update_fields=["reply", "replied_at", "reached_at"])
    promise = running_answer(case)
    before, stood = promise.due_at, promise.stopped_at is not None
    told, pause = None if asked else _told_of_pause(promise), open_promise(case, PromiseKind.PAUSE)
    end_clocks(case, now=now, kinds=[PromiseKind.PAUSE, PromiseKind.RECEIPT])
    go_on(promise, now=min(now, pause.due_at) if pause else now, city=book(), shift=True)
    body: dict[str, object] = {"replied": True, "words": seal(reply, case.salt)} if reply else {}
    if stood and promise.due_at - before >= SHOWN_FROM:
        body |= {"due_at": promise.due_at.isoformat(), "asked": asked is not None}
        body |= _ran_into(promise, *told) if told else {}
    take_step(case, Action.RESUME, by=by, now=now, body=body)
    return case


def _told_of_pause(promise: Promise) -> tuple[datetime, datetime] | None:
    """The due time the citizen was told of while a granted pause stood, and when he was told it."""
    case, stopped_at, pause = promise.case, promise.stopped_at, open_promise(promise.case, PromiseKind.PAUSE)
    kinds = (EventKind.CASE_PAUSED, EventKind.CASE_DUE_MOVED)
    last = Event.objects.filter(stream=stream_of(case.pk), kind__in=kinds).order_by("seq").last()
    if stopped_at is None or pause is None or last is None:
        return None
    due = due_after_pause(promise, stopped_at=stopped_at, until=pause.due_at, known_at=last.at)
    return due, last.at


def _ran_into(promise: Promise, told: datetime, told_at: datetime) -> dict[str, object]:
    """The closure declared since then that makes a promise going on later than its citizen was told."""
    new = [one for one in counted(promise, book()) if one.declared_at > told_at]
    if promise.due_at <= told or not new:
        return {}
    return {"closure": max(new, key=lambda one: one.declared_at).id}
