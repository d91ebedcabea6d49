"""Who is to be called, and what may follow what on the board."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pol137.dispatch.vocabulary import ACKNOWLEDGED, CallReply, DispatchState

S = DispatchState

MOVES: Mapping[DispatchState, tuple[DispatchState, ...]] = {
    S.CALLING: (S.MADE_SAFE, S.CANCELLED),
    S.ACKNOWLEDGED: (S.EN_ROUTE, S.ON_SITE, S.MADE_SAFE, S.CANCELLED),
    S.EN_ROUTE: (S.ON_SITE, S.MADE_SAFE, S.CANCELLED),
    S.ON_SITE: (S.MADE_SAFE, S.CANCELLED),
    S.MADE_SAFE: (),
    S.CANCELLED: (),
}
"""Where a danger can go from each state; a call leads to *acknowledged* or back to *calling*."""

REPLIES: Mapping[DispatchState, tuple[CallReply, ...]] = {
    S.CALLING: (CallReply.PHONE, CallReply.RADIO, CallReply.NO_ANSWER),
    S.ACKNOWLEDGED: (CallReply.NOT_COMING,),
    S.EN_ROUTE: (CallReply.NOT_COMING,),
}
"""What a call can come to in each state."""


@dataclass(frozen=True, slots=True)
class Officer:
    """A post on duty as it is called. `duty` is its turn on the roster, `own` that the turn is for this very
    group of matters."""

    duty: int
    position_id: int | None
    post: str
    phone: str
    radio: str
    order: int
    own: bool = True

    @property
    def who(self) -> tuple[int | None, str, str]:
        """The same post, whatever turn it serves."""
        return self.position_id, self.post, self.phone


@dataclass(frozen=True, slots=True)
class Called:
    """A call that was made: to whom, and what came of it."""

    who: tuple[int | None, str, str]
    reply: str


def in_order(officers: Iterable[Officer]) -> list[Officer]:
    """The officers as they are called: those for this very group first, then first, second, third; a post
    that serves two turns stands once."""
    once: dict[object, Officer] = {}
    for one in sorted(officers, key=lambda one: (not one.own, one.order, one.duty)):
        once.setdefault(one.who, one)
    return list(once.values())


def passed_over(calls: Iterable[Called]) -> set[tuple[int | None, str, str]]:
    """The posts that were called or waited for in vain: their last word was no."""
    last = {call.who: call.reply for call in calls}
    return {who for who, reply in last.items() if reply not in ACKNOWLEDGED}


def to_call(
    officers: Sequence[Officer], calls: Collection[Called], *, overdue: bool = False
) -> list[Officer]:
    """Those still to be called, the one whose turn it is first. `overdue`: his time is over already, so it is
    the next one's turn."""
    gone = passed_over(calls)
    left = [one for one in officers if one.who not in gone]
    return left[1:] if overdue else left


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time."""

    from_at: datetime
    to_at: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.to_at - self.from_at


def holes(covered: Iterable[Span], *, within: Span) -> list[Span]:
    """The stretches of `within` that nobody covers, in order."""
    found, reached = [], within.from_at
    for span in sorted(covered, key=lambda one: one.from_at):
        if span.from_at >= within.to_at:
            break
        if span.from_at > reached:
            found.append(Span(reached, span.from_at))
        reached = max(reached, span.to_at)
    if reached < within.to_at:
        found.append(Span(reached, within.to_at))
    return found
