"""Error pages: fixed words in both languages, no database; a short JSON document for programs."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string


def _answer(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    accepts = request.headers.get("Accept", "")
    if "json" in accepts and "html" not in accepts:
        body = {"type": "about:blank", "title": status.phrase, "status": int(status)}
        return JsonResponse(body, status=status, content_type="application/problem+json")
    return HttpResponse(render_to_string(f"{int(status)}.html"), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What was sent cannot be read."""
    return _answer(request, HTTPStatus.BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Whoever asks may not enter."""
    return _answer(request, HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """There is no such page, or none this visitor may know of."""
    return _answer(request, HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """Something of ours failed; the log has it."""
    return _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR)
