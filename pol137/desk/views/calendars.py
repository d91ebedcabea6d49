"""Opening hours, holidays, and closures («تعطیلی») declared in a minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from pol137.cases.queries.closures import count_promises_touched
from pol137.city.operations import declare_closure, end_closure, remove_holiday, set_holiday
from pol137.city.queries import book, local_day
from pol137.city.rules.entries import CalendarEntry, ClosureEntry
from pol137.city.vocabulary import WEEKDAYS, DepartmentKind
from pol137.desk.forms.calendars import ClosureForm, HolidayForm
from pol137.desk.places import CLOSERS
from pol137.lib.jalali import year_of
from pol137.lib.refusal import Refusal
from pol137.staff.queries import display_names
from pol137.web import labels, refusals
from pol137.web.access import access
from pol137.web.htmx import go, show
from pol137.web.pieces import Chip, Words
from pol137.web.request import Request
from pol137.web.templatetags.fa import digits, jalali, jalali_time, language
from pol137.web.timeline import by_words

PAGE = "desk/calendars.html"
PAST_SHOWN = 20
DAY_NAMES = (
    gettext_lazy("Saturday"), gettext_lazy("Sunday"), gettext_lazy("Monday"), gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"), gettext_lazy("Thursday"), gettext_lazy("Friday"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shut:
    """A closure as it is drawn."""

    entry: ClosureEntry
    begun: bool
    lasts: str
    scope: str
    by: Words


@dataclass(frozen=True, slots=True)
class DayOff:
    """A holiday as it is drawn."""

    date: date
    title: str
    mourning: bool


@dataclass(frozen=True, slots=True)
class Effect:
    """What a closure would do: open promises made later, units that close."""

    promises: int
    units: int


@access(roles=CLOSERS)
@require_GET
def calendars(request: Request) -> HttpResponse:
    """Closures in force, the form for another, calendars and their holidays."""
    return _page(request)


@access(roles=CLOSERS)
@require_POST
def closure(request: Request) -> HttpResponse:
    """Declare a closure, or only look what it would change."""
    form = ClosureForm(request.POST, now=request.now)
    looks = request.POST.get("do") != "declare"
    if looks:
        form.errors.pop("title", None)
    if not form.is_valid():
        return _page(request, form=form)
    if looks:
        return _page(request, form=form, effect=_effect(form.thought_of(now=request.now)))
    try:
        number = declare_closure(**form.given(), by=request.actor, now=request.now)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, form=form)
    messages.success(
        request,
        _("The closure was declared. %(effect)s") % {"effect": _said(_effect(book().closures[number]))},
    )
    return go(request, reverse("desk:calendars"))


@access(roles=CLOSERS)
@require_POST
def end(request: Request, closure_id: int) -> HttpResponse:
    """End a closure now."""
    try:
        end_closure(closure_id, by=request.actor, now=request.now)
        messages.success(request, _("The closure has ended. What it made later stays later."))
    except Refusal as refusal:
        messages.error(request, _refused(refusal))
    return go(request, reverse("desk:calendars"))


@access(roles=CLOSERS)
@require_POST
def holiday(request: Request) -> HttpResponse:
    """Make a day a holiday, or give one another title."""
    form = HolidayForm(request.POST)
    if not form.is_valid():
        return _page(request, days=form)
    try:
        set_holiday(**form.cleaned_data, by=request.actor, now=request.now)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, days=form)
    day = form.cleaned_data["day"]
    messages.success(request, _("%(day)s is a holiday now.") % {"day": jalali(day)})
    return go(request, _there(form.cleaned_data["calendar"], day))


@access(roles=CLOSERS)
@require_POST
def ordinary(request: Request) -> HttpResponse:
    """Make a holiday an ordinary day."""
    calendar, day = request.POST.get("calendar", ""), _day(request.POST.get("day", ""))
    if day is None:
        return go(request, reverse("desk:calendars"))
    try:
        remove_holiday(calendar=calendar, day=day, by=request.actor, now=request.now)
        messages.success(request, _("%(day)s is an ordinary day now.") % {"day": jalali(day)})
    except Refusal as refusal:
        messages.error(request, _refused(refusal))
    return go(request, _there(calendar, day))


def _page(
    request: Request,
    *,
    form: ClosureForm | None = None,
    days: HolidayForm | None = None,
    effect: Effect | None = None,
) -> HttpResponse:
    today, city = local_day(request.now), book()
    chosen = _chosen(request)
    year = _year(request, today)
    shut = _closures(request.now)
    days_off = [
        DayOff(day, title, day in chosen.mourning)
        for day, title in sorted(chosen.holidays.items())
        if year_of(day) == year
    ]
    context = {
        "form": form or ClosureForm(now=request.now),
        "effect": _said(effect) if effect else "",
        "in_force": [one for one in shut if one.entry.to_at > request.now],
        "past": [one for one in reversed(shut) if one.entry.to_at <= request.now][:PAST_SHOWN],
        "calendars": [(one, one.name(language()), _week(one), _units(one)) for one in city.calendars],
        "chosen": chosen,
        "year": year,
        "years": [_chip(chosen, n, year) for n in (year_of(today), year_of(today) + 1)],
        "kinds_of_hours": [
            Chip(one.name(language()), _there(one.code, year=year), one is chosen) for one in city.calendars
        ],
        "to_come": [one for one in days_off if one.date >= today],
        "gone": [one for one in days_off if one.date < today],
        "days": days or HolidayForm(initial=_begun(request, chosen)),
    }
    wrong = (form is not None and form.errors) or (days is not None and days.errors)
    looks = bool(request.htmx) and form is not None
    status = 422 if wrong and not looks else 200
    return show(request, PAGE, context, fragment="effect" if looks else "", status=status)


def _effect(entry: ClosureEntry) -> Effect:
    city = book()
    units: frozenset[int] = city.closed_by(entry)
    departments: set[int | None] = {*units} | ({None} if city.concerns(entry, None) else set())
    touched = count_promises_touched(departments=departments, from_at=entry.from_at, to_at=entry.to_at)
    return Effect(touched, sum(city.departments[one].active for one in units))


def _said(effect: Effect) -> str:
    if not effect.units:
        return _("No unit closes by it.")
    promises = ngettext(
        "%(n)s open promise becomes later", "%(n)s open promises become later", effect.promises
    ) % {"n": digits(effect.promises)}
    units = ngettext("%(n)s unit closes", "%(n)s units close", effect.units) % {"n": digits(effect.units)}
    return _("%(units)s; %(promises)s.") % {"units": units, "promises": promises}


def _closures(now: datetime) -> list[Shut]:
    entries = list(book().closures.values())
    parties = (one.declared_by.partition(":")[2] for one in entries)
    names = display_names(int(ref) for ref in parties if ref.isdigit())
    return [
        Shut(one, one.from_at <= now, _lasts(one), _scope(one), by_words(one.declared_by, names))
        for one in entries
    ]


def _lasts(entry: ClosureEntry) -> str:
    """From when until when; whole days as days: «تمام روز شنبه»."""
    zone = book().zone
    begins, ends = entry.from_at.astimezone(zone), entry.to_at.astimezone(zone)
    last = (ends - timedelta(microseconds=1)).date()
    if begins.time() != time() or ends.time() != time():
        return _("From %(from)s until %(until)s") % {
            "from": jalali_time(begins, "from"),
            "until": jalali_time(ends),
        }
    if begins.date() == last:
        return _("All day on %(day)s") % {"day": jalali(last)}
    return _("From %(from)s to the end of %(until)s") % {"from": jalali(begins.date()), "until": jalali(last)}


def _scope(entry: ClosureEntry) -> str:
    """Where and whom it shuts, in words."""
    city = book()
    districts = [one.name(language()) for one in city.districts.by_id.values() if one.id in entry.districts]
    kinds = [str(labels.LABELS[DepartmentKind][one]) for one in DepartmentKind if one in entry.kinds]
    comma = "، " if language() == "fa" else ", "
    return " · ".join(
        [comma.join(districts) or _("The whole city"), comma.join(kinds) or _("All kinds of unit")]
    )


def _week(calendar: CalendarEntry) -> list[tuple[str, str]]:
    """The days that open alike, together: «شنبه تا چهارشنبه»."""
    found: list[tuple[list[str], tuple[str, ...]]] = []
    for day in WEEKDAYS:
        windows = calendar.windows[day]
        if found and found[-1][1] == windows:
            found[-1][0].append(day)
        else:
            found.append(([day], windows))
    return [(_span(days), " · ".join(map(_open, windows)) or _("closed")) for days, windows in found]


def _open(window: str) -> str:
    if window == "00:00-24:00":
        return _("day and night")
    first, _dash, last = digits(window).partition("-")
    return _("%(first)s to %(last)s") % {"first": first, "last": last}


def _span(days: list[str]) -> str:
    names = [str(DAY_NAMES[WEEKDAYS.index(one)]) for one in days]
    if len(days) == len(WEEKDAYS):
        return _("Every day")
    if len(names) == 1:
        return names[0]
    ends = {"first": names[0], "last": names[-1]}
    return _("%(first)s and %(last)s") % ends if len(names) == 2 else _("%(first)s to %(last)s") % ends


def _units(calendar: CalendarEntry) -> int:
    city = book()
    return sum(city.calendar_of(one.id) is calendar for one in city.departments)


def _chosen(request: Request) -> CalendarEntry:
    asked = book().calendars.find(request.GET.get("calendar") or request.POST.get("calendar") or "")
    return asked or book().calendar_of(None)


def _year(request: Request, today: date) -> int:
    asked, this = request.GET.get("year", ""), year_of(today)
    return int(asked) if asked in (str(this), str(this + 1)) else this


def _chip(calendar: CalendarEntry, year: int, here: int) -> Chip:
    return Chip(digits(year), _there(calendar.code, year=year), year == here)


def _there(calendar: str, day: date | None = None, *, year: int | None = None) -> str:
    shown = year_of(day) if day else year
    return f"{reverse('desk:calendars')}?calendar={calendar}&year={shown}#holidays"


def _begun(request: Request, calendar: CalendarEntry) -> dict[str, Any]:
    """The holiday to edit, when one was chosen."""
    day = _day(request.GET.get("day", ""))
    if day is None or day not in calendar.holidays:
        return {"calendar": calendar.code}
    return {
        "calendar": calendar.code,
        "day": day,
        "title": calendar.holidays[day],
        "mourning": day in calendar.mourning,
    }


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _refused(refusal: Refusal) -> str:
    return str(refusals.words(refusal))
