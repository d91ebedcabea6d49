"""A roster to try the board with: offices only, numbers from the reserved range."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction

from pol137.city.queries.book import book, local_day
from pol137.city.vocabulary import Role
from pol137.dispatch.models import Duty
from pol137.dispatch.operations.roster import add_turn
from pol137.dispatch.rules.roster import TurnDraft
from pol137.lib.actor import system
from pol137.lib.phones import reserved_number
from pol137.lib.refusal import Refusal

DAYS = 60
CALLED = (Role.DEPUTY, Role.MANAGER)
"""Whom a demo roster calls first, and whom next."""


@transaction.atomic
def ensure_demo_roster(*, now: datetime) -> int:
    """Sixty days of duty in every district, where the roster is empty from now on; how many turns.

    Refuses when demo mode is off.
    """
    if not settings.DEMO:
        raise Refusal("demo_is_off")
    if Duty.objects.filter(to_at__gt=now).exists():
        return 0
    city, added = book(), 0
    begins = datetime.combine(local_day(now), time(0), tzinfo=city.zone)
    for district in city.districts:
        seats = [one for one in city.departments if one.district_id == district.id]
        for order, role in enumerate(CALLED, 1):
            position = next((p for one in seats for p in city.positions_for(one.id, role)), None)
            if position is not None:
                turn = TurnDraft(
                    district=district.code,
                    phone=reserved_number(position.id),
                    from_at=begins,
                    to_at=begins + timedelta(days=1),
                    order=order,
                    position=position.code,
                )
                added += add_turn(turn, days=DAYS, by=system("demo"), now=now)
    return added
