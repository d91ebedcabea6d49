"""The answer: drafted, given, approved or returned; plans kept or put off."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction

from pol137.cases.models import Answer, Case
from pol137.cases.operations.incidents import call_back_followers, followers
from pol137.cases.operations.promises import (
    end_clocks,
    go_on,
    last_promise,
    meet,
    move_due,
    open_centre_clock,
    open_promise,
    open_telling_clock,
    open_timer,
    stop_clock,
)
from pol137.cases.operations.registering import add_pictures
from pol137.cases.operations.steps import keep_words, lock_case, lock_sharing, seal, take_step
from pol137.cases.operations.wording import reword
from pol137.cases.permissions import roles_on
from pol137.cases.queries import may_grant
from pol137.cases.queries.judging import approval_fault, returned_answers
from pol137.cases.rules.answers import DATED, answer_faults
from pol137.cases.rules.drafts import AnswerDraft
from pol137.cases.vocabulary import (
    SETTLED,
    UNIT_CLOCKS,
    Action,
    AnswerDecision,
    AnswerType,
    PromiseKind,
    Side,
    Status,
    Stop,
)
from pol137.city.queries.book import book, local_day
from pol137.city.vocabulary import Role
from pol137.lib.actor import Actor
from pol137.lib.persian import clean_text
from pol137.lib.refusal import Refusal
from pol137.staff.queries import holders
from pol137.staff.vocabulary import SIGNER


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
    """Keep what the unit's 137 user has prepared for its head. It holds no clock.

    The deputy is told of a date that only he can promise.
    """
    case = lock_case(case_id, Action.DRAFT, by=by)
    if answer.type not in set(AnswerType):
        raise Refusal("answer_type_missing", field="type")
    draft = _fill(_draft_of(case), answer)
    draft.drafted_by_id = by.staff_id
    draft.save()
    add_pictures(case, answer.pictures, side=Side.STAFF, now=now)
    body = {"answer": draft.pk, "type": draft.type, "deputy": needs_deputy(case, draft, now=now)}
    take_step(case, Action.DRAFT, by=by, now=now, body=body)
    return draft


def needs_deputy(case: Case, draft: Answer, *, now: datetime) -> bool:
    """Whether only the deputy can promise the date of a draft: too far off, or later than before."""
    if draft.type not in DATED or draft.plan_date is None:
        return False
    latest = _latest_day(case)
    too_far = draft.plan_date > local_day(now) + book().city.plan_limit
    return too_far or (latest is not None and draft.plan_date > latest)


def may_plan_long(case: Case, by: Actor, *, now: datetime) -> bool:
    """Whether this actor may promise a date the unit may not: the deputy, or where nobody holds his position
    whoever holds the next rung."""
    if Role.DEPUTY in roles_on(case, by):
        return True
    promise, deputies = (
        open_promise(case, PromiseKind.ANSWER),
        book().positions_for(case.department_id, Role.DEPUTY),
    )
    vacant = not holders([one.id for one in deputies], now=now)
    return vacant and promise is not None and may_grant(promise, by, now=now)


@transaction.atomic
def answer_case(case_id: int, *, answer: AnswerDraft, by: Actor, now: datetime) -> Answer:
    """Record the unit's answer, hold the ladder and pass the case to approval.

    Guarantees: one Answer, one event, the ladder held and the centre's own clock started - or nothing.
    Refuses an answer that says nothing or lacks what its type needs, and one from outside the unit; from the
    unit itself a date beyond the city's limit, or later than one that was promised or came back: the deputy
    gives that answer, or in the place of none whoever holds the next rung, and no other.
    """
    case = lock_case(case_id, Action.ANSWER, by=by)
    roles = roles_on(case, by)
    above = may_plan_long(case, by, now=now)
    if not roles & {Role.UNIT_HEAD, SIGNER} and not (above and answer.type in DATED):
        raise Refusal("answer_is_the_heads", field="type")
    _check(answer, now, latest=None if above else _latest_day(case), above=above)
    given = _give(case, answer, by=by, now=now)
    take_step(case, Action.ANSWER, by=by, now=now, body=_body(case, given))
    _hold(case, now=now)
    return given


@transaction.atomic
def keep_plan(case_id: int, *, answer: AnswerDraft, by: Actor, now: datetime) -> Answer:
    """The unit says what it promised for a date has been done; the centre approves it like any answer.

    While an objection is reviewed the answer waits for the verdict; overturned, it goes back with that.
    Refuses another dated answer: a date is put off by `postpone_plan` only.
    """
    case = lock_sharing(case_id, Action.KEEP_PLAN, by=by)
    reviewed = case.status == Status.UNDER_REVIEW
    if reviewed and not plan_runs(case):
        raise Refusal("step_not_now", action=Action.KEEP_PLAN, status=case.status)
    if answer.type in DATED:
        raise Refusal("plan_not_kept_by_plan", field="type")
    _check(answer, now)
    given = _give(case, answer, by=by, now=now)
    to = Status.UNDER_REVIEW if reviewed else Status.ANSWERED
    take_step(case, Action.KEEP_PLAN, by=by, now=now, to=to, body=_body(case, given))
    _hold(case, now=now)
    call_back_followers(case, now=now)
    return given


def plan_runs(case: Case) -> bool:
    """Whether a dated promise is still to be kept, and nobody has said that it was."""
    plan = open_promise(case, PromiseKind.PLAN)
    return plan is not None and not plan.stop


def _check(draft: AnswerDraft, now: datetime, *, latest: date | None = None, above: bool = False) -> None:
    city = book().city
    faults = answer_faults(
        draft,
        today=local_day(now),
        plan_limit=city.plan_limit,
        shortest_reply=city.shortest_reply,
        latest=latest,
        may_plan_long=above,
    )
    if faults:
        raise Refusal.of(faults)


def _latest_day(case: Case) -> date | None:
    """The day beyond which the unit may not promise: what the citizen was told and is not kept, or what went
    back to the unit in this round."""
    plan = last_promise(case, PromiseKind.PLAN)
    back = Answer.objects.filter(case=case, cycle=case.cycle, type__in=DATED, plan_date__isnull=False)
    days = set(back.exclude(decision__in=["", AnswerDecision.APPROVED]).values_list("plan_date", flat=True))
    if plan is not None and plan.met_at is None:
        days.add(local_day(plan.due_at - timedelta(seconds=1)))
    return max((day for day in days if day is not None), default=None)


def _give(case: Case, answer: AnswerDraft, *, by: Actor, now: datetime) -> Answer:
    given = _fill(_draft_of(case), answer)
    given.answered_by_id, given.answered_at = by.staff_id, now
    given.save()
    reword(case)
    add_pictures(case, answer.pictures, side=Side.STAFF, now=now)
    return given


def _body(case: Case, answer: Answer) -> dict[str, object]:
    return {"answer": answer.pk, "type": answer.type, "words": seal(answer.reply, case.salt)}


def _hold(case: Case, *, now: datetime) -> None:
    """The ladder stands still while the centre reads the answer: in danger no longer than the unit had."""
    city = book()
    within = city.city.approval_within
    for kind in UNIT_CLOCKS:
        promise = open_promise(case, kind)
        if promise is not None and not promise.stop:
            stop_clock(promise, stop=Stop.HELD, now=now)
            if case.in_danger:
                within = min(within, timedelta(seconds=promise.policy["within"]))
    if case.status == Status.ANSWERED:
        open_centre_clock(case, PromiseKind.APPROVAL, within=within, now=now, city=city)


def waiting_answer(case: Case) -> Answer | None:
    """The answer of the unit that nobody has decided yet."""
    return Answer.objects.filter(case=case, answered_at__isnull=False, decision="").first()


def _waiting_answer(case: Case, by: Actor) -> Answer:
    answer = waiting_answer(case)
    if answer is None:
        raise Refusal("no_answer_waits")
    if fault := approval_fault(case, answer, by):
        raise fault
    return answer


@transaction.atomic
def approve_answer(
    case_id: int, *, text: str = "", consent: bool = False, by: Actor, now: datetime
) -> Answer:
    """Approve the unit's answer; the promise counts as met at the moment the unit gave it.

    `text` is the text for the citizen, its tone and length edited; the unit's reply stays unaltered.
    Refuses a no (not feasible, unlawful) without the approver's express consent, whoever gave the answer
    himself, and the shift supervisor where nobody is in danger.
    """
    case = lock_case(case_id, Action.APPROVE, by=by)
    answer = _waiting_answer(case, by)
    if answer.type in (AnswerType.NOT_FEASIBLE, AnswerType.UNLAWFUL) and not consent:
        raise Refusal("consent_missing", field="consent")
    answer.approved_text = clean_text(text).strip() or answer.citizen_text
    decide_answer(answer, AnswerDecision.APPROVED, "", by, now)
    take_step(
        case,
        Action.APPROVE,
        by=by,
        now=now,
        body={"answer": answer.pk, "type": answer.type, "words": seal(answer.approved_text, case.salt)},
    )
    given_up = [PromiseKind.PLAN] if answer.type in DATED else []
    end_clocks(case, now=now, kinds=[PromiseKind.APPROVAL, PromiseKind.PLAN_DAY, *given_up])
    for kind in UNIT_CLOCKS:
        promise = open_promise(case, kind)
        if promise is not None:
            meet(promise, met_at=answer.answered_at or now, now=now)
    if case.parent_id is None and not case.parts.exclude(status__in=SETTLED).exists():
        open_telling_clock(case, now=now)
    return answer


@transaction.atomic
def return_answer(
    case_id: int, *, reason: str, no_logical_answer: bool = False, by: Actor, now: datetime
) -> Answer:
    """Send the answer back to the unit.

    For completion: the unit gets back exactly the time it had left. As *no logical answer* (K3): it counts as
    never given, the original times stand and rungs due meanwhile fire at once. From the second return of a
    round on the deputy is told.
    Refuses without a reason, and whom `approve_answer` refuses.
    """
    case = lock_sharing(case_id, Action.RETURN_ANSWER, by=by)
    answer = _waiting_answer(case, by)
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")
    decision = AnswerDecision.NO_LOGICAL_ANSWER if no_logical_answer else AnswerDecision.RETURNED
    decide_answer(answer, decision, reason.strip(), by, now)
    end_clocks(case, now=now, kinds=[PromiseKind.APPROVAL])
    body = {
        "answer": answer.pk,
        "decision": str(decision),
        "returns": len(returned_answers([case.pk])[case.pk]),
        "words": seal(reason, case.salt),
    }
    for kind in UNIT_CLOCKS:
        promise = open_promise(case, kind)
        if promise is not None:
            before = promise.due_at
            go_on(promise, now=now, city=book(), shift=not no_logical_answer)
            if promise.due_at > before:
                body |= {"kind": promise.kind, "due_at": promise.due_at.isoformat()}
    take_step(case, Action.RETURN_ANSWER, by=by, now=now, to=Status.IN_WORK, body=body)
    return answer


def decide_answer(answer: Answer, decision: AnswerDecision, reason: str, by: Actor, now: datetime) -> None:
    """Write down what the centre makes of an answer that waits."""
    answer.decision, answer.decision_reason = str(decision), reason
    answer.decided_by_id, answer.decided_at = by.staff_id, now
    answer.save()


@transaction.atomic
def postpone_plan(case_id: int, *, until: date, reason: str, by: Actor, now: datetime) -> Case:
    """The rung above puts the date of a plan off; the citizen is told why.

    Guarantees: what was promised, and by how much it was missed already, stays on record.
    Refuses without a reason, a date that is not later, and anybody but the holder of the next rung: the
    deputy until he was told of the plan's lateness, then those above him.
    """
    case = lock_sharing(case_id, Action.POSTPONE_PLAN, by=by)
    promise = open_promise(case, PromiseKind.PLAN)
    due = end_of_day(until)
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")
    if promise is None or due <= max(promise.due_at, now):
        raise Refusal("plan_date_past", field="until")
    if not may_grant(promise, by, now=now):
        raise Refusal("not_the_next_rung")
    take_step(
        case, Action.POSTPONE_PLAN, by=by, now=now,
        body={"due_at": due.isoformat(), **keep_words(case, reason, by=by, now=now)},
    )  # fmt: skip
    for one in [case, *followers(case).filter(status=Status.PLANNED)]:
        plan = open_promise(one, PromiseKind.PLAN)
        if plan is not None:
            move_due(plan, due_at=max(due, plan.due_at), now=now, extended_at=now)
            end_clocks(one, now=now, kinds=[PromiseKind.PLAN_DAY])
            open_plan_day(one, until, now=now)
    return case


def open_plan_day(case: Case, day: date, *, now: datetime) -> None:
    """Let the citizen be told on the promised day, when people are called; nothing when that has passed."""
    city = book()
    at = datetime.combine(day, city.city.calls_from, tzinfo=city.zone)
    if at > now:
        open_timer(case, PromiseKind.PLAN_DAY, due_at=at, now=now)
