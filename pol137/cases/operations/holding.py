"""The lateness of a promise, written down with the units that held the case."""

from __future__ import annotations

from datetime import datetime

from pol137.cases.models import Assignment, Promise
from pol137.cases.rules.holding import Hold, Stretch, charge
from pol137.cases.vocabulary import AnswerDecision
from pol137.city.rules.book import Book
from pol137.journal.models import Event
from pol137.journal.vocabulary import EventKind

STOPS = (
    EventKind.CASE_QUESTION_REACHED,
    EventKind.CASE_PAUSED,
    EventKind.CASE_ANSWERED,
    EventKind.CASE_PLAN_KEPT,
)
GOES_ON = (
    EventKind.CASE_RESUMED,
    EventKind.CASE_ANSWER_RETURNED,
    EventKind.CASE_APPROVED,
    EventKind.CASE_REVIEW_DECIDED,
    EventKind.CASE_JOINED_INCIDENT,
)


def charge_holders(promise: Promise, *, until: datetime, city: Book) -> None:
    """Add to each unit's hold what it was late by in this promise, once the promise has ended.

    A unit late in two rounds carries both. What nobody is charged with (triage, floors) stays on the case.
    """
    held = list(
        Assignment.objects.filter(case_id=promise.case_id, from_at__lte=until).order_by("from_at", "id")
    )
    held = [one for one in held if one.to_at is None or one.to_at >= promise.started_at]
    minutes = [0] * len(held)
    if until > promise.due_at:
        holds = [
            Hold(one.department_id, max(one.from_at, promise.started_at), min(one.to_at or until, until))
            for one in held
        ]
        minutes = charge(
            holds, due_at=promise.due_at, floor=city.city.holding_floor, stood=_stood(promise, until=until)
        )
    for one, late in zip(held, minutes, strict=True):
        one.late_minutes = (one.late_minutes or 0) + late
    Assignment.objects.bulk_update(held, ["late_minutes"])


def _stood(promise: Promise, *, until: datetime) -> list[Stretch]:
    """When the clock stood still: asked, paused, answered. An answer that says nothing stopped nothing."""
    happened = Event.objects.filter(
        stream=f"case:{promise.case_id}", kind__in=[*STOPS, *GOES_ON], at__lte=until
    ).order_by("seq")
    stretches, since = list[Stretch](), None
    for event in happened:
        if event.kind in STOPS:
            since = since or event.at
        elif since is not None:
            if event.body.get("decision") != AnswerDecision.NO_LOGICAL_ANSWER:
                stretches.append((since, event.at))
            since = None
    return [*stretches, (since, until)] if since is not None and since < until else stretches
