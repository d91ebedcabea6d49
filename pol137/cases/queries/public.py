"""What outsiders may see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    TextField,
    Value,
    When,
)
from django.db.models import Case as Either
from django.db.models.functions import Cast

from pol137.cases.models import (
    Announcement,
    Attachment,
    Case,
)
from pol137.cases.vocabulary import (
    ENDED,
    Side,
    Status,
)
from pol137.journal.models import Event
from pol137.journal.vocabulary import EventKind


def public_answer(case: Case) -> Announcement | None:
    """The approved answer outsiders may read: announced, the latest."""
    return Announcement.objects.filter(case=case, announced_at__isnull=False).order_by("-id").first()


def public_answers(case_ids: Iterable[int]) -> dict[int, Announcement]:
    """The approved answers outsiders may read, by case (one query)."""
    found = Announcement.objects.filter(case_id__in=list(case_ids), announced_at__isnull=False).order_by("id")
    return {one.case_id: one for one in found}


TOLD = (Status.ANNOUNCED, Status.PLANNED, Status.CLOSED, Status.ARCHIVED)


def latest_public_answers(*, limit: int = 5) -> list[Announcement]:
    """The answers announced last on public cases and not objected to, with their cases: each once, however
    many share the fault.

    The newest are walked through. Asked plainly whether answer and announcement are of one case, the database
    would think that hardly any are, and gather them all.
    """
    own = Either(When(answer__case_id=F("case_id"), then=True), default=False, output_field=BooleanField())
    found = Announcement.objects.filter(
        own,
        announced_at__isnull=False,
        case__public=True,
        case__confidential=False,
        case__parent__isnull=True,
        case__status__in=[str(status) for status in TOLD],
    )
    return list(found.exclude(text="").select_related("case").order_by("-announced_at", "-id")[:limit])


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
    cases = Case.objects.filter(public=True, confidential=False, parent__isnull=True)
    kinds = [str(kind) for kind in PUBLIC_CHANGES]
    events = Event.objects.filter(kind__in=kinds, at__range=(since, until))
    if codes:
        asked = cases.filter(code__in=list(codes)).values_list("pk", flat=True)
        events = events.filter(stream__in=[f"case:{pk}" for pk in asked])
    else:
        number = Func("stream", Value("^case:([0-9]+)$"), function="substring", output_field=TextField())
        events = events.alias(case=Cast(number, BigIntegerField())).filter(
            Exists(cases.filter(pk=OuterRef("case")))
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
