"""A simulated centre lives: people act when it is their turn, and what they did has its consequences."""

from __future__ import annotations

import heapq
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from pol137.cases.operations import sweep
from pol137.city.queries.book import book
from pol137.city.vocabulary import Role
from pol137.contacts.models import CallBack
from pol137.dispatch.operations import pass_unanswered
from pol137.journal import outbox
from pol137.journal.models import Event
from pol137.lib.actor import Actor
from pol137.lib.phones import RESERVED_PREFIX
from pol137.lib.refusal import Refusal
from pol137.lib.working_time import next_open
from pol137.messaging.operations import release_messages
from pol137.simulation.queries import seated
from pol137.simulation.rules.arrivals import World
from pol137.simulation.rules.calibration import Temper, dice_of, tempers_of

Act = Callable[["Life", int, Mapping[str, Any]], None]


NOT_ABOUT_CASES = frozenset({"arrive", "read", "ring", "letter", "body_replies"})
"""Turns about a contact, a call or a letter; any other is about a case, and comes to nothing when that has
ended."""


@dataclass
class Known:
    """A case of the simulation while it is alive: whose, about what, whether its last answer was bad, how
    often units moved it on, and whether it is a part of another."""

    key: str
    subject: str
    district: str
    person: int
    opened_at: str
    bad: bool = False
    answers: int = 0
    closed: bool = False
    moved: int = 0
    part: bool = False


@dataclass(order=True)
class Turn:
    """Somebody's turn: what he does, to which case (contact, call, ...), at what moment."""

    at: datetime
    number: int
    verb: str = field(compare=False)
    subject: int = field(compare=False)
    said: dict[str, Any] = field(compare=False)


_NEWS = """
SELECT 'due', 0, '', least(
    (SELECT min(next_at) FROM cases_promise WHERE next_at > %(swept)s),
    (SELECT min(next_at) FROM dispatch_dispatch WHERE next_at > %(swept)s),
    (SELECT min(not_before) FROM messaging_outboundmessage WHERE not_before > %(swept)s)
), NULL
UNION ALL
SELECT 'event', id, stream, NULL, body || jsonb_build_object('happened', kind) FROM journal_event
WHERE id > %(event)s AND at <= %(now)s AND kind = ANY(%(kinds)s)
UNION ALL
SELECT 'call', b.id, c.external_id, b.not_before,
    jsonb_build_object('case', b.case_id, 'purpose', b.purpose)
FROM contacts_callback b LEFT JOIN contacts_contact c ON c.id = b.contact_id
WHERE b.id > %(call)s AND b.opened_at <= %(now)s AND b.phone LIKE %(reserved)s
ORDER BY 1, 2
"""
"""All that the driver looks for after every turn, in one statement: when the clocks have something to do,
what happened, and who is to be called."""


