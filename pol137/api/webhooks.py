"""Messages that gateways hand in: `/hooks/<channel>/<secret>`."""

from __future__ import annotations

import hashlib
import json
from hmac import compare_digest

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from pol137.city.queries import book
from pol137.lib.actor import system
from pol137.lib.persian import clean_text
from pol137.messaging.operations import receive_message
from pol137.web.access import access
from pol137.web.request import Request

LONGEST_ID = 200
FIELDS = ("id", "from", "text")


def secret_of(channel: str) -> str:
    """The secret of a channel's address: it follows from the installation's own secret."""
    return salted_hmac("pol137.hook", channel, algorithm="sha256").hexdigest()[:40]


def hook_url(channel: str) -> str:
    """The address a gateway of this channel posts to. Refuses (LookupError) a channel without a gateway."""
    if channel not in hooked_channels():
        raise LookupError(channel)
    path = reverse("hook", kwargs={"channel": channel, "secret": secret_of(channel)})
    return f"{settings.PUBLIC_URL}{path}"


def hooked_channels() -> list[str]:
    """The channels whose messages a gateway brings."""
    return [channel.code for channel in book().channels if channel.adapter]


@access(public=True)
@csrf_exempt
@require_POST
def inbound(request: Request, channel: str, secret: str) -> HttpResponse:
    """A message comes in: kept as it came before it is acknowledged; a repeat is acknowledged alike.

    A form or a JSON object with `id` (the gateway's own, unique), `from` and `text`. Answers 200 with an
    empty body, 400 with what is missing, 404 for a wrong address.
    """
    right = compare_digest(secret.encode(), secret_of(channel).encode())
    if not right or channel not in hooked_channels():
        raise Http404
    raw = request.body.decode("utf-8", "backslashreplace")
    fields = _fields(request, raw)
    missing = [name for name in FIELDS if name not in fields or (name != "text" and not fields[name])]
    if missing:
        return JsonResponse({"missing": missing}, status=400)
    receive_message(
        channel=channel,
        external_id=_short(fields["id"]),
        sender=fields["from"],
        text=fields["text"],
        raw=clean_text(raw),
        by=system(f"hook {channel}"),
        now=request.now,
    )
    return HttpResponse(status=200, content_type="text/plain; charset=utf-8")


def _fields(request: Request, raw: str) -> dict[str, str]:
    if request.content_type == "application/json":
        try:
            given = json.loads(raw)
        except (ValueError, RecursionError):
            raise BadRequest("not JSON") from None
        if not isinstance(given, dict):
            raise BadRequest("not a JSON object")
    else:
        given = (QueryDict(raw) if request.content_type != "multipart/form-data" else request.POST).dict()
    return {
        name: clean_text(str(given[name]))
        for name in FIELDS
        if isinstance(given.get(name), str | int | float)
    }


def _short(external_id: str) -> str:
    """An id that fits its column; a long one is told apart by its digest."""
    if len(external_id) <= LONGEST_ID:
        return external_id
    return f"sha256:{hashlib.sha256(external_id.encode()).hexdigest()}"
