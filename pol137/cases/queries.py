"""Reading cases: one, lists to work from, history, and what the public sees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat

from pol137.cases.models import (
    Announcement,
    Answer,
    Assignment,
    Attachment,
    Case,
    Note,
    Notice,
    Objection,
    Promise,
    Question,
    Rating,
    Reporter,
    Reveal,
    Rung,
)
from pol137.cases.permissions import CONFIDENTIAL_ROLES, allowed_actions, may_see, visible_to
from pol137.cases.rules.steps import sources_of
from pol137.cases.vocabulary import (
    BEFORE_ANSWER,
    ENDED,
    Action,
    AnswerDecision,
    PromiseKind,
    Queue,
    Side,
    Status,
)
from pol137.city.vocabulary import Role
from pol137.journal.models import Event
from pol137.journal.vocabulary import EventKind
from pol137.lib import tracking_code
from pol137.lib.actor import Actor, Seat
from pol137.lib.geo import neighbours
from pol137.lib.refusal import Refusal

__all__ = ["allowed_actions"]

NEAR_DAYS = 14
NEAR_RINGS = 1


@dataclass(frozen=True, slots=True)
class Row:
    """A case in a list, with the clock that orders it."""

    case: Case
    clock: Promise | None


def get_case(case_id: int, *, by: Actor) -> Case:
    """The case, if this actor may see it. Refuses (Refusal) otherwise, without saying whether it exists."""
    case = Case.objects.filter(pk=case_id).first()
    if case is None or not may_see(case, by):
        raise Refusal("case_unknown")
    return case


def find_by_code(code: str) -> Case | None:
    """The case of a tracking code as anybody may write it: any digits, spaces, dashes."""
    clean = tracking_code.clean(code)
    return Case.objects.filter(code=clean).first() if clean else None


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
}
"""Each list people work from: its states, the clock that orders it, the roles that work from it."""


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
        mine,
        kind__in=kinds,
        ended_at__isnull=True,
        case__status__in=[str(status) for status in statuses],
    )


def _before(seat: Seat, queue: Queue) -> Q:
    """What a seat has before it: its unit's cases; for those above, the cases the ladder told them of."""
    reached = Q(pk__isnull=False)
    if seat.reach is not None:
        reached = Q(case__department_id__in=seat.reach) | Q(case__inner_department_id__in=seat.reach)
    elif seat.role not in CONFIDENTIAL_ROLES:
        reached = Q(case__confidential=False)
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
    (due_at, promise id). Two queries however long the list."""
    found = _narrowed(_in_queue(by, queue), narrow or WorkFilter())
    if after is not None:
        found = found.filter(Q(due_at__gt=after[0]) | Q(due_at=after[0], id__gt=after[1]))
    promises = found.select_related("case__parent").order_by("due_at", "id")[:limit]
    return [Row(promise.case, promise) for promise in promises]


def _narrowed(found: QuerySet[Promise], narrow: WorkFilter) -> QuerySet[Promise]:
    if narrow.text:
        code = tracking_code.clean(narrow.text)
        words = Q(case__address__icontains=narrow.text) | Q(case__words__icontains=narrow.text)
        found = found.filter(Q(case__code=code) if code else words)
    if narrow.service_id is not None:
        found = found.filter(case__service_id=narrow.service_id)
    if narrow.late_by is not None:
        found = found.filter(due_at__lte=narrow.late_by)
    if narrow.urgent:
        found = found.filter(case__urgent=True)
    return found


def queue_count(by: Actor, queue: Queue, *, narrow: WorkFilter | None = None) -> int:
    """How many cases stand in a list of this actor."""
    return _narrowed(_in_queue(by, queue), narrow or WorkFilter()).count()


def overview(by: Actor) -> QuerySet[Case]:
    """The cases this actor may see, newest first: for search, supervisors and the mayor's office."""
    return Case.objects.filter(visible_to(by)).order_by("-id")


def search(by: Actor, text: str, *, limit: int = 50) -> list[Case]:
    """Cases by tracking code, or by words of place and problem, among those this actor may see."""
    code = tracking_code.clean(text)
    seen = overview(by)
    if code:
        return list(seen.filter(code=code))
    words = Q(address__icontains=text) | Q(words__icontains=text)
    return list(seen.filter(words)[:limit])


