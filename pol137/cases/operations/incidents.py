"""One fault, many reports: joining, leaving and reopening «مشکل مشترک»."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from pol137.cases.models import Announcement, Case, Incident, JoinProposal, Objection, Promise, Review
from pol137.cases.operations.promises import (
    end_clocks,
    go_on,
    last_promise,
    move_due,
    open_centre_clock,
    open_promise,
    renewed_promise,
    restore_own,
    stop_clock,
)
from pol137.cases.operations.routing import hand_over
from pol137.cases.operations.steps import keep_words, lock_case, seal, stream_of, take_step
from pol137.cases.permissions import may_see
from pol137.cases.vocabulary import (
    BEFORE_ANSWER,
    UNIT_CLOCKS,
    Action,
    CloseReason,
    Heard,
    PromiseKind,
    Status,
    Stop,
)
from pol137.city.queries.book import book
from pol137.journal.models import Event
from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor, system
from pol137.lib.persian import clean_text
from pol137.lib.refusal import Refusal

INCIDENT = system("incident")


def _lock_both(one: int, other: int) -> tuple[Case, Case]:
    found = {
        case.pk: case for case in Case.objects.select_for_update().filter(pk__in=[one, other]).order_by("pk")
    }
    if one not in found or other not in found:
        raise Refusal("case_unknown")
    return found[one], found[other]


def _check_pair(case: Case, main: Case, by: Actor) -> None:
    if case.pk == main.pk:
        raise Refusal("join_itself")
    if not may_see(main, by):
        raise Refusal("case_unknown")
    if (
        main.status not in BEFORE_ANSWER
        or main.parent_id
        or case.parent_id
        or hasattr(case, "leads_incident")
        or case.parts.exists()
        or case.confidential != main.confidential
    ):
        raise Refusal("join_impossible")


@transaction.atomic
def propose_join(
    case_id: int, *, main_case_id: int, reason: str = "", by: Actor, now: datetime
) -> JoinProposal:
    """A unit thinks this case is the same fault as another: triage and follow-up see both and decide.

    Guarantees: nothing moves. Refuses a second proposal while one waits, and whatever could not be joined.
    """
    case, main = _lock_both(case_id, main_case_id)
    _check_pair(case, main, by)
    if JoinProposal.objects.filter(case=case, settled_at__isnull=True).exists():
        raise Refusal("join_proposed_already")
    if by.staff_id is None:
        raise Refusal("step_not_yours", action=Action.PROPOSE_JOIN)
    reason = clean_text(reason).strip()
    body = {"main": main.pk, **({"words": seal(reason, case.salt)} if reason else {})}
    take_step(case, Action.PROPOSE_JOIN, by=by, now=now, body=body)
    return JoinProposal.objects.create(
        case=case, main_case=main, reason=reason, proposed_by_id=by.staff_id, at=now
    )


@transaction.atomic
def decline_join(case_id: int, *, reason: str, by: Actor, now: datetime) -> JoinProposal:
    """The centre does not join what a unit proposed; the unit is told, and reads why in a note. Refuses
    without a reason."""
    case = lock_case(case_id, Action.DECLINE_JOIN, by=by)
    proposal = JoinProposal.objects.filter(case=case, settled_at__isnull=True).first()
    if proposal is None:
        raise Refusal("no_join_proposed")
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")
    body = {"main": proposal.main_case_id, **keep_words(case, reason, by=by, now=now)}
    take_step(case, Action.DECLINE_JOIN, by=by, now=now, body=body)
    _settle([proposal.pk], joined=False, now=now)
    return proposal


def _settle(proposals: Iterable[int], *, joined: bool, now: datetime) -> None:
    JoinProposal.objects.filter(pk__in=list(proposals)).update(settled_at=now, joined=joined)


@transaction.atomic
def join_incident(case_id: int, *, main_case_id: int, by: Actor, now: datetime) -> Case:
    """The case joins the fault another case already carries.

    Guarantees: it keeps code, reporter and promise and has no ladder of its own; the main case takes the
    earlier due time of the two; what a unit had proposed about it is settled. Refuses joining itself, a case
    one may not see, one that has joined another, one answered, and a case in parts.
    """
    if case_id == main_case_id:
        raise Refusal("join_itself")
    case, main = _lock_both(case_id, main_case_id)
    _check_pair(case, main, by)
    incident, _ = Incident.objects.get_or_create(main_case=main, defaults={"created_at": now})
    case.incident = incident
    take_step(case, Action.JOIN_INCIDENT, by=by, now=now, body={"incident": incident.pk, "main": main.pk})
    waiting = JoinProposal.objects.filter(case=case, settled_at__isnull=True).first()
    if waiting is not None:
        _settle([waiting.pk], joined=waiting.main_case_id == main.pk, now=now)
    end_clocks(case, now=now, kinds=[PromiseKind.TRIAGE, PromiseKind.PAUSE])
    own, mains = open_promise(case, PromiseKind.ANSWER), open_promise(main, PromiseKind.ANSWER)
    if own is not None:
        go_on(own, now=now, city=book(), shift=True)
        if mains is not None:
            _due_no_later(mains, own.due_at, now=now)
        stop_clock(own, stop=Stop.HELD, now=now)
    return case


def hurry_main(case: Case, *, now: datetime) -> None:
    """A locked case turned out dangerous: the main case it has joined falls due no later."""
    own = open_promise(case, PromiseKind.ANSWER)
    if case.status == Status.JOINED and case.incident is not None and own is not None:
        mains = open_promise(case.incident.main_case, PromiseKind.ANSWER)
        if mains is not None:
            _due_no_later(mains, own.due_at, now=now)


def _due_no_later(promise: Promise, due_at: datetime, *, now: datetime) -> None:
    if due_at < promise.due_at:
        move_due(promise, due_at=due_at, now=now)


@transaction.atomic
def leave_incident(case_id: int, *, by: Actor, now: datetime) -> Case:
    """The case was not the same fault after all: it goes its own way, with its own promise as it stood,
    without what the main case was granted.

    Guarantees: rungs that fell due meanwhile fire at once: joining gains nobody time. Its unit, or triage
    when it has none, and its reporter are told.
    """
    case = lock_case(case_id, Action.LEAVE_INCIDENT, by=by)
    _leave(case, by=by, now=now)
    return case


def _leave(case: Case, *, by: Actor, now: datetime, as_heir_of: int | None = None) -> None:
    left, case.incident, city = case.incident_id, None, book()
    to = Status.IN_WORK if case.department_id else Status.NEW
    body = {"incident": left, **({"heir_of": as_heir_of} if as_heir_of else {})}
    take_step(case, Action.LEAVE_INCIDENT, by=by, now=now, to=to, body=body)
    end_clocks(case, now=now, kinds=[PromiseKind.RECEIPT, PromiseKind.ANNOUNCEMENT])
    if to is Status.NEW:
        open_centre_clock(case, PromiseKind.TRIAGE, within=city.city.triage_within, now=now, city=city)
    own = open_promise(case, PromiseKind.ANSWER)
    if own is not None:
        if not as_heir_of:
            restore_own(own, city=city)
        go_on(own, now=now, city=city, shift=False)


def pass_lead_on(main: Case, *, now: datetime) -> None:
    """The locked main case was withdrawn: the first of those joined to it carries the work in its place.

    Guarantees: it lies where the main case lay, keeps what that was granted and takes the earliest due time
    of those left; the others stay joined. Nothing happens when nobody had joined.
    """
    left = list(followers(main).filter(status=Status.JOINED))
    if not left:
        return
    heir, *others = left
    Incident.objects.filter(main_case=main).update(main_case=heir)
    hand_over(heir, main.department_id, because={"why": "incident"}, now=now)
    _leave(heir, by=INCIDENT, now=now, as_heir_of=main.pk)
    own = open_promise(heir, PromiseKind.ANSWER)
    for other in others:
        promise = open_promise(other, PromiseKind.ANSWER)
        if own is not None and promise is not None:
            _due_no_later(own, promise.due_at, now=now)


def part_ways(case: Case, *, now: datetime) -> None:
    """A locked case may no longer share a fault with others: it leaves, and whoever had joined it goes on
    without it."""
    if case.status == Status.JOINED:
        _leave(case, by=INCIDENT, now=now)
    else:
        pass_lead_on(case, now=now)


def count_to_the_end(case: Case) -> None:
    """A locked case is about to end, or to begin anew: did it share a fault, its lateness counts until now by
    its own promise, not until it joined. No rung fires for it any more."""
    if case.incident_id is not None:
        own = Promise.objects.filter(case=case, kind__in=UNIT_CLOCKS, ended_at__isnull=True)
        own.update(stop="", stopped_at=None)


def followers(main: Case) -> QuerySet[Case]:
    """Those who share the fault a locked main case carries, to be locked in their order."""
    return Case.objects.select_for_update().filter(incident__main_case=main).order_by("pk")


def call_back_followers(main: Case, *, now: datetime) -> None:
    """The unit says a common plan was kept: those told of the plan wait with the main case for what is told
    next, their own dates standing still."""
    for one in followers(main).filter(status=Status.PLANNED):
        end_clocks(one, now=now, kinds=[PromiseKind.PLAN_DAY])
        _rejoin(one, now=now, told=True)


def stay_with_main(case: Case, *, now: datetime) -> bool:
    """A locked case came back to a plan it shares: whether the unit has said meanwhile that it was kept. Then
    it waits with the main case for what is told of that, like those called back before."""
    main = case.incident.main_case if case.incident else None
    plan = open_promise(main, PromiseKind.PLAN) if main else None
    stands = plan is not None and not plan.stop
    if main is None or (main.status in (Status.PLANNED, Status.UNDER_REVIEW) and stands):
        return False
    end_clocks(case, now=now, kinds=[PromiseKind.PLAN_DAY])
    _rejoin(case, now=now, told=True)
    return True


def reopen_incident(case: Case, *, by: Actor, now: datetime) -> None:
    """An objection to a common answer was upheld: the fault is open again for everybody who shares it.

    `case`, the objector's, is locked, in work and has its new promise; `by` decided.
    Guarantees: the main case carries the work by the times of that promise; whoever had been told, the
    objector too, is joined to it again under a new promise and told; other objections to the same answer are
    decided alike; an answer not told yet is told to nobody. One who withdrew, and an archived case, stay as
    they are; the objector's case leads when the main case is one of these.
    Nothing happens to a case that shares no fault.
    """
    incident = case.incident or Incident.objects.filter(main_case=case).first()
    if incident is None:
        return
    sharing = Q(incident=incident) | Q(leads_incident=incident)
    others = list(
        Case.objects.select_for_update(of=("self",)).filter(sharing).exclude(pk=case.pk).order_by("pk")
    )
    main = next((one for one in others if one.pk == incident.main_case_id), case)
    if main is not case and _is_over(main):
        main, case.incident = case, None
        case.save(update_fields=["incident"])
        Incident.objects.filter(pk=incident.pk).update(main_case=case)
    elif main is not case:
        _lead_again(main, objector=case, by=by, now=now)
    untold = Announcement.objects.filter(case__in=[case, *others], announced_at__isnull=True)
    telling = set(untold.values_list("case_id", flat=True))
    untold.delete()
    for one in others:
        if one is not main and not _is_over(one):
            _follow_again(one, telling=one.pk in telling, objector=case, by=by, now=now)
    if case is not main:
        _rejoin(case, now=now, told=True)
        own = open_promise(case, PromiseKind.ANSWER)
        if own is not None and not own.stop:
            stop_clock(own, stop=Stop.HELD, now=now)


def _is_over(case: Case) -> bool:
    return case.status == Status.ARCHIVED or case.close_reason == CloseReason.WITHDRAWN


def _lead_again(main: Case, *, objector: Case, by: Actor, now: datetime) -> None:
    """The main case is in work again, no later than the objector's new promise."""
    theirs = open_promise(objector, PromiseKind.ANSWER)
    if main.status in BEFORE_ANSWER or main.status == Status.ANSWERED:
        mains = open_promise(main, PromiseKind.ANSWER)
        if mains is not None and theirs is not None:
            _due_no_later(mains, theirs.due_at, now=now)
        return
    decided = _decide_alike(main, objector=objector, by=by, now=now)
    if main.department_id is None:
        hand_over(main, objector.department_id, because={"why": "review"}, now=now)
    _again(main, to=Status.IN_WORK, told=decided, now=now)


