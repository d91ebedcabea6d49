"""Reading matters handed to other bodies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet

from pol137.cases.models import Case
from pol137.cases.permissions import visible_to
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal
from pol137.referrals.models import Referral
from pol137.referrals.vocabulary import ReferralState


def digest_of(token: str) -> str:
    """What is kept of the token in a reply link."""
    return hashlib.sha256(token.encode()).hexdigest()


def _seen(by: Actor) -> QuerySet[Referral]:
    return Referral.objects.filter(case__in=Case.objects.filter(visible_to(by))).select_related(
        "case__parent"
    )


def referrals(
    by: Actor, *, state: str = "", agency_id: int | None = None, before: int | None = None, limit: int = 50
) -> list[Referral]:
    """Matters of one state, or all, the latest first; `before` is the last row's number (one query)."""
    found = _seen(by)
    if state:
        found = found.filter(state=state)
    if agency_id is not None:
        found = found.filter(agency_id=agency_id)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-id")[:limit])


def counts_by_state(by: Actor, *, agency_id: int | None = None) -> dict[str, int]:
    """How many stand at each state (one query)."""
    found = _seen(by).order_by()
    if agency_id is not None:
        found = found.filter(agency_id=agency_id)
    return dict(found.values_list("state").annotate(Count("pk")))


def count_ready(by: Actor) -> int:
    """How many letters wait to be sent."""
    return _seen(by).filter(state=ReferralState.READY).count()


def get_referral(referral_id: int, *, by: Actor) -> Referral:
    """A matter this actor may see. Refuses (Refusal) otherwise, without saying whether it exists."""
    found = _seen(by).filter(pk=referral_id).first()
    if found is None:
        raise Refusal("referral_unknown")
    return found


def by_link(token: str, *, now: datetime) -> Referral:
    """The matter a reply link opens, while the link is good. Refuses (Refusal) any other token alike."""
    found = (
        Referral.objects.filter(token_digest=digest_of(token), expires_at__gt=now)
        .exclude(state__in=[ReferralState.READY, ReferralState.WITHDRAWN])
        .select_related("case__parent")
        .first()
    )
    if found is None:
        raise Refusal("referral_unknown")
    return found


def referrals_of(case_ids: Iterable[int]) -> list[Referral]:
    """What was handed to other bodies of these cases, oldest first (one query)."""
    found = Referral.objects.filter(case_id__in=list(case_ids)).exclude(state=ReferralState.WITHDRAWN)
    return list(found.order_by("id"))


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One topic in one district handed to one body in a month: how many, sent, replied."""

    agency_id: int
    service_id: int
    district_id: int | None
    opened: int
    sent: int
    replied: int


def month_rows(
    by: Actor, *, since: datetime, until: datetime, agency_id: int | None = None
) -> list[MonthRow]:
    """What was handed to each body between two moments, by topic and district (one query)."""
    found = _of_month(by, since, until, agency_id).order_by()
    rows = (
        found.values_list("agency_id", "case__service_id", "case__district_id")
        .annotate(
            opened=Count("pk"),
            sent=Count("pk", filter=Q(sent_at__isnull=False)),
            replied=Count("pk", filter=Q(replied_at__isnull=False)),
        )
        .order_by("agency_id", "-opened", "case__service_id", "case__district_id")
    )
    return [MonthRow(*row) for row in rows]


def month_list(
    by: Actor, *, since: datetime, until: datetime, agency_id: int | None = None
) -> list[Referral]:
    """The matters themselves, by body and time (one query)."""
    return list(_of_month(by, since, until, agency_id).order_by("agency_id", "opened_at", "id"))


def _of_month(by: Actor, since: datetime, until: datetime, agency_id: int | None) -> QuerySet[Referral]:
    found = _seen(by).filter(opened_at__gte=since, opened_at__lt=until)
    found = found.exclude(state=ReferralState.WITHDRAWN)
    return found if agency_id is None else found.filter(agency_id=agency_id)


def overdue(referral: Referral, today: date) -> bool:
    """Whether the body was to reply by a day that is over."""
    return (
        referral.state == ReferralState.SENT and referral.due_date is not None and referral.due_date < today
    )
