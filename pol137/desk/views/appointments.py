"""Positions and substitutes («سمت‌ها و جانشین‌ها»): who holds what, what is vacant, who stands in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from pol137.city.queries import book
from pol137.city.queries.book import local_day
from pol137.city.rules.entries import DepartmentEntry, PositionEntry
from pol137.desk.forms.appointments import (
    ACCOUNTS_LIST,
    ONE_DAY,
    AppointForm,
    Dated,
    EndForm,
    PositionsForm,
    SubstituteForm,
)
from pol137.lib.actor import Actor
from pol137.lib.persian import search_key
from pol137.lib.refusal import Refusal
from pol137.staff.operations import appoint, end_appointment, name_substitute
from pol137.staff.operations.appointments import APPOINTERS
from pol137.staff.queries import accounts, appointments
from pol137.web.access import access
from pol137.web.htmx import go
from pol137.web.pieces import Chip
from pol137.web.refusals import conflict
from pol137.web.request import Request
from pol137.web.templatetags.fa import language

if TYPE_CHECKING:
    from pol137.staff.models import Appointment


@dataclass(frozen=True, slots=True)
class Held:
    """An appointment as it is shown: `last_day` is its last day, `now` whether it lasts today."""

    row: Appointment
    now: bool
    mine: bool
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Place:
    """A position with those who hold it and those who stand in."""

    position: PositionEntry
    name: str
    href: str
    holders: list[Held] = field(default_factory=list)
    substitutes: list[Held] = field(default_factory=list)

    @property
    def vacant(self) -> bool:
        """Whether nobody holds it today, a substitute neither."""
        return not any(one.now for one in (*self.holders, *self.substitutes))


@access(staff=True)
def positions(request: Request) -> HttpResponse:
    """Positions by unit; those without the right to appoint see their own."""
    by, form = request.actor, PositionsForm(request.GET)
    asked, may = form.asked(), bool(request.actor.roles & APPOINTERS)
    mine = frozenset(seat.position_id for seat in by.seats)
    chosen = [one for one in book().positions if may or one.id in mine]
    places = _places(chosen, request)
    vacant = [one for one in places if one.vacant]
    show = asked.get("show", "")
    shown = {"vacant": vacant, "mine": [one for one in places if one.position.id in mine]}.get(show, places)
    wanted = search_key(asked.get("q", ""))
    units: dict[int, list[Place]] = {}
    for one in shown:
        unit = book().departments[one.position.department_id]
        if wanted in search_key(f"{one.name} {unit.name(language())}"):
            units.setdefault(unit.id, []).append(one)
    context = {
        "units": [(book().departments[unit].name(language()), rows) for unit, rows in units.items()],
        "chips": _chips(show, len(places), len(vacant)) if may else [],
        "form": form,
        "q": asked.get("q", ""),
        "may": may,
    }
    return render(request, "desk/positions.html", context)


def _chips(show: str, every: int, vacant: int) -> list[Chip]:
    return [
        Chip(_("All positions"), "?", show == "", every),
        Chip(_("Vacant"), "?show=vacant", show == "vacant", vacant),
        Chip(_("My own"), "?show=mine", show == "mine"),
    ]


def _places(chosen: list[PositionEntry], request: Request) -> list[Place]:
    today, speech = local_day(request.now), language()
    places = {one.id: Place(one, one.name(speech), reverse("desk:position", args=[one.id])) for one in chosen}
    for row in appointments(position_ids=places, now=request.now):
        place, last = places[row.position_id], row.to_date - ONE_DAY if row.to_date else None
        holder = row.substitute_for.user_id if row.substitute_for else row.user_id
        held = Held(row, row.from_date <= today, holder == request.actor.staff_id, last)
        (place.substitutes if row.substitute_for_id else place.holders).append(held)
    return list(places.values())


@access(staff=True)
def position(request: Request, position_id: int) -> HttpResponse:
    """One position: appoint, name a substitute, end."""
    place = _place(request, position_id)
    sent = request.POST.get("do", "") if request.method == "POST" else ""
    forms: dict[str, Dated] = {"appoint": AppointForm(**_bound(request, sent == "appoint", "appoint"))}
    kinds: dict[str, type[Dated]] = {"substitute": SubstituteForm, "end": EndForm}
    for one in (*place.holders, *place.substitutes):
        for do, kind in kinds.items():
            name = f"{do}-{one.row.pk}"
            forms[name] = kind(**_bound(request, sent == name, name))
    if sent in forms and forms[sent].is_valid():
        try:
            _do(sent, forms[sent], place, request)
        except Refusal as refusal:
            if refusal.code == "appointments_not_yours":
                raise PermissionDenied from refusal
            if not forms[sent].fields.keys() & {"username", "last_day"}:
                return conflict(request, refusal)
            forms[sent].refuse(_on_our_fields(refusal))
        else:
            messages.success(request, _("Recorded."))
            return go(request, reverse("desk:position", args=[position_id]))
    may, unit = bool(request.actor.roles & APPOINTERS), _unit(place)
    context = {
        "place": place,
        "unit": unit.name(language()),
        "holders": [_drawn(one, forms, request.actor) for one in place.holders],
        "substitutes": [_drawn(one, forms, request.actor) for one in place.substitutes],
        "appoint": forms["appoint"] if may else None,
        "accounts": accounts() if may or any(one.mine for one in place.holders) else [],
        "accounts_list": ACCOUNTS_LIST,
        "today": local_day(request.now),
    }
    wrong = any(form.errors for form in forms.values())
    return render(request, "desk/position.html", context, status=422 if wrong else 200)


def _bound(request: Request, sent: bool, name: str) -> dict[str, Any]:
    return {"data": request.POST if sent else None, "auto_id": f"{name}-%s"}


def _place(request: Request, position_id: int) -> Place:
    entry = book().positions.get(position_id)
    if entry is None or not entry.active:
        raise Http404
    own = any(seat.position_id == position_id for seat in request.actor.seats)
    if not own and not request.actor.roles & APPOINTERS:
        raise PermissionDenied
    return _places([entry], request)[0]


def _unit(place: Place) -> DepartmentEntry:
    return book().departments[place.position.department_id]


def _drawn(one: Held, forms: dict[str, Any], by: Actor) -> dict[str, Any]:
    """A holder with the forms open to this reader."""
    may = bool(by.roles & APPOINTERS)
    stands_in = one.row.substitute_for_id is not None
    return {
        "held": one,
        "substitute": forms[f"substitute-{one.row.pk}"] if (may or one.mine) and not stands_in else None,
        "end": forms[f"end-{one.row.pk}"] if may or (one.mine and stands_in) else None,
    }


def _do(sent: str, form: Dated, place: Place, request: Request) -> None:
    do, _dash, number = sent.partition("-")
    by, now, given = request.actor, request.now, form.cleaned_data
    steps: dict[str, Callable[[], object]] = {
        "appoint": lambda: appoint(
            username=given["username"],
            position_id=place.position.id,
            from_date=given["from_date"],
            to_date=form.after(),
            by=by,
            now=now,
        ),
        "substitute": lambda: name_substitute(
            int(number),
            username=given["username"],
            from_date=given["from_date"],
            to_date=form.after() or date.max,
            by=by,
            now=now,
        ),
        "end": lambda: end_appointment(int(number), to_date=form.after() or date.max, by=by, now=now),
    }
    steps[do]()


def _on_our_fields(refusal: Refusal) -> Refusal:
    """The screen asks for the last day where the operation speaks of the day after it."""
    if refusal.field != "to_date":
        return refusal
    return Refusal(refusal.code, field="last_day", **refusal.values)
