"""The call list: whom to tell an answer by phone, and what they say to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from pol137.cases.operations import close_case, object_to_answer
from pol137.cases.permissions import allowed_actions
from pol137.cases.queries import dossier, latest_announcement
from pol137.cases.vocabulary import Action, CloseReason
from pol137.city.queries import book
from pol137.contacts.operations import record_call_attempt
from pol137.contacts.operations.call_backs import calling_time
from pol137.contacts.queries import call_list, get_call_back
from pol137.contacts.vocabulary import CallState
from pol137.desk.forms.calls import AttemptForm, ObjectionForm
from pol137.desk.places import CALLERS
from pol137.desk.scripts import read_aloud
from pol137.lib.refusal import Refusal
from pol137.web.access import access
from pol137.web.refusals import conflict
from pol137.web.request import Request
from pol137.web.templatetags.fa import language

CHANNEL = "phone"


@access(roles=CALLERS)
def calls(request: Request) -> HttpResponse:
    """Who is to be called, the most pressing first; those whose time has not come stand apart."""
    city, now = book(), request.now
    found = call_list(now=now, limit=200)

    def rows(chosen: Iterable[Any]) -> list[dict[str, Any]]:
        return [
            {"call": one, "service": city.services[one.case.service_id].name(language())} for one in chosen
        ]

    context = {
        "due": rows(one for one in found if one.not_before <= now),
        "later": rows(one for one in found if one.not_before > now),
        **_hours(request),
    }
    return render(request, "desk/calls.html", context)


def _hours(request: Request) -> dict[str, Any]:
    """Whether people may be called now, and when again."""
    again = calling_time(request.now)
    return {
        "quiet_until": again if again > request.now else None,
        "from_hour": book().city.calls_from.hour,
        "until_hour": book().city.calls_until.hour,
    }


@access(roles=CALLERS)
def call(request: Request, call_id: int) -> HttpResponse:
    """One call: the script, what came of it, and what the citizen says to the answer."""
    found = get_call_back(call_id)
    if found is None:
        raise Http404
    attempt, objection = AttemptForm(), ObjectionForm()
    if request.method == "POST":
        do = request.POST.get("do", "")
        try:
            if do == "accept":
                return _accepted(request, found)
            if do == "object":
                objection = ObjectionForm(request.POST)
                if objection.is_valid():
                    return _objected(request, found, objection)
            else:
                attempt = AttemptForm(request.POST)
                if attempt.is_valid():
                    return _attempted(request, found, attempt, do)
        except Refusal as refusal:
            bound = objection if do == "object" else attempt
            if refusal.field not in bound.fields:
                return conflict(request, refusal)
            bound.refuse(refusal)
    return _page(request, found, attempt, objection)


def _attempted(request: Request, found: Any, form: AttemptForm, outcome: str) -> HttpResponse:
    settled = record_call_attempt(
        found.pk,
        outcome=outcome,
        note=form.cleaned_data["note"],
        by=request.actor,
        now=request.now,
    )
    if settled.state == CallState.TOLD:
        return redirect("desk:call", found.pk)
    if settled.state == CallState.NOT_REACHED:
        messages.warning(
            request, _("Not reached after three tries: the answer stands on the tracking page from now on.")
        )
    else:
        messages.success(request, _("Recorded. The call comes back to the list later."))
    return redirect("desk:calls")


def _accepted(request: Request, found: Any) -> HttpResponse:
    close_case(found.case_id, reason=CloseReason.ACCEPTED, by=request.actor, now=request.now)
    messages.success(request, _("The citizen accepts; the case is closed."))
    return redirect("desk:calls")


def _objected(request: Request, found: Any, form: ObjectionForm) -> HttpResponse:
    object_to_answer(
        found.case_id,
        ground=form.cleaned_data["ground"],
        words=form.cleaned_data["words"],
        channel=CHANNEL,
        by=request.actor,
        now=request.now,
    )
    messages.success(request, _("The objection is recorded; the follow-up unit reviews it."))
    return redirect("desk:calls")


def _page(request: Request, found: Any, attempt: AttemptForm, objection: ObjectionForm) -> HttpResponse:
    case, city = found.case, book()
    whole, waiting = dossier(case), latest_announcement(case.pk)
    speech = whole.reporter.language if whole.reporter else "fa"
    until = request.now + city.city.objection_window
    answer = waiting.text if waiting else ""
    script = read_aloud("answer_announced", case, language=speech, due=until, values={"answer": answer})
    actions = allowed_actions(case, request.actor)
    context = {
        "call": found,
        "case": case,
        "reporter": whole.reporter,
        "answer": whole.answer,
        "script": script or answer,
        "speech": speech,
        "attempt": attempt,
        "objection": objection,
        "waits": found.state == CallState.WAITING,
        "told": found.state == CallState.TOLD,
        "may_close": Action.CLOSE in actions,
        "may_object": Action.OBJECT in actions,
        "service": city.services[case.service_id].name(language()),
        "unit": city.name(city.departments.get(case.department_id), language()),
        "tries": list(found.tries.select_related("by")),
        **_hours(request),
    }
    wrong = attempt.errors or objection.errors
    return render(request, "desk/call.html", context, status=422 if wrong else 200)