@dataclass(frozen=True, slots=True)
class Dossier:
    """All of a case that its page shows."""

    case: Case
    reporter: Reporter | None
    clocks: list[Promise]
    rungs: list[Rung]
    answers: list[Answer]
    announcements: list[Announcement]
    objections: list[Objection]
    ratings: list[Rating]
    asked: list[Question]
    pictures: list[Attachment]
    events: list[Event]
    parts: list[Case]
    joined: list[Case] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    reveals: list[Reveal] = field(default_factory=list)

    def clock(self, kind: PromiseKind) -> Promise | None:
        """The latest clock of this kind."""
        return next((one for one in reversed(self.clocks) if one.kind == kind), None)

    @property
    def answer(self) -> Answer | None:
        """The latest answer given."""
        return next((one for one in reversed(self.answers) if one.answered_at is not None), None)

    @property
    def draft(self) -> Answer | None:
        """The unit's draft, if one waits."""
        return next((one for one in self.answers if one.answered_at is None), None)


def dossier(case: Case) -> Dossier:
    """Everything about a case, in a constant number of queries."""
    clocks = list(Promise.objects.filter(case=case).order_by("id"))
    if case.incident:
        joined = [case.incident.main_case]
    else:
        joined = list(Case.objects.filter(incident__main_case=case).order_by("id"))
    return Dossier(
        case=case,
        reporter=Reporter.objects.filter(case_id=case.parent_id or case.pk).first(),
        clocks=clocks,
        rungs=list(Rung.objects.filter(promise__case=case).select_related("promise")),
        answers=list(Answer.objects.filter(case=case).order_by("id")),
        announcements=list(Announcement.objects.filter(case=case).order_by("id")),
        objections=list(Objection.objects.filter(case=case).select_related("review").order_by("id")),
        ratings=list(Rating.objects.filter(case=case).order_by("id")),
        asked=list(Question.objects.filter(case=case).order_by("id")),
        pictures=list(Attachment.objects.filter(case_id__in=[case.pk, case.parent_id]).order_by("id")),
        events=list(Event.objects.filter(stream=f"case:{case.pk}").order_by("seq")),
        parts=list(Case.objects.filter(parent=case).order_by("id")),
        joined=joined,
        assignments=list(Assignment.objects.filter(case=case).order_by("from_at", "id")),
        notes=list(Note.objects.filter(case=case).order_by("id")),
        reveals=list(Reveal.objects.filter(case=case).order_by("id")),
    )


def reporter_of(case_id: int) -> Reporter | None:
    """Who reported a case, or the whole whose part it is."""
    whole = Case.objects.filter(pk=case_id).values(whole=Coalesce("parent", "pk"))
    return Reporter.objects.filter(case_id=whole[:1]).first()


def waiting_announcement(case_id: int) -> Announcement | None:
    """The answer a case's reporter is still to be told, while the case stands where it can be told."""
    found = Announcement.objects.filter(case_id=case_id, announced_at__isnull=True)
    return found.filter(case__status__in=sources_of(Action.ANNOUNCE)).order_by("-id").first()


def latest_announcement(case_id: int) -> Announcement | None:
    """The last announcement begun for a case."""
    return Announcement.objects.filter(case_id=case_id).select_related("answer").order_by("-id").first()


def public_answer(case: Case) -> Announcement | None:
    """The approved answer outsiders may read: announced, the latest."""
    return Announcement.objects.filter(case=case, announced_at__isnull=False).order_by("-id").first()


def public_answers(case_ids: Iterable[int]) -> dict[int, Announcement]:
    """The approved answers outsiders may read, by case (one query)."""
    found = Announcement.objects.filter(case_id__in=list(case_ids), announced_at__isnull=False).order_by("id")
    return {one.case_id: one for one in found}


def latest_public_answers(*, limit: int = 5) -> list[Announcement]:
    """The answers announced last on public cases, with their cases."""
    found = Announcement.objects.filter(
        announced_at__isnull=False,
        case__public=True,
        case__confidential=False,
        case__parent__isnull=True,
    )
    return list(found.select_related("case").order_by("-id")[:limit])


def answer_clocks(case_ids: Iterable[int]) -> dict[int, Promise]:
    """The latest promise of an answer by case (one query)."""
    found = Promise.objects.filter(case_id__in=list(case_ids), kind=str(PromiseKind.ANSWER)).order_by("id")
    return {one.case_id: one for one in found}


