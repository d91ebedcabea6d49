"""Reading the duty roster and the dispatch board."""

from pol137.dispatch.queries.board import Line, board, count_open, dispatch_of, get_line, post_name
from pol137.dispatch.queries.roster import (
    Hole,
    duties_between,
    find_holes,
    turns_beginning,
    urgency_groups,
)

__all__ = [
    "Hole",
    "Line",
    "board",
    "count_open",
    "dispatch_of",
    "duties_between",
    "find_holes",
    "get_line",
    "post_name",
    "turns_beginning",
    "urgency_groups",
]
