"""Writes of the contacts room."""

from pol137.contacts.operations.call_backs import open_call_back, record_call_attempt
from pol137.contacts.operations.contacts import (
    Registration,
    find_contact,
    finish_contact,
    new_external_id,
    nudge_from_contact,
    open_case,
    register_problem,
    start_contact,
)
from pol137.contacts.operations.replies import read_reply

__all__ = [
    "Registration",
    "find_contact",
    "finish_contact",
    "new_external_id",
    "nudge_from_contact",
    "open_call_back",
    "open_case",
    "read_reply",
    "record_call_attempt",
    "register_problem",
    "start_contact",
]
