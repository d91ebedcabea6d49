"""Who holds a position, from which day to which, and who stands in for him."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from pol137.city.queries.book import book, local_day
from pol137.city.vocabulary import Role
from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal
from pol137.staff.models import Appointment, User

APPOINTERS = frozenset({Role.ADMINISTRATOR, Role.CENTRE_HEAD})


@transaction.atomic
def appoint(
    *,
    username: str,
    position_id: int,
    from_date: date,
    to_date: date | None = None,
    by: Actor,
    now: datetime,
) -> Appointment:
    """Put a member of staff into a position from a day on, to the day before `to_date`.

    Refuses anybody but an administrator and the head of the centre, days that have passed, an unknown
    account or position, and a second appointment of one person to one position at a time.
    """
    if not by.roles & APPOINTERS:
        raise Refusal("appointments_not_yours")
    position = book().positions.get(position_id)
    if position is None or not position.active:
        raise Refusal("position_unknown", field="position")
    user = _account(username)
    _check_days(from_date, to_date, now=now)
    _check_free(user, position_id, from_date, to_date)
    row = Appointment.objects.create(user=user, position_id=position_id, from_date=from_date, to_date=to_date)
    _note(row, "appointed", by=by, now=now)
    return row


@transaction.atomic
def name_substitute(
    appointment_id: int, *, username: str, from_date: date, to_date: date, by: Actor, now: datetime
) -> Appointment:
    """Let somebody stand in for the holder of a position from a day to the day before `to_date`: he is told
    what the holder is told, and may do what he may.

    Refuses anybody but the holder himself, an administrator and the head of the centre, the holder as his
    own substitute, a substitute's substitute, and days outside the appointment.
    """
    held = _locked(appointment_id, by=by)
    if held.substitute_for_id is not None:
        raise Refusal("substitute_of_a_substitute")
    user = _account(username)
    if user.pk == held.user_id:
        raise Refusal("substitute_is_the_holder", field="username")
    _check_days(from_date, to_date, now=now)
    if from_date < held.from_date or (held.to_date and to_date > held.to_date):
        raise Refusal("substitute_outside_appointment", field="to_date")
    _check_free(user, held.position_id, from_date, to_date)
    row = Appointment.objects.create(
        user=user,
        position_id=held.position_id,
        from_date=from_date,
        to_date=to_date,
        substitute_for=held,
    )
    _note(row, "substitute", by=by, now=now)
    return row


@transaction.atomic
def end_appointment(appointment_id: int, *, to_date: date, by: Actor, now: datetime) -> Appointment:
    """End an appointment before a day; those who stood in for it end with it.

    Refuses anybody but an administrator, the head of the centre and, for his own substitutes, the holder; a
    day that has passed or lies before the appointment began, and one that is over already.
    """
    held = _locked(appointment_id, by=by)
    if held.substitute_for_id is None and not by.roles & APPOINTERS:
        raise Refusal("appointments_not_yours")
    if held.to_date is not None and held.to_date <= local_day(now):
        raise Refusal("appointment_is_over")
    if to_date < local_day(now) or to_date <= held.from_date:
        raise Refusal("appointment_ends_too_early", field="to_date")
    held.to_date = to_date
    held.save(update_fields=["to_date"])
    after = held.substitutes.filter(Q(to_date__isnull=True) | Q(to_date__gt=to_date))
    after.filter(from_date__gte=to_date).delete()
    after.update(to_date=to_date)
    _note(held, "ended", by=by, now=now)
    return held


def _locked(appointment_id: int, *, by: Actor) -> Appointment:
    row = Appointment.objects.select_for_update().filter(pk=appointment_id).first()
    if row is None:
        raise Refusal("appointment_unknown")
    holder = row.substitute_for.user_id if row.substitute_for else row.user_id
    if not by.roles & APPOINTERS and (by.staff_id is None or by.staff_id != holder):
        raise Refusal("appointments_not_yours")
    return row


def _account(username: str) -> User:
    user = User.objects.select_for_update().filter(username=username.strip(), is_active=True).first()
    if user is None:
        raise Refusal("account_unknown", field="username")
    return user


def _check_days(from_date: date, to_date: date | None, *, now: datetime) -> None:
    if from_date < local_day(now):
        raise Refusal("appointment_in_the_past", field="from_date")
    if to_date is not None and to_date <= from_date:
        raise Refusal("appointment_ends_too_early", field="to_date")


def _check_free(user: User, position_id: int, from_date: date, to_date: date | None) -> None:
    same = Appointment.objects.filter(user=user, position_id=position_id)
    same = same.filter(Q(to_date__isnull=True) | Q(to_date__gt=from_date))
    if (same.filter(from_date__lt=to_date) if to_date else same).exists():
        raise Refusal("appointed_already", field="username")


def _note(row: Appointment, change: str, *, by: Actor, now: datetime) -> None:
    body = {
        "appointment": row.pk,
        "change": change,
        "user": row.user_id,
        "position": row.position_id,
        "from": row.from_date.isoformat(),
        "to": row.to_date.isoformat() if row.to_date else None,
        "substitute_for": row.substitute_for_id,
    }
    append_event(stream=f"position:{row.position_id}", kind=EventKind.APPOINTED, at=now, by=by, body=body)
