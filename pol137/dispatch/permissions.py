"""Who dispatches help, and who keeps the roster."""

from __future__ import annotations

from pol137.cases.models import Case
from pol137.cases.permissions import may_see
from pol137.city.vocabulary import Role
from pol137.lib.actor import Actor, ActorKind
from pol137.lib.refusal import Refusal

DISPATCHERS = frozenset({Role.OPERATOR, Role.SHIFT_SUPERVISOR, Role.CENTRE_HEAD})
"""Who works at the board: a unit cannot call itself, nor say that a danger is over."""

ROSTER_KEEPERS = frozenset({Role.SHIFT_SUPERVISOR, Role.CENTRE_HEAD, Role.ADMINISTRATOR})
"""Who writes the roster."""


def check_dispatcher(case: Case, by: Actor) -> None:
    """Refuse (Refusal) whoever does not dispatch help for this case."""
    if not may_see(case, by):
        raise Refusal("case_unknown")
    if not DISPATCHERS & by.roles:
        raise Refusal("dispatch_not_yours")


def check_roster_keeper(by: Actor) -> None:
    """Refuse (Refusal) whoever does not keep the roster."""
    if by.kind is not ActorKind.SYSTEM and not ROSTER_KEEPERS & by.roles:
        raise Refusal("roster_not_yours")
