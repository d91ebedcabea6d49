"""A stretch of time is made up: as a whole, or day by day where nobody else is at work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from math import ceil
from typing import Any

from django.db import connection, transaction
from django.db.models import Min

from pol137.cases.models import Notice
from pol137.city.queries.book import book, local_day
from pol137.city.vocabulary import Role
from pol137.contacts.models import Contact, ContactCase
from pol137.dispatch.models import Duty
from pol137.dispatch.operations import add_turn
from pol137.dispatch.rules.roster import TurnDraft
from pol137.journal import outbox
from pol137.lib.actor import system
from pol137.lib.phones import reserved_number
from pol137.lib.refusal import Refusal
from pol137.messaging.operations import release_messages
from pol137.notices.operations import tell
from pol137.oversight.operations import tell_weekly, week_of
from pol137.simulation.adapters import calibration, speech
from pol137.simulation.models import Run
from pol137.simulation.operations.acts import ACTS
from pol137.simulation.operations.centre import arrive, heard_out, packed, unpacked
from pol137.simulation.operations.life import Act, Life
from pol137.simulation.queries import earliest_day, finished_days, known_people, seated, town, unfinished_run
from pol137.simulation.rules.arrivals import World, arrivals_on, world_of
from pol137.simulation.vocabulary import ONLY_ONE, mark_of

NOT_SENT = frozenset({"", "log"})
"""Adapters of channels that carry nothing to anybody."""
BEFORE_NOW = timedelta(minutes=1)
"""So long before the real now a made-up time ends: nothing real is as old."""
NEEDED = (Role.OPERATOR, Role.FOLLOW_UP, Role.UNIT_HEAD, Role.FEEDBACK, Role.TRIAGE)
READ_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be made up: so many days of so many contacts before `until`, with these dice."""

    days: float
    per_day: float
    seed: int
    until: datetime | None = None


def simulate(
    wanted: Wanted, *, alone: bool, now: datetime, say: Callable[[Run], None] = lambda run: None
) -> Run:
    """Make up a stretch of the past that ends at `now`, or go on with one that broke off.

    With the centre at work (not `alone`) all of it is one transaction: nobody sees any of it, no clock and no
    worker touches it, before it is whole; killed, nothing of it remains. `alone`, it is written day by day
    and a run that was killed goes on with the next simulated day. `say` hears of each.
    Guarantees: once by one at a time; whatever is open at the end has all its clocks ahead of it.
    Refuses where a real gateway would carry texts, where positions have no holders, more in one transaction
    than the calibration allows, and while another makes something up.
    """
    _check_possible(now=now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ONLY_ONE])
        if not cursor.fetchone()[0]:
            raise Refusal("simulation_under_way")
    try:
        run = unfinished_run() or _new_run(wanted, now=now)
        left = (run.contacts_until - run.reached_at) / timedelta(days=1) * run.per_day
        if not alone and left > calibration().number("one_transaction"):
            raise Refusal("simulation_too_large", most=int(calibration().number("one_transaction")))
        _have_roster(run, now=now)
        return _lived(run, alone=alone, now=now, say=say)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ONLY_ONE])


def fill(
    *, days: float, per_day: float, seed: int, now: datetime, say: Callable[[Run], None] = lambda run: None
) -> list[Run]:
    """Make up what a demo of so many days has not got yet, from the first day on, as a whole while the centre
    is at work; what was made up. `say` hears of each day.

    Guarantees: what is there is not made up again, however often and after whatever end this is called; what
    came later has the higher number, as lists that show the newest first expect.
    """
    missing = days - finished_days()
    if missing <= 0:
        return []
    return [simulate(Wanted(missing, per_day, seed, earliest_day()), alone=False, now=now, say=say)]


def _check_possible(*, now: datetime) -> None:
    city = book()
    real = [one.code for one in city.channels if one.adapter not in NOT_SENT]
    if real:
        raise Refusal("simulation_real_gateway", channels="، ".join(real))
    held = {city.positions[one].role for one in seated(now=now)}
    if not held.issuperset(NEEDED):
        raise Refusal("simulation_nobody_there")


def _new_run(wanted: Wanted, *, now: datetime) -> Run:
    ends = now - BEFORE_NOW
    until = min(wanted.until or ends, ends)
    begins = until - timedelta(days=wanted.days)
    return Run(
        seed=wanted.seed, per_day=wanted.per_day, begins_at=begins, contacts_until=until,
        ends_at=ends, reached_at=begins, started_at=now, people=known_people(),
    )  # fmt: skip


