"""What follows an event of a case, for the dispatch room."""

from datetime import datetime

from pol137.city.vocabulary import Retained
from pol137.dispatch import operations
from pol137.journal.outbox import job
from pol137.journal.queries import get_event
from pol137.journal.vocabulary import EventKind


@job
def follow(*, event_id: int, now: datetime) -> None:
    """A case turned urgent, its answer was approved, it was made safe or joined, or came back: the board
    agrees with it."""
    event = get_event(event_id)
    case_id = int(event.stream.partition(":")[2])
    reported_at = event.at if event.kind == EventKind.CASE_DANGER_REPORTED else None
    operations.follow_case(case_id, heir_of=event.body.get("heir_of"), reported_at=reported_at, now=now)


@job
def forget_reasons(*, event_id: int, now: datetime) -> None:
    """A case was erased: so is what was written when nobody needed to go."""
    event = get_event(event_id)
    if Retained.WORDS in event.body["what"]:
        operations.forget_reasons(case_ids=[int(event.stream.partition(":")[2])])
