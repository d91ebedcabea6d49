"""A danger, and a roster of who is called for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from pol137.cases.models import Case
from pol137.dispatch.models import Dispatch, Duty
from pol137.dispatch.operations import add_turn, record_call
from pol137.dispatch.queries import get_line
from pol137.dispatch.rules.roster import TurnDraft
from pol137.journal.models import Event
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


def operator() -> Any:
    return actor("centre-operator")


def kinds(case: Case) -> list[str]:
    return list(Event.objects.filter(stream=f"case:{case.pk}").order_by("id").values_list("kind", flat=True))


def call(dispatch: Dispatch, reply: str, clock: Clock, duty: Duty | None = None) -> Dispatch:
    return record_call(dispatch.pk, reply=reply, duty=duty.pk if duty else None, by=operator(), now=clock.now)


def next_on(dispatch: Dispatch, clock: Clock) -> int | None:
    officer = get_line(dispatch.pk, by=operator(), now=clock.now).next
    return officer.duty if officer else None
