"""Who may see a case, how much of it, and who may take a step on it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from pol137.cases.models import Case
from pol137.cases.rules.steps import STEPS, actions_from, why_not
from pol137.cases.vocabulary import Action, Status
from pol137.city.queries.book import book
from pol137.city.rules.entries import PositionEntry
from pol137.city.vocabulary import UNIT_ROLES, DepartmentKind, Role
from pol137.lib.actor import Actor, ActorKind, Seat
from pol137.lib.persian import redact_personal
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

READS_ALL = CONFIDENTIAL_ROLES | {Role.OPERATOR}
"""Roles that speak with citizens or judge answers: they read words as they were said. Others read them
without numbers and addresses that lead to a person."""

FIGURES_ONLY = frozenset({Role.STATISTICS})
"""Roles that count cases and see none of them."""

NOT_FOR_CONTRACTORS = frozenset({Action.REVEAL})
"""Steps that somebody outside the administration never takes."""


def citizen_ref(case_id: int) -> str:
    """How a citizen who has proved himself on a case is named as an actor."""
    return f"case:{case_id}"


def inspection_departments() -> frozenset[int]:
    """The departments a confidential case may lie in: inspection and what is below it."""
    inspection = book().department_of_kind(DepartmentKind.INSPECTION)
    return book().subtree(inspection.id) if inspection else frozenset()


def keeps_secrets(seat: Seat | PositionEntry) -> bool:
    """Whether a confidential case in its reach exists for a seat: never for one above the inspection."""
    return seat.role in CONFIDENTIAL_ROLES or (
        seat.role in UNIT_ROLES and seat.department_id in inspection_departments()
    )


def check_keeper(*, confidential: bool, department_id: int) -> None:
    """Refuse (Refusal) to lay a matter for inspection only into other hands."""
    if confidential and department_id not in inspection_departments():
        raise Refusal("confidential_elsewhere", field="department")


def may_be_told(case: Case, seat: Seat | PositionEntry) -> bool:
    """Whether a notice about the case may go to this seat at all, wherever the case lies now."""
    return seat.role not in FIGURES_ONLY and (not case.confidential or keeps_secrets(seat))


def _is_contractor(seat: Seat) -> bool:
    return any(one.kind is DepartmentKind.CONTRACTOR for one in book().climb(seat.department_id))


def is_contractor(by: Actor) -> bool:
    """Whether all his seats are a contractor's: he sees what the work needs, and no person."""
    return bool(by.seats) and all(_is_contractor(seat) for seat in by.seats)


def reads_all(by: Actor) -> bool:
    """Whether an actor reads citizens' words as they were said."""
    return by.kind is ActorKind.SYSTEM or bool(by.roles & READS_ALL)


def readable(text: str, *, by: Actor, code: str = "") -> str:
    """A text of or about a citizen, as far as this actor may read it; its case's `code` stays."""
    return text if reads_all(by) else redact_personal(text, keep=_of_the_city() | {code})


def _of_the_city() -> frozenset[str]:
    """The city's own numbers and address, which lead to nobody."""
    city = book().city
    return frozenset({city.phone_number, city.sms_number, city.email})


def _seen_from(seat: Seat) -> Q:
    """The cases that exist for a seat."""
    if seat.role in FIGURES_ONLY:
        return Q(pk__in=[])
    reached = Q()
    if seat.reach is not None:
        reached = Q(department_id__in=seat.reach) | Q(inner_department_id__in=seat.reach)
    return reached if keeps_secrets(seat) else reached & Q(confidential=False)


def _sees(seat: Seat, case: Case) -> bool:
    """Whether the case exists for a seat: the twin of `_seen_from`."""
    reached = seat.reach is None or seat.reaches(case.department_id) or seat.reaches(case.inner_department_id)
    return reached and may_be_told(case, seat)


def visible_to(by: Actor) -> Q:
    """The cases an actor may see, as a filter."""
    if by.kind is ActorKind.SYSTEM:
        return Q()
    if by.kind is ActorKind.CITIZEN:
        own = [int(by.ref.removeprefix("case:"))] if by.ref.startswith("case:") else []
        return Q(pk__in=own) | Q(parent__in=own)
    if by.kind is ActorKind.CLIENT:
        return Q(public=True, confidential=False)
    return _any_of(_seen_from(seat) for seat in by.seats)


def may_see(case: Case, by: Actor) -> bool:
    """Whether an actor may see this case: the twin of `visible_to`."""
    if by.kind is ActorKind.SYSTEM:
        return True
    if by.kind is ActorKind.CITIZEN:
        return by.ref in {citizen_ref(one) for one in (case.pk, case.parent_id) if one is not None}
    if by.kind is ActorKind.CLIENT:
        return case.public and not case.confidential
    return any(_sees(seat, case) for seat in by.seats)


def roles_on(case: Case, by: Actor, action: Action | None = None) -> frozenset[str]:
    """The roles in which an actor reaches this case (to take this step)."""
    if by.kind is not ActorKind.STAFF:
        return by.roles if may_see(case, by) else frozenset()
    return frozenset(
        seat.role
        for seat in by.seats
        if _sees(seat, case)
        and (
            seat.reaches(case.department_id)
            or (seat.role == Role.UNIT_USER and seat.reaches(case.inner_department_id))
        )
        and seat.treats(case.service_id)
        and not (action in NOT_FOR_CONTRACTORS and _is_contractor(seat))
    )


def check_step(case: Case, action: Action, by: Actor) -> None:
    """Refuse (Refusal) a step this actor cannot take on this case now."""
    if not may_see(case, by):
        raise Refusal("case_unknown")
    refusal = why_not(action, Status(case.status), roles_on(case, by, action))
    if refusal is not None:
        raise refusal


def allowed_actions(case: Case, by: Actor) -> list[Action]:
    """The steps open to this actor on this case now: the buttons."""
    status = Status(case.status)
    return [
        action
        for action in actions_from(status, roles_on(case, by))
        if action not in NOT_FOR_CONTRACTORS or why_not(action, status, roles_on(case, by, action)) is None
    ]


def actionable_by(by: Actor, action: Action) -> Q:
    """The cases on which an actor may take this step now, as a filter."""
    step = STEPS[action]
    reached = _any_of(
        _acted_from(seat)
        for seat in by.seats
        if seat.role in step.roles and not (action in NOT_FOR_CONTRACTORS and _is_contractor(seat))
    )
    return reached & Q(status__in=[str(status) for status in step.sources])


def _acted_from(seat: Seat) -> Q:
    """The cases on which a seat may act: of those it sees, the ones it answers for and treats."""
    found = _seen_from(seat)
    if seat.reach is not None and seat.role != Role.UNIT_USER:
        found &= Q(department_id__in=seat.reach)
    return found if seat.services is None else found & Q(service_id__in=seat.services)


def _any_of(filters: Iterable[Q]) -> Q:
    """At least one of these filters; none at all when there is none, everything when one is empty."""
    found = Q(pk__in=[])
    for one in filters:
        if not one:
            return Q()
        found |= one
    return found
