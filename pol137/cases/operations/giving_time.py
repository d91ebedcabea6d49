"""More time and pauses: a unit asks, the holder of the next rung gives or refuses. Asking moves no clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from pol137.cases.models import Case, Promise, TimeRequest
from pol137.cases.operations.promises import (
    due_after_pause,
    extend,
    extended_due,
    open_timer,
    stop_clock,
)
from pol137.cases.operations.steps import lock_case, lock_sharing, seal, take_step
from pol137.cases.operations.working import running_answer
from pol137.cases.queries import is_live, may_grant
from pol137.cases.vocabulary import Action, PromiseKind, Stop, TimeDecision
from pol137.city.queries.book import book
from pol137.city.vocabulary import UNIT_ROLES, Role
from pol137.lib.actor import Actor
from pol137.lib.persian import clean_text
from pol137.lib.refusal import Refusal

HOUR = timedelta(hours=1)


def _reason(text: str) -> str:
    reason = clean_text(text).strip()
    if not reason:
        raise Refusal("reason_missing", field="reason")
    return reason


def _staff(by: Actor, action: Action) -> int:
    if by.staff_id is None:
        raise Refusal("step_not_yours", action=action)
    return by.staff_id


def _check_hours(hours: int, promise: Promise, *, now: datetime) -> None:
    most = book().city.longest_extension // HOUR
    if not 1 <= hours <= most:
        raise Refusal("hours_impossible", field="hours", most=most)
    if promise.extended_at is not None:
        raise Refusal("extended_already")
    if now >= promise.due_at:
        raise Refusal("too_late_to_extend")


def _check_until(until: datetime, *, now: datetime) -> None:
    longest = book().city.longest_pause
    if not now < until <= now + longest:
        raise Refusal("pause_too_long", field="until", days=longest.days)


def _check_grants(case: Case, promise: Promise, *, by: Actor, now: datetime) -> None:
    """Only the holder of the next rung, and never somebody of the unit itself, whatever else he holds."""
    own = UNIT_ROLES - {Role.DEPUTY, Role.MANAGER}
    if any(seat.role in own and seat.reaches(case.department_id) for seat in by.seats):
        raise Refusal("time_for_oneself")
    if not may_grant(promise, by, now=now):
        raise Refusal("not_the_next_rung")


def _open_request(case: Case, action: Action, promise: Promise, *, now: datetime) -> TimeRequest | None:
    """The wish of this kind that waits; one that can be granted no longer is put away."""
    found = TimeRequest.objects.filter(case=case, action=action, decision="").first()
    if found is not None and not is_live(found, promise, now=now):
        lapse_requests(case, now=now, action=action)
        return None
    return found


def lapse_requests(case: Case, *, now: datetime, action: Action | None = None) -> None:
    """Wishes for time nobody can grant any more, because the case has gone on, wait no longer."""
    waiting = TimeRequest.objects.filter(case=case, decision="")
    if action is not None:
        waiting = waiting.filter(action=action)
    waiting.update(decision=TimeDecision.LAPSED, decided_at=now)


@transaction.atomic
def ask_more_time(case_id: int, *, hours: int, reason: str, by: Actor, now: datetime) -> TimeRequest:
    """The head asks those above for more time, once and before the promise falls due. No clock moves.

    Refuses without a reason, beyond the city's longest, after the due time, and a second time.
    """
    case = lock_case(case_id, Action.ASK_MORE_TIME, by=by)
    promise, reason = running_answer(case), _reason(reason)
    _check_hours(hours, promise, now=now)
    _open_request(case, Action.ASK_MORE_TIME, promise, now=now)
    asked = TimeRequest.objects.filter(
        case=case, action=Action.ASK_MORE_TIME, asked_at__gte=promise.started_at
    )
    if asked.exclude(decision=TimeDecision.LAPSED).exists():
        raise Refusal("asked_for_time_already")
    return _ask(case, Action.ASK_MORE_TIME, reason, hours=hours, by=by, now=now)


@transaction.atomic
def ask_pause(case_id: int, *, until: datetime, reason: str, by: Actor, now: datetime) -> TimeRequest:
    """The head asks those above for a pause. The clock runs until it is given.

    Refuses without a reason, an end that is past or beyond the city's longest, and while a wish waits.
    """
    case = lock_case(case_id, Action.ASK_PAUSE, by=by)
    promise, reason = running_answer(case), _reason(reason)
    _check_until(until, now=now)
    if _open_request(case, Action.ASK_PAUSE, promise, now=now) is not None:
        raise Refusal("asked_for_time_already")
    return _ask(case, Action.ASK_PAUSE, reason, until=until, by=by, now=now)


def _ask(
    case: Case,
    action: Action,
    reason: str,
    *,
    hours: int | None = None,
    until: datetime | None = None,
    by: Actor,
    now: datetime,
) -> TimeRequest:
    made = TimeRequest.objects.create(
        case=case,
        action=action,
        hours=hours,
        until=until,
        reason=reason,
        asked_by_id=_staff(by, action),
        asked_at=now,
    )
    body: dict[str, object] = {"request": made.pk, "words": seal(reason, case.salt)}
    body |= {"hours": hours} if hours else {}
    body |= {"until": until.isoformat()} if until else {}
    take_step(case, action, by=by, now=now, body=body)
    return made


def _decide(
    case: Case, action: Action, reason: str, *, promise: Promise, by: Actor, now: datetime
) -> TimeRequest:
    """The wish that was granted; where none was uttered, the grant itself is written down."""
    request = _open_request(case, action, promise, now=now) or TimeRequest(
        case=case, action=action, reason="", asked_by_id=_staff(by, action), asked_at=now
    )
    request.decision, request.decision_reason = str(TimeDecision.GIVEN), reason
    request.decided_by_id, request.decided_at = by.staff_id, now
    request.save()
    return request


@transaction.atomic
def give_time(case_id: int, *, hours: int, reason: str, by: Actor, now: datetime) -> Case:
    """The holder of the next rung gives the unit more time, once, before the promise falls due.

    Guarantees: what was promised (`promised_at`) stays, the case counts as extended, with those joined to it,
    and the citizen and the unit are told, the citizen with the reason.
    Refuses without a reason, after the due time, a second time, beyond the city's longest, to oneself, and
    whoever does not hold the next rung.
    """
    case = lock_sharing(case_id, Action.GIVE_TIME, by=by)
    promise, reason = running_answer(case), _reason(reason)
    _check_hours(hours, promise, now=now)
    _check_grants(case, promise, by=by, now=now)
    request = _decide(case, Action.ASK_MORE_TIME, reason, promise=promise, by=by, now=now)
    due = extended_due(promise, hours * HOUR)
    body = {"request": request.pk, "due_at": due.isoformat(), "words": seal(reason, case.salt)}
    take_step(case, Action.GIVE_TIME, by=by, now=now, body=body)
    extend(promise, hours * HOUR, now=now)
    return case


@transaction.atomic
def pause_case(case_id: int, *, until: datetime, reason: str, by: Actor, now: datetime) -> Case:
    """The holder of the next rung lets the clock stand still; it goes on by itself at `until`.

    Guarantees: the citizen and the unit are told, the citizen with the reason and the time it moves to.
    Refuses without a reason, for a time past or beyond the city's longest, to oneself, and whoever does not
    hold the next rung.
    """
    case = lock_case(case_id, Action.PAUSE, by=by)
    promise, reason = running_answer(case), _reason(reason)
    _check_until(until, now=now)
    _check_grants(case, promise, by=by, now=now)
    request = _decide(case, Action.ASK_PAUSE, reason, promise=promise, by=by, now=now)
    due = due_after_pause(promise, stopped_at=now, until=until, known_at=now)
    body = {"request": request.pk, "until": until.isoformat(), "words": seal(reason, case.salt)}
    if due > promise.due_at:
        body["due_at"] = due.isoformat()
    take_step(case, Action.PAUSE, by=by, now=now, body=body)
    stop_clock(promise, stop=Stop.PAUSED, now=now)
    open_timer(case, PromiseKind.PAUSE, due_at=until, now=now)
    return case


@transaction.atomic
def refuse_time(case_id: int, *, reason: str, by: Actor, now: datetime) -> Case:
    """The holder of the next rung refuses what the unit asked for; the unit is told why. No clock moves.

    Refuses without a reason, and when nothing waits to be decided.
    """
    case = lock_case(case_id, Action.REFUSE_TIME, by=by)
    promise, reason = running_answer(case), _reason(reason)
    _check_grants(case, promise, by=by, now=now)
    waiting = list(TimeRequest.objects.filter(case=case, decision="").values_list("pk", flat=True))
    if not waiting:
        raise Refusal("no_time_asked")
    TimeRequest.objects.filter(pk__in=waiting).update(
        decision=TimeDecision.REFUSED, decision_reason=reason, decided_by_id=by.staff_id, decided_at=now
    )
    body = {"request": waiting[-1], "requests": waiting, "words": seal(reason, case.salt)}
    take_step(case, Action.REFUSE_TIME, by=by, now=now, body=body)
    return case
