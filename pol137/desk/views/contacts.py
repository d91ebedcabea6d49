"""The contact desk: taking a contact, everything one screen does with it, and what to read out afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pol137.cases.operations import reveal_reporter
from pol137.cases.operations.promises import last_promise
from pol137.cases.queries import answer_clocks, carrier_of, dossier, get_case, public_answer
from pol137.cases.queries.time import climbed_to
from pol137.cases.rules.steps import DESK
from pol137.cases.vocabulary import NEEDS_NO_ANSWER, PromiseKind
from pol137.city.queries import book
from pol137.contacts.operations import (
    finish_contact,
    nudge_from_contact,
    open_case,
    start_contact,
    take_contact,
)
from pol137.contacts.queries import (
    day_so_far,
    get_contact,
    is_kept_from,
    links_of,
    unfinished_contacts,
    unread_contacts,
)
from pol137.contacts.vocabulary import FROM_CASES, Disposition, How
from pol137.desk import screen
from pol137.desk.forms.contact import ContactForm, StartForm, as_typed
from pol137.desk.scripts import read_aloud
from pol137.lib.phones import local_form, parse_phone
from pol137.lib.refusal import Refusal
from pol137.web import labels
from pol137.web.access import access
from pol137.web.htmx import show
from pol137.web.ratelimit import limited
from pol137.web.refusals import conflict, words
from pol137.web.request import Request
from pol137.web.templatetags.fa import language

OPEN, LOOK, NUDGE = "open", "look", "nudge"
ENDINGS = {
    "answered": Disposition.ANSWERED,
    "agency": Disposition.HANDED_TO_AGENCY,
    "emergency": Disposition.HANDED_TO_EMERGENCY,
    "unlawful": Disposition.UNLAWFUL_EXPLAINED,
    "praise": Disposition.PRAISE_OR_OPINION,
    "dropped": Disposition.DROPPED,
    "silent": Disposition.SILENT,
    "wrong": Disposition.WRONG_NUMBER,
    "nuisance": Disposition.NUISANCE,
}
LONGEST_NUMBER = 19
KEYS = "reporter_keys"
"""In the session: keys of cases just opened without a phone, until the next contact begins."""


@access(roles=DESK)
def start(request: Request) -> HttpResponse:
    """A contact begins: its number and channel."""
    form = StartForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            begun = start_contact(
                channel=given["channel"],
                external_id=given["nonce"],
                phone=given["phone"],
                by=request.actor,
                now=request.now,
            )
            return redirect("desk:contact", begun.pk)
        except Refusal as refusal:
            form.refuse(refusal)
    request.session.pop(KEYS, None)
    context = {
        "form": form,
        "unfinished": _contact_rows(unfinished_contacts(request.actor)),
        "day": day_so_far(since=_midnight(request.now)),
    }
    return render(request, "desk/contact_start.html", context, status=422 if form.errors else 200)


def _midnight(now: datetime) -> datetime:
    return now.astimezone(book().zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _contact_rows(found: list[Any]) -> list[dict[str, Any]]:
    city = book()
    return [
        {"contact": one, "channel": city.name(city.channels.get(one.channel_id), language())} for one in found
    ]


def known_contact(request: Request, contact_id: int) -> Any:
    """The contact, if it exists and leads to nothing that is kept from its reader; one's own always."""
    found = get_contact(contact_id)
    if found is None:
        raise Http404
    own = found.operator_id is not None and found.operator_id == request.actor.staff_id
    if not own and is_kept_from(request.actor, found):
        raise Http404
    return found


@access(roles=DESK)
def contact(request: Request, contact_id: int) -> HttpResponse:
    """The one screen of a contact. `do` says what was pressed; nothing pressed means: register the case."""
    found = known_contact(request, contact_id)
    if request.method != "POST":
        return _screen(request, found, _first_values(found))
    given = as_typed(request.POST)
    do = str(given.get("do") or OPEN)
    if do == LOOK:
        return _screen(request, found, given)
    form = ContactForm(request.POST, service=screen.service_of(given), look=_look_url(found))
    if form.is_valid():
        try:
            return _act(request, found, form, do)
        except Refusal as refusal:
            form.refuse(refusal)
    return _screen(request, found, given, form=form)


def _act(request: Request, found: Any, form: ContactForm, do: str) -> HttpResponse:
    """The one operation behind what was pressed. Refuses (Refusal) as the operation does."""
    by, now = request.actor, request.now
    action, _colon, about = do.partition(":")
    if action == OPEN and form.cleaned_data["kind"] in NEEDS_NO_ANSWER:
        action = "praise"
    if action in ENDINGS:
        ended = finish_contact(found.pk, ending=form.ending(str(ENDINGS[action])), by=by, now=now)
        messages.success(
            request, _("Ended: %(how)s") % {"how": labels.label(ended.disposition, "Disposition")}
        )
        return redirect("desk:texts" if ended.inbound_id else "desk:start")
    if action == NUDGE and about.isdecimal() and len(about) < LONGEST_NUMBER:
        nudge_from_contact(found.pk, case_id=int(about), by=by, now=now)
    else:
        _open(request, found, form)
    return redirect("desk:contact_done", found.pk)


def _open(request: Request, found: Any, form: ContactForm) -> None:
    if not form.cleaned_data["service"]:
        raise Refusal("service_missing", field="service")
    opened = open_case(
        found.pk,
        draft=form.draft(),
        place=form.cleaned_data["number"] or 0,
        joins=form.cleaned_data["joins"],
        by=request.actor,
        now=request.now,
    )
    if opened.key and opened.case is not None:
        request.session[KEYS] = {**request.session.get(KEYS, {}), str(opened.case.pk): opened.key}