class Life:
    """The driver: the turns to come, the cases alive, and where in time the centre is.

    Everything happens on the caller's connection, in his transaction, with the jobs apart from the workers'.
    """

    def __init__(self, world: World, acts: Mapping[str, Act], *, mark: str, now: datetime) -> None:
        self.world, self.mark, self.now = world, mark, now
        self.cases: dict[int, Known] = {}
        self.faults: dict[str, int] = {}
        self.refused: Counter[str] = Counter()
        self.people = 0
        self._acts, self._turns, self._number = acts, list[Turn](), 0
        self._followed = [name.removeprefix("after ") for name in acts if name.startswith("after ")]
        self._swept = now
        self._due: datetime | None = now
        self._seats: dict[int, Actor] = {}
        self._seated_on: object = None
        local = [one.code for one in book().departments if one.district_id is not None]
        self._tempers = tempers_of(local, world.cal.tempers, world.seed)
        self._job, self._event, self._call = _last_job(), _last(Event), _last(CallBack)

    # who acts

    def holder(self, department_id: int | None, role: Role) -> Actor | None:
        """Who holds a role for a department today, if anybody does."""
        today = self.now.astimezone(book().zone).date()
        if self._seated_on != today:
            self._seats, self._seated_on = seated(now=self.now), today
        for position in book().positions_for(department_id, role):
            if position.id in self._seats:
                return self._seats[position.id]
        return None

    def seat(self, position_id: int) -> Actor | None:
        """Who holds a position today, if anybody does."""
        self.holder(None, Role.OPERATOR)
        return self._seats.get(position_id)

    def all_of(self, role: Role) -> list[Actor]:
        """Everybody who holds a role of the whole city."""
        self.holder(None, role)
        return [self._seats[one.id] for one in book().positions_for(None, role) if one.id in self._seats]

    def temper(self, department_id: int) -> Temper:
        """How a unit is."""
        return self._tempers(book().departments[department_id].code)

    def dice(self, *parts: object) -> random.Random:
        """Dice for one matter of this run."""
        return dice_of(self.world.seed, *parts)

    def dice_for(self, case_id: int, *parts: object) -> random.Random:
        """Dice for one matter of a case, whatever number the database gave it."""
        return self.dice(self.cases[case_id].key, *parts)

    def open_from(self, department_id: int | None, at: datetime, dice: random.Random) -> datetime:
        """`at` when the department is open then, else some minutes after it opens next."""
        week = book().hours_of(department_id)
        opens = next_open(at, week) if week is not None else at
        return at if opens <= at else opens + timedelta(minutes=dice.randint(2, 100))

    # what happens

    def plan(self, verb: str, subject: int, at: datetime, **said: Any) -> None:
        """Let it be somebody's turn at a moment; never before now."""
        self._number += 1
        heapq.heappush(self._turns, Turn(max(at, self.now), self._number, verb, subject, said))

    def after(self, hours: float) -> datetime:
        """So many hours from now."""
        return self.now + timedelta(hours=hours)

    def live(self, *, until: datetime) -> None:
        """Let everything that is due by `until` happen, in order."""
        while self._turns and self._turns[0].at <= until:
            turn = heapq.heappop(self._turns)
            self._let_time_pass(until=turn.at)
            self._take(turn)
        self._let_time_pass(until=until)

    def _take(self, turn: Turn) -> None:
        self.now = max(self.now, turn.at)
        if turn.verb not in NOT_ABOUT_CASES and turn.subject not in self.cases:
            return
        refusal = attempt(lambda: self._acts[turn.verb](self, turn.subject, turn.said))
        if refusal is not None:
            self.refused[f"{turn.verb}:{refusal.code}"] += 1
        self._consequences()

    def _let_time_pass(self, *, until: datetime) -> None:
        """Clocks: rungs, timers, the next officer on duty, texts kept back for the night."""
        while self._due is not None and self._due <= until:
            self.now = max(self.now, min(until, self._due + timedelta(minutes=1)))
            sweep(now=self.now)
            pass_unanswered(now=self.now)
            release_messages(now=self.now)
            self._swept = self.now
            self._consequences()
        self.now = self._swept = max(self.now, until)

    def _consequences(self) -> None:
        """The jobs that follow, and whose turn it is because of what has happened."""
        with _without_inner_savepoints():
            self._job = outbox.drain_apart(after=self._job, now=self.now)
        looked: dict[str, Any] = {
            "swept": self._swept, "event": self._event, "call": self._call, "now": self.now,
            "kinds": self._followed, "reserved": RESERVED_PREFIX + "%",
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(_NEWS, looked)
            news = cursor.fetchall()
        for what, pk, text, at, body in news:
            if what == "due":
                self._due = at
            elif what == "event":
                self._event = pk
                self._happened(text, json.loads(body))
            else:
                self._call = pk
                self._to_be_called(pk, text or "", at, json.loads(body))

    def _happened(self, stream: str, body: dict[str, Any]) -> None:
        room, _, number = stream.partition(":")
        case_id = int(number) if room == "case" else int(body.get("case", 0))
        if case_id in self.cases:
            self._acts[f"after {body['happened']}"](self, case_id, body)

    def _to_be_called(self, call_id: int, contact: str, at: datetime, call: Mapping[str, Any]) -> None:
        known = self.cases.get(call["case"])
        if known is not None or contact.startswith(self.mark):
            key = f"{known.key if known else contact.removeprefix(self.mark)}:{call['purpose']}"
            self.plan("ring", call_id, at + timedelta(hours=4 * self.dice(key, "ring").random()), key=key)

    # going on another day

    def written(self) -> dict[str, Any]:
        """What is still to happen, as JSON."""
        return {
            "now": self.now.isoformat(),
            "turns": [[t.at.isoformat(), t.number, t.verb, t.subject, t.said] for t in sorted(self._turns)],
            "cases": {str(pk): asdict(one) for pk, one in self.cases.items()},
            "faults": self.faults,
        }

    def read(self, state: Mapping[str, Any]) -> None:
        """Go on where another life of the same run was written down."""
        self.now = self._swept = self._due = datetime.fromisoformat(state["now"]).astimezone(UTC)
        self._turns = [
            Turn(datetime.fromisoformat(at), number, verb, subject, said)
            for at, number, verb, subject, said in state["turns"]
        ]
        self._number = max((turn.number for turn in self._turns), default=0)
        self.cases = {int(pk): Known(**one) for pk, one in state["cases"].items()}
        self.faults = dict(state["faults"])


def attempt(act: Callable[[], object]) -> Refusal | None:
    """Do something whole, or nothing of it; the refusal that kept it from being done."""
    try:
        with transaction.atomic(), _without_inner_savepoints():
            act()
    except Refusal as refusal:
        return refusal
    return None


@contextmanager
def _without_inner_savepoints() -> Iterator[None]:
    """Operations within operations leave out savepoints of their own: the one around all of them is enough.

    They would be two in five of all statements.
    """
    before, connection.features.uses_savepoints = connection.features.uses_savepoints, False
    try:
        yield
    finally:
        connection.features.uses_savepoints = before


def _last(model: Any) -> int:
    return int(model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0)


def _last_job() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM procrastinate_jobs")
        return int(cursor.fetchone()[0])
