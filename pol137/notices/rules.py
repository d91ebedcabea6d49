"""Who is told in whose place, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from pol137.city.rules.book import Book
from pol137.city.rules.entries import PositionEntry
from pol137.city.vocabulary import NoticeStyle
from pol137.lib.quiet_hours import after_quiet, next_time
from pol137.lib.working_time import next_open


@dataclass(frozen=True, slots=True)
class Receiver:
    """A position, the member of staff who holds it (None: nobody), and the vacant one in whose place."""

    position: PositionEntry
    user: int | None
    instead_of: int | None


def above(role: str, ladder: Sequence[Sequence[str]], centre: Sequence[Sequence[str]]) -> Sequence[str]:
    """The roles of the rung above this role: of the case's ladder, else of the centre's; a role that stands
    on neither has the centre's first rung above it, the top has nobody."""
    for rungs in (ladder, centre):
        for n, roles in enumerate(rungs):
            if role in roles:
                return rungs[n + 1] if n + 1 < len(rungs) else ()
    return centre[0] if centre else ()


def tell_at(position: PositionEntry, style: str, urgent: bool, city: Book, now: datetime) -> datetime:
    """When a position is told: at once when urgent; what goes into a list, on the next morning its office
    opens; all else at once, but after the quiet hours."""
    entry = city.city
    if urgent:
        return now
    if style != NoticeStyle.DIGEST:
        return after_quiet(now, quiet_from=entry.quiet_from, quiet_until=entry.quiet_until, zone=city.zone)
    morning = next_time(now, entry.digest_at, zone=city.zone)
    week = city.hours_of(position.department_id)
    if week is None:
        return morning
    day = morning.astimezone(city.zone).date()
    opens = next_open(datetime.combine(day, time(), tzinfo=city.zone), week).astimezone(city.zone)
    return (
        morning if opens.date() == day else datetime.combine(opens.date(), entry.digest_at, tzinfo=city.zone)
    )
