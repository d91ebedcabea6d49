"""What follows an event of the wire, in the background."""

from datetime import datetime

from pol137.journal.outbox import job
from pol137.journal.queries import get_event
from pol137.messaging.operations import send_message


@job
def send(*, event_id: int, now: datetime) -> None:
    """Send the message that was queued."""
    send_message(int(get_event(event_id).body["message"]), now=now)
