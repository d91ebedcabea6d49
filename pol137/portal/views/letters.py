"""The page at which another body replies to a letter of the centre, without an account."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control

from pol137.city.queries import book
from pol137.lib.refusal import Refusal
from pol137.portal.forms import BodyReplyForm
from pol137.referrals.operations import reply_by_link
from pol137.referrals.queries import by_link
from pol137.referrals.vocabulary import ReferralState
from pol137.web.access import access
from pol137.web.ratelimit import limited
from pol137.web.request import Request
from pol137.web.templatetags.fa import language


@access(public=True)
@limited("portal.letter", limit=30, per=timedelta(minutes=15), methods=("GET", "POST"))
def letter(request: Request, token: str) -> HttpResponse:
    """The letter and the form of its reply; a link that is not good shows no more than that."""
    form = BodyReplyForm(request.POST or None)
    try:
        found = by_link(token, now=request.now)
        if request.method == "POST" and form.is_valid():
            try:
                found = reply_by_link(token, **form.cleaned_data, now=request.now)
            except Refusal as refusal:
                form.refuse(refusal)
    except Refusal:
        return _private(render(request, "portal/letter_gone.html", status=404))
    city, case = book(), found.case
    context = {
        "letter": found,
        "agency": city.name(city.agencies.get(found.agency_id), language()),
        "service": city.name(city.services.get(case.service_id), language()),
        "replied": found.state == ReferralState.REPLIED,
        "form": form,
    }
    return _private(render(request, "portal/letter.html", context, status=422 if form.errors else 200))


def _private(response: HttpResponse) -> HttpResponse:
    """The address is the key: it is not kept here, and no other site is told it, as on every page of ours.

    Told to nobody at all ("no-referrer"), a browser would hide from us that the form comes from our own page.
    """
    patch_cache_control(response, no_store=True)
    response.headers["X-Robots-Tag"] = "noindex"
    return response
