"""Who looks on from above."""

from __future__ import annotations

from dataclasses import replace

from pol137.city.vocabulary import Role
from pol137.lib.actor import Actor

TOLD_WEEKLY = frozenset({Role.MANAGER, Role.INSPECTOR, Role.MAYOR_OFFICE})
"""Who is told every week what was left unanswered after the last rung."""

OVERSEERS = TOLD_WEEKLY | {Role.CENTRE_HEAD}
"""Who sees the list."""

FINDING_READERS = OVERSEERS | {Role.DEPUTY}
"""Who sees what inspection found: those above the unit."""

FINDERS = frozenset({Role.INSPECTOR})
RECHECKERS = frozenset({Role.FOLLOW_UP})
FIGURE_READERS = frozenset(
    {Role.CENTRE_HEAD, Role.SHIFT_SUPERVISOR, Role.STATISTICS, Role.MAYOR_OFFICE, Role.ADMINISTRATOR}
)
"""Who sees how the centre keeps its own clocks."""


def acting_as(by: Actor, roles: frozenset[Role]) -> Actor:
    """The same person with only his seats of these roles: what he sees in them, not in his others."""
    return replace(by, seats=tuple(seat for seat in by.seats if seat.role in roles))
