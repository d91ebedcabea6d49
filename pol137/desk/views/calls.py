"""The call list: whom to call and what for; and texts that are answered by a text."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from pol137.cases.operations import close_case, object_to_answer
from pol137.cases.operations.announcing import answers_for, text_of_answers
from pol137.cases.permissions import allowed_actions, may_see
from pol137.cases.queries import Dossier, dossier, latest_announcement, words_of_note
from pol137.cases.queries.judging import final_review
from pol137.cases.queries.time import name_of_rung
from pol137.cases.rules.steps import DESK
from pol137.cases.vocabulary import Action, CloseReason, PromiseKind
from pol137.city.queries import book
from pol137.city.queries.book import local_day
from pol137.contacts.operations import answer_text, record_call_attempt
from pol137.contacts.operations.call_backs import ASKING, calling_time
from pol137.contacts.queries import (
    call_list,
    calls_by_purpose,
    get_call_back,
    purposes_of,
)
from pol137.contacts.vocabulary import CallPurpose, CallState
from pol137.desk.forms.calls import AttemptForm, ObjectionForm, TextForm
from pol137.desk.places import CALLERS
from pol137.desk.scripts import read_aloud
from pol137.desk.views.contacts import known_contact
from pol137.journal.queries import get_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.phones import parse_phone
from pol137.lib.refusal import Refusal
from pol137.web import labels
from pol137.web.access import access
from pol137.web.pieces import Chip
from pol137.web.refusals import conflict
from pol137.web.request import Request
from pol137.web.templatetags.fa import language

CHANNEL = "phone"
ABOUT_AN_ANSWER = frozenset({CallPurpose.ANSWER, CallPurpose.VERDICT, CallPurpose.PLAN})
"""After these the citizen may say what he thinks of the answer."""


@access(roles=CALLERS)
def calls(request: Request) -> HttpResponse:
    """Who is to be called, the most pressing first; those whose time has not come stand apart."""
    now, mine = request.now, purposes_of(request.actor)
    asked = {one for one in mine if one == request.GET.get("for", "")}
    found = call_list(now=now, by=request.actor, purposes=asked or None, limit=200)
    context = {
        "due": [_row(one) for one in found if one.not_before <= now],
        "later": [_row(one) for one in found if one.not_before > now],
        "chips": _chips(request, asked),
        **_hours(request),
    }
    return render(request, "desk/calls.html", context)


def _row(call: Any) -> dict[str, Any]:
    purpose = labels.LABELS[CallPurpose][CallPurpose(call.purpose)]
    if call.case is None:
        title = call.contact.name or purpose
        return {"call": call, "purpose": purpose, "title": title, "sub": call.contact.words}
    whole = call.case.parent or call.case
    service = book().services[call.case.service_id].name(language())
    return {"call": call, "purpose": purpose, "title": service, "sub": call.case.address, "code": whole.code}


def _chips(request: Request, asked: set[CallPurpose]) -> list[Chip]:
    counts = calls_by_purpose(request.actor)
    chips = [Chip(_("All"), "?", here=not asked, count=sum(counts.values()))]
    for purpose in CallPurpose:
        if purpose in counts:
            words = labels.LABELS[CallPurpose][purpose]
            chips.append(Chip(words, f"?for={purpose}", here=purpose in asked, count=counts[purpose]))
    return chips if len(chips) > 2 else []


def _hours(request: Request) -> dict[str, Any]:
    """Whether people may be called now, and when again."""
    again, city = calling_time(request.now), book().city
    return {
        "quiet_until": again if again > request.now else None,
        "from_hour": _hour(city.calls_from),
        "until_hour": _hour(city.calls_until),
    }


def _hour(at: time) -> str:
    """As it is said: «۹», and «۸:۳۰» where there are minutes."""
    return f"{at.hour}:{at.minute:02d}" if at.minute else str(at.hour)


@access(roles=CALLERS)
def call(request: Request, call_id: int) -> HttpResponse:
    """One call: what to say, what came of it, and what the citizen says to an answer."""
    found = get_call_back(call_id)
    if found is None or found.purpose not in purposes_of(request.actor):
        raise Http404
    if found.case is not None and not may_see(found.case, request.actor):
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
    given = form.cleaned_data
    settled = record_call_attempt(
        found.pk,
        outcome=outcome,
        note=given["note"],
        reply=given["reply"],
        score=int(given["score"]) if given["score"] else None,
        by=request.actor,
        now=request.now,
    )
    if settled.state == CallState.TOLD:
        if settled.purpose in ABOUT_AN_ANSWER:
            return redirect("desk:call", found.pk)
        messages.success(request, _("Recorded: he was reached."))
    elif settled.state == CallState.NOT_REACHED and settled.purpose == CallPurpose.ANSWER:
        messages.warning(
            request, _("Not reached after three tries: the answer stands on the tracking page from now on.")
        )
    elif settled.state == CallState.NOT_REACHED:
        messages.warning(request, _("Not reached: this call leaves the list."))
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
    if found.purpose not in ASKING and not (found.purpose == CallPurpose.SURVEY and found.case_id):
        del attempt.fields["reply"]
    if found.purpose != CallPurpose.SURVEY:
        del attempt.fields["score"]
    context = {
        "call": found,
        "purpose": found.purpose,
        "title": labels.LABELS[CallPurpose][CallPurpose(found.purpose)],
        "attempt": attempt,
        "objection": objection,
        "waits": found.state == CallState.WAITING,
        "told": found.state == CallState.TOLD and found.purpose in ABOUT_AN_ANSWER,
        "tries": list(found.tries.select_related("by")),
        "contact": found.contact,
        **(_about_case(request, found) if found.case is not None else {}),
        **_hours(request),
    }
    wrong = attempt.errors or objection.errors
    return render(request, "desk/call.html", context, status=422 if wrong else 200)


def _about_case(request: Request, found: Any) -> dict[str, Any]:
    case, city = found.case, book()
    whole = dossier(case)
    actions = allowed_actions(case, request.actor)
    final = Action.OBJECT in actions and final_review((case.parent or case).pk) is not None
    promise = whole.clock(PromiseKind.ANSWER)
    return {
        "case": case,
        "code": (case.parent or case).code,
        "reporter": whole.reporter,
        "answer": whole.answer if found.purpose in ABOUT_AN_ANSWER | {CallPurpose.SURVEY} else None,
        "script": _script(request, found, whole) or found.words,
        "speech": _speech(whole),
        "promise": promise if promise and not promise.ended_at else None,
        "may_close": Action.CLOSE in actions,
        "may_object": Action.OBJECT in actions and not final,
        "service": city.services[case.service_id].name(language()),
        "unit": city.name(city.departments.get(case.department_id), language()),
    }


def _speech(whole: Dossier) -> str:
    return whole.reporter.language if whole.reporter else "fa"


def _script(request: Request, found: Any, whole: Dossier) -> str:
    """What to read out, in the citizen's language; empty where the city has no text for it."""
    case, speech, values = found.case, _speech(whole), dict[str, str]()
    event, due = "", request.now + book().city.objection_window
    announced = latest_announcement(case.pk)
    answer, promise = announced.text if announced else "", whole.clock(PromiseKind.ANSWER)
    plan = whole.clock(PromiseKind.PLAN)
    reviews = [one.review for one in whole.objections if hasattr(one, "review")]
    if found.purpose == CallPurpose.ANSWER:
        answers = answers_for(case)
        event, values = text_of_answers(answer, answers, medium="call", language=speech, now=request.now)
    elif found.purpose == CallPurpose.PLAN:
        event, values = _of_a_plan(found, plan, answer, request)
        due = plan.due_at if plan else due
    elif found.purpose == CallPurpose.QUESTION and whole.asked:
        event, values = "question_asked", {"question": whole.asked[-1].text}
    elif found.purpose == CallPurpose.VERDICT and reviews:
        last = reviews[-1]
        event = "review_final" if last.final else f"review_{last.verdict}"
        values, due = {"reasons": last.citizen_text}, promise.due_at if promise else due
    elif found.purpose == CallPurpose.DELAY and plan and not plan.ended_at:
        climbed = name_of_rung(plan, max(1, plan.next_rung - 1), language=speech)
        event, values, due = "plan_delayed", {"role": climbed}, plan.due_at
    elif found.purpose in (CallPurpose.DELAY, CallPurpose.NUDGE) and case.rung and promise:
        event, values = "case_delayed", {"role": name_of_rung(promise, case.rung, language=speech)}
    spare = answer if found.purpose in ABOUT_AN_ANSWER else ""
    if not event:
        return spare
    return read_aloud(event, case, language=speech, due=due, now=request.now, values=values) or spare