def near(
    *, service_id: int | None, lat: float, lon: float, cell: str, now: datetime, by: Actor, limit: int = 10
) -> list[Case]:
    """Open cases close by of the last two weeks: candidates for the same fault, never a global search."""
    cells = list(neighbours(cell, NEAR_RINGS))
    found = Case.objects.filter(
        visible_to(by), h3__in=cells, registered_at__gte=now - timedelta(days=NEAR_DAYS), parent__isnull=True
    ).exclude(status__in=[str(status) for status in ENDED])
    if service_id is not None:
        found = found.filter(service_id=service_id)
    return list(found.order_by("-registered_at")[:limit])


def alike(*, service_id: int, district_id: int, now: datetime, by: Actor, limit: int = 10) -> list[Case]:
    """Open cases of one service in one district of the last two weeks, where no point is known."""
    found = Case.objects.filter(
        visible_to(by),
        service_id=service_id,
        district_id=district_id,
        registered_at__gte=now - timedelta(days=NEAR_DAYS),
        parent__isnull=True,
    ).exclude(status__in=[str(status) for status in ENDED])
    return list(found.order_by("-registered_at")[:limit])


def cases_of_phone(e164: str, *, limit: int = 20) -> list[Case]:
    """Cases whose contact number this is: that they exist, not what they say."""
    return list(Case.objects.filter(reporter__phone=e164, parent__isnull=True).order_by("-id")[:limit])


def open_announcements(e164: str) -> list[Case]:
    """Cases of this number whose answer was announced and may still be accepted or objected to."""
    states = [str(Status.ANNOUNCED), str(Status.PLANNED)]
    return list(
        Case.objects.filter(reporter__phone=e164, status__in=states, parent__isnull=True).order_by("id")
    )


@dataclass(frozen=True, slots=True)
class PublicFilter:
    """What an outsider asks for."""

    codes: Sequence[str] = ()
    service_ids: Sequence[int] = ()
    since: datetime | None = None
    until: datetime | None = None
    updated_since: datetime | None = None
    updated_until: datetime | None = None
    closed: bool | None = None


def public_cases(asked: PublicFilter, *, limit: int, offset: int = 0) -> list[Case]:
    """Public cases, newest first. Private and confidential ones do not exist here."""
    found = Case.objects.filter(public=True, confidential=False, parent__isnull=True)
    if asked.codes:
        return list(found.filter(code__in=list(asked.codes)).order_by("-registered_at", "-id")[:limit])
    if asked.service_ids:
        found = found.filter(service_id__in=list(asked.service_ids))
    bounds = {
        "registered_at__gte": asked.since,
        "registered_at__lte": asked.until,
        "updated_at__gte": asked.updated_since,
        "updated_at__lte": asked.updated_until,
    }
    found = found.filter(**{name: value for name, value in bounds.items() if value is not None})
    if asked.closed is not None:
        ended = Q(status__in=[str(status) for status in ENDED])
        found = found.filter(ended if asked.closed else ~ended)
    return list(found.order_by("-registered_at", "-id")[offset : offset + limit])


def notices_for(
    user_id: int, *, read: bool | None = None, before: int | None = None, limit: int = 50
) -> list[Notice]:
    """What this member of staff was told, latest first; `before` is the number of the last row seen."""
    found = Notice.objects.filter(user_id=user_id).select_related("case__parent")
    if read is not None:
        found = found.filter(read_at__isnull=not read)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-id")[:limit])


def unread_notices(user_id: int) -> int:
    """How many notices wait to be read."""
    return Notice.objects.filter(user_id=user_id, read_at__isnull=True).count()


def told_about(case: Case) -> list[Notice]:
    """Who was told of what about a case, oldest first."""
    return list(Notice.objects.filter(case=case).select_related("user").order_by("id"))


def counts_today(*, since: datetime) -> dict[str, int]:
    """How today stands: registered, answered, late and open cases (four counts)."""
    open_states = [str(status) for status in BEFORE_ANSWER]
    return {
        "registered": Case.objects.filter(registered_at__gte=since).count(),
        "approved": Answer.objects.filter(decision=AnswerDecision.APPROVED, decided_at__gte=since).count(),
        "open": Case.objects.filter(status__in=open_states).count(),
        "escalated": Case.objects.filter(status__in=open_states, rung__gte=1).count(),
    }


def can(case: Case, by: Actor, action: Action) -> bool:
    """Whether this step is open to the actor now."""
    return action in allowed_actions(case, by)


