"""The duty roster («لوح کشیک»): a week of a district, filled quickly, its holes, and a month as a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pol137.city.queries import book, local_day
from pol137.city.rules.entries import DistrictEntry
from pol137.desk.forms.roster import FileForm, TurnForm
from pol137.dispatch.operations import add_turn, copy_week, remove_turn, replace_month
from pol137.dispatch.permissions import DISPATCHERS, ROSTER_KEEPERS
from pol137.dispatch.queries import Hole, duties_between, find_holes, post_name, turns_beginning
from pol137.dispatch.rules.roster import write_file
from pol137.dispatch.rules.turns import Span
from pol137.lib import jalali
from pol137.lib.refusal import Refusal
from pol137.web import refusals
from pol137.web.access import access
from pol137.web.htmx import go
from pol137.web.pieces import Chip
from pol137.web.request import Request
from pol137.web.templatetags.fa import clock_time, digits, is_persian, jalali_time, language
from pol137.web.templatetags.fa import jalali as day_words

if TYPE_CHECKING:
    from pol137.dispatch.models import Duty

WEEK = timedelta(days=7)
SATURDAY = 5
FAULTS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn as it is drawn."""

    duty: Duty
    hours: str
    name: str
    group: str
    now: bool


@dataclass(frozen=True, slots=True)
class DayOfDuty:
    """A day of the week with the turns that begin in it."""

    day: date
    today: bool
    turns: list[Turn]


@access(roles=DISPATCHERS | ROSTER_KEEPERS)
@require_GET
def roster(request: Request) -> HttpResponse:
    """A week of a district: its turns by day, and the hours in which nobody is on duty."""
    return _page(request)


def _page(request: Request, *, form: TurnForm | None = None) -> HttpResponse:
    district, start = _district(request), _week(request)
    span = Span(_midnight(start), _midnight(start + WEEK))
    last_week = _address(district, start - WEEK)
    to_come = Span(max(span.from_at, request.now), span.to_at) if span.to_at > request.now else None
    context = {
        "district": district,
        "districts": [
            Chip(one.name(language()), _address(one, start), one is district) for one in book().districts
        ],
        "start": start,
        "end": start + WEEK - timedelta(days=1),
        "before": last_week,
        "after": _address(district, start + WEEK),
        "this_week": _address(district, None),
        "days": _days(district, span, request.now),
        "to_come": to_come is not None,
        "holes": [(_group(one), one) for one in find_holes(to_come, district_id=district.id)]
        if to_come
        else [],
        "keeps": bool(request.actor.roles & ROSTER_KEEPERS),
        "form": form or TurnForm(district=district, initial=_begun(start, request.now)),
        "file": f"{reverse('desk:roster_file')}?{urlencode({'month': start.isoformat()})}",
    }
    return render(request, "desk/roster.html", context, status=422 if form else 200)


def _days(district: DistrictEntry, span: Span, now: datetime) -> list[DayOfDuty]:
    city, zone = book(), book().zone
    first, found = span.from_at.astimezone(zone).date(), duties_between(span, district_id=district.id)
    days: list[DayOfDuty] = [
        DayOfDuty(first + timedelta(days=n), first + timedelta(days=n) == local_day(now), [])
        for n in range(WEEK.days)
    ]
    for duty in found:
        day = max(duty.from_at.astimezone(zone).date(), first)
        group = city.name(city.groups.get(duty.group_id), language())
        turn = Turn(duty, _hours(duty), post_name(duty, language()), group, duty.from_at <= now < duty.to_at)
        days[(day - first).days].turns.append(turn)
    return days


def _hours(duty: Duty) -> str:
    """From when until when a turn lasts, as it stands under the day it begins on."""
    begins, ends = duty.from_at, duty.to_at
    whole = (
        ends - begins
        if jalali.ended_day(begins, book().zone) and jalali.ended_day(ends, book().zone)
        else None
    )
    if whole is not None and whole <= timedelta(days=1):
        return _("All day")
    until = clock_time(ends) if ends - begins <= timedelta(days=1) else jalali_time(ends)
    return f"{clock_time(begins)} – {until}"


def _group(hole: Hole) -> str:
    return book().groups[hole.group_id].name(language())


def _begun(start: date, now: datetime) -> dict[str, object]:
    today = local_day(now)
    day = today if start <= today < start + WEEK else start
    return {"day": day, "order": digits(1), "days": digits(1)}


def _district(request: Request) -> DistrictEntry:
    given = request.POST if request.method == "POST" else request.GET
    districts = list(book().districts)
    if not districts:
        raise Http404
    return book().districts.find(given.get("district", "")) or districts[0]


