"""Reading the dispatch board."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from pol137.cases.models import Case
from pol137.cases.permissions import may_be_told, visible_to
from pol137.city.queries.book import book
from pol137.dispatch.models import Dispatch, DispatchCall, Duty
from pol137.dispatch.queries.roster import officer_of, officers_on_duty
from pol137.dispatch.rules.turns import Called, Officer, in_order, to_call
from pol137.dispatch.vocabulary import ACKNOWLEDGED, DispatchState
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Line:
    """A danger on the board: everybody on duty for it, who of them is still to be called, and the calls."""

    dispatch: Dispatch
    officers: list[Officer]
    left: list[Officer]
    calls: list[DispatchCall] = field(default_factory=list)

    @property
    def case(self) -> Case:
        """The case it is about."""
        return self.dispatch.case

    @property
    def next(self) -> Officer | None:
        """Who is to be called now; nobody once somebody goes, or when the roster is exhausted."""
        return self.left[0] if self.left and self.dispatch.state == DispatchState.CALLING else None

    @property
    def gone(self) -> DispatchCall | None:
        """The call by which somebody took it over, while he has it."""
        last = self.calls[-1] if self.calls else None
        return last if last is not None and last.reply in ACKNOWLEDGED else None


def _open(by: Actor) -> QuerySet[Dispatch]:
    seen = Case.objects.filter(visible_to(by))
    return Dispatch.objects.filter(ended_at__isnull=True, case__in=seen)


def count_open(by: Actor) -> int:
    """How many dangers stand on the board for this actor."""
    return _open(by).count()


def board(by: Actor, *, now: datetime) -> list[Line]:
    """The board, the oldest danger first, in three queries however long it is."""
    found = list(_open(by).select_related("case__parent").order_by("opened_at", "id"))
    calls: dict[int, list[DispatchCall]] = {}
    for call in DispatchCall.objects.filter(dispatch__in=[one.pk for one in found]).order_by("id"):
        calls.setdefault(call.dispatch_id, []).append(call)
    districts = {one.case.district_id for one in found if one.case.district_id is not None}
    duties = officers_on_duty(districts, since=now, now=now)
    return [line_of(one, duties, calls.get(one.pk, []), now=now) for one in found]


def line_of(dispatch: Dispatch, duties: Iterable[Duty], calls: list[DispatchCall], *, now: datetime) -> Line:
    """A danger with its officers and calls, read before; whose time is over has been passed already."""
    officers = officers_for(dispatch.case, duties)
    overdue = not dispatch.exhausted_at and dispatch.next_at is not None and dispatch.next_at <= now
    return Line(dispatch, officers, to_call(officers, called(calls), overdue=overdue), calls)


def officers_for(case: Case, duties: Iterable[Duty]) -> list[Officer]:
    """Those of the turns that are called for this case, as they are called: of a matter for inspection only
    nobody from whom it is hidden, nor a post outside the city."""
    group = book().services[case.service_id].group_id
    return in_order(
        officer_of(duty, group_id=group)
        for duty in duties
        if duty.district_id == case.district_id
        and duty.group_id in (None, group)
        and (not case.confidential or _may_know(case, duty))
    )


def _may_know(case: Case, duty: Duty) -> bool:
    position = book().positions.get(duty.position_id)
    return position is not None and may_be_told(case, position)


def called(calls: Iterable[DispatchCall]) -> list[Called]:
    """The calls as plain values."""
    return [Called((call.position_id, call.post, call.phone), call.reply) for call in calls]


def get_line(dispatch_id: int, *, by: Actor, now: datetime) -> Line:
    """One danger with everything about it, ended ones too. Refuses (Refusal) one this actor may not see."""
    found = Dispatch.objects.select_related("case__parent").filter(
        pk=dispatch_id, case__in=Case.objects.filter(visible_to(by))
    )
    dispatch = found.first()
    if dispatch is None:
        raise Refusal("dispatch_unknown")
    case = dispatch.case
    duties = [] if case.district_id is None else officers_on_duty([case.district_id], since=now, now=now)
    return line_of(dispatch, duties, list(dispatch.calls.order_by("id")), now=now)


def dispatch_of(case_id: int) -> Dispatch | None:
    """The danger of this case that stands on the board, if one does."""
    return Dispatch.objects.filter(case_id=case_id, ended_at__isnull=True).first()


def post_name(one: Officer | DispatchCall | Duty, language: str) -> str:
    """The name of the post that was or is to be called."""
    position = book().positions.get(one.position_id)
    return position.name(language) if position else one.post
