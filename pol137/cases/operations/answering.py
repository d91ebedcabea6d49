"""The answer: drafted, given, approved or returned; plans kept or put off."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction

from pol137.cases.models import Answer, Case
from pol137.cases.operations.promises import (
    end_clocks,
    go_on,
    meet,
    move_due,
    open_centre_clock,
    open_promise,
    stop_clock,
)
from pol137.cases.operations.registering import add_pictures
from pol137.cases.operations.steps import lock_case, seal, take_step
from pol137.cases.rules.answers import answer_faults
from pol137.cases.rules.drafts import AnswerDraft
from pol137.cases.vocabulary import Action, AnswerDecision, AnswerType, PromiseKind, Side, Status, Stop
from pol137.city.queries.book import book, local_day
from pol137.city.vocabulary import Role
from pol137.lib.actor import Actor
from pol137.lib.persian import clean_text
from pol137.lib.refusal import Refusal

UNIT_CLOCKS = (PromiseKind.ANSWER, PromiseKind.PLAN)


def end_of_day(day: date) -> datetime:
    """The last moment of a day in the city: when a dated promise falls due."""
    return datetime.combine(day + timedelta(days=1), time(0), tzinfo=book().zone)


def _fill(answer: Answer, draft: AnswerDraft) -> Answer:
    city = book()
    ground = city.legal_grounds.find(draft.legal_ground) if draft.legal_ground else None
    agency = city.agencies.find(draft.agency) if draft.agency else None
    if draft.legal_ground and ground is None:
        raise Refusal("legal_ground_unknown", field="legal_ground")
    if draft.agency and agency is None:
        raise Refusal("agency_unknown", field="agency")
    answer.type, answer.reply = draft.type, clean_text(draft.reply).strip()
    answer.citizen_text = clean_text(draft.citizen_text).strip() or answer.reply
    answer.legal_ground_id = ground.id if ground else None
    answer.agency_id = agency.id if agency else None
    answer.plan_date, answer.next_step = draft.plan_date, clean_text(draft.next_step).strip()
    return answer


def _draft_of(case: Case) -> Answer:
    found = Answer.objects.filter(case=case, answered_at__isnull=True).first()
    if case.department_id is None:
        raise Refusal("step_not_now", action=Action.ANSWER, status=case.status)
    draft = found or Answer(case=case)
    draft.cycle, draft.department_id = case.cycle, case.department_id
    return draft


@transaction.atomic
def draft_answer(case_id: int, *, answer: AnswerDraft, by: Actor, now: datetime) -> Answer:
    """Keep what the unit's 137 user has prepared for its head. It holds no clock and tells nobody."""
    case = lock_case(case_id, Action.DRAFT, by=by)
    if answer.type not in set(AnswerType):
        raise Refusal("answer_type_missing", field="type")
    draft = _fill(_draft_of(case), answer)
    draft.drafted_by_id = by.staff_id
    draft.save()
    add_pictures(case, answer.pictures, side=Side.STAFF, now=now)
    take_step(case, Action.DRAFT, by=by, now=now, body={"answer": draft.pk, "type": draft.type})
    return draft


@transaction.atomic
def answer_case(case_id: int, *, answer: AnswerDraft, by: Actor, now: datetime) -> Answer:
    """Record the unit's answer, hold the ladder and pass the case to approval.

    Guarantees: one Answer, one event, the ladder held and the centre's own clock started - or nothing.
    Refuses an answer that says nothing or lacks what its type needs, and one from outside the unit.
    """
    case = lock_case(case_id, Action.ANSWER, by=by)
    _check(answer, by, now)
    given = _give(case, answer, by=by, now=now)
    take_step(case, Action.ANSWER, by=by, now=now, body=_body(case, given))
    _hold(case, now=now)
    return given


@transaction.atomic
def keep_plan(case_id: int, *, answer: AnswerDraft, by: Actor, now: datetime) -> Answer:
    """The unit says what it promised for a date has been done; the centre approves it like any answer.

    Refuses another dated answer: a date is put off by `postpone_plan` only.
    """
    case = lock_case(case_id, Action.KEEP_PLAN, by=by)
    if answer.type in (AnswerType.PLANNED, AnswerType.IN_COURSE):
        raise Refusal("plan_not_kept_by_plan", field="type")
    _check(answer, by, now)
    given = _give(case, answer, by=by, now=now)
    take_step(case, Action.KEEP_PLAN, by=by, now=now, body=_body(case, given))
    _hold(case, now=now)
    return given


def _check(answer: AnswerDraft, by: Actor, now: datetime) -> None:
    faults = answer_faults(
        answer,
        today=local_day(now),
        plan_limit=book().city.plan_limit,
        may_plan_long=bool({Role.DEPUTY, Role.MANAGER} & by.roles),
    )
    if faults:
        raise Refusal.of(faults)


