"""Who may see a case and who may take a step on it."""

from __future__ import annotations

from django.db.models import Q

from pol137.cases.models import Case
from pol137.cases.rules.steps import STEPS, actions_from, why_not
from pol137.cases.vocabulary import Action, Status
from pol137.city.vocabulary import Role
from pol137.lib.actor import Actor, ActorKind
from pol137.lib.refusal import Refusal

CONFIDENTIAL_ROLES = frozenset(
    {
        Role.INSPECTOR,
        Role.CENTRE_HEAD,
        Role.FOLLOW_UP,
        Role.TRIAGE,
        Role.SHIFT_SUPERVISOR,
        Role.FEEDBACK,
    }
)
"""Roles that reach the whole city and may see matters for inspection only (S2:30)."""


def citizen_ref(case_id: int) -> str:
    """How a citizen who has proved himself on a case is named as an actor."""
    return f"case:{case_id}"


def visible_to(by: Actor) -> Q:
    """The cases an actor may see, as a filter."""
    if by.kind is ActorKind.SYSTEM:
        return Q()
    if by.kind is ActorKind.CITIZEN:
        return Q(pk=int(by.ref.removeprefix("case:"))) if by.ref.startswith("case:") else Q(pk__in=[])
    if by.kind is ActorKind.CLIENT:
        return Q(public=True, confidential=False)
    seen = Q(pk__in=[])
    for seat in by.seats:
        if seat.reach is not None:
            seen |= Q(department_id__in=seat.reach) | Q(inner_department_id__in=seat.reach)
        else:
            seen |= Q() if seat.role in CONFIDENTIAL_ROLES else Q(confidential=False)
            if seat.role in CONFIDENTIAL_ROLES:
                return Q()
    return seen


def may_see(case: Case, by: Actor) -> bool:
    """Whether an actor may see this case: the twin of `visible_to`."""
    if by.kind is ActorKind.SYSTEM:
        return True
    if by.kind is ActorKind.CITIZEN:
        return by.ref == citizen_ref(case.pk)
    if by.kind is ActorKind.CLIENT:
        return case.public and not case.confidential
    for seat in by.seats:
        if seat.reach is None:
            if not case.confidential or seat.role in CONFIDENTIAL_ROLES:
                return True
        elif case.department_id in seat.reach or case.inner_department_id in seat.reach:
            return True
    return False


def roles_on(case: Case, by: Actor) -> frozenset[str]:
    """The roles in which an actor reaches this case."""
    if by.kind is not ActorKind.STAFF:
        return by.roles if may_see(case, by) or by.kind is ActorKind.SYSTEM else frozenset()
    if not may_see(case, by):
        return frozenset()
    return frozenset(
        seat.role
        for seat in by.seats
        if seat.reaches(case.department_id)
        or (seat.role == Role.UNIT_USER and seat.reaches(case.inner_department_id))
    )


def check_step(case: Case, action: Action, by: Actor) -> None:
    """Refuse (Refusal) a step this actor cannot take on this case now."""
    if not may_see(case, by):
        raise Refusal("case_unknown")
    refusal = why_not(action, Status(case.status), roles_on(case, by))
    if refusal is not None:
        raise refusal


def allowed_actions(case: Case, by: Actor) -> list[Action]:
    """The steps open to this actor on this case now: the buttons."""
    return actions_from(Status(case.status), roles_on(case, by))


def actionable_by(by: Actor, action: Action) -> Q:
    """The cases on which an actor may take this step now, as a filter."""
    step = STEPS[action]
    reach = Q(pk__in=[])
    for seat in by.seats:
        if seat.role in step.roles:
            reach |= Q() if seat.reach is None else Q(department_id__in=seat.reach)
            if seat.reach is None:
                reach = Q()
                break
    if not step.roles & by.roles:
        return Q(pk__in=[])
    return reach & Q(status__in=[str(status) for status in step.sources]) & visible_to(by)
