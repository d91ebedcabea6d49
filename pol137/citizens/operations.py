"""Writes of the citizens' room."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pol137.citizens.models import Citizen, ContactPoint
from pol137.citizens.queries import citizen_of
from pol137.citizens.vocabulary import ContactPointKind


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
