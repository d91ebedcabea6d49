"""One fault, many reports: joining and leaving «مشکل مشترک»."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pol137.cases.models import Case, Incident, Promise
from pol137.cases.operations.promises import (
    end_clocks,
    go_on,
    move_due,
    open_centre_clock,
    open_promise,
    stop_clock,
)
from pol137.cases.operations.routing import hand_over
from pol137.cases.operations.steps import lock_case, take_step
from pol137.cases.permissions import may_see
from pol137.cases.vocabulary import BEFORE_ANSWER, Action, PromiseKind, Status, Stop
from pol137.city.queries.book import book
from pol137.lib.actor import Actor, system
from pol137.lib.refusal import Refusal


def _lock_both(one: int, other: int) -> tuple[Case, Case]:
    found = {
        case.pk: case for case in Case.objects.select_for_update().filter(pk__in=[one, other]).order_by("pk")
    }
    if one not in found or other not in found:
        raise Refusal("case_unknown")
    return found[one], found[other]


@transaction.atomic
def join_incident(case_id: int, *, main_case_id: int, by: Actor, now: datetime) -> Case:
    """The case joins the fault another case already carries.

    Guarantees: it keeps code, reporter and promise and has no ladder of its own; the main case takes the
    earlier due time of the two. Refuses joining itself, a case one may not see, one that has joined another,
    one answered, and a case in parts.
    """
    if case_id == main_case_id:
        raise Refusal("join_itself")
    case, main = _lock_both(case_id, main_case_id)
    if not may_see(main, by):
        raise Refusal("case_unknown")
    if (
        main.status not in BEFORE_ANSWER
        or main.parent_id
        or case.parent_id
        or hasattr(case, "leads_incident")
        or case.parts.exists()
    ):
        raise Refusal("join_impossible")
    incident, _ = Incident.objects.get_or_create(main_case=main, defaults={"created_at": now})
    case.incident = incident
    take_step(case, Action.JOIN_INCIDENT, by=by, now=now, body={"incident": incident.pk, "main": main.pk})
    end_clocks(case, now=now, kinds=[PromiseKind.TRIAGE, PromiseKind.PAUSE])
    own, mains = open_promise(case, PromiseKind.ANSWER), open_promise(main, PromiseKind.ANSWER)
    if own is not None:
        go_on(own, now=now, city=book(), shift=True)
        if mains is not None:
            _due_no_later(mains, own.due_at)
        stop_clock(own, stop=Stop.HELD, now=now)
    return case


def _due_no_later(promise: Promise, due_at: datetime) -> None:
    if due_at < promise.due_at:
        move_due(promise, due_at=due_at)


@transaction.atomic
def leave_incident(case_id: int, *, by: Actor, now: datetime) -> Case:
    """The case was not the same fault after all: it goes its own way, with its own promise as it stood.

    Guarantees: rungs that fell due meanwhile fire at once: joining gains nobody time.
    """
    case = lock_case(case_id, Action.LEAVE_INCIDENT, by=by)
    _leave(case, by=by, now=now)
    return case


def _leave(case: Case, *, by: Actor, now: datetime) -> None:
    left, case.incident, city = case.incident_id, None, book()
    to = Status.IN_WORK if case.department_id else Status.NEW
    take_step(case, Action.LEAVE_INCIDENT, by=by, now=now, to=to, body={"incident": left})
    end_clocks(case, now=now, kinds=[PromiseKind.RECEIPT])
    if to is Status.NEW:
        open_centre_clock(case, PromiseKind.TRIAGE, within=city.city.triage_within, now=now, city=city)
    own = open_promise(case, PromiseKind.ANSWER)
    if own is not None:
        go_on(own, now=now, city=city, shift=False)


def pass_lead_on(main: Case, *, now: datetime) -> None:
    """The locked main case was withdrawn: the first of those joined to it carries the work in its place.

    Guarantees: it lies where the main case lay and takes the earliest due time of those left; the others stay
    joined. Nothing happens when nobody had joined.
    """
    joined = Case.objects.select_for_update().filter(
        incident__in=Incident.objects.filter(main_case=main), status=Status.JOINED
    )
    left = list(joined.order_by("id"))
    if not left:
        return
    heir, *others = left
    Incident.objects.filter(main_case=main).update(main_case=heir)
    hand_over(heir, main.department_id, because={"why": "incident"}, now=now)
    _leave(heir, by=system("incident"), now=now)
    own = open_promise(heir, PromiseKind.ANSWER)
    for other in others:
        promise = open_promise(other, PromiseKind.ANSWER)
        if own is not None and promise is not None:
            _due_no_later(own, promise.due_at)
