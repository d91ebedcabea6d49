"""The frame around every Open311 view: format, language, errors and cross-origin reading."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from pol137.api.open311 import spark
from pol137.api.open311.faults import Fault, Faults, fault, stop
from pol137.city.queries import book
from pol137.lib.persian import clean_text
from pol137.web.access import access
from pol137.web.uploads import LARGEST_FILE, MEGABYTE, MOST_FILES

log = logging.getLogger(__name__)

LANGUAGE = "fa"
READING = ("GET", "HEAD")
LARGEST_BODY = MOST_FILES * LARGEST_FILE + 2 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Answer:
    """A structure to send under its root element."""

    root: str
    value: spark.Value
    status: int = 200


View = Callable[..., Answer | HttpResponseBase]


def endpoint(*methods: str, scope: str = "") -> Callable[[View], Callable[..., HttpResponseBase]]:
    """Make a view of the protocol: it returns an `Answer` or raises `Faults`.

    Guarantees: every answer, errors of any kind included, comes in the format of the address (XML where it
    names none), in Persian, and can be read from other sites when it was only asked for.
    """
    mark = access(scope=scope) if scope else access(public=True)

    def put(view: View) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def run(request: HttpRequest, *, fmt: str = "xml", **names: str) -> HttpResponseBase:
            with translation.override(LANGUAGE):
                response = _run(view, request, methods, fmt, names)
            if request.method in (*READING, "OPTIONS"):
                response.headers["Access-Control-Allow-Origin"] = "*"
                response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            return response

        return mark(csrf_exempt(run))

    return put


def _run(
    view: View, request: HttpRequest, methods: tuple[str, ...], fmt: str, names: dict[str, str]
) -> HttpResponseBase:
    allowed = ", ".join((*methods, "OPTIONS"))
    if request.method == "OPTIONS":
        headers = {"Allow": allowed, "Access-Control-Allow-Methods": ", ".join(READING)}
        return HttpResponse(status=204, headers=headers)
    try:
        if request.method not in methods:
            refused = fault("method_not_allowed", 405, method=request.method)
            raise Faults([refused], {"Allow": allowed})
        _check_size(request)
        _check_jurisdiction(request)
        answer = view(request, **names)
    except Faults as found:
        answer = _errors(found.faults, found.status)
        return _written(answer, fmt, found.headers)
    except Exception as error:
        answer = _errors([_fault_of_error(error)])
    return _written(answer, fmt) if isinstance(answer, Answer) else answer


def _fault_of_error(error: Exception) -> Fault:
    if isinstance(error, RequestDataTooBig):
        return fault("too_large", 413)
    if isinstance(error, Http404):
        return fault("not_found", 404)
    if isinstance(error, SuspiciousOperation | BadRequest | MultiPartParserError | UnreadablePostError):
        return fault("unreadable", 400)
    log.exception("an Open311 request failed")
    return fault("our_fault", 500)


def _errors(faults: Sequence[Fault], status: int = 0) -> Answer:
    rows = [{"code": one.code, "description": one.description} for one in faults]
    return Answer("errors", rows, status or faults[0].code)


def _written(answer: Answer, fmt: str, headers: dict[str, str] | None = None) -> HttpResponse:
    body = spark.write(answer.root, answer.value, fmt)
    return HttpResponse(
        body, status=answer.status, content_type=spark.CONTENT_TYPES[fmt], headers=headers or {}
    )


def _check_size(request: HttpRequest) -> None:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > LARGEST_BODY:
        raise stop("too_large", 413)


def _check_jurisdiction(request: HttpRequest) -> None:
    """One city lives here: its own name or none is right, another city's is unknown."""
    asked = given(request, "jurisdiction_id")
    if asked and asked.lower() != book().city.jurisdiction_id.lower():
        raise stop("jurisdiction_unknown", 404, jurisdiction=asked)


def given(request: HttpRequest, name: str) -> str:
    """An argument from the body, else from the address; absent and empty are the same."""
    from_body = request.POST.get(name, "") if request.method == "POST" else ""
    return clean_text(from_body or request.GET.get(name, ""))
