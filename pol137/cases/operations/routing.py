"""Where a case lies: triage, transfer, inner referral, parts."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from pol137.cases.models import Answer, Assignment, Case
from pol137.cases.operations.giving_time import lapse_requests
from pol137.cases.operations.promises import (
    answer_promise,
    end_clocks,
    open_centre_clock,
    open_promise,
    time_rungs_anew,
)
from pol137.cases.operations.steps import lock_case, seal, stream_of, take_step, turned_urgent
from pol137.cases.operations.wording import reword
from pol137.cases.permissions import check_keeper
from pol137.cases.vocabulary import Action, PromiseKind, Status
from pol137.city.queries.book import book
from pol137.city.rules.entries import DepartmentEntry, ServiceEntry
from pol137.city.vocabulary import Role
from pol137.journal.operations import append_event, append_events
from pol137.journal.vocabulary import EventKind
from pol137.lib import working_time
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal


def _department(code: str) -> DepartmentEntry:
    found = book().departments.find(code)
    if found is None:
        raise Refusal("department_unknown", field="department")
    return found


def _service(code: str) -> ServiceEntry:
    found = book().services.find(code)
    if found is None:
        raise Refusal("service_unknown", field="service", service=code)
    return found


def _reason(text: str) -> str:
    if not text.strip():
        raise Refusal("reason_missing", field="reason")
    return text.strip()


def _led(code: str) -> DepartmentEntry:
    """A department somebody leads, so that a case sent there can be answered."""
    found = _department(code)
    if not book().positions_for(found.id, Role.UNIT_HEAD):
        raise Refusal("department_without_head", field="department")
    return found


def hand_over(case: Case, department_id: int | None, *, because: dict[str, object], now: datetime) -> None:
    """Put a locked case, saved by the caller, into the hands of a department (None: of triage).

    Guarantees: no due time moves. The draft and the wishes for time of the unit before do not go with it.
    """
    Assignment.objects.filter(case=case, to_at__isnull=True).update(to_at=now)
    Answer.objects.filter(case=case, answered_at__isnull=True).exclude(department=department_id).delete()
    lapse_requests(case, now=now)
    case.department_id, case.inner_department_id, case.inner_due_at = department_id, None, None
    if department_id is not None:
        Assignment.objects.create(case=case, department_id=department_id, from_at=now, because=because)
    time_rungs_anew(case, now=now)


@transaction.atomic
def route_case(case_id: int, *, department: str, reason: str = "", by: Actor, now: datetime) -> Case:
    """Triage sends a held case to a department.

    Guarantees: the promise made at registration does not move; triage's own clock ends.
    Refuses when the case is not held, the department is unknown, and to lay a matter for inspection only
    anywhere else.
    """
    case, target = lock_case(case_id, Action.ROUTE, by=by), _led(department)
    check_keeper(confidential=case.confidential, department_id=target.id)
    hand_over(case, target.id, because={"why": "triage", "reason": reason.strip()}, now=now)
    take_step(case, Action.ROUTE, by=by, now=now, body={"why": "triage", "department": target.id})
    end_clocks(case, now=now, kinds=[PromiseKind.TRIAGE])
    return case


@transaction.atomic
def transfer_case(case_id: int, *, department: str, reason: str, by: Actor, now: datetime) -> Case:
    """«خارج از وظیفه این واحد»: a unit passes a case on, once; the second time triage rules, and that binds.

    Guarantees: the citizen's promise does not move. Refuses without a reason, to the same unit or one nobody
    leads, later than the city allows in the unit's working hours after it received the case, and where
    triage has ruled.
    """
    case, target, reason = lock_case(case_id, Action.TRANSFER, by=by), _led(department), _reason(reason)
    check_keeper(confidential=case.confidential, department_id=target.id)
    held = Assignment.objects.filter(case=case, to_at__isnull=True).first()
    before = Assignment.objects.filter(case=case, because__why="transfer").exists()
    if held and before and held.because.get("why") == "triage":
        raise Refusal("ruling_binds")
    if held and now > _transfer_until(held):
        raise Refusal("transfer_too_late", within=book().city.transfer_within)
    if target.id == case.department_id:
        raise Refusal("transfer_to_itself", field="department")
    because: dict[str, object] = {"why": "transfer", "from": case.department_id, "reason": reason}
    to = Status.NEW if before else Status.ASSIGNED
    came_from = case.department_id
    if before:
        _check_then_hand_over(case, None, because, by=by, now=now, to=to)
        open_centre_clock(case, PromiseKind.TRIAGE, within=book().city.triage_within, now=now, city=book())
    else:
        _check_then_hand_over(case, target.id, because, by=by, now=now, to=to)
        body = {"why": "transfer", "department": target.id, "from_department": came_from}
        append_event(stream=stream_of(case.pk), kind=EventKind.CASE_ROUTED, at=now, by=by, body=body)
    return case


def _transfer_until(held: Assignment) -> datetime:
    """Until when a unit can say that a matter is not its duty: counted in its own working hours."""
    within, week = book().city.transfer_within, book().hours_of(held.department_id)
    return working_time.add(held.from_at, within, week) if week else held.from_at + within


def _check_then_hand_over(
    case: Case, department_id: int | None, because: dict[str, object], *, by: Actor, now: datetime, to: Status
) -> None:
    body = {**because, "department": department_id, "reason": seal(str(because["reason"]), case.salt)}
    take_step(case, Action.TRANSFER, by=by, now=now, to=to, body=body)
    hand_over(case, department_id, because=because, now=now)
    case.save(update_fields=["department", "inner_department", "inner_due_at"])


@transaction.atomic
def refer_inside(
    case_id: int, *, department: str, due_at: datetime | None = None, by: Actor, now: datetime
) -> Case:
    """A unit refers a case to an office below it, with an inner deadline: that office prepares the answer.

    Moves no deadline; the head stays accountable, and only he answers.
    Refuses a department outside the unit, and an inner deadline that is past or beyond the promise's own.
    """
    case, target = lock_case(case_id, Action.REFER_INSIDE, by=by), _department(department)
    inside = {one.id for one in book().within(case.department_id)} if case.department_id else set()
    if target.id not in inside or target.id == case.department_id:
        raise Refusal("department_not_inside", field="department")
    promise = open_promise(case, PromiseKind.ANSWER)
    if due_at is not None and due_at <= now:
        raise Refusal("inner_due_past", field="due_on")
    if due_at is not None and promise is not None and now < promise.due_at < due_at:
        raise Refusal("inner_due_too_late", field="due_on", due=promise.due_at)
    case.inner_department_id, case.inner_due_at = target.id, due_at
    body = {"department": target.id, **({"inner_due_at": due_at.isoformat()} if due_at else {})}
    take_step(case, Action.REFER_INSIDE, by=by, now=now, body=body)
    return case


@transaction.atomic
def split_case(case_id: int, *, service: str, department: str, words: str, by: Actor, now: datetime) -> Case:
    """Split off a part for another unit: one code for the citizen, a promise of its own for the part.

    Guarantees: the result is announced when the case and all its parts are approved; a case with a part for
    inspection only is public no longer.
    Refuses when the case is a part itself.
    """
    whole, topic, target, city = (
        lock_case(case_id, Action.SPLIT, by=by),
        _service(service),
        _led(department),
        book(),
    )
    if whole.parent_id is not None:
        raise Refusal("part_of_a_part")
    if not words.strip():
        raise Refusal("words_missing", field="words")
    check_keeper(confidential=whole.confidential or topic.confidential, department_id=target.id)
    part = Case(
        parent=whole, status=str(Status.ASSIGNED), status_since=now, kind=whole.kind, service_id=topic.id,
        district_id=whole.district_id, neighbourhood_id=whole.neighbourhood_id, department_id=target.id,
        words=words.strip(), salt=secrets.token_hex(16), address=whole.address, lat=whole.lat, lon=whole.lon,
        h3=whole.h3, channel_id=whole.channel_id, urgent=whole.urgent or topic.urgent,
        safe_at=None if topic.urgent else whole.safe_at,
        confidential=whole.confidential or topic.confidential, registered_at=now, updated_at=now,
    )  # fmt: skip
    part.save(force_insert=True)
    reword(part)
    answer_promise(part, start=now, city=city).save(force_insert=True)
    Assignment.objects.create(case=part, department_id=target.id, from_at=now, because={"why": "part"})
    if part.confidential:
        whole.public = False
    take_step(whole, Action.SPLIT, by=by, now=now, body={"part": part.pk, "department": target.id})
    append_event(
        stream=stream_of(part.pk),
        kind=EventKind.CASE_ROUTED,
        at=now,
        by=by,
        body={"why": "part", "department": target.id, "whole": whole.pk},
    )
    if part.in_danger:
        append_events([turned_urgent(part, by=by, now=now)])
    return part