def _lived(run: Run, *, alone: bool, now: datetime, say: Callable[[Run], None]) -> Run:
    if not alone:
        with transaction.atomic():
            life = _life(run)
            while run.finished_at is None:
                _live_a_day(run, life, telling=False, now=now)
                say(run)
            return run
    with transaction.atomic():
        life = _life(run)
    while run.finished_at is None:
        with transaction.atomic():
            _live_a_day(run, life, telling=True, now=now)
        say(run)
    return run


def _life(run: Run) -> Life:
    if run.pk is None:
        run.save()
    world = world_of(town(), calibration(), speech(), seed=run.seed, per_day=run.per_day)
    acts: dict[str, Act] = {**ACTS, "arrive": _arrive}
    life = Life(world, acts, mark=mark_of(run.pk), now=run.begins_at)
    life.people = run.people
    if run.state:
        life.read(run.state)
    return life


def _arrive(life: Life, subject: int, said: Any) -> None:
    arrive(life, unpacked(said["arrival"]))


def _live_a_day(run: Run, life: Life, *, telling: bool, now: datetime) -> None:
    """A simulated day, from where the run is to the next midnight, and the run written down with it."""
    outbox.work_apart()
    day = local_day(run.reached_at)
    midnight = datetime.combine(day + timedelta(days=1), time(0), tzinfo=book().zone).astimezone(UTC)
    until = min(midnight, run.ends_at)
    _expect(run, life, life.world)
    life.live(until=until)
    if telling or until >= run.ends_at:
        _tell_staff(life, run, until=until, now=now)
    run.reached_at, run.people, run.state = until, life.people, life.written()
    run.refused = dict(life.refused)
    mark = Contact.objects.filter(external_id__startswith=life.mark)
    run.contacts, run.cases = mark.count(), ContactCase.objects.filter(contact__in=mark, how="opened").count()
    if until >= run.ends_at:
        run.finished_at, run.state = now, {}
    run.save()
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(GROWING)}")


GROWING = (
    "cases_case",
    "cases_promise",
    "contacts_contact",
    "journal_event",
    "cases_notice",
    "citizens_citizen",
)
"""What the planner must know the size of, though it is not committed yet."""


def _expect(run: Run, life: Life, world: World) -> None:
    """Those who will turn to the centre on the day that begins."""
    day = local_day(run.reached_at)
    if run.reached_at >= run.contacts_until:
        return
    arrivals, life.people = arrivals_on(day, world, people=life.people)
    for one in arrivals:
        if run.begins_at <= one.at <= run.contacts_until:
            life.plan("arrive", 0, heard_out(life, one).astimezone(UTC), arrival=packed(one))


def _tell_staff(life: Life, run: Run, *, until: datetime, now: datetime) -> None:
    """Tell the staff what became due, hour by hour; what is a day old they have read.

    It comes last, so that nobody's account stays locked while the day is lived.
    """
    waiting = Notice.objects.filter(told_at__isnull=True, user__isnull=False, tell_at__lte=until)
    first = waiting.aggregate(first=Min("tell_at"))["first"]
    while first is not None:
        tell(now=min(until, first + timedelta(hours=1)))
        first = waiting.filter(tell_at__gt=first).aggregate(first=Min("tell_at"))["first"]
    at = run.begins_at
    while at < until:
        at += timedelta(days=1)
        if week_of(min(at, until)) != week_of(now):
            tell_weekly(now=min(at, until))
    release_messages(now=until)
    outbox.drain_apart(after=0, now=until)
    old = Notice.objects.filter(
        told_at__lt=until - READ_AFTER, read_at__isnull=True, case_id__in=_cases_of(life)
    )
    old.update(read_at=until - READ_AFTER)


def _cases_of(life: Life) -> Any:
    links = ContactCase.objects.filter(contact__external_id__startswith=life.mark)
    return links.values("case_id")


def _have_roster(run: Run, *, now: datetime) -> None:
    """Duty in every district for the time to be made up, where the roster names nobody."""
    city = book()
    begins = datetime.combine(local_day(run.begins_at), time(0), tzinfo=city.zone)
    until = Duty.objects.aggregate(first=Min("from_at"))["first"] or now
    if Duty.objects.filter(from_at__lte=run.begins_at, to_at__gt=run.begins_at).exists() or until <= begins:
        return
    for district in city.districts:
        for order, role in enumerate((Role.DEPUTY, Role.MANAGER), 1):
            seats = [one for one in city.departments if one.district_id == district.id]
            seat = next((p for one in seats for p in city.positions_for(one.id, role)), None)
            if seat is not None:
                turn = TurnDraft(
                    district=district.code, phone=reserved_number(seat.id), from_at=begins,
                    to_at=begins + timedelta(days=1), order=order, position=seat.code,
                )  # fmt: skip
                add_turn(
                    turn, days=ceil((until - begins) / timedelta(days=1)), by=system("simulation"), now=now
                )
