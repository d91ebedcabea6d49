"""A case turns out to be for inspection only: whoever had it no longer knows of it (S2:30)."""

from __future__ import annotations

from datetime import datetime

from pol137.cases.models import Case, JoinProposal, Notice
from pol137.cases.operations.incidents import part_ways
from pol137.cases.operations.routing import hand_over
from pol137.cases.operations.steps import stream_of
from pol137.cases.permissions import inspection_departments, may_be_told
from pol137.cases.vocabulary import Status
from pol137.city.queries.book import book
from pol137.city.vocabulary import DepartmentKind
from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal


def keep_secret(case: Case, *, by: Actor, now: datetime) -> None:
    """A locked case, saved already, becomes a matter for inspection only, with its parts.

    Guarantees: it lies with inspection (one that triage holds waits there for inspection), it shares no fault
    with other cases, the case it is a part of is public no longer, and notices that told others of it are
    gone.
    """
    part_ways(case, now=now)
    whole = [case, *Case.objects.select_for_update().filter(parent=case).order_by("pk")]
    for one in whole:
        one.confidential, one.public, one.published_at = True, False, None
        one.save(update_fields=["confidential", "public", "published_at"])
        if one.department_id not in inspection_departments() and one.status != Status.NEW:
            _hand_to_inspection(one, by=by, now=now)
    if case.parent_id:
        Case.objects.filter(pk=case.parent_id).update(public=False)
    JoinProposal.objects.filter(case__in=whole, settled_at__isnull=True).update(settled_at=now)
    JoinProposal.objects.filter(main_case__in=whole, settled_at__isnull=True).update(settled_at=now)
    told = book().positions.by_id.values()
    others = [position.id for position in told if not may_be_told(case, position)]
    Notice.objects.filter(case__in=whole, position__in=others).delete()


def _hand_to_inspection(case: Case, *, by: Actor, now: datetime) -> None:
    inspection = book().department_of_kind(DepartmentKind.INSPECTION)
    if inspection is None:
        raise Refusal("department_unknown", field="service")
    hand_over(case, inspection.id, because={"why": "confidential"}, now=now)
    case.save(update_fields=["department", "inner_department", "inner_due_at"])
    body = {"why": "confidential", "department": inspection.id}
    append_event(stream=stream_of(case.pk), kind=EventKind.CASE_ROUTED, at=now, by=by, body=body)