def _follow_again(one: Case, *, telling: bool, objector: Case, by: Actor, now: datetime) -> None:
    if one.status == Status.JOINED:
        end_clocks(one, now=now, kinds=[PromiseKind.RECEIPT, PromiseKind.ANNOUNCEMENT])
        if telling:
            _rejoin(one, now=now, told=True)
        return
    decided = _decide_alike(one, objector=objector, by=by, now=now)
    _again(one, to=Status.JOINED, told=decided, now=now)
    own = open_promise(one, PromiseKind.ANSWER)
    if own is not None:
        stop_clock(own, stop=Stop.HELD, now=now)


def _decide_alike(one: Case, *, objector: Case, by: Actor, now: datetime) -> bool:
    """Decide an objection of somebody else to the same answer by the verdict just given, if there is one."""
    objection = Objection.objects.filter(case=one, review__isnull=True).order_by("-id").first()
    verdict = Review.objects.filter(objection__case=objector).order_by("-id").first()
    if one.status != Status.UNDER_REVIEW or objection is None or verdict is None:
        return False
    review = Review.objects.create(
        objection=objection,
        verdict=verdict.verdict,
        reasons=verdict.reasons,
        citizen_text=verdict.citizen_text,
        reviewer_id=verdict.reviewer_id,
        at=now,
    )
    body = {"review": review.pk, "verdict": review.verdict, "words": seal(review.reasons, one.salt)}
    take_step(one, Action.DECIDE_REVIEW, by=by, now=now, to=Status.IN_WORK, body=body)
    return True


