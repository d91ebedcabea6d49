"""Writes of the contacts room."""

from pol137.contacts.operations.call_backs import (
    ask_how_content,
    open_call_back,
    record_call_attempt,
    settle_call_backs,
)
from pol137.contacts.operations.contacts import (
    Ending,
    Registration,
    find_contact,
    finish_contact,
    new_external_id,
    nudge_from_contact,
    open_case,
    register_problem,
    start_contact,
    take_contact,
)
from pol137.contacts.operations.erasing import erase_person, forget_calls, forget_due
from pol137.contacts.operations.replies import read_reply
from pol137.contacts.operations.speaking import answer_text, withdraw_for_reporter
from pol137.contacts.operations.waiting import register_waiting, take_for_later

__all__ = [
    "Ending",
    "Registration",
    "answer_text",
    "ask_how_content",
    "erase_person",
    "find_contact",
    "finish_contact",
    "forget_calls",
    "forget_due",
    "new_external_id",
    "nudge_from_contact",
    "open_call_back",
    "open_case",
    "read_reply",
    "record_call_attempt",
    "register_problem",
    "register_waiting",
    "settle_call_backs",
    "start_contact",
    "take_contact",
    "take_for_later",
    "withdraw_for_reporter",
]