def _week(request: Request) -> date:
    given = request.POST if request.method == "POST" else request.GET
    day = _date(given.get("week", "")) or local_day(request.now)
    return day - timedelta(days=(day.weekday() - SATURDAY) % 7)


def _date(text: str) -> date | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day is not None and 1900 < day.year < 2200 else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=book().zone)


def _address(district: DistrictEntry, start: date | None) -> str:
    given = {"district": district.code, **({"week": start.isoformat()} if start else {})}
    return f"{reverse('desk:roster')}?{urlencode(given)}"


@access(roles=ROSTER_KEEPERS)
@require_POST
def add(request: Request) -> HttpResponse:
    """Put a turn on the roster, on one day or several."""
    district, start = _district(request), _week(request)
    form = TurnForm(request.POST, district=district)
    if form.is_valid():
        try:
            days = form.cleaned_data["days"]
            n = add_turn(form.draft(), days=days, by=request.actor, now=request.now)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _turns_said(n))
            return go(request, _address(district, start))
    return _page(request, form=form)


@access(roles=ROSTER_KEEPERS)
@require_POST
def remove(request: Request, duty_id: int) -> HttpResponse:
    """Take a turn off the roster."""
    try:
        remove_turn(duty_id, by=request.actor, now=request.now)
        messages.success(request, _("The turn was taken off the roster."))
    except Refusal as refusal:
        messages.error(request, refusals.words(refusal))
    return go(request, _address(_district(request), _week(request)))


@access(roles=ROSTER_KEEPERS)
@require_POST
def copy(request: Request) -> HttpResponse:
    """Fill the week as the week before."""
    district, start = _district(request), _week(request)
    try:
        n = copy_week(district.code, to=_midnight(start), by=request.actor, now=request.now)
        messages.success(request, _turns_said(n))
    except Refusal as refusal:
        messages.error(request, refusals.words(refusal))
    return go(request, _address(district, start))


def _turns_said(n: int) -> str:
    said = ngettext("%(n)s turn was put on the roster.", "%(n)s turns were put on the roster.", n)
    return said % {"n": digits(n)}


@access(roles=ROSTER_KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def file(request: Request) -> HttpResponse:
    """A month of all districts as a file: taken down, and put up whole or not at all."""
    month = _month(request)
    form, faults = FileForm(), list[tuple[Any, str]]()
    if request.method == "POST":
        form = FileForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                n = replace_month(form.text(), month=month, by=request.actor, now=request.now)
            except Refusal as refusal:
                faults = [(one.values.get("line"), refusals.words(one)) for one in refusal.every]
            else:
                messages.success(request, _turns_said(n))
                return go(request, _month_address(month.from_at))
    context = {
        "form": form,
        "faults": faults[:FAULTS_SHOWN],
        "more_faults": max(0, len(faults) - FAULTS_SHOWN),
        "month_day": _iso(month.from_at),
        "name": _month_name(month),
        "before": _month_address(month.from_at - timedelta(days=1)),
        "after": _month_address(month.to_at),
        "download": f"{reverse('desk:roster_download')}?{urlencode({'month': _iso(month.from_at)})}",
        "count": len(turns_beginning(month)),
    }
    return render(request, "desk/roster_file.html", context, status=422 if faults or form.errors else 200)


@access(roles=ROSTER_KEEPERS)
@require_GET
def download(request: Request) -> HttpResponse:
    """The file of a month, as `file` takes it back; with a mark of its letters, for spreadsheets."""
    month = _month(request)
    text = write_file(turns_beginning(month), city=book(), in_jalali=is_persian())
    response = HttpResponse(f"\ufeff{text}", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="roster-{_iso(month.from_at)}.csv"'
    return response


def _month(request: Request) -> Span:
    given = request.POST if request.method == "POST" else request.GET
    day = _date(given.get("month", "")) or local_day(request.now)
    first, following = jalali.month_days(*jalali.month_of(day))
    return Span(_midnight(first), _midnight(following))


def _month_name(month: Span) -> str:
    if is_persian():
        year, number = jalali.month_of(month.from_at, book().zone)
        return f"{jalali.MONTHS[number - 1]} {digits(year)}"
    return f"{day_words(month.from_at)} – {day_words(month.to_at - timedelta(days=1))}"


def _iso(at: datetime) -> str:
    return at.astimezone(book().zone).date().isoformat()


def _month_address(at: datetime) -> str:
    return f"{reverse('desk:roster_file')}?{urlencode({'month': _iso(at)})}"
