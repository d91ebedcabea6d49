"""What those above see: the weekly list, second looks at approvals, how the centre keeps its own clocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from pol137.cases.permissions import may_see
from pol137.cases.queries import answer_clocks, get_case, pictures_of
from pol137.cases.vocabulary import NoticeKind
from pol137.city.queries import book
from pol137.contacts.queries import call_figures, survey_figures
from pol137.desk.forms.oversight import FindingForm, MonthForm, RecheckForm
from pol137.desk.views.shown import ListedCase, listed
from pol137.lib import jalali
from pol137.lib.refusal import Refusal
from pol137.notices.operations import read_notices
from pol137.oversight.operations import decide_recheck, record_finding
from pol137.oversight.permissions import FIGURE_READERS, FINDERS, OVERSEERS, RECHECKERS
from pol137.oversight.queries import (
    centre_figures,
    disagreements,
    find_recheck,
    findings_on,
    last_rungs,
    last_told,
    recheck_figures,
    rechecks_for,
    weekly_list,
)
from pol137.web import labels
from pol137.web.access import access
from pol137.web.htmx import go
from pol137.web.paging import leaf
from pol137.web.pieces import Words
from pol137.web.refusals import conflict
from pol137.web.request import Request
from pol137.web.templatetags.fa import digits, is_persian, language

if TYPE_CHECKING:
    from pol137.cases.models import Promise
    from pol137.oversight.models import Finding

PAGE = 50


@dataclass(frozen=True, slots=True)
class Left:
    """A case left unanswered after its last rung, with what inspection found about it."""

    row: ListedCase
    climbed_at: datetime | None
    findings: list[Finding] = field(default_factory=list)


@access(roles=OVERSEERS)
def weekly(request: Request) -> HttpResponse:
    """The weekly list, live: what nobody answered after the last rung, the oldest due first."""
    by = request.actor
    read_notices(kind=NoticeKind.WEEKLY, by=by, now=request.now)
    found = weekly_list(by)
    rows_of = leaf(found, by="due_at", after=request.GET.get("after", ""), size=PAGE)
    climbed = last_rungs(one.pk for one in rows_of)
    findings = findings_on(one.case_id for one in rows_of)
    rows = [
        Left(
            listed(one.case, by=by, clock=one),
            climbed.get(one.pk),
            [each for each in findings.get(one.case_id, []) if each.promise_id == one.pk],
        )
        for one in rows_of
    ]
    context = {
        "leaf": rows_of,
        "rows": rows,
        "count": found.count(),
        "told": last_told(by.staff_id or 0),
        "may_find": bool(by.roles & FINDERS),
    }
    return render(request, "desk/weekly.html", context)


@access(roles=FINDERS)
def finding(request: Request, case_id: int) -> HttpResponse:
    """Inspection writes down what it found about a case of the list."""
    try:
        case = get_case(case_id, by=request.actor)
    except Refusal as refusal:
        raise Http404 from refusal
    form = FindingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            record_finding(case_id, by=request.actor, now=request.now, **form.cleaned_data)
        except Refusal as refusal:
            if refusal.field not in form.fields:
                return conflict(request, refusal)
            form.refuse(refusal)
        else:
            messages.success(request, _("The finding was recorded."))
            return go(request, reverse("desk:weekly"))
    clock: Promise | None = answer_clocks([case_id]).get(case_id)
    context = {
        "row": listed(case, by=request.actor, clock=clock),
        "form": form,
        "findings": findings_on([case_id]).get(case_id, []),
    }
    return render(request, "desk/finding.html", context, status=422 if form.errors else 200)


@access(roles=RECHECKERS)
def rechecks(request: Request) -> HttpResponse:
    """The answers of other districts drawn for a second look, the oldest first."""
    speech, city = language(), book()
    found = rechecks_for(request.actor)
    rows = [
        {
            "recheck": one,
            "service": city.services[one.case.service_id].name(speech),
            "district": city.name(city.districts.get(one.case.district_id), speech),
        }
        for one in found[:PAGE]
    ]
    return render(request, "desk/rechecks.html", {"rows": rows, "count": found.count()})


@access(roles=RECHECKERS)
def recheck(request: Request, recheck_id: int) -> HttpResponse:
    """A second look, blind: the problem and the reply, not who approved it, nor what he made of it."""
    found = find_recheck(recheck_id, by=request.actor)
    if found is None:
        raise Http404
    form = RecheckForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            decide_recheck(
                recheck_id,
                agrees=form.verdict(),
                reason=form.cleaned_data["reason"],
                by=request.actor,
                now=request.now,
            )
        except Refusal as refusal:
            if refusal.field not in form.fields:
                return conflict(request, refusal)
            form.refuse(refusal)
        else:
            messages.success(request, _("Your verdict was recorded."))
            return go(request, reverse("desk:rechecks"))
    city, speech, case, answer = book(), language(), found.case, found.answer
    context = {
        "recheck": found,
        "case": case,
        "answer": answer,
        "service": city.services[case.service_id].name(speech),
        "unit": city.departments[answer.department_id].name(speech),
        "ground": city.legal_grounds.get(answer.legal_ground_id),
        "agency": city.name(city.agencies.get(answer.agency_id), speech),
        "pictures": pictures_of([case.pk]).get(case.pk, []),
        "form": form,
    }
    return render(request, "desk/recheck.html", context, status=422 if form.errors else 200)


@access(roles=FIGURE_READERS)
def figures(request: Request) -> HttpResponse:
    """How the centre keeps its own clocks: one Jalali month, clock by clock, and what second looks said."""
    year, month = _month(request)
    first, after = jalali.month_days(year, month)
    since, until = _midnight(first), _midnight(after)
    clocks = centre_figures(since=since, until=until, now=request.now)
    rows = [(labels.label(one.kind, "PromiseKind"), one) for one in clocks]
    rows.append((_("Calls"), call_figures(since=since, until=until, now=request.now)))
    wrong = disagreements(since=since, until=until)
    context = {
        "title": _month_words(year, month, first),
        "rows": rows,
        "before": _step(year, month, -1),
        "following": _step(year, month, 1) if until <= request.now else "",
        "rechecks": recheck_figures(since=since, until=until),
        "surveyed": survey_figures(since=since, until=until),
        "told_how": survey_figures(since=since, until=until, of_cases=True),
        "disagreements": [
            {"recheck": one, "row": listed(one.case, by=request.actor)}
            for one in wrong
            if may_see(one.case, request.actor)
        ],
    }
    return render(request, "desk/figures.html", context)


def _month(request: Request) -> tuple[int, int]:
    form = MonthForm(request.GET)
    asked = form.cleaned_data["month"] if form.is_valid() else ""
    if not asked:
        return jalali.month_of(request.now, book().zone)
    year, _dash, month = asked.partition("-")
    return int(year), int(month)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=book().zone)


def _month_words(year: int, month: int, first: date) -> Words:
    if is_persian():
        return f"{jalali.MONTHS[month - 1]} {digits(year)}"
    return pgettext("a month of the Jalali calendar", "The month from %(day)s") % {
        "day": f"{first:%-d %B %Y}"
    }


def _step(year: int, month: int, by: int) -> str:
    place = year * 12 + month - 1 + by
    return f"{place // 12}-{place % 12 + 1:02d}"
