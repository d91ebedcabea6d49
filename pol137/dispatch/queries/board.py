"""Reading the dispatch board."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet

from pol137.cases.models import Case, Note
from pol137.cases.operations.steps import stream_of
from pol137.cases.permissions import may_be_told, visible_to
from pol137.cases.vocabulary import Status
from pol137.city.queries.book import book
from pol137.dispatch.models import Dispatch, DispatchCall, Duty
from pol137.dispatch.queries.roster import officer_of, officers_on_duty
from pol137.dispatch.rules.turns import Called, Officer, in_order, to_call
from pol137.dispatch.vocabulary import ACKNOWLEDGED, DispatchState
from pol137.journal.models import Event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Line:
    """A danger on the board: everybody on duty for it, who of them is still to be called, the calls, and the
    words in which danger was last reported of it, or of one helped with it."""

    dispatch: Dispatch
    officers: list[Officer]
    left: list[Officer]
    calls: list[DispatchCall] = field(default_factory=list)
    told: Note | None = None

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
    """The board, the oldest danger first, in six queries however long it is."""
    found = list(_open(by).select_related("case__parent").order_by("opened_at", "id"))
    calls: dict[int, list[DispatchCall]] = {}
    for call in DispatchCall.objects.filter(dispatch__in=[one.pk for one in found]).order_by("id"):
        calls.setdefault(call.dispatch_id, []).append(call)
    districts = {one.case.district_id for one in found if one.case.district_id is not None}
    duties = officers_on_duty(districts, since=now, now=now)
    told = _told([one.case_id for one in found], by)
    return [_line(one, duties, calls.get(one.pk, []), told.get(one.case_id), now) for one in found]


def _told(case_ids: Sequence[int], by: Actor) -> dict[int, Note]:
    """The words of the latest report of danger about each case, those helped with it included."""
    near = Q(pk__in=case_ids) | Q(parent__in=case_ids)
    near |= Q(incident__main_case__in=case_ids, status=Status.JOINED)
    seen = Case.objects.filter(near, visible_to(by)).values_list("id", "parent_id", "incident__main_case_id")
    helped = {stream_of(one): ({one, *others} & set(case_ids)) for one, *others in seen}
    said = Event.objects.filter(stream__in=helped, kind=EventKind.CASE_DANGER_REPORTED).order_by("id")
    last = {main: one.body["note"] for one in said for main in helped[one.stream] if "note" in one.body}
    notes = Note.objects.in_bulk(set(last.values()))
    return {main: notes[note] for main, note in last.items() if note in notes}


def _line(
    dispatch: Dispatch, duties: Iterable[Duty], calls: list[DispatchCall], told: Note | None, now: datetime
) -> Line:
    """A danger with its officers and calls, read before; whose time is over has been passed already."""
    officers = officers_for(dispatch.case, duties)
    overdue = not dispatch.exhausted_at and dispatch.next_at is not None and dispatch.next_at <= now
    return Line(dispatch, officers, to_call(officers, called(calls), overdue=overdue), calls, told)


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
    told = _told([case.pk], by).get(case.pk)
    return _line(dispatch, duties, list(dispatch.calls.order_by("id")), told, now)


def dispatch_of(case_id: int) -> Dispatch | None:
    """The danger of this case that stands on the board, if one does."""
    return Dispatch.objects.filter(case_id=case_id, ended_at__isnull=True).first()


def post_name(one: Officer | DispatchCall | Duty, language: str) -> str:
    """The name of the post that was or is to be called."""
    position = book().positions.get(one.position_id)
    return position.name(language) if position else one.post
