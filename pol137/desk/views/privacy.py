"""What concerns persons: who saw a reporter's identity, and the erasing of somebody's details."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET, require_http_methods

from pol137.cases.queries import reveals_between
from pol137.city.queries import book
from pol137.contacts.operations import erase_person
from pol137.contacts.operations.erasing import ERASERS, Belongings, belongings
from pol137.desk.forms.privacy import EraseForm, PersonForm
from pol137.desk.months import Month, month_asked
from pol137.desk.places import REVEAL_READERS
from pol137.desk.views.many import sheet
from pol137.desk.views.shown import ListedCase, listed
from pol137.lib.refusal import Refusal
from pol137.staff.queries import offices_of
from pol137.web.access import access
from pol137.web.request import Request
from pol137.web.templatetags.fa import digits, language

ERASE = "erase"


@dataclass(frozen=True, slots=True)
class Looked:
    """Somebody saw who a reporter is: when, in which office he sat, why."""

    at: datetime
    who: str
    offices: str
    reason: str
    row: ListedCase


def _looked(asked: Month, request: Request) -> list[Looked]:
    found = reveals_between(since=asked.since, until=asked.until, by=request.actor)
    offices, city = offices_of({one.user_id for one in found}, now=request.now), book()
    return [
        Looked(
            at=one.at,
            who=str(one.user),
            offices=_(", ").join(city.positions[at].name(language()) for at in offices.get(one.user_id, ())),
            reason=one.reason,
            row=listed(one.case, by=request.actor),
        )
        for one in found
    ]


@access(roles=REVEAL_READERS)
@require_GET
def reveals(request: Request) -> HttpResponse:
    """«چه کسی هویت را دید»: every reveal of a month with its reason, and who looked most."""
    asked = month_asked(request)
    rows = _looked(asked, request)
    context = {
        "month": asked,
        "rows": rows,
        "most": Counter((one.who, one.offices) for one in rows).most_common(10),
    }
    return render(request, "desk/reveals.html", context)


@access(roles=REVEAL_READERS)
@require_GET
def reveals_sheet(request: Request) -> HttpResponse:
    """The same month as a sheet."""
    asked = month_asked(request)
    rows = _looked(asked, request)
    reason = pgettext("of a step", "Reason")
    heads = [_("When"), _("Who"), _("Office"), reason, _("Tracking code"), _("Subject"), _("Unit")]
    lines = (
        [one.at.isoformat(), one.who, one.offices, one.reason, one.row.code, one.row.service, one.row.unit]
        for one in rows
    )
    return sheet(f"reveals-{asked.name}", heads, lines)


@access(roles=ERASERS)
@require_http_methods(["GET", "HEAD", "POST"])
def erasure(request: Request) -> HttpResponse:
    """Find a person by code and number, show what there is of him, and erase it once that is confirmed."""
    form = PersonForm(request.POST or None)
    context: dict[str, object] = {"form": form}
    if request.method == "POST" and form.is_valid():
        sure = EraseForm(request.POST if request.POST.get("do") == ERASE else None, initial=form.cleaned_data)
        try:
            if sure.is_valid():
                found = erase_person(**sure.cleaned_data, by=request.actor, now=request.now)
                messages.success(request, _done(len(found.cases), len(found.open_cases)))
                return redirect("desk:erasure")
            found = belongings(**form.cleaned_data, by=request.actor)
            context |= {"sure": sure, "nothing": not found.cases, "facts": _facts(found)}
        except Refusal as refusal:
            form.refuse(refusal)
    wrong = form.errors or request.POST.get("do") == ERASE
    return render(request, "desk/erasure.html", context, status=422 if wrong else 200)


def _facts(found: Belongings) -> list[tuple[str, str]]:
    """What there is of a person and what becomes of it."""
    return [
        (_("Cases that have ended: words, answers, photos, name and number go"), digits(len(found.cases))),
        (_("Open cases: they stay whole until they have ended"), digits(len(found.open_cases))),
        (_("Contacts: name, number and words go"), digits(found.contacts.count())),
        (_("Texts sent: text and number go"), digits(found.sent.count())),
        (_("Texts received: text and number go"), digits(found.received.count())),
    ]


def _done(cases: int, left: int) -> str:
    said = ngettext("%(n)s case was erased.", "%(n)s cases were erased.", cases) % {"n": digits(cases)}
    if not left:
        return said
    more = ngettext(
        "%(n)s open case stays until it has ended.", "%(n)s open cases stay until they have ended.", left
    )
    return f"{said} {more % {'n': digits(left)}}"