def _of_a_plan(found: Any, plan: Any, answer: str, request: Request) -> tuple[str, dict[str, str]]:
    """What to say of a promised day: that it was moved while it is still to come, else that it has come."""
    about = get_event(found.event_id).body.get("event")
    cause = get_event(about) if about else None
    ahead = plan is not None and local_day(request.now) < local_day(plan.due_at - timedelta(seconds=1))
    if ahead and cause is not None and cause.kind == EventKind.CASE_PLAN_POSTPONED:
        return "plan_postponed", {"reason": words_of_note(cause.body.get("note"))}
    if ahead and cause is not None and cause.kind == EventKind.CASE_ANSWER_RETURNED:
        return "plan_returned", {}
    return "plan_due", {"answer": answer}


@access(roles=DESK)
def answer_by_text(request: Request, contact_id: int) -> HttpResponse:
    """Answer a text that came in with a text in one's own words."""
    found = known_contact(request, contact_id)
    form = TextForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            answer_text(contact_id, text=form.cleaned_data["text"], by=request.actor, now=request.now)
            messages.success(request, _("Your answer goes out by SMS."))
            return redirect("desk:texts")
        except Refusal as refusal:
            form.refuse(refusal)
    number = parse_phone(found.phone_raw, book().city.phone_region)
    context = {"contact": found, "form": form, "number": number.e164 if number.mobile else ""}
    return render(request, "desk/text_answer.html", context, status=422 if form.errors else 200)
