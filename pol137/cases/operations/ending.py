"""How a case ends, comes back, and is put away."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pol137.cases.models import Case
from pol137.cases.operations.incidents import count_to_the_end, pass_lead_on, reopen_incident
from pol137.cases.operations.promises import end_clocks, last_promise, open_timer, renewed_promise
from pol137.cases.operations.routing import hand_over
from pol137.cases.operations.steps import keep_words, lock_case, lock_sharing, seal, take_step
from pol137.cases.queries.judging import likely_outcome
from pol137.cases.vocabulary import BEFORE_ANSWER, Action, CloseReason, Outcome, PromiseKind, Status
from pol137.city.queries.book import book
from pol137.lib.actor import Actor, ActorKind, system
from pol137.lib.persian import clean_text
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
def withdraw_case(case_id: int, *, reason: str = "", proof: str = "", by: Actor, now: datetime) -> Case:
    """The reporter takes his case back, by his own code or on the phone. Lateness so far stays.

    `proof` is the contact or call on which he said so: the contacts room vouches for it and it is kept.
    Guarantees: parts not answered yet end with it; of the cases joined to it the first carries the rest.
    Refuses staff without a proof.
    """
    case = lock_sharing(case_id, Action.WITHDRAW, by=by)
    if by.kind is ActorKind.STAFF and not proof and case.parent_id is None:
        raise Refusal("withdrawal_unproved")
    count_to_the_end(case)
    _close(case, Action.WITHDRAW, CloseReason.WITHDRAWN, by=by, now=now, words=reason, proof=proof)
    pass_lead_on(case, now=now)
    return case


def _close(
    case: Case,
    action: Action,
    reason: CloseReason,
    *,
    by: Actor,
    now: datetime,
    words: str = "",
    proof: str = "",
) -> None:
    case.closed_at, case.close_reason = now, str(reason)
    body = {"reason": str(reason), **keep_words(case, words, by=by, now=now)}
    body |= {"proof": proof} if proof else {}
    take_step(case, action, by=by, now=now, to=Status.CLOSED, body=body)
    end_clocks(case, now=now)
    open_timer(case, PromiseKind.ARCHIVE, due_at=now + book().city.archive_after, now=now)
    sources = (Status.ANNOUNCED,) if action is Action.CLOSE else BEFORE_ANSWER
    for part in Case.objects.select_for_update().filter(parent=case, status__in=sources).order_by("id"):
        _close(part, action, reason, by=system("whole"), now=now)


@transaction.atomic
def reopen_case(case_id: int, *, reason: str, by: Actor, now: datetime) -> Case:
    """The centre takes a closed case up again, within the city's window, under a new promise.

    Guarantees: a fault shared by many is taken up again for all.
    Refuses without a reason or after the window.
    """
    case, city = lock_sharing(case_id, Action.REOPEN, by=by), book()
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")
    if not may_reopen(case, now=now):
        raise Refusal("reopen_too_late", days=city.city.reopen_window.days)
    before = last_promise(case, PromiseKind.ANSWER)
    if case.department_id is None and case.incident is not None:
        hand_over(case, case.incident.main_case.department_id, because={"why": "incident"}, now=now)
    if case.department_id is None or before is None:
        raise Refusal("reopen_without_unit")
    case.cycle, case.closed_at, case.close_reason = case.cycle + 1, None, ""
    take_step(case, Action.REOPEN, by=by, now=now, body=keep_words(case, reason, by=by, now=now))
    end_clocks(case, now=now, kinds=[PromiseKind.ARCHIVE])
    renewed_promise(case, before=before, start=now, within=city.city.upheld_within)
    reopen_incident(case, by=by, now=now)
    return case


def may_reopen(case: Case, *, now: datetime) -> bool:
    """Whether the city's window for taking a closed case up again is still open."""
    return case.closed_at is not None and now <= case.closed_at + book().city.reopen_window


@transaction.atomic
def classify_case(
    case_id: int, *, final_service: str, cause: str = "", outcome: str, by: Actor, now: datetime
) -> Case:
    """The follow-up unit writes down what a closed case turned out to be, its cause and what it came to.

    Guarantees: may be put right until the archive; the first subject stays on record.
    Refuses an unknown service or outcome.
    """
    case = lock_case(case_id, Action.CLASSIFY, by=by)
    found = book().services.find(final_service)
    if found is None:
        raise Refusal("service_unknown", field="final_service", service=final_service)
    if outcome not in set(Outcome):
        raise Refusal("outcome_unknown", field="outcome")
    case.final_service_id, case.cause, case.outcome = found.id, clean_text(cause).strip(), outcome
    case.classified_at = now
    body = {"service": found.id, "outcome": outcome, "words": seal(case.cause, case.salt)}
    take_step(case, Action.CLASSIFY, by=by, now=now, body=body)
    return case


@transaction.atomic
def archive_case(case_id: int, *, by: Actor, now: datetime) -> Case:
    """«بایگانی»: the end, by the system's hand. Where nobody has classified the case, its subject and what
    its answer says stand for what it came to."""
    case = lock_case(case_id, Action.ARCHIVE, by=by)
    case.final_service_id = case.final_service_id or case.service_id
    case.outcome = case.outcome or str(likely_outcome(case))
    body = {"final_service": case.final_service_id, "outcome": case.outcome}
    take_step(case, Action.ARCHIVE, by=by, now=now, body=body)
    end_clocks(case, now=now)
    return case
