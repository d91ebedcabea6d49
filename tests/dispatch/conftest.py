"""A danger, and a roster of who is called for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from pol137.dispatch.models import Dispatch, Duty
from pol137.dispatch.operations import add_turn
from pol137.dispatch.rules.roster import TurnDraft
from tests.factories import Clock, actor, reported_case

FIRST, SECOND = "02138001111", "02138002222"


def turn(clock: Clock, order: int = 1, **changed: Any) -> Duty:
    """A turn of twelve hours around the clock's time, in district 1, for the dangers of its streets."""
    given: dict[str, Any] = {
        "district": "s1",
        "group": "streets",
        "order": order,
        "post": f"اکیپ {order} پل‌ها",
        "phone": f"0213800{order * 1111}",
        "radio": f"پل {order}",
        "from_at": clock.now - timedelta(hours=2),
        "to_at": clock.now + timedelta(hours=10),
    }
    add_turn(TurnDraft(**{**given, **changed}), by=actor("centre-supervisor"), now=clock.now)
    return Duty.objects.latest("id")


def danger(clock: Clock, **changed: Any) -> Dispatch:
    """An open manhole in district 1, and its place on the board."""
    case = reported_case(clock.now, **{"service": "open-manhole", **changed})
    clock.run()
    return Dispatch.objects.get(case=case)


@pytest.fixture
def roster(clock: Clock) -> list[Duty]:
    """A first and a second on duty."""
    return [turn(clock, 1), turn(clock, 2)]


def at(clock: Clock, hour: int) -> datetime:
    """The clock set to an hour of its day in the city."""
    from pol137.city.queries.book import book

    clock.now = clock.now.astimezone(book().zone).replace(hour=hour, minute=0).astimezone(clock.now.tzinfo)
    return clock.now


Press = Callable[..., Dispatch]
