"""The duty roster: turns put on and taken off, a week copied, a month from its file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from pol137.city.queries.book import book
from pol137.dispatch.models import Duty
from pol137.dispatch.permissions import check_roster_keeper
from pol137.dispatch.queries.roster import turns_beginning
from pol137.dispatch.rules.roster import Turn, TurnDraft, read_file, read_turn
from pol137.dispatch.rules.turns import Span
from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal

WEEK = timedelta(days=7)


@transaction.atomic
def add_turn(draft: TurnDraft, *, days: int = 1, by: Actor, now: datetime) -> int:
    """Put a turn on the roster, on as many days in a row as asked; how many.

    Refuses a turn that is not possible (`read_turn`), and one where another has the same place already.
    """
    check_roster_keeper(by)
    first = read_turn(draft, city=book())
    _store([_later(first, timedelta(days=n)) for n in range(max(1, days))])
    _changed("turn", added=max(1, days), by=by, now=now)
    return max(1, days)


@transaction.atomic
def remove_turn(duty_id: int, *, by: Actor, now: datetime) -> None:
    """Take a turn off the roster; what was called through it stays written down. Refuses an unknown one."""
    check_roster_keeper(by)
    if not Duty.objects.filter(pk=duty_id).delete()[0]:
        raise Refusal("duty_unknown")
    _changed("removed", removed=1, by=by, now=now)


@transaction.atomic
def copy_week(district: str, *, to: datetime, by: Actor, now: datetime) -> int:
    """The turns of the week before `to` again in the week that begins there, wherever nobody has the place
    yet; how many. Refuses when the week before is empty."""
    check_roster_keeper(by)
    found = book().districts.find(district)
    if found is None:
        raise Refusal("district_unknown", field="district")
    before = turns_beginning(Span(to - WEEK, to), districts=[found.id])
    if not before:
        raise Refusal("week_before_empty")
    there = turns_beginning(Span(to - WEEK, to + WEEK), districts=[found.id])
    wanted: list[Turn] = []
    for turn in before:
        copy = _later(turn, WEEK)
        if not any(one.slot == copy.slot and _meet(one, copy) for one in there):
            wanted.append(copy)
    _store(wanted)
    _changed("copy", added=len(wanted), by=by, now=now)
    return len(wanted)


def _meet(one: Turn, other: Turn) -> bool:
    return one.from_at < other.to_at and other.from_at < one.to_at


@transaction.atomic
def replace_month(text: str, *, month: Span, by: Actor, now: datetime) -> int:
    """The turns of a month as its file says, in place of those of the same districts that begin in it; how
    many.

    Guarantees: the whole file or nothing. Refuses a file with a fault, and names the line of each.
    """
    check_roster_keeper(by)
    turns = read_file(text, month=month, city=book())
    gone = Duty.objects.filter(
        from_at__gte=month.from_at,
        from_at__lt=month.to_at,
        district_id__in={turn.district_id for turn in turns},
    )
    removed = gone.delete()[0]
    _store(turns)
    _changed("file", added=len(turns), removed=removed, by=by, now=now)
    return len(turns)


def _later(turn: Turn, by: timedelta) -> Turn:
    """The same turn later, at the same times on the city's clocks."""
    zone = book().zone

    def moved(at: datetime) -> datetime:
        return at.astimezone(zone) + by

    return Turn(
        turn.district_id, turn.group_id, turn.position_id, turn.post, turn.phone, turn.radio, turn.order,
        moved(turn.from_at), moved(turn.to_at),
    )  # fmt: skip


def _store(turns: Iterable[Turn]) -> None:
    rows = [
        Duty(
            district_id=turn.district_id,
            group_id=turn.group_id,
            position_id=turn.position_id,
            post=turn.post,
            phone=turn.phone,
            radio=turn.radio,
            order=turn.order,
            from_at=turn.from_at,
            to_at=turn.to_at,
        )
        for turn in turns
    ]
    try:
        with transaction.atomic():
            Duty.objects.bulk_create(rows)
    except IntegrityError as error:
        raise Refusal("turns_overlap", field="from") from error


def _changed(why: str, *, added: int = 0, removed: int = 0, by: Actor, now: datetime) -> None:
    body = {"why": why, "added": added, "removed": removed}
    append_event(stream="roster", kind=EventKind.ROSTER_CHANGED, at=now, by=by, body=body)
