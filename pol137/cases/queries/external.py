"""Answers that go back to the portals their cases came from."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from pol137.cases.models import Announcement, Case
from pol137.cases.permissions import visible_to
from pol137.cases.queries.public import public_answers
from pol137.cases.rules.steps import sources_of
from pol137.cases.vocabulary import Action
from pol137.lib.actor import Actor


@dataclass(frozen=True, slots=True)
class Owed:
    """A case of another portal whose announced answer has not gone back, and that answer."""

    case: Case
    announcement: Announcement


def _owed(by: Actor) -> QuerySet[Case]:
    states = [str(status) for status in sources_of(Action.ANSWER_SENDER)]
    told = Announcement.objects.filter(case=OuterRef("pk"), announced_at__isnull=False)
    later = told.filter(announced_at__gt=OuterRef("sender_answered_at"))
    return (
        Case.objects.filter(visible_to(by), Exists(told), status__in=states)
        .exclude(external_ref="")
        .filter(Q(sender_answered_at__isnull=True) | Exists(later))
    )


def answers_owed(by: Actor, *, limit: int = 200) -> list[Owed]:
    """Announced answers that other portals wait for, the soonest due there first (two queries)."""
    cases = list(_owed(by).order_by(F("external_due_at").asc(nulls_last=True), "id")[:limit])
    told = public_answers([case.pk for case in cases])
    return [Owed(case, told[case.pk]) for case in cases if case.pk in told]


def count_owed(by: Actor) -> int:
    """How many answers other portals wait for."""
    return _owed(by).count()
