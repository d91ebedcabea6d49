"""Counts of today and of now."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count

from pol137.cases.models import (
    Answer,
    Case,
    Promise,
)
from pol137.cases.vocabulary import (
    BEFORE_ANSWER,
    ENDED,
    AnswerDecision,
    Status,
)


def counts_today(*, since: datetime) -> dict[str, int]:
    """How today stands: registered, answered, late and open cases (four counts)."""
    open_states = [str(status) for status in BEFORE_ANSWER]
    return {
        "registered": Case.objects.filter(registered_at__gte=since).count(),
        "approved": Answer.objects.filter(decision=AnswerDecision.APPROVED, decided_at__gte=since).count(),
        "open": Case.objects.filter(status__in=open_states).count(),
        "escalated": Case.objects.filter(status__in=open_states, rung__gte=1).count(),
    }


def living_by_status() -> dict[str, int]:
    """How many cases stand at each status, those that have ended left out."""
    living = [str(status) for status in Status if status not in ENDED]
    found = Case.objects.filter(status__in=living).order_by().values_list("status").annotate(Count("pk"))
    return dict.fromkeys(living, 0) | dict(found)


def clocks_due(*, now: datetime) -> int:
    """How many clocks have something to do that was not done yet."""
    return Promise.objects.filter(next_at__lte=now).count()
