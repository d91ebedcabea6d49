"""What follows events, for the contacts room."""

from datetime import datetime

from pol137.contacts.operations import open_call_back, read_reply
from pol137.journal.outbox import job
from pol137.journal.queries import get_event
from pol137.messaging.queries import get_inbound


@job
def open_call(*, event_id: int, now: datetime) -> None:
    """Somebody must be told by phone."""
    event = get_event(event_id)
    open_call_back(case_id=int(event.stream.partition(":")[2]), event_id=event_id, now=now)


@job
def read_message(*, event_id: int, now: datetime) -> None:
    """A text came in."""
    message = get_inbound(int(get_event(event_id).body["message"]))
    read_reply(message, event_id=event_id, now=now)
