"""`pol137 scheduler`: the clocks. One loop for the whole installation, kept single by an advisory lock."""

from __future__ import annotations

import argparse
import logging
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pol137.commands.cli import set_up_django

log = logging.getLogger(__name__)

LOCK = 137_000_001
_BEAT_EVERY = timedelta(seconds=5)


@dataclass(frozen=True)
class Turn:
    """Something done again and again: `run(now=...)`, `every` so often, first at start."""

    name: str
    every: timedelta
    run: Callable[..., object]


def arguments(parser: argparse.ArgumentParser) -> None:
    """The table of turns is code (wiring/schedule.py)."""


def run(asked: argparse.Namespace) -> int:
    """Run the turns until SIGTERM or Ctrl-C, waiting as long as another scheduler is at work.

    A turn that fails is logged and comes again; a lost database ends the program, whose supervisor
    starts it anew.
    """
    set_up_django()
    from django.conf import settings
    from django.utils.module_loading import import_string

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    turns: Sequence[Turn] = import_string(settings.SCHEDULE)
    while not alone() and not stop.wait(2):
        log.info("another scheduler is at work; waiting")
    Loop(turns).go(stop)
    return 0


def alone() -> bool:
    """Take the place of the one scheduler of the installation, until this connection ends; whether it was
    free."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


class Loop:
    """The turns and when each is next due."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._turns = [*turns, Turn("beat", _BEAT_EVERY, _beat)]
        self._next: dict[str, datetime] = {}

    def go(self, stop: threading.Event) -> None:
        """Run what is due and sleep until the next turn, until `stop` is set."""
        from django.utils import timezone

        while not stop.is_set():
            self.run_due(now=timezone.now())
            wait = min(self._next.values()) - timezone.now()
            stop.wait(max(0.0, wait.total_seconds()))

    def run_due(self, *, now: datetime) -> list[str]:
        """Run every turn that is due at `now`; their names."""
        due = [turn for turn in self._turns if self._next.get(turn.name, now) <= now]
        for turn in due:
            self._next[turn.name] = now + turn.every
            _run_turn(turn, now)
        return [turn.name for turn in due]


def _run_turn(turn: Turn, now: datetime) -> None:
    from django.db import InterfaceError, OperationalError

    try:
        turn.run(now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("the turn %s failed and comes again", turn.name)


def _beat(*, now: datetime) -> None:
    from pol137.journal import outbox

    outbox.beat(name="scheduler", now=now)
