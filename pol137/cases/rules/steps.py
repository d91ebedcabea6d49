"""The one table of steps: who may do what to a case, from which state, to which.

The check, the SQL filter of lists, the buttons, the API's enum and the diagram in the docs come from here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pol137.cases.vocabulary import BEFORE_ANSWER, Action, Status
from pol137.city.vocabulary import Role
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import ActorKind
from pol137.lib.refusal import Refusal
from pol137.staff.vocabulary import SIGNER

CITIZEN, CLIENT, SYSTEM = str(ActorKind.CITIZEN), str(ActorKind.CLIENT), str(ActorKind.SYSTEM)

DESK = frozenset({Role.OPERATOR, Role.SHIFT_SUPERVISOR})
UNIT = frozenset({Role.UNIT_USER, Role.UNIT_HEAD})
ROUTERS = frozenset({Role.TRIAGE, Role.SHIFT_SUPERVISOR, Role.CENTRE_HEAD, SYSTEM})
APPROVERS = frozenset({Role.FOLLOW_UP, Role.SHIFT_SUPERVISOR, Role.CENTRE_HEAD})
ABOVE = frozenset({Role.DEPUTY, Role.MANAGER})
GRANTERS = ABOVE | {Role.INSPECTOR, Role.SHIFT_SUPERVISOR, Role.CENTRE_HEAD, Role.MAYOR_OFFICE}
"""Whoever a ladder can name above the head of a unit: the holder of the next rung gives time."""

JOINERS = frozenset({Role.TRIAGE, Role.FOLLOW_UP, Role.CENTRE_HEAD})
EVERYBODY = frozenset(Role) | {SYSTEM}
LIVING = frozenset(Status) - {Status.ARCHIVED}
OPEN = LIVING - {Status.CLOSED}
TOLD = frozenset({Status.ANNOUNCED, Status.PLANNED, Status.UNDER_REVIEW, Status.CLOSED, Status.ARCHIVED})


@dataclass(frozen=True, slots=True)
class Step:
    """An action: from these states, by these roles, to one of these states (none: the state stays)."""

    action: Action
    event: EventKind
    sources: frozenset[Status]
    roles: frozenset[str]
    targets: tuple[Status, ...] = ()


def _step(
    action: Action, event: EventKind, sources: Iterable[Status], roles: Iterable[str], *targets: Status
) -> tuple[Action, Step]:
    return action, Step(action, event, frozenset(sources), frozenset(str(role) for role in roles), targets)


S, E = Status, EventKind

STEPS: dict[Action, Step] = dict(
    [
        _step(Action.REGISTER, E.CASE_REGISTERED, (), DESK | {CITIZEN, CLIENT, SYSTEM}, S.NEW, S.ASSIGNED),
        _step(Action.ROUTE, E.CASE_ROUTED, (S.NEW,), ROUTERS, S.ASSIGNED),
        _step(Action.ACCEPT, E.CASE_ACCEPTED, (S.ASSIGNED,), UNIT, S.IN_WORK),
        _step(Action.REFER_INSIDE, E.CASE_REFERRED_INSIDE, (S.ASSIGNED, S.IN_WORK), UNIT, S.IN_WORK),
        _step(Action.ASK_CITIZEN, E.CASE_QUESTION_ASKED, (S.IN_WORK,), UNIT, S.WAITING),
        _step(Action.ASK_CENTRE, E.CALL_NEEDED, (S.ASSIGNED, S.IN_WORK, S.PLANNED), UNIT),
        _step(Action.ASK_MORE_TIME, E.CASE_MORE_TIME_ASKED, (S.ASSIGNED, S.IN_WORK), {Role.UNIT_HEAD}),
        _step(Action.GIVE_TIME, E.CASE_MORE_TIME_GIVEN, (S.ASSIGNED, S.IN_WORK), GRANTERS),
        _step(Action.ASK_PAUSE, E.CASE_PAUSE_ASKED, (S.ASSIGNED, S.IN_WORK), {Role.UNIT_HEAD}),
        _step(Action.REFUSE_TIME, E.CASE_TIME_REFUSED, (S.ASSIGNED, S.IN_WORK), GRANTERS),
        _step(Action.PAUSE, E.CASE_PAUSED, (S.ASSIGNED, S.IN_WORK), GRANTERS, S.WAITING),
        _step(
            Action.RESUME,
            E.CASE_RESUMED,
            (S.WAITING,),
            UNIT | ABOVE | {CITIZEN, SYSTEM, Role.FEEDBACK} | DESK,
            S.IN_WORK,
        ),
        _step(
            Action.TRANSFER, E.CASE_TRANSFERRED, (S.ASSIGNED, S.IN_WORK), {Role.UNIT_HEAD}, S.ASSIGNED, S.NEW
        ),
        _step(Action.SPLIT, E.CASE_SPLIT, (S.NEW, S.ASSIGNED, S.IN_WORK), ROUTERS - {SYSTEM}),
        _step(Action.DRAFT, E.CASE_ANSWER_DRAFTED, (S.ASSIGNED, S.IN_WORK), UNIT),
        _step(
            Action.ANSWER,
            E.CASE_ANSWERED,
            (S.ASSIGNED, S.IN_WORK),
            GRANTERS | {Role.UNIT_HEAD, SIGNER},
            S.ANSWERED,
        ),
        _step(Action.APPROVE, E.CASE_APPROVED, (S.ANSWERED,), APPROVERS, S.APPROVED),
        _step(Action.RETURN_ANSWER, E.CASE_ANSWER_RETURNED, (S.ANSWERED,), APPROVERS, S.IN_WORK),
        _step(
            Action.ANNOUNCE,
            E.CASE_ANNOUNCED,
            (S.APPROVED, S.JOINED),
            {Role.FEEDBACK, Role.SHIFT_SUPERVISOR, SYSTEM},
            S.ANNOUNCED,
            S.PLANNED,
        ),
        _step(
            Action.OBJECT,
            E.CASE_OBJECTED,
            (S.ANNOUNCED, S.PLANNED),
            {CITIZEN, SYSTEM, Role.FEEDBACK, Role.FOLLOW_UP} | DESK,
            S.UNDER_REVIEW,
        ),
        _step(
            Action.DECIDE_REVIEW,
            E.CASE_REVIEW_DECIDED,
            (S.UNDER_REVIEW,),
            {Role.FOLLOW_UP, Role.CENTRE_HEAD},
            S.IN_WORK,
            S.ANNOUNCED,
            S.PLANNED,
            S.ANSWERED,
        ),
        _step(Action.CLOSE, E.CASE_CLOSED, (S.ANNOUNCED,), {CITIZEN, SYSTEM, Role.FEEDBACK} | DESK, S.CLOSED),
        _step(Action.REOPEN, E.CASE_REOPENED, (S.CLOSED,), {Role.FOLLOW_UP, Role.CENTRE_HEAD}, S.IN_WORK),
        _step(Action.PROPOSE_JOIN, E.CASE_JOIN_PROPOSED, (S.ASSIGNED, S.IN_WORK), UNIT),
        _step(Action.DECLINE_JOIN, E.CASE_JOIN_DECLINED, LIVING, JOINERS),
        _step(
            Action.JOIN_INCIDENT,
            E.CASE_JOINED_INCIDENT,
            BEFORE_ANSWER,
            JOINERS | DESK,
            S.JOINED,
        ),
        _step(
            Action.LEAVE_INCIDENT,
            E.CASE_LEFT_INCIDENT,
            (S.JOINED,),
            JOINERS | {Role.SHIFT_SUPERVISOR, SYSTEM},
            S.NEW,
            S.IN_WORK,
        ),
        _step(
            Action.REOPEN_INCIDENT,
            E.CASE_REOPENED,
            TOLD - {Status.ARCHIVED} | {S.IN_WORK, S.APPROVED, S.JOINED},
            {SYSTEM},
            S.IN_WORK,
            S.JOINED,
        ),
        _step(
            Action.WITHDRAW,
            E.CASE_WITHDRAWN,
            BEFORE_ANSWER | {S.JOINED},
            {CITIZEN, SYSTEM, Role.FEEDBACK} | DESK,
            S.CLOSED,
        ),
        _step(
            Action.KEEP_PLAN,
            E.CASE_PLAN_KEPT,
            (S.PLANNED, S.UNDER_REVIEW),
            {Role.UNIT_HEAD},
            S.ANSWERED,
            S.UNDER_REVIEW,
        ),
        _step(Action.POSTPONE_PLAN, E.CASE_PLAN_POSTPONED, (S.PLANNED,), GRANTERS),
        _step(Action.CLASSIFY, E.CASE_CLASSIFIED, (S.CLOSED,), {Role.FOLLOW_UP, Role.CENTRE_HEAD}),
        _step(Action.ARCHIVE, E.CASE_ARCHIVED, (S.CLOSED,), {SYSTEM}, S.ARCHIVED),
        _step(Action.NOTE, E.CASE_NOTED, LIVING, EVERYBODY),
        _step(Action.RECLASSIFY, E.CASE_RECLASSIFIED, LIVING, {Role.TRIAGE, Role.FOLLOW_UP} | DESK),
        _step(Action.EDIT_PLACE, E.CASE_PLACE_EDITED, OPEN, {Role.TRIAGE, Role.FOLLOW_UP} | DESK),
        _step(
            Action.REVEAL,
            E.CASE_REPORTER_REVEALED,
            LIVING,
            UNIT
            | ABOVE
            | {Role.FOLLOW_UP, Role.FEEDBACK, Role.INSPECTOR, Role.CENTRE_HEAD, Role.TRIAGE}
            | DESK,
        ),
        _step(Action.NUDGE, E.CASE_NUDGED, OPEN, {CITIZEN, Role.FEEDBACK} | DESK),
        _step(Action.SUPPORT, E.CASE_SUPPORTED, OPEN, {CLIENT, Role.FEEDBACK, Role.TRIAGE} | DESK),
        _step(
            Action.MAKE_SAFE,
            E.CASE_MADE_SAFE,
            BEFORE_ANSWER | {S.ANSWERED, S.JOINED},
            {Role.CENTRE_HEAD} | DESK,
        ),
        _step(
            Action.REPORT_DANGER,
            E.CASE_DANGER_REPORTED,
            BEFORE_ANSWER | {S.ANSWERED, S.JOINED},
            {Role.CENTRE_HEAD} | DESK,
        ),
        _step(
            Action.ANSWER_SENDER,
            E.CASE_SENDER_ANSWERED,
            TOLD,
            {Role.FEEDBACK, Role.SHIFT_SUPERVISOR, Role.CENTRE_HEAD, SYSTEM},
        ),
        _step(
            Action.RATE,
            E.CASE_RATED,
            (S.ANNOUNCED, S.PLANNED, S.UNDER_REVIEW, S.CLOSED),
            {CITIZEN, Role.FEEDBACK} | DESK,
        ),
        _step(Action.PUBLISH, E.CASE_WORDS_PUBLISHED, LIVING, {Role.TRIAGE, Role.CENTRE_HEAD, SYSTEM}),
    ]
)


def why_not(action: Action, status: Status, roles: Iterable[str]) -> Refusal | None:
    """Why an actor in these roles cannot take this step from this state; None when he can."""
    step = STEPS[action]
    if not step.roles.intersection(roles):
        return Refusal("step_not_yours", action=action)
    if status not in step.sources:
        return Refusal("step_not_now", action=action, status=status)
    return None


def actions_from(status: Status, roles: Iterable[str]) -> list[Action]:
    """The actions open to these roles in this state, in the order of the table."""
    mine = frozenset(roles)
    return [step.action for step in STEPS.values() if status in step.sources and mine & step.roles]


def sources_of(action: Action) -> frozenset[Status]:
    """The states an action starts from: the filter of its list and of its bulk form."""
    return STEPS[action].sources