def _look_url(found: Any) -> str:
    return reverse("desk:contact_look", args=[found.pk])


def _first_values(found: Any) -> dict[str, Any]:
    """What is known when the screen opens; for a further problem of the same contact, the same caller."""
    links = links_of(found)
    return {
        "phone": local_form(found.phone) if found.phone else found.phone_raw,
        "name": found.name,
        "words": "" if found.disposition in FROM_CASES else found.words,
        "number": sum(1 for link in links if link.how != How.NUDGED),
    }


def _screen(
    request: Request, found: Any, given: Mapping[str, Any], *, form: ContactForm | None = None
) -> HttpResponse:
    service, city = screen.service_of(given), book()
    context = {
        "contact": found,
        "channel": city.name(city.channels.get(found.channel_id), language()),
        "form": form or ContactForm(initial=dict(given), service=service, look=_look_url(found)),
        "given": given,
        "wrong": form is not None,
        "emergencies": screen.agencies(emergency=True),
        "agencies": screen.agencies(emergency=False),
        "grounds": screen.grounds(service),
        "has_cases": found.disposition in FROM_CASES,
        **screen.around(given, contact_id=found.pk, by=request.actor, now=request.now),
    }
    return show(
        request, "desk/contact.html", context, fragment="screen", status=422 if form is not None else 200
    )


@access(roles=DESK)
@require_POST
def look(request: Request, contact_id: int) -> HttpResponse:
    """The screen for what was typed so far: the page takes from it the parts that changed."""
    return _screen(request, known_contact(request, contact_id), as_typed(request.POST))


@access(roles=DESK)
@require_POST
@limited("identity", limit=60, per=timedelta(minutes=10), key=lambda request: str(request.user.pk))
def known(request: Request, contact_id: int, case_id: int) -> HttpResponse:
    """What may be told of a case to a caller who has shown that it is his: by its code or his name."""
    found = known_contact(request, contact_id)
    try:
        case = get_case(case_id, by=request.actor)
    except Refusal as refusal:
        return conflict(request, refusal)
    whole = dossier(case)
    name = whole.reporter.name if whole.reporter else ""
    shown = screen.caller_knows(request.POST.get(f"said-{case_id}", ""), code=case.code or "", name=name)
    context: dict[str, Any] = {"contact": found, "case": case, "shown": shown}
    if shown:
        by_code, by_name = _("The caller knew the tracking code."), _("The caller knew the name.")
        reason = by_code if shown == "code" else by_name
        reveal_reporter(case_id, reason=reason, by=request.actor, now=request.now)
        city, worked = book(), carrier_of(case)
        context |= {
            "service": city.services[case.service_id].name(language()),
            "unit": city.name(city.departments.get(worked.department_id), language()),
            "rung": worked.rung,
            "clock": answer_clocks([case.pk]).get(case.pk),
            "told": public_answer(case),
        }
    return show(request, "desk/contact_known.html", context, fragment="told")


@access(roles=DESK)
def done(request: Request, contact_id: int) -> HttpResponse:
    """What came of the contact, to be read out to the caller."""
    found = known_contact(request, contact_id)
    if found.disposition not in FROM_CASES:
        return redirect("desk:contact", found.pk)
    links = links_of(found)
    clocks = answer_clocks([link.case_id for link in links])
    keys = request.session.get(KEYS, {})
    cards = [
        _card(link, clocks.get(link.case_id), keys.get(str(link.case_id), ""), request.now) for link in links
    ]
    context = {
        "contact": found,
        "cards": cards,
        "words": labels.label(found.disposition, "Disposition"),
    }
    return render(request, "desk/contact_done.html", context)


def _card(link: Any, clock: Any, key: str, now: datetime) -> dict[str, Any]:
    """A case of the contact with what to say about it."""
    case, city, worked = link.case, book(), carrier_of(link.case)
    reporter = dossier(case).reporter
    plan = last_promise(case, PromiseKind.PLAN)
    speech = reporter.language if reporter else "fa"
    due = clock.promised_at if clock else None
    fresh = link.how != How.NUDGED
    return {
        "case": case,
        "how": link.how,
        "fresh": fresh,
        "service": city.services[case.service_id].name(language()),
        "unit": city.name(city.departments.get(worked.department_id), language()),
        "rung": worked.rung,
        "climbed": climbed_to(worked, language=language()),
        "due": due,
        "clock": clock,
        "plan": plan if plan and plan.ended_at is None else None,
        "script": read_aloud("case_registered", case, language=speech, due=due, now=now) if fresh else "",
        "key": key,
        "language": speech,
        "sms": bool(reporter and reporter.mobile and reporter.dialable),
    }


@access(roles=DESK)
def texts(request: Request) -> HttpResponse:
    """Texts from citizens that wait to be read by a person, oldest first."""
    region = book().city.phone_region
    rows = [
        {**row, "number": parse_phone(row["contact"].phone_raw, region).e164 or ""}
        for row in _contact_rows(unread_contacts())
    ]
    context = {"rows": rows, "mine": _contact_rows(unfinished_contacts(request.actor))}
    return render(request, "desk/texts.html", context)


@access(roles=DESK)
@require_POST
def take(request: Request, contact_id: int) -> HttpResponse:
    """Take a waiting text to the contact desk."""
    try:
        take_contact(contact_id, by=request.actor, now=request.now)
    except Refusal as refusal:
        messages.error(request, words(refusal))
        return redirect("desk:texts")
    return redirect("desk:contact", contact_id)
