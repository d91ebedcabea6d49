"""What follows an event of a case, for the dispatch room."""

from datetime import datetime

from pol137.dispatch.operations import follow_case
from pol137.journal.outbox import job
from pol137.journal.queries import get_event


@job
def follow(*, event_id: int, now: datetime) -> None:
    """A case turned urgent, was answered, made safe or joined, or came back: the board agrees with it."""
    follow_case(int(get_event(event_id).stream.partition(":")[2]), now=now)