def _give(case: Case, answer: AnswerDraft, *, by: Actor, now: datetime) -> Answer:
    given = _fill(_draft_of(case), answer)
    given.answered_by_id, given.answered_at = by.staff_id, now
    given.save()
    add_pictures(case, answer.pictures, side=Side.STAFF, now=now)
    return given


def _body(case: Case, answer: Answer) -> dict[str, object]:
    return {"answer": answer.pk, "type": answer.type, "words": seal(answer.reply, case.salt)}


def _hold(case: Case, *, now: datetime) -> None:
    for kind in UNIT_CLOCKS:
        promise = open_promise(case, kind)
        if promise is not None and not promise.stop:
            stop_clock(promise, stop=Stop.HELD, now=now)
    city = book()
    open_centre_clock(case, PromiseKind.APPROVAL, within=city.city.approval_within, now=now, city=city)


def _waiting_answer(case: Case) -> Answer:
    answer = Answer.objects.filter(case=case, answered_at__isnull=False, decision="").first()
    if answer is None:
        raise Refusal("no_answer_waits")
    return answer


@transaction.atomic
def approve_answer(
    case_id: int, *, text: str = "", consent: bool = False, by: Actor, now: datetime
) -> Answer:
    """Approve the unit's answer; the promise counts as met at the moment the unit gave it.

    `text` is the text for the citizen, its tone and length edited; the unit's reply stays unaltered.
    Refuses a no (not feasible, unlawful) without the approver's express consent.
    """
    case = lock_case(case_id, Action.APPROVE, by=by)
    answer = _waiting_answer(case)
    if answer.type in (AnswerType.NOT_FEASIBLE, AnswerType.UNLAWFUL) and not consent:
        raise Refusal("consent_missing", field="consent")
    answer.approved_text = clean_text(text).strip() or answer.citizen_text
    _decide(answer, AnswerDecision.APPROVED, "", by, now)
    take_step(
        case,
        Action.APPROVE,
        by=by,
        now=now,
        body={"answer": answer.pk, "type": answer.type, "words": seal(answer.approved_text, case.salt)},
    )
    end_clocks(case, now=now, kinds=[PromiseKind.APPROVAL])
    for kind in UNIT_CLOCKS:
        promise = open_promise(case, kind)
        if promise is not None:
            meet(promise, met_at=answer.answered_at or now, now=now)
    city = book()
    open_centre_clock(
        case, PromiseKind.ANNOUNCEMENT, within=city.city.announcement_within, now=now, city=city
    )
    return answer


@transaction.atomic
def return_answer(
    case_id: int, *, reason: str, no_logical_answer: bool = False, by: Actor, now: datetime
) -> Answer:
    """Send the answer back to the unit.

    For completion: the unit gets back exactly the time it had left. As *no logical answer* (K3): it counts as
    never given, the original times stand and rungs due meanwhile fire at once.
    Refuses without a reason.
    """
    case = lock_case(case_id, Action.RETURN_ANSWER, by=by)
    answer = _waiting_answer(case)
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")
    decision = AnswerDecision.NO_LOGICAL_ANSWER if no_logical_answer else AnswerDecision.RETURNED
    _decide(answer, decision, reason.strip(), by, now)
    take_step(
        case,
        Action.RETURN_ANSWER,
        by=by,
        now=now,
        to=Status.IN_WORK,
        body={"answer": answer.pk, "decision": str(decision), "words": seal(reason, case.salt)},
    )
    end_clocks(case, now=now, kinds=[PromiseKind.APPROVAL])
    for kind in UNIT_CLOCKS:
        promise = open_promise(case, kind)
        if promise is not None:
            go_on(promise, now=now, city=book(), shift=not no_logical_answer)
    return answer


def _decide(answer: Answer, decision: AnswerDecision, reason: str, by: Actor, now: datetime) -> None:
    answer.decision, answer.decision_reason = str(decision), reason
    answer.decided_by_id, answer.decided_at = by.staff_id, now
    answer.save()


@transaction.atomic
def postpone_plan(case_id: int, *, until: date, reason: str, by: Actor, now: datetime) -> Case:
    """The rung above puts the date of a plan off; the citizen is told and what was promised stays on record.

    Refuses without a reason, or a date that is not later.
    """
    case = lock_case(case_id, Action.POSTPONE_PLAN, by=by)
    promise = open_promise(case, PromiseKind.PLAN)
    due = end_of_day(until)
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")
    if promise is None or due <= max(promise.due_at, now):
        raise Refusal("plan_date_past", field="until")
    take_step(
        case, Action.POSTPONE_PLAN, by=by, now=now,
        body={"due_at": due.isoformat(), "words": seal(reason, case.salt)},
    )  # fmt: skip
    move_due(promise, due_at=due, extended_at=now)
    return case
