"""Photos of cases, to those who may see the case."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.views.decorators.http import require_GET

from pol137.cases.permissions import is_contractor
from pol137.cases.queries import attachment_for
from pol137.lib.refusal import Refusal
from pol137.web.access import access
from pol137.web.request import Request
from pol137.web.uploads import send_original, send_photo


@access(staff=True)
@require_GET
def picture(request: Request, picture_id: int) -> HttpResponseBase:
    """The clean copy of a photo; `?small` its thumbnail, `?original` the evidence itself, to be saved."""
    try:
        found = attachment_for(picture_id, by=request.actor)
        bare = "original" in request.GET or not found.public_sha256
        if bare and is_contractor(request.actor):
            raise Refusal("case_unknown")
        if bare:
            return send_original(found.sha256, content_type=found.content_type, name=found.name)
        return send_photo(found.public_sha256, small="small" in request.GET)
    except (Refusal, FileNotFoundError) as missing:
        raise Http404 from missing
