"""Drafted answers that wait to be given."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Subquery

from pol137.cases.models import Answer, Case, Promise
from pol137.cases.permissions import actionable_by
from pol137.cases.vocabulary import UNIT_CLOCKS, Action
from pol137.city.vocabulary import Role
from pol137.lib.actor import Actor
from pol137.staff.vocabulary import SIGNER

SIGNS = frozenset({str(Role.UNIT_HEAD), SIGNER})
"""Who gives the answers of a unit."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft, its case and the unit's clock."""

    draft: Answer
    clock: Promise | None


def _to_sign(by: Actor) -> QuerySet[Answer]:
    if not by.roles & SIGNS:
        return Answer.objects.none()
    cases = Case.objects.filter(actionable_by(by, Action.ANSWER)).values("pk")
    return Answer.objects.filter(answered_at__isnull=True, case__in=cases)


def drafts_to_sign(by: Actor, *, limit: int = 100) -> list[Drafted]:
    """The drafts this actor may give as answers, the soonest due first (two queries)."""
    clock = Promise.objects.filter(
        case=OuterRef("case"), kind__in=[str(kind) for kind in UNIT_CLOCKS], ended_at__isnull=True
    )
    found = _to_sign(by).annotate(
        clock_id=Subquery(clock.values("pk")[:1]), due=Subquery(clock.values("due_at")[:1])
    )
    drafts = list(found.select_related("case__parent", "drafted_by").order_by("due", "id")[:limit])
    clocks = Promise.objects.in_bulk([one.clock_id for one in drafts if one.clock_id])
    return [Drafted(one, clocks.get(one.clock_id)) for one in drafts]


def count_drafts(by: Actor) -> int:
    """How many drafts wait for this actor."""
    return _to_sign(by).count()