def attachment(attachment_id: int) -> Attachment | None:
    """A picture or paper by its number, with its case."""
    return Attachment.objects.filter(pk=attachment_id).select_related("case").first()


def attachment_for(attachment_id: int, *, by: Actor) -> Attachment:
    """A picture this actor may see: of a case he sees, or of the whole whose part he sees.

    Refuses (Refusal) otherwise, without saying whether it exists.
    """
    found = attachment(attachment_id)
    if found is None:
        raise Refusal("case_unknown")
    if not may_see(found.case, by) and not Case.objects.filter(visible_to(by), parent=found.case_id).exists():
        raise Refusal("case_unknown")
    return found


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


def public_pictures(case_ids: Iterable[int]) -> dict[int, Attachment]:
    """The first picture a citizen sent, by case, where outsiders may see its clean copy (one query)."""
    found = Attachment.objects.filter(case_id__in=list(case_ids), side=str(Side.CITIZEN))
    return {one.case_id: one for one in found.exclude(public_sha256="").order_by("-id")}


def public_picture(code: str, public_sha256: str) -> Attachment | None:
    """A citizen's picture on a public case, by the digest of its clean copy."""
    return (
        Attachment.objects.filter(
            case__code=code,
            case__public=True,
            case__confidential=False,
            side=str(Side.CITIZEN),
            public_sha256=public_sha256,
        )
        .select_related("case")
        .first()
    )


@dataclass(frozen=True, slots=True)
class PublicChange:
    """A change of a public case that outsiders may know of; `text` is what the citizen was told, if any."""

    code: str
    seq: int
    kind: str
    at: datetime
    to: str
    department_id: int | None
    answer_type: str = ""
    text: str = ""


PUBLIC_CHANGES = (
    EventKind.CASE_REGISTERED,
    EventKind.CASE_ROUTED,
    EventKind.CASE_TRANSFERRED,
    EventKind.CASE_ACCEPTED,
    EventKind.CASE_JOINED_INCIDENT,
    EventKind.CASE_ANNOUNCED,
    EventKind.CASE_OBJECTED,
    EventKind.CASE_REVIEW_DECIDED,
    EventKind.CASE_PLAN_POSTPONED,
    EventKind.CASE_CLOSED,
    EventKind.CASE_WITHDRAWN,
    EventKind.CASE_REOPENED,
)


def public_changes(
    *, since: datetime, until: datetime, codes: Sequence[str] = (), limit: int, offset: int = 0
) -> list[PublicChange]:
    """Changes of public cases between two moments, oldest first (two queries)."""
    cases = Case.objects.filter(public=True, confidential=False, parent__isnull=True, updated_at__gte=since)
    cases = cases.filter(code__in=list(codes)) if codes else cases
    stream = Concat(Value("case:", TextField()), Cast("pk", TextField()), output_field=TextField())
    events = Event.objects.filter(
        stream__in=cases.values_list(stream),
        kind__in=[str(kind) for kind in PUBLIC_CHANGES],
        at__range=(since, until),
    )
    rows = list(events.order_by("at", "id")[offset : offset + limit])
    ids = {int(row.stream.partition(":")[2]) for row in rows}
    known = dict(Case.objects.filter(pk__in=ids).values_list("pk", "code"))
    told = Announcement.objects.filter(case_id__in=ids, announced_at__isnull=False).select_related("answer")
    texts = {(one.case_id, one.answer_id): one for one in told}
    found = []
    for row in rows:
        case_id = int(row.stream.partition(":")[2])
        announced = texts.get((case_id, row.body.get("answer", 0)))
        found.append(
            PublicChange(
                code=known[case_id] or "",
                seq=row.seq,
                kind=row.kind,
                at=row.at,
                to=str(row.body.get("to", "")),
                department_id=row.body.get("department"),
                answer_type=announced.answer.type if announced else "",
                text=announced.text if announced else "",
            )
        )
    return found


def living_by_status() -> dict[str, int]:
    """How many cases stand at each status, those that have ended left out."""
    living = [str(status) for status in Status if status not in ENDED]
    found = Case.objects.filter(status__in=living).order_by().values_list("status").annotate(Count("pk"))
    return dict.fromkeys(living, 0) | dict(found)


def clocks_due(*, now: datetime) -> int:
    """How many clocks have something to do that was not done yet."""
    return Promise.objects.filter(next_at__lte=now).count()
