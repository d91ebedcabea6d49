"""Telling the centre of a problem: the subject first, then the rest on one page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.http import (
    Http404,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control

from pol137.cases.queries import near, same_thing
from pol137.cases.rules.drafts import LONGEST_ADDRESS, Picture
from pol137.city.queries import FoundPlace, book, find_places, landmarks
from pol137.city.rules.entries import ServiceEntry
from pol137.city.rules.subjects import catch_all, find_subjects, groups
from pol137.contacts.operations import register_problem
from pol137.lib import geo
from pol137.lib.refusal import Refusal
from pol137.portal import pictures, proofs
from pol137.portal.aloud import aloud
from pol137.portal.forms import ReportForm
from pol137.portal.seen import OUTSIDER, place_of, view_of
from pol137.web import labels, uploads
from pol137.web.access import access
from pol137.web.ratelimit import limited
from pol137.web.request import Request
from pol137.web.templatetags.fa import language
from pol137.web.whereabouts import where

MOST_PLACES = 5
SENTENCE = 3
"""From so many words on, what was searched for is taken over as the report's words."""


@access(public=True)
def choose_subject(request: Request) -> HttpResponse:
    """Choose what it is about: by searching in one's own words, or by group."""
    city, asked = book(), request.GET.get("q", "").strip()[:200]
    found = find_subjects(asked, city=city)
    context = {
        "asked": asked,
        "found": found,
        "groups": groups(city),
        "opened": request.GET.get("group", ""),
        "others": catch_all(city),
        "emergencies": [one for one in city.agencies if one.emergency],
        "language": language(),
    }
    return render(request, "portal/report.html", context)


