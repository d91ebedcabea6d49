"""The lists people work from, and what their rows show."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from pol137.cases.models import (
    Announcement,
    Answer,
    Assignment,
    Attachment,
    Case,
    Notice,
    Objection,
    Promise,
    Reporter,
    Reveal,
)
from pol137.cases.permissions import keeps_secrets, visible_to
from pol137.cases.queries.judging import approvable_by, reviewable_by
from pol137.cases.queries.searching import saying
from pol137.cases.vocabulary import (
    AnswerDecision,
    PromiseKind,
    Queue,
    Status,
)
from pol137.city.vocabulary import Role
from pol137.journal.models import Event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor, Seat


@dataclass(frozen=True, slots=True)
class Row:
    """A case in a list, with the clock that orders it."""

    case: Case
    clock: Promise | None


QUEUES: dict[Queue, tuple[tuple[Status, ...], PromiseKind, frozenset[str]]] = {
    Queue.INBOX: (
        (Status.ASSIGNED, Status.IN_WORK, Status.WAITING),
        PromiseKind.ANSWER,
        frozenset(
            {Role.UNIT_USER, Role.UNIT_HEAD, Role.DEPUTY, Role.MANAGER, Role.INSPECTOR, Role.MAYOR_OFFICE}
        ),
    ),
    Queue.TRIAGE: (
        (Status.NEW,),
        PromiseKind.TRIAGE,
        frozenset({Role.TRIAGE, Role.SHIFT_SUPERVISOR, Role.CENTRE_HEAD}),
    ),
    Queue.APPROVAL: (
        (Status.ANSWERED,),
        PromiseKind.APPROVAL,
        frozenset({Role.FOLLOW_UP, Role.SHIFT_SUPERVISOR, Role.CENTRE_HEAD}),
    ),
    Queue.ANNOUNCEMENT: (
        (Status.APPROVED,),
        PromiseKind.ANNOUNCEMENT,
        frozenset({Role.FEEDBACK, Role.SHIFT_SUPERVISOR, Role.CENTRE_HEAD}),
    ),
    Queue.REVIEW: ((Status.UNDER_REVIEW,), PromiseKind.REVIEW, frozenset({Role.FOLLOW_UP, Role.CENTRE_HEAD})),
    Queue.PLANS: (
        (Status.PLANNED,),
        PromiseKind.PLAN,
        frozenset({Role.UNIT_USER, Role.UNIT_HEAD, Role.DEPUTY, Role.MANAGER}),
    ),
    Queue.CLASSIFY: ((Status.CLOSED,), PromiseKind.ARCHIVE, frozenset({Role.FOLLOW_UP, Role.CENTRE_HEAD})),
}
"""Each list people work from: its states, the clock that orders it, the roles that work from it."""


LEFT_TO: dict[Queue, Callable[[Actor], Q]] = {
    Queue.APPROVAL: approvable_by,
    Queue.REVIEW: reviewable_by,
    Queue.CLASSIFY: lambda by: Q(case__classified_at__isnull=True, case__parent__isnull=True),
}
"""What of a list is left to this actor: nobody is shown what he will be refused."""


COUNTED = 999
"""So far a list is counted: nobody works by more, and a count of all would read all."""


def queues_for(by: Actor) -> list[Queue]:
    """The lists this actor works from."""
    return [queue for queue, (_, _, roles) in QUEUES.items() if roles & by.roles]


def _in_queue(by: Actor, queue: Queue) -> QuerySet[Promise]:
    statuses, kind, roles = QUEUES[queue]
    mine = Q(pk__in=[])
    for seat in by.seats:
        if seat.role in roles:
            mine |= _before(seat, queue)
    kinds = [str(kind)] + ([str(PromiseKind.PLAN)] if queue is Queue.INBOX else [])
    return Promise.objects.filter(
        mine & LEFT_TO[queue](by) if queue in LEFT_TO else mine,
        kind__in=kinds,
        ended_at__isnull=True,
        case__status__in=[str(status) for status in statuses],
    )


def _before(seat: Seat, queue: Queue) -> Q:
    """What a seat has before it: its unit's cases; for those above, the cases the ladder told them of."""
    reached = Q(pk__isnull=False)
    if seat.reach is not None:
        reached = Q(case__department_id__in=seat.reach) | Q(case__inner_department_id__in=seat.reach)
    if not keeps_secrets(seat):
        reached &= Q(case__confidential=False)
    if queue is Queue.INBOX and seat.role not in (Role.UNIT_HEAD, Role.UNIT_USER):
        told = Notice.objects.filter(case_id=OuterRef("case_id"), position_id=seat.position_id, rung__gte=1)
        return reached & Q(Exists(told))
    return reached


@dataclass(frozen=True, slots=True)
class WorkFilter:
    """How a list is narrowed: words of place or code, service, lateness, urgency."""

    text: str = ""
    service_id: int | None = None
    late_by: datetime | None = None
    urgent: bool = False


