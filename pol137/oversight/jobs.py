"""What follows events, for oversight."""

from datetime import datetime

from pol137.city.vocabulary import Retained
from pol137.journal.outbox import job
from pol137.journal.queries import get_event
from pol137.oversight import operations
from pol137.oversight.operations import DRAWER


@job
def draw_recheck(*, event_id: int, now: datetime) -> None:
    """An answer was approved: perhaps it is looked at a second time."""
    answer = int(get_event(event_id).body["answer"])
    operations.draw_recheck(answer, by=DRAWER, now=now)


@job
def tell_disagreement(*, event_id: int, now: datetime) -> None:
    """A second look was taken."""
    recheck = int(get_event(event_id).body["recheck"])
    operations.tell_disagreement(recheck, event_id=event_id, now=now)


@job
def forget_reasons(*, event_id: int, now: datetime) -> None:
    """A case was erased: so is what findings and second looks say about it."""
    event = get_event(event_id)
    if Retained.WORDS in event.body["what"]:
        operations.forget_reasons(case_ids=[int(event.stream.partition(":")[2])])
