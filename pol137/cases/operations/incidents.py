"""One fault, many reports: joining and leaving «مشکل مشترک»."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pol137.cases.models import Case, Incident
from pol137.cases.operations.promises import end_clocks, go_on, move_due, open_promise, stop_clock
from pol137.cases.operations.steps import take_step
from pol137.cases.vocabulary import BEFORE_ANSWER, Action, PromiseKind, Status, Stop
from pol137.city.queries.book import book
from pol137.lib.actor import Actor
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
    earlier due time of the two. Refuses joining itself, a case that has joined another, or one answered.
    """
    if case_id == main_case_id:
        raise Refusal("join_itself")
    case, main = _lock_both(case_id, main_case_id)
    if (
        main.status not in BEFORE_ANSWER
        or main.parent_id
        or case.parent_id
        or hasattr(case, "leads_incident")
    ):
        raise Refusal("join_impossible")
    incident, _ = Incident.objects.get_or_create(main_case=main, defaults={"created_at": now})
    case.incident = incident
    take_step(case, Action.JOIN_INCIDENT, by=by, now=now, body={"incident": incident.pk, "main": main.pk})
    end_clocks(case, now=now, kinds=[PromiseKind.TRIAGE, PromiseKind.PAUSE])
    own, mains = open_promise(case, PromiseKind.ANSWER), open_promise(main, PromiseKind.ANSWER)
    if own is not None:
        if mains is not None and own.due_at < mains.due_at:
            extended = mains.extended_at
            move_due(mains, due_at=own.due_at, now=now)
            mains.extended_at = extended
            mains.save(update_fields=["extended_at"])
        if not own.stop:
            stop_clock(own, stop=Stop.HELD, now=now)
    return case


@transaction.atomic
def leave_incident(case_id: int, *, by: Actor, now: datetime) -> Case:
    """The case was not the same fault after all: it goes its own way, with its own promise as it stood.

    Guarantees: rungs that fell due meanwhile fire at once: joining gains nobody time.
    """
    case = Case.objects.select_for_update().filter(pk=case_id).first()
    if case is None:
        raise Refusal("case_unknown")
    left, case.incident = case.incident_id, None
    to = Status.IN_WORK if case.department_id else Status.NEW
    take_step(case, Action.LEAVE_INCIDENT, by=by, now=now, to=to, body={"incident": left})
    own = open_promise(case, PromiseKind.ANSWER)
    if own is not None:
        go_on(own, now=now, city=book(), shift=False)
    return case
