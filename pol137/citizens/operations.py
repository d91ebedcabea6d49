"""Writes of the citizens' room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Model

from pol137.citizens.models import Citizen, ContactPoint
from pol137.citizens.queries import citizen_of, has_point
from pol137.citizens.vocabulary import ContactPointKind
from pol137.journal.operations import Ids, NewEvent, append_events
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor

ROWS = (Citizen, ContactPoint, ContactPoint)
"""The tables `citizen_and_rows` may need numbers of."""


def citizen_and_rows(
    *, name: str, phone: str, dialable: bool, email: str, language: str, ids: Ids, now: datetime
) -> tuple[Citizen | None, list[Model]]:
    """Like `find_or_add_citizen`, but what is new is handed back to be written with the caller's own rows."""
    points = [(ContactPointKind.PHONE, phone)] if phone else []
    points += [(ContactPointKind.EMAIL, email)] if email else []
    if not points and not name:
        return None, []
    known = citizen_of(kind=points[0][0], value=points[0][1], name=name) if points else None
    citizen = known or Citizen(id=ids.take(Citizen), name=name, language=language, created_at=now)
    rows: list[Model] = [] if known else [citizen]
    for kind, value in points:
        new = known is None or (kind is not points[0][0] and not has_point(citizen, kind=kind, value=value))
        if new:
            number = ids.take(ContactPoint)
            is_dialable = dialable or kind is ContactPointKind.EMAIL
            rows.append(
                ContactPoint(id=number, citizen=citizen, kind=str(kind), value=value, dialable=is_dialable)
            )
    return citizen, rows


@transaction.atomic
def find_or_add_citizen(
    *, name: str, phone: str, dialable: bool, email: str, language: str, now: datetime
) -> Citizen | None:
    """The citizen known by this number (or address) under this name, else a new one; None for the nameless.

    Guarantees: two people of one number stay two people. A caller who gives no name is the number's only
    known citizen, when there is just one.
    """
    points = (
        [(ContactPointKind.PHONE, phone)] if phone else [(ContactPointKind.EMAIL, email)] if email else []
    )
    if not points:
        return Citizen.objects.create(name=name, language=language, created_at=now) if name else None
    kind, value = points[0]
    found = citizen_of(kind=kind, value=value, name=name)
    if found is None:
        found = Citizen.objects.create(name=name, language=language, created_at=now)
        ContactPoint.objects.create(citizen=found, kind=kind, value=value, dialable=dialable or not phone)
    if phone and email:
        ContactPoint.objects.get_or_create(citizen=found, kind=ContactPointKind.EMAIL, value=email)
    return found


@transaction.atomic
def forget(
    *, citizen_ids: Iterable[int], body: Mapping[str, object] | None = None, by: Actor, now: datetime
) -> int:
    """Erase people with their numbers and addresses; how many. Each leaves an event with this `body`.

    The caller has seen to it that no row of another room names them any more.
    """
    ids = list(citizen_ids)
    ContactPoint.objects.filter(citizen__in=ids).delete()
    gone, _ = Citizen.objects.filter(pk__in=ids).delete()
    append_events(
        [NewEvent(f"citizen:{one}", EventKind.PERSON_ERASED, now, by, dict(body or {})) for one in ids]
    )
    return gone
