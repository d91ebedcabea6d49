"""What members of staff were told."""

from __future__ import annotations

from dataclasses import dataclass

from pol137.cases.models import Case, Notice, Promise
from pol137.cases.queries.lists import COUNTED
from pol137.cases.vocabulary import NoticeKind, PromiseKind, Stop
from pol137.journal.vocabulary import EventKind


def notices_for(
    user_id: int, *, read: bool | None = None, before: int | None = None, limit: int = 50
) -> list[Notice]:
    """What this member of staff was told, latest first; `before` is the number of the last row seen."""
    found = Notice.objects.filter(user_id=user_id, told_at__isnull=False).select_related("case__parent")
    if read is not None:
        found = found.filter(read_at__isnull=not read)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-id")[:limit])


def unread_notices(user_id: int) -> int:
    """How many notices this member of staff was told and has not read; of many that it is more than
    `COUNTED`."""
    unread = Notice.objects.filter(user_id=user_id, told_at__isnull=False, read_at__isnull=True)
    return unread.order_by()[: COUNTED + 1].count()


def unread_alarms(user_id: int) -> list[Notice]:
    """The alarms he was told and has not read, latest first."""
    found = Notice.objects.filter(user_id=user_id, told_at__isnull=False, read_at__isnull=True)
    return list(found.filter(kind=NoticeKind.ALARM).select_related("case__parent").order_by("-id"))


@dataclass(frozen=True, slots=True)
class Escalated:
    """A case that climbed to somebody and is still unanswered: its clock, and the rung he was told of."""

    case: Case
    clock: Promise
    rung: int


def escalated_to(user_id: int, *, limit: int = 500) -> list[Escalated]:
    """The morning's list: unanswered cases that climbed to this member of staff, the oldest due first."""
    told = Notice.objects.filter(user_id=user_id, kind=EventKind.RUNG_FIRED, told_at__isnull=False)
    climbed = told.order_by("rung").values_list("case_id", "rung")
    rungs = {case_id: rung or 0 for case_id, rung in climbed.filter(rung__isnull=False)}
    open_ones = Promise.objects.filter(
        case_id__in=told.values("case_id"),
        kind__in=[str(PromiseKind.ANSWER), str(PromiseKind.PLAN)],
        ended_at__isnull=True,
    )
    found = open_ones.exclude(stop=str(Stop.HELD)).select_related("case__parent").order_by("due_at", "id")
    return [Escalated(one.case, one, rungs.get(one.case_id, 0)) for one in found[:limit]]