@access(public=True)
@limited("portal.report", limit=40, per=timedelta(minutes=10))
def tell(request: Request, code: str) -> HttpResponse:
    """The report itself. What was filled in stays on every fault, photos too; it is registered once."""
    subject = book().services.find(code)
    if subject is None:
        raise Http404
    if request.method != "POST":
        asked = request.GET.get("q", "")[:1000]
        initial = {"words": asked} if len(asked.split()) >= SENTENCE else {}
        form = ReportForm(subject=subject, city=book(), language=language(), initial=initial)
        return _drawn(request, form, subject, ())
    form = ReportForm(request.POST, request.FILES, subject=subject, city=book(), language=language())
    kept = pictures.unseal(request.POST.get("kept", ""))
    try:
        shown = pictures.gather(
            request.FILES.getlist("photos"), kept=kept, dropped=request.POST.getlist("drop")
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _drawn(request, form, subject, kept)
    if "find_place" in request.POST:
        typed = {name: said if len(said) > 1 else said[0] for name, said in request.POST.lists()}
        form = ReportForm(subject=subject, city=book(), language=language(), initial=typed)
        return _drawn(request, form, subject, shown)
    if not form.is_valid():
        return _drawn(request, form, subject, shown)
    try:
        return _registered(request, form, shown)
    except Refusal as refusal:
        form.refuse(refusal)
        return _drawn(request, form, subject, shown)


def _registered(request: Request, form: ReportForm, shown: tuple[Picture, ...]) -> HttpResponse:
    nonce = form.cleaned_data["nonce"]
    registration = register_problem(
        draft=form.draft(shown), external_id=nonce, by=request.actor, now=request.now
    )
    case_id = registration.case.pk if registration.case else None
    proofs.remember_sent(request, case_id=case_id, nonce=nonce)
    return HttpResponseRedirect(reverse("portal:report_done"))


def _drawn(
    request: Request, form: ReportForm, subject: ServiceEntry, shown: tuple[Picture, ...]
) -> HttpResponse:
    status = 422 if form.is_bound and form.errors else 200
    form.mark_needed()
    city = book()
    context = {
        "form": form,
        "subject": subject,
        "name": subject.name(language()),
        "description": subject.description(language()),
        "has_place": "district" in form.fields,
        "questions": [form[name] for name in form.questions],
        "kept": pictures.seal(shown),
        "shown": [{"sha": one.sha256, "name": one.name, "token": pictures.look_token(one)} for one in shown],
        "emergencies": [one for one in city.agencies if one.emergency],
        "has_map": any(one.outline for one in city.districts),
        "places": _places(form["address"].value(), form["place"].value()) if "place" in form.fields else [],
        "near": _near(subject, _told(subject, form), request.now),
        "language": language(),
    }
    response = render(request, "portal/tell.html", context, status=status)
    patch_cache_control(response, no_store=True)
    return response


@access(public=True)
@limited("portal.near", limit=240, per=timedelta(minutes=10), methods=("GET",))
def near_by(request: Request) -> HttpResponse:
    """Open public reports of the same subject around a point, as a piece of the report's page."""
    subject = book().services.find(request.GET.get("subject", ""))
    if subject is None:
        raise Http404
    found = _near(subject, request.GET.dict(), request.now)
    return render(request, "portal/parts/near.html", {"near": found, "subject": subject})


def _told(subject: ServiceEntry, form: ReportForm) -> dict[str, Any]:
    """What of a form says which matter it is: the point, and the line or number of the thing."""
    told = {name: form[name].value() for name in ("lat", "lon") if name in form.fields}
    named = f"q_{subject.identified_by}"
    return told | ({str(subject.identified_by): form[named].value()} if named in form.fields else {})


def _near(subject: ServiceEntry, told: Mapping[str, Any], now: datetime) -> list[dict[str, object]]:
    if not subject.public:
        return []
    found = same_thing(service_id=subject.id, answers=told, now=now, by=OUTSIDER, limit=4)
    if found is None:
        try:
            point = geo.validate_point(told.get("lat") or "", told.get("lon") or "")
        except ValueError:
            return []
        cell = geo.h3_cell(point.lat, point.lon)
        found = near(service_id=subject.id, cell=cell, now=now, by=OUTSIDER, limit=4)
    city = book()
    return [
        {
            "code": case.code,
            "status": labels.status(case.status, "citizen"),
            "place": place_of(city, case.district_id, case.neighbourhood_id, language()),
            "at": case.registered_at,
        }
        for case in found
    ]


@access(public=True)
@limited("portal.places", limit=600, per=timedelta(minutes=10), methods=("GET",))
def places(request: Request) -> HttpResponse:
    """The places an address may mean, as a piece of the report's page."""
    return render(request, "portal/parts/places.html", {"places": _places(request.GET.get("q", ""))})


def _places(address: Any, chosen: Any = "") -> list[tuple[FoundPlace, str, bool]]:
    found = find_places(str(address or "")[:LONGEST_ADDRESS], limit=MOST_PLACES)
    return [(one, where(one), one.code == chosen) for one in found]


@access(public=True)
def map_data(request: Request) -> HttpResponse:
    """Outlines of the districts and places people name: a map that asks nobody else for pictures."""
    city = book()
    districts = [
        {"code": one.code, "name": one.name(language()), "outline": one.outline}
        for one in city.districts
        if one.outline
    ]
    places = [{"name": one.name_fa, "lat": one.lat, "lon": one.lon} for one in landmarks()]
    response = JsonResponse({"districts": districts, "places": places})
    response.headers["Cache-Control"] = "private, max-age=600"
    return response


@access(public=True)
def kept_photo(request: Request, token: str) -> HttpResponseBase:
    """A photo of an unfinished form, to whoever holds its signed reference."""
    digest = pictures.read_look_token(token)
    if digest is None:
        raise Http404
    try:
        return uploads.send_photo(digest, small=True)
    except FileNotFoundError as error:
        raise Http404 from error


@access(public=True)
def done(request: Request) -> HttpResponse:
    """What came of it: code, key, promise and unit. Read from the session, so no address gives it away."""
    sent = proofs.sent(request)
    if sent is None:
        return HttpResponseRedirect(reverse("portal:track"))
    response = _thanks(request) if sent.case_id is None else _ticket(request, sent.case_id, sent.nonce)
    patch_cache_control(response, no_store=True)
    return response


def _thanks(request: Request) -> HttpResponse:
    return render(request, "portal/thanks.html")


def _ticket(request: Request, case_id: int, nonce: str) -> HttpResponse:
    by = proofs.proven(request, case_id)
    if by is None:
        return HttpResponseRedirect(reverse("portal:track"))
    view = view_of(case_id, by=by, language=language(), now=request.now)
    context = {
        "view": view,
        "aloud": aloud(view.code, language()),
        "key": "" if view.has_phone else proofs.key_of(nonce),
        "told_by_sms": view.told_by_sms,
        "emergencies": [one for one in book().agencies if one.emergency],
    }
    return render(request, "portal/done.html", context)
