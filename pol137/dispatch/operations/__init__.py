"""Writes of the dispatch room: one verb a function, one transaction each."""

from pol137.dispatch.operations.board import (
    call_elsewhere,
    follow_case,
    forget_reasons,
    move_dispatch,
    pass_unanswered,
    record_call,
)
from pol137.dispatch.operations.demo_roster import ensure_demo_roster
from pol137.dispatch.operations.roster import add_turn, copy_week, remove_turn, replace_month

__all__ = [
    "add_turn",
    "call_elsewhere",
    "copy_week",
    "ensure_demo_roster",
    "follow_case",
    "forget_reasons",
    "move_dispatch",
    "pass_unanswered",
    "record_call",
    "remove_turn",
    "replace_month",
]
