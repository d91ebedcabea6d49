"""Writes of the journal: events, alone or together with the rows they are about."""

from pol137.journal.operations.checkpoints import leave_checkpoint
from pol137.journal.operations.events import (
    NewEvent,
    append_event,
    append_events,
    append_unheard,
    appended_from,
)
from pol137.journal.operations.together import Ids, write_together

__all__ = [
    "Ids",
    "NewEvent",
    "append_event",
    "append_events",
    "append_unheard",
    "appended_from",
    "leave_checkpoint",
    "write_together",
]
