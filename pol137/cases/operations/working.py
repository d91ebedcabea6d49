"""What a unit does with a case before it answers: accept, ask, pause, go on."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction

from pol137.cases.models import Case, Promise, Question
from pol137.cases.operations.promises import end_clocks, go_on, move_due, open_promise, open_timer, stop_clock
from pol137.cases.operations.steps import lock_case, seal, take_step
from pol137.cases.vocabulary import Action, PromiseKind, Stop
from pol137.city.queries.book import book
from pol137.lib.actor import Actor, ActorKind
from pol137.lib.refusal import Refusal

LONGEST_PAUSE = timedelta(days=30)


def _answer_clock(case: Case) -> Promise:
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
    """Ask the citizen something; the clock stands still until he replies or the limit is over.

    Refuses without a question, and a second question in the same round.
    """
    case, promise = lock_case(case_id, Action.ASK_CITIZEN, by=by), None
    if not question.strip():
        raise Refusal("question_text_missing", field="question")
    if Question.objects.filter(case=case, asked_at__gte=_round_began(case)).exists():
        raise Refusal("asked_already")
    asked = Question.objects.create(case=case, text=question.strip(), asked_at=now)
    take_step(
        case,
        Action.ASK_CITIZEN,
        by=by,
        now=now,
        body={"question": asked.pk, "words": seal(asked.text, case.salt)},
    )
    promise = _answer_clock(case)
    stop_clock(promise, stop=Stop.PAUSED, now=now)
    open_timer(case, PromiseKind.PAUSE, due_at=now + book().city.question_limit, now=now)
    return case


def _round_began(case: Case) -> datetime:
    return _answer_clock(case).started_at


@transaction.atomic
def pause_case(case_id: int, *, until: datetime, reason: str, by: Actor, now: datetime) -> Case:
    """The holder of the next rung lets the clock stand still; it goes on by itself at `until`.

    Refuses without a reason, for a time past, or for longer than thirty days.
    """
    case = lock_case(case_id, Action.PAUSE, by=by)
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")
    if not now < until <= now + LONGEST_PAUSE:
        raise Refusal("pause_too_long", field="until", days=LONGEST_PAUSE.days)
    take_step(
        case,
        Action.PAUSE,
        by=by,
        now=now,
        body={"until": until.isoformat(), "words": seal(reason, case.salt)},
    )
    stop_clock(_answer_clock(case), stop=Stop.PAUSED, now=now)
    open_timer(case, PromiseKind.PAUSE, due_at=until, now=now)
    return case


@transaction.atomic
def resume_case(case_id: int, *, reply: str = "", by: Actor, now: datetime) -> Case:
    """The clock goes on, with exactly the time that was left; a reply to the unit's question is kept.

    Guarantees: rungs that fired stand. Refuses a citizen whom nothing was asked: a pause is not his to end.
    """
    case = lock_case(case_id, Action.RESUME, by=by)
    asked = _asked_now(case)
    if by.kind is ActorKind.CITIZEN and asked is None:
        raise Refusal("nothing_was_asked")
    if reply.strip() and asked:
        asked.reply, asked.replied_at = reply.strip(), now
        asked.save(update_fields=["reply", "replied_at"])
    body = {"replied": bool(reply.strip()), "words": seal(reply, case.salt)} if reply.strip() else None
    take_step(case, Action.RESUME, by=by, now=now, body=body)
    end_clocks(case, now=now, kinds=[PromiseKind.PAUSE])
    go_on(_answer_clock(case), now=now, city=book(), shift=True)
    return case


def _asked_now(case: Case) -> Question | None:
    """The question for which the clock stands still, not one of an earlier pause."""
    since = _answer_clock(case).stopped_at
    asked = Question.objects.filter(case=case, replied_at__isnull=True)
    return asked.filter(asked_at=since).last() if since else None


@transaction.atomic
def give_time(case_id: int, *, hours: int, reason: str, by: Actor, now: datetime) -> Case:
    """The deputy gives the unit more time, once, before the promise falls due; the citizen is told.

    Guarantees: what was promised (`promised_at`) stays and the case counts as extended.
    Refuses without a reason, after the due time, a second time, or beyond a week.
    """
    case = lock_case(case_id, Action.GIVE_TIME, by=by)
    promise = _answer_clock(case)
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")
    if not 1 <= hours <= 168:
        raise Refusal("hours_impossible", field="hours", most=168)
    if promise.extended_at is not None:
        raise Refusal("extended_already")
    if now >= promise.due_at:
        raise Refusal("too_late_to_extend")
    due = promise.due_at + timedelta(hours=hours)
    take_step(
        case,
        Action.GIVE_TIME,
        by=by,
        now=now,
        body={"due_at": due.isoformat(), "words": seal(reason, case.salt)},
    )
    move_due(promise, due_at=due, extended_at=now)
    return case
