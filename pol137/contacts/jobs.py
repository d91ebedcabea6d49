"""What follows events, for the contacts room."""

from datetime import datetime

from pol137.city.queries.book import book
from pol137.contacts.operations import open_call_back, read_reply, register_waiting, settle_call_backs
from pol137.contacts.vocabulary import PROGRAMS
from pol137.journal.outbox import job
from pol137.journal.queries import get_event
from pol137.messaging.queries import get_inbound


@job
def open_call(*, event_id: int, now: datetime) -> None:
    """Somebody must be told by phone."""
    event = get_event(event_id)
    open_call_back(case_id=int(event.stream.partition(":")[2]), event_id=event_id, now=now)


@job
def settle_calls(*, event_id: int, now: datetime) -> None:
    """The citizen has been told: nobody need call him any more."""
    event = get_event(event_id)
    settle_call_backs(case_id=int(event.stream.partition(":")[2]), told_at=event.at)


@job
def read_message(*, event_id: int, now: datetime) -> None:
    """A text came in, or a program's report that waits to become a case."""
    message = get_inbound(int(get_event(event_id).body["message"]))
    if book().channels[message.channel_id].code == PROGRAMS:
        register_waiting(message)
    else:
        read_reply(message, event_id=event_id, now=now)