def _again(one: Case, *, to: Status, told: bool, now: datetime) -> None:
    """A case whose reporter had been told is open again under a new promise."""
    before = last_promise(one, PromiseKind.ANSWER)
    one.cycle, one.closed_at, one.close_reason = one.cycle + 1, None, ""
    _reopen(one, to=to, told=told, now=now)
    count_to_the_end(one)
    end_clocks(one, now=now)
    if before is not None:
        renewed_promise(one, before=before, start=now, within=book().city.upheld_within)


def _rejoin(one: Case, *, now: datetime, told: bool) -> None:
    _reopen(one, to=Status.JOINED, told=told, now=now)


def _reopen(one: Case, *, to: Status, told: bool, now: datetime) -> None:
    body = {"why": "incident", "incident": one.incident_id, "told": told}
    take_step(one, Action.REOPEN_INCIDENT, by=INCIDENT, now=now, to=to, body=body)


HEARD: dict[str, Heard] = {
    EventKind.CASE_JOINED_INCIDENT: Heard.JOINED,
    EventKind.CASE_LEFT_INCIDENT: Heard.LEFT,
    EventKind.CASE_NUDGED: Heard.NUDGE,
    EventKind.CASE_NOTED: Heard.NOTE,
    EventKind.CASE_OBJECTED: Heard.OBJECTION,
}
"""What of a joined case's story its main case hears."""


@transaction.atomic
def hear_joined(case_id: int, *, incident_id: int | None, event: Event, now: datetime) -> None:
    """Whatever was said on a joined case reaches the main case, where the unit works.

    Guarantees: once per event. Nothing happens for a case that shares no fault, or leads it.
    """
    if incident_id is None:
        return
    main = Case.objects.select_for_update(of=("self",)).filter(leads_incident=incident_id).first()
    if main is None or main.pk == case_id:
        return
    stream, kind = stream_of(main.pk), EventKind.CASE_HEARD_FROM_JOINED
    if Event.objects.filter(stream=stream, kind=kind, body__event=event.pk).exists():
        return
    body = {"heard": str(HEARD[event.kind]), "case": case_id, "event": event.pk}
    append_event(stream=stream, kind=kind, at=now, by=INCIDENT, body=body)
