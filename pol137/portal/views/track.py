"""Finding one's own case."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from pol137.lib import tracking_code
from pol137.lib.refusal import Refusal
from pol137.portal.forms import TrackForm
from pol137.portal.proofs import prove
from pol137.web.access import access
from pol137.web.ratelimit import limited
from pol137.web.request import Request


@access(public=True)
@limited("portal.track", limit=60, per=timedelta(minutes=15))
def track(request: Request) -> HttpResponse:
    """Code and second factor lead to the case's page; a wrong pair says nothing of which half was wrong."""
    form = TrackForm(request.POST or None, initial={"code": request.GET.get("code", "")[:40]})
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        try:
            prove(request, code=code, proof=form.cleaned_data["proof"])
            return HttpResponseRedirect(reverse("portal:case", args=[tracking_code.clean(code)]))
        except Refusal as refusal:
            form.refuse(refusal)
    return render(request, "portal/track.html", {"form": form}, status=422 if form.errors else 200)