def worklist(
    by: Actor,
    queue: Queue,
    *,
    narrow: WorkFilter | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[Row]:
    """A page of a list, the soonest due first, urgent ones on top of equals; `after` is the last row's
    (due_at, promise id). As many queries however long the list: two, and one more for words."""
    found = _narrowed(_in_queue(by, queue), narrow or WorkFilter(), by)
    if after is not None:
        found = found.filter(Q(due_at__gt=after[0]) | Q(due_at=after[0], id__gt=after[1]))
    first = Promise.objects.filter(pk__in=found.order_by("due_at", "id").values("pk")[:limit])
    promises = first.select_related("case__parent").order_by("due_at", "id")
    return [Row(promise.case, promise) for promise in promises]


def _narrowed(found: QuerySet[Promise], narrow: WorkFilter, by: Actor) -> QuerySet[Promise]:
    if narrow.text:
        found = found.filter(case__in=Case.objects.filter(saying(by, narrow.text)))
    if narrow.service_id is not None:
        found = found.filter(case__service_id=narrow.service_id)
    if narrow.late_by is not None:
        found = found.filter(due_at__lte=narrow.late_by)
    if narrow.urgent:
        found = found.filter(case__urgent=True, case__safe_at__isnull=True)
    return found


def queue_count(by: Actor, queue: Queue, *, narrow: WorkFilter | None = None) -> int:
    """How many cases stand in a list of this actor; of a long list that it is longer than `COUNTED`."""
    found = _narrowed(_in_queue(by, queue), narrow or WorkFilter(), by)
    return found.order_by()[: COUNTED + 1].count()


def overview(by: Actor) -> QuerySet[Case]:
    """The cases this actor may see, newest first: for search, supervisors and the mayor's office."""
    return Case.objects.filter(visible_to(by)).order_by("-id")


def reveals_between(*, since: datetime, until: datetime, by: Actor) -> list[Reveal]:
    """Who saw which reporter between two moments, latest first, of the cases `by` may see."""
    seen = Case.objects.filter(visible_to(by))
    found = Reveal.objects.filter(at__gte=since, at__lt=until, case__in=seen)
    return list(found.select_related("case__parent", "user").order_by("-at", "-id"))


def answer_clocks(case_ids: Iterable[int]) -> dict[int, Promise]:
    """The latest promise of an answer by case (one query)."""
    found = Promise.objects.filter(case_id__in=list(case_ids), kind=str(PromiseKind.ANSWER)).order_by("id")
    return {one.case_id: one for one in found}


def waiting_answers(case_ids: Iterable[int]) -> dict[int, Answer]:
    """The answers that wait for approval, by case (one query)."""
    found = Answer.objects.filter(case_id__in=list(case_ids), answered_at__isnull=False, decision="")
    return {one.case_id: one for one in found}


def answers_in_force(case_ids: Iterable[int]) -> dict[int, Answer]:
    """The latest approved answers, by case (one query)."""
    found = Answer.objects.filter(case_id__in=list(case_ids), decision=AnswerDecision.APPROVED).order_by("id")
    return {one.case_id: one for one in found}


def open_objections(case_ids: Iterable[int]) -> dict[int, Objection]:
    """The objections that wait for a verdict, by case (one query)."""
    found = Objection.objects.filter(case_id__in=list(case_ids), review__isnull=True).order_by("id")
    return {one.case_id: one for one in found.select_related("answer")}


def begun_announcements(case_ids: Iterable[int]) -> dict[int, Announcement]:
    """The announcements under way, by case (one query)."""
    found = Announcement.objects.filter(case_id__in=list(case_ids), announced_at__isnull=True).order_by("id")
    return {one.case_id: one for one in found}


def pictures_of(case_ids: Iterable[int]) -> dict[int, list[Attachment]]:
    """The pictures of cases (one query)."""
    found: dict[int, list[Attachment]] = {}
    for one in Attachment.objects.filter(case_id__in=list(case_ids)).order_by("id"):
        found.setdefault(one.case_id, []).append(one)
    return found


def triage_choices(service_ids: Iterable[int], *, limit: int = 500) -> dict[tuple[int, int | None], int]:
    """Where triage last sent cases of these services: department by service and district (one query).

    The key with None for its district holds the latest choice anywhere.
    """
    rows = (
        Assignment.objects.filter(because__why="triage", case__service_id__in=list(service_ids))
        .order_by("-id")
        .values_list("case__service_id", "case__district_id", "department_id")[:limit]
    )
    chosen: dict[tuple[int, int | None], int] = {}
    for service_id, district_id, department_id in rows:
        chosen.setdefault((service_id, district_id), department_id)
        chosen.setdefault((service_id, None), department_id)
    return chosen


def held_because(case_ids: Iterable[int]) -> dict[int, Event]:
    """The event by which each of these cases came to triage, the latest (one query)."""
    kinds = [
        str(EventKind.CASE_HELD_FOR_TRIAGE),
        str(EventKind.CASE_TRANSFERRED),
        str(EventKind.CASE_LEFT_INCIDENT),
    ]
    streams = {f"case:{case_id}": case_id for case_id in case_ids}
    found = Event.objects.filter(stream__in=list(streams), kind__in=kinds).order_by("id")
    return {streams[event.stream]: event for event in found}


def languages_of(case_ids: Iterable[int]) -> dict[int, str]:
    """The languages of the reporters, by case (one query)."""
    return dict(Reporter.objects.filter(case_id__in=list(case_ids)).values_list("case_id", "language"))
