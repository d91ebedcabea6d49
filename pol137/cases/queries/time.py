"""Units' wishes for time, and who decides them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q

from pol137.cases.models import Assignment, Case, Promise, Question, Rung, TimeRequest
from pol137.cases.permissions import actionable_by, may_be_told
from pol137.cases.rules.granting import next_rungs
from pol137.cases.rules.steps import ABOVE, GRANTERS
from pol137.cases.vocabulary import UNIT_CLOCKS, Action, PromiseKind, Status
from pol137.city.queries.book import book
from pol137.city.vocabulary import Role
from pol137.lib.actor import Actor
from pol137.staff.queries import holders

MOST_REQUESTS = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A wish for time that waits; `yours`: this reader decides it, else it is another's."""

    request: TimeRequest
    case: Case
    promise: Promise
    yours: bool


def granters(promises: Iterable[Promise], *, now: datetime) -> dict[int, frozenset[int]]:
    """The positions that may give time on each promise (their cases read already), by promise.

    That is whoever the ladder tells next: the deputy until his rung has fired, then the manager; of a rung
    those above the unit before anybody else it names. A rung nobody holds passes to the one after it. Empty:
    nobody above can.
    """
    city, ladders = book(), dict[int, list[list[int]]]()
    for promise in promises:
        rungs = next_rungs(promise.policy["rungs"], promise.rung_at, promise.next_rung, now=now)
        ladders[promise.pk] = [
            [
                seat.id
                for role in some & set(roles)
                for seat in city.positions_for(promise.case.department_id, Role(role))
                if may_be_told(promise.case, seat)
            ]
            for roles in rungs
            for some in (ABOVE, GRANTERS - ABOVE)
        ]
    held = holders({seat for rungs in ladders.values() for seats in rungs for seat in seats}, now=now)
    return {
        key: frozenset(next((seats for seats in rungs if held.keys() & set(seats)), ()))
        for key, rungs in ladders.items()
    }


def may_grant(promise: Promise, by: Actor, *, now: datetime) -> bool:
    """Whether it is this actor who may give time on a promise now."""
    return not granters([promise], now=now)[promise.pk].isdisjoint(seat.position_id for seat in by.seats)


def time_requests(by: Actor, *, now: datetime) -> list[Asked]:
    """The wishes for time of the units below this actor, the soonest due first (three queries); whoever is
    not above units sees those he decides.

    More time asked for before the promise fell due, and not given by then, can be given no longer.
    """
    waiting = TimeRequest.objects.filter(
        decision="", case__in=Case.objects.filter(actionable_by(by, Action.REFUSE_TIME)).values("pk")
    ).select_related("case__parent", "asked_by")
    found = list(waiting)
    clocks = Promise.objects.filter(
        case__in=[one.case_id for one in found], kind=PromiseKind.ANSWER, ended_at__isnull=True
    )
    by_case = {one.case_id: one for one in clocks.select_related("case")}
    mine = {seat.position_id for seat in by.seats}
    deciders = granters(by_case.values(), now=now)
    rows = [
        Asked(one, one.case, promise, yours=bool(deciders[promise.pk] & mine))
        for one in found
        if (promise := by_case.get(one.case_id)) is not None and is_live(one, promise, now=now)
    ]
    rows = [row for row in rows if row.yours or by.roles & ABOVE]
    return sorted(rows, key=lambda row: (not row.yours, row.promise.due_at, row.request.pk))[:MOST_REQUESTS]


def is_live(request: TimeRequest, promise: Promise, *, now: datetime) -> bool:
    """Whether an undecided wish can still be granted on this promise."""
    late = request.action == Action.ASK_MORE_TIME and now >= promise.due_at
    return request.asked_at >= promise.started_at and not late


def passed_on_by(case: Case, *, since: datetime) -> list[int]:
    """The other departments that held a case and passed it on, in this promise."""
    held = Assignment.objects.filter(case=case, to_at__gte=since).exclude(department=case.department_id)
    return sorted(set(held.values_list("department_id", flat=True)))


def plans_of(cases: Iterable[Case]) -> dict[int, Promise]:
    """The promise of a day that still counts, of those cases that have one."""
    found = Promise.objects.filter(case__in=cases, kind=PromiseKind.PLAN, ended_at__isnull=True)
    return {promise.case_id: promise for promise in found}


def asked_now(case: Case) -> Question | None:
    """The question the case waits for, while it waits for one: asked as it began to wait."""
    if case.status != Status.WAITING:
        return None
    found = Question.objects.filter(case=case, replied_at__isnull=True, asked_at=case.status_since)
    return found.order_by("-id").first()


def roles_of_rung(promise: Promise, n: int) -> list[str]:
    """The roles that are told at this rung of a promise's ladder."""
    return [role for rung in promise.policy["rungs"] if rung["n"] == n for role in rung["roles"]]


def name_of_rung(promise: Promise, n: int, *, language: str) -> str:
    """Who has the case before him at this rung, in the citizen's words: the first position, else the city."""
    city, roles = book(), roles_of_rung(promise, n)
    seats = city.positions_for(promise.case.department_id, Role(roles[0])) if roles else ()
    return seats[0].name(language) if seats else city.city.name(language)


def climbed_to(case: Case, *, language: str) -> str:
    """Who has a case before him because its promise of an answer or a day was not kept; empty when nobody."""
    open_now = Q(promise__case=case, promise__kind__in=UNIT_CLOCKS, promise__ended_at__isnull=True)
    fired = Rung.objects.filter(open_now, n__gt=0, due_at__gte=F("promise__promised_at"))
    last = fired.select_related("promise__case").order_by("promise_id", "n").last()
    return name_of_rung(last.promise, last.n, language=language) if last else ""
