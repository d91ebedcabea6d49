"""Error pages: fixed words in both languages, no database; a short JSON document for programs."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

TRY_AGAIN = 60
"""Seconds after which a program may try again."""
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


def _answer(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    accepts = request.headers.get("Accept", "")
    if "json" in accepts and "html" not in accepts:
        body = {"type": "about:blank", "title": status.phrase, "status": int(status)}
        return JsonResponse(body, status=status, content_type="application/problem+json")
    about = {"sent": request.method not in ("GET", "HEAD"), "desk": request.path.startswith("/desk/")}
    return HttpResponse(render_to_string(f"{int(status)}.html", about), status=status)


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
    """Something of ours failed; the log has it. For want of room or of the database: try again soon."""
    if not any(_passes(error) for error in _chain(sys.exc_info()[1])):
        return _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR)
    answer = _answer(request, HTTPStatus.SERVICE_UNAVAILABLE)
    answer.headers["Retry-After"] = str(TRY_AGAIN)
    return answer


def _passes(error: BaseException) -> bool:
    """Whether the machine's state is to blame, which is mended without anybody touching the software."""
    no_room = isinstance(error, OSError) and error.errno in _NO_ROOM
    return no_room or isinstance(error, OperationalError | InterfaceError)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and those that led to it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
