"""How a case ends, comes back, and is put away."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pol137.cases.models import Case
from pol137.cases.operations.incidents import pass_lead_on
from pol137.cases.operations.promises import end_clocks, last_promise, open_timer, renewed_promise
from pol137.cases.operations.steps import lock_case, seal, take_step
from pol137.cases.vocabulary import BEFORE_ANSWER, Action, CloseReason, PromiseKind, Status
from pol137.city.queries.book import book
from pol137.lib.actor import Actor, system
from pol137.lib.refusal import Refusal


@transaction.atomic
def close_case(case_id: int, *, reason: CloseReason, by: Actor, now: datetime) -> Case:
    """«مختومه»: the citizen accepted, or the window for objections is over.

    Guarantees: lateness stays as it was; the parts of the case close with it.
    """
    case = lock_case(case_id, Action.CLOSE, by=by)
    _close(case, Action.CLOSE, reason, by=by, now=now)
    return case


@transaction.atomic
def withdraw_case(case_id: int, *, reason: str = "", by: Actor, now: datetime) -> Case:
    """The reporter takes his case back, by his own code or on a call-back. Lateness so far stays.

    Guarantees: parts not answered yet end with it; of the cases joined to it the first carries the rest.
    """
    case = lock_case(case_id, Action.WITHDRAW, by=by)
    _close(case, Action.WITHDRAW, CloseReason.WITHDRAWN, by=by, now=now, words=reason)
    pass_lead_on(case, now=now)
    return case


def _close(
    case: Case, action: Action, reason: CloseReason, *, by: Actor, now: datetime, words: str = ""
) -> None:
    case.closed_at, case.close_reason = now, str(reason)
    body = {"reason": str(reason), **({"words": seal(words, case.salt)} if words else {})}
    take_step(case, action, by=by, now=now, to=Status.CLOSED, body=body)
    end_clocks(case, now=now)
    open_timer(case, PromiseKind.ARCHIVE, due_at=now + book().city.archive_after, now=now)
    sources = (Status.ANNOUNCED,) if action is Action.CLOSE else BEFORE_ANSWER
    for part in Case.objects.select_for_update().filter(parent=case, status__in=sources).order_by("id"):
        _close(part, action, reason, by=system("whole"), now=now)


@transaction.atomic
def reopen_case(case_id: int, *, reason: str, by: Actor, now: datetime) -> Case:
    """The centre takes a closed case up again, within the city's window, under a new promise.

    Refuses without a reason or after the window.
    """
    case, city = lock_case(case_id, Action.REOPEN, by=by), book()
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")
    if case.closed_at is None or now > case.closed_at + city.city.reopen_window:
        raise Refusal("reopen_too_late", days=city.city.reopen_window.days)
    before = last_promise(case, PromiseKind.ANSWER)
    if case.department_id is None or before is None:
        raise Refusal("reopen_without_unit")
    case.cycle, case.closed_at, case.close_reason = case.cycle + 1, None, ""
    take_step(case, Action.REOPEN, by=by, now=now, body={"words": seal(reason, case.salt)})
    end_clocks(case, now=now, kinds=[PromiseKind.ARCHIVE])
    renewed_promise(case, before=before, start=now, within=city.city.upheld_within)
    return case


@transaction.atomic
def archive_case(case_id: int, *, final_service: str = "", cause: str = "", by: Actor, now: datetime) -> Case:
    """«بایگانی»: the end; the service it turned out to be and its cause are kept with it."""
    case = lock_case(case_id, Action.ARCHIVE, by=by)
    found = book().services.find(final_service) if final_service else None
    case.final_service_id = found.id if found else case.service_id
    case.cause = cause.strip()
    take_step(case, Action.ARCHIVE, by=by, now=now, body={"final_service": case.final_service_id})
    end_clocks(case, now=now)
    return case
