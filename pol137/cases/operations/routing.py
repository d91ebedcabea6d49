"""Where a case lies: triage, transfer, inner referral, parts."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from pol137.cases.models import Assignment, Case
from pol137.cases.operations.promises import answer_promise, end_clocks, open_centre_clock
from pol137.cases.operations.steps import lock_case, seal, stream_of, take_step
from pol137.cases.vocabulary import Action, PromiseKind, Status
from pol137.city.queries.book import book
from pol137.city.rules.entries import DepartmentEntry, ServiceEntry
from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
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


def hand_over(case: Case, department_id: int | None, *, because: dict[str, object], now: datetime) -> None:
    """Put a locked case, saved by the caller, into the hands of a department (None: of triage)."""
    Assignment.objects.filter(case=case, to_at__isnull=True).update(to_at=now)
    case.department_id, case.inner_department_id, case.inner_due_at = department_id, None, None
    if department_id is not None:
        Assignment.objects.create(case=case, department_id=department_id, from_at=now, because=because)


@transaction.atomic
def route_case(case_id: int, *, department: str, reason: str = "", by: Actor, now: datetime) -> Case:
    """Triage sends a held case to a department.

    Guarantees: the promise made at registration does not move; triage's own clock ends.
    Refuses when the case is not held, or the department is unknown.
    """
    case, target = lock_case(case_id, Action.ROUTE, by=by), _department(department)
    hand_over(case, target.id, because={"why": "triage", "reason": reason.strip()}, now=now)
    take_step(case, Action.ROUTE, by=by, now=now, body={"why": "triage", "department": target.id})
    end_clocks(case, now=now, kinds=[PromiseKind.TRIAGE])
    return case


@transaction.atomic
def transfer_case(case_id: int, *, department: str, reason: str, by: Actor, now: datetime) -> Case:
    """«خارج از وظیفه این واحد»: a unit passes a case on, once; the second time triage rules.

    Guarantees: the citizen's promise does not move. Refuses without a reason, to the same unit, or later
    than the city allows after the unit received it.
    """
    case, target, reason = (
        lock_case(case_id, Action.TRANSFER, by=by),
        _department(department),
        _reason(reason),
    )
    held = Assignment.objects.filter(case=case, to_at__isnull=True).first()
    if held and now > held.from_at + book().city.transfer_within:
        raise Refusal("transfer_too_late", within=book().city.transfer_within)
    if target.id == case.department_id:
        raise Refusal("transfer_to_itself", field="department")
    before = Assignment.objects.filter(case=case, because__why="transfer").exists()
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
    """A head refers a case to an office below him, with an inner deadline.

    Moves no deadline; the head stays accountable.

    Refuses a department outside the unit.
    """
    case, target = lock_case(case_id, Action.REFER_INSIDE, by=by), _department(department)
    inside = {one.id for one in book().within(case.department_id)} if case.department_id else set()
    if target.id not in inside or target.id == case.department_id:
        raise Refusal("department_not_inside", field="department")
    case.inner_department_id, case.inner_due_at = target.id, due_at
    take_step(case, Action.REFER_INSIDE, by=by, now=now, body={"department": target.id})
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
        _department(department),
        book(),
    )
    if whole.parent_id is not None:
        raise Refusal("part_of_a_part")
    if not words.strip():
        raise Refusal("words_missing", field="words")
    part = Case(
        parent=whole, status=str(Status.ASSIGNED), status_since=now, kind=whole.kind, service_id=topic.id,
        district_id=whole.district_id, neighbourhood_id=whole.neighbourhood_id, department_id=target.id,
        words=words.strip(), salt=secrets.token_hex(16), address=whole.address, lat=whole.lat, lon=whole.lon,
        h3=whole.h3, channel_id=whole.channel_id, urgent=whole.urgent or topic.urgent,
        confidential=whole.confidential or topic.confidential, registered_at=now, updated_at=now,
    )  # fmt: skip
    part.save(force_insert=True)
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
    return part
