"""«تفویض امضا»: a head lets a position of his unit sign answers over listed services, between two days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from pol137.city.queries.book import book, local_day
from pol137.city.vocabulary import Role
from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor, Seat
from pol137.lib.refusal import Refusal
from pol137.staff.models import Delegation


def _led_by(by: Actor, department_id: int) -> Seat:
    """The head's seat that reaches a department. Refuses whoever does not lead it."""
    for seat in by.seats:
        if seat.role == Role.UNIT_HEAD and seat.reaches(department_id):
            return seat
    raise Refusal("unit_not_yours")


@transaction.atomic
def delegate_signing(
    *, position: str, services: Iterable[str], from_date: date, to_date: date, by: Actor, now: datetime
) -> Delegation:
    """Let the holders of a 137 user's position sign answers to these services; the last day counts too.

    Guarantees: the head stays accountable, and each answer shows who gave it.
    Refuses whoever does not lead the position's unit, another position than a 137 user's, no service, and
    days that are over or in the wrong order.
    """
    city = book()
    found, topics = city.positions.find(position), [city.services.find(one) for one in sorted(set(services))]
    if found is None or found.role is not Role.UNIT_USER:
        raise Refusal("position_does_not_sign", field="position")
    seat = _led_by(by, found.department_id)
    if not topics or None in topics:
        raise Refusal("services_missing", field="services")
    if to_date < max(from_date, local_day(now)):
        raise Refusal("days_impossible", field="to_date")
    made = Delegation.objects.create(
        department_id=seat.department_id, position_id=found.id, from_date=from_date, to_date=to_date,
        granted_by_id=int(by.ref), granted_at=now,
    )  # fmt: skip
    made.services.set([one.id for one in topics if one is not None])
    body = {
        "delegation": made.pk,
        "position": found.id,
        "services": sorted(one.id for one in topics if one is not None),
        "from": from_date.isoformat(),
        "to": to_date.isoformat(),
    }
    append_event(
        stream=f"unit:{seat.department_id}", kind=EventKind.SIGNING_DELEGATED, at=now, by=by, body=body
    )
    return made


@transaction.atomic
def revoke_signing(delegation_id: int, *, by: Actor, now: datetime) -> Delegation:
    """The position signs no more from now on; what it signed stands.

    Refuses whoever does not lead the unit, and a delegation that has ended.
    """
    made = Delegation.objects.select_for_update().filter(pk=delegation_id).first()
    if made is None:
        raise Refusal("delegation_unknown")
    _led_by(by, made.department_id)
    if made.revoked_at is not None or made.to_date < local_day(now):
        raise Refusal("delegation_is_over")
    made.revoked_at, made.revoked_by_id = now, by.staff_id
    made.save(update_fields=["revoked_at", "revoked_by"])
    body = {"delegation": made.pk, "position": made.position_id, "revoked": True}
    append_event(
        stream=f"unit:{made.department_id}", kind=EventKind.SIGNING_DELEGATED, at=now, by=by, body=body
    )
    return made
