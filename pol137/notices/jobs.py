"""Whom an event concerns, in the background. Each job is safe to run twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pol137.cases.models import Case, Notice, Promise
from pol137.cases.operations.promises import open_promise
from pol137.cases.queries import can, granters, open_objections, passed_on_by
from pol137.cases.queries.judging import review_fault
from pol137.cases.queries.time import roles_of_rung
from pol137.cases.vocabulary import Action, Heard, PromiseKind, Status
from pol137.city.queries.book import book
from pol137.city.vocabulary import NoticeStyle, Role
from pol137.journal.outbox import job
from pol137.journal.queries import get_event
from pol137.journal.vocabulary import EventKind
from pol137.notices.operations import notify_roles, raise_alarm
from pol137.staff.models import User
from pol137.staff.queries import actor_for


@job
def tell_staff(*, event_id: int, now: datetime) -> None:
    """Tell the people whose turn it is."""
    event = get_event(event_id)
    case = Case.objects.get(pk=int(event.stream.partition(":")[2]))
    unit = event.body["department"] if event.kind in SENT_THERE else case.department_id
    told: dict[str, Any] = {"unit": unit, "kind": event.kind, "event_id": event_id, "now": now}
    if event.kind == EventKind.RUNG_FIRED:
        promise, n = Promise.objects.get(pk=event.body["promise"]), int(event.body["rung"])
        told |= {"rung": n, "style": _style_of(promise, n), "ladder": _ladder_of(promise)}
        notify_roles(case, roles_of_rung(promise, n), **told)
        if promise.kind == PromiseKind.ANSWER and promise.rung_due[n] >= promise.due_at:
            for other in passed_on_by(case, since=promise.started_at):
                notify_roles(case, [Role.DEPUTY], **{**told, "unit": other, "rung": None})
        return
    if event.kind == EventKind.CASE_HEARD_FROM_JOINED:
        if roles := MAIN_TOLD[event.body["heard"]]:
            notify_roles(case, roles, rung=None, **told)
        return
    if case.status == Status.JOINED and event.kind in HEARD_BY_MAIN:
        return
    roles, told["rung"] = STAFF_TOLD[event.kind]
    if event.kind == EventKind.CASE_TRANSFERRED and event.body["department"] is not None:
        return
    if event.kind == EventKind.CASE_ROUTED and (awaited := open_promise(case, PromiseKind.ANSWER)):
        roles = [*dict.fromkeys([*roles, *roles_of_rung(awaited, 0)])]
    if event.kind == EventKind.CASE_TURNED_URGENT and "due_at" not in event.body:
        return
    if event.kind in (EventKind.CASE_MORE_TIME_ASKED, EventKind.CASE_PAUSE_ASKED):
        roles = _granting(case, now=now)
    if event.kind == EventKind.CASE_ANSWER_RETURNED and event.body.get("returns", 1) > 1:
        roles = [*roles, Role.DEPUTY]
    if event.kind == EventKind.CASE_OBJECTED and _final_is_next(event.body):
        roles = [Role.CENTRE_HEAD]
    elif event.kind == EventKind.CASE_OBJECTED:
        if (may := _may_review(case, event.body["objection"], now=now)) is None:
            return
        told["may"] = may
    if event.kind == EventKind.CASE_ANSWER_DRAFTED and event.body.get("deputy"):
        seated = book().positions_for(case.department_id, Role.DEPUTY)
        roles = [Role.DEPUTY] if seated else _granting(case, now=now)
    notify_roles(case, roles, **told)
    if "may" in told and not Notice.objects.filter(event_id=event_id, user__isnull=False).exists():
        notify_roles(case, [Role.CENTRE_HEAD], **told)
    if event.body.get("broken"):
        raise_alarm(case, rule=int(event.body["rule"]), event_id=event_id, now=now)


def _final_is_next(body: dict[str, Any]) -> bool:
    """Whether this objection comes after so many verdicts that the head of the centre decides."""
    return bool(body.get("verdicts", 0) >= book().city.verdicts_before_final)


def _may_review(case: Case, objection_id: int, *, now: datetime) -> Callable[[int], bool] | None:
    """Whether a member of staff, by his number, has no stake in the case and may decide this objection; None
    once it is decided."""
    waiting = open_objections([case.pk]).get(case.pk)
    if waiting is None or waiting.pk != objection_id:
        return None

    def may(user: int) -> bool:
        by = actor_for(User.objects.get(pk=user), now=now)
        return can(case, by, Action.DECIDE_REVIEW) and review_fault(case, waiting, by) is None

    return may


def _granting(case: Case, *, now: datetime) -> list[str]:
    """The roles that decide a wish for time."""
    promise = open_promise(case, PromiseKind.ANSWER)
    found = granters([promise], now=now)[promise.pk] if promise else ()
    return sorted({str(book().positions[one].role) for one in found})


def _ladder_of(promise: Promise) -> list[list[str]]:
    return [rung["roles"] for rung in promise.policy["rungs"]]


def _style_of(promise: Promise, n: int) -> str:
    styles = {rung["n"]: rung.get("notice") for rung in promise.policy["rungs"]}
    return styles.get(n) or str(NoticeStyle.SINGLE)


SENT_THERE = (EventKind.CASE_ROUTED, EventKind.CASE_REFERRED_INSIDE)
"""Events that name the unit whose people are told, whoever has the case by now."""

STAFF_TOLD: dict[str, tuple[list[str], int | None]] = {
    EventKind.CASE_ROUTED: ([Role.UNIT_HEAD], 0),
    EventKind.CASE_HELD_FOR_TRIAGE: ([Role.TRIAGE], None),
    EventKind.CASE_REFERRED_INSIDE: ([Role.UNIT_USER], None),
    EventKind.CASE_TRANSFERRED: ([Role.TRIAGE], None),
    EventKind.CASE_MORE_TIME_ASKED: ([], None),
    EventKind.CASE_PAUSE_ASKED: ([], None),
    EventKind.CASE_TIME_REFUSED: ([Role.UNIT_HEAD], None),
    EventKind.CASE_PAUSED: ([Role.UNIT_HEAD], None),
    EventKind.CASE_RESUMED: ([Role.UNIT_HEAD], None),
    EventKind.CASE_ANSWER_DRAFTED: ([], None),
    EventKind.CASE_ANSWER_RETURNED: ([Role.UNIT_HEAD], None),
    EventKind.CASE_REVIEW_DECIDED: ([Role.UNIT_HEAD, Role.DEPUTY], None),
    EventKind.CASE_REOPENED: ([Role.UNIT_HEAD, Role.DEPUTY], None),
    EventKind.CASE_NUDGED: ([Role.UNIT_HEAD, Role.DEPUTY], None),
    EventKind.CASE_MORE_TIME_GIVEN: ([Role.UNIT_HEAD], None),
    EventKind.CASE_OBJECTED: ([Role.FOLLOW_UP], None),
    EventKind.DISPATCH_EXHAUSTED: ([Role.SHIFT_SUPERVISOR], None),
    EventKind.CASE_LEFT_INCIDENT: ([Role.UNIT_HEAD], None),
    EventKind.REFERRAL_REPLIED: ([Role.FOLLOW_UP], None),
    EventKind.CASE_JOIN_PROPOSED: ([Role.TRIAGE, Role.FOLLOW_UP], None),
    EventKind.CASE_JOIN_DECLINED: ([Role.UNIT_HEAD], None),
    EventKind.CASE_TURNED_URGENT: ([Role.UNIT_HEAD], None),
    EventKind.CASE_MADE_SAFE: ([Role.UNIT_HEAD], None),
}

HEARD_BY_MAIN = (
    EventKind.CASE_NUDGED,
    EventKind.CASE_REOPENED,
    EventKind.CASE_REVIEW_DECIDED,
    EventKind.CASE_MADE_SAFE,
)
"""Of a joined case the unit of the main case is told of these, on the main case."""

MAIN_TOLD: dict[str, list[str]] = {
    Heard.NUDGE: [Role.UNIT_HEAD, Role.DEPUTY],
    Heard.NOTE: [Role.UNIT_HEAD],
    Heard.OBJECTION: [Role.UNIT_HEAD],
    Heard.JOINED: [],
    Heard.LEFT: [],
}
