"""Every step of the table against the sweep, on two connections: it ends as one after the other would."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Min

from pol137.cases.models import Case, Promise, Rung
from pol137.cases.operations import sweep
from pol137.cases.vocabulary import Action
from pol137.journal.queries import broken_links
from pol137.lib.refusal import Refusal
from tests.every_step import TAKE, ready_for, take
from tests.factories import Clock, fresh

pytestmark = pytest.mark.django_db(transaction=True)


def outcome() -> Any:
    """What a story comes to: states, clocks and rungs of all cases."""
    return (
        list(Case.objects.order_by("id").values_list("status", "rung", "late_minutes", "cycle")),
        list(
            Promise.objects.order_by("id").values_list(
                "kind", "next_rung", "next_at", "due_at", "stop", "stopped_at", "ended_at"
            )
        ),
        sorted(
            Rung.objects.values_list(
                "promise__case_id", "promise__kind", "promise__cycle", "n", "due_at", "late_minutes"
            )
        ),
    )


def in_turn(*works: Callable[[], Any]) -> Any:
    """The outcome of doing these one after the other, undone again."""
    with transaction.atomic():
        for work in works:
            allowed(work)
        came_to = outcome()
        transaction.set_rollback(True)
    return came_to


def allowed(work: Callable[[], Any]) -> None:
    """Do it, if it may be done."""
    try:
        with transaction.atomic():
            work()
    except Refusal:
        pass


class Other(threading.Thread):
    """Work on a connection of its own; with `hold` its transaction, once done, stays open until `end`."""

    def __init__(self, work: Callable[[], Any], *, hold: bool = False) -> None:
        super().__init__()
        self.work, self.hold, self.error = work, hold, None
        self.done, self.go = threading.Event(), threading.Event()
        self.start()

    def run(self) -> None:
        try:
            with transaction.atomic():
                allowed(self.work)
                self.done.set()
                if self.hold:
                    assert self.go.wait(20)
        except BaseException as error:
            self.error = error
        finally:
            self.done.set()
            connection.close()

    def end(self) -> None:
        self.go.set()
        self.join(20)
        assert not self.is_alive() and self.error is None, self.error


@pytest.mark.parametrize("action", sorted(TAKE))
def test_a_step_and_the_sweep_at_once(action: Action, clock: Clock) -> None:
    case = ready_for(action, clock)
    at = due_next(clock)
    clock.now = at

    def step() -> None:
        take(action, fresh(case), clock)

    def swept() -> None:
        sweep(now=at)

    step_first = in_turn(step, swept)

    held = Other(step, hold=True)
    assert held.done.wait(20)
    passing = Other(swept)
    assert passing.done.wait(20), "the sweep waits for a case somebody works on"
    passing.end()
    held.end()
    sweep(now=at)
    assert outcome() == step_first
    assert broken_links() == []


@pytest.mark.parametrize("action", sorted(TAKE))
def test_a_step_waits_for_the_sweep_that_has_its_case(action: Action, clock: Clock) -> None:
    case = ready_for(action, clock)
    at = due_next(clock)
    clock.now = at
    sweep_first = in_turn(lambda: sweep(now=at), lambda: take(action, fresh(case), clock))

    sweeping = Other(lambda: sweep(now=at), hold=True)
    assert sweeping.done.wait(20)
    stepping = Other(lambda: take(action, fresh(case), clock))
    sweeping.end()
    stepping.end()
    assert outcome() == sweep_first
    assert broken_links() == []


def due_next(clock: Clock) -> datetime:
    """The moment just after the next clock of anything falls due."""
    sweep(now=clock.now)
    soonest = Promise.objects.aggregate(soonest=Min("next_at"))["soonest"]
    return (soonest or clock.now) + timedelta(seconds=1)
