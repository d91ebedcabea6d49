"""The addresses of GeoReport v2."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

from django.http import FileResponse
from django.utils.translation import gettext as _

from pol137.api.open311 import shapes
from pol137.api.open311.asked import read_list, read_span, wants_extensions
from pol137.api.open311.faults import Faults, fault, fault_of, stop
from pol137.api.open311.intake import Report, read_report
from pol137.api.open311.protocol import READING, Answer, endpoint, given
from pol137.api.open311.updates import update_row
from pol137.cases.queries import PublicFilter, public_cases, public_changes, public_picture
from pol137.city.queries import book
from pol137.city.vocabulary import Open311Type
from pol137.contacts.operations import new_external_id, register_problem, take_for_later
from pol137.contacts.queries import code_of_token
from pol137.lib import tracking_code
from pol137.lib.actor import ActorKind
from pol137.lib.persian import persian_digits
from pol137.lib.refusal import Refusal
from pol137.web.ratelimit import allow
from pol137.web.request import Request
from pol137.web.templatetags.fa import jalali_time
from pol137.web.uploads import send_photo, store_photos

REPORTS = 1200
PER = timedelta(minutes=1)


@endpoint(*READING)
def discovery(request: Request) -> Answer:
    """Where the endpoints are and how to get a key."""
    return Answer("discovery", shapes.discovery())


@endpoint(*READING)
def services(request: Request) -> Answer:
    """What can be reported here."""
    return Answer("services", [shapes.service_row(one) for one in book().services if shapes.is_offered(one)])


@endpoint(*READING)
def definition(request: Request, code: str) -> Answer:
    """What is asked about one service."""
    service = book().services.find(code)
    if service is None or not shapes.is_offered(service):
        raise stop("service_unknown", 404, code=code)
    return Answer("service_definition", shapes.definition(service))


@endpoint(*READING, "POST", scope="open311")
def requests(request: Request) -> Answer:
    """The public requests, or a new one."""
    return _post(request) if request.method == "POST" else _list(request)


def _list(request: Request) -> Answer:
    asked = read_list(request.GET, now=request.now)
    cases = public_cases(asked.narrow, limit=asked.limit, offset=asked.offset)
    return Answer("service_requests", shapes.request_rows(cases, extensions=asked.extensions))


@endpoint(*READING)
def single(request: Request, code: str) -> Answer:
    """One public request."""
    clean = tracking_code.clean(code)
    cases = public_cases(PublicFilter(codes=(clean,)), limit=1) if clean else []
    if not cases:
        raise stop("request_unknown", 404)
    extensions = wants_extensions(request.GET)
    return Answer("service_requests", shapes.request_rows(cases, extensions=extensions))


@endpoint(*READING)
def token(request: Request, token: str) -> Answer:
    """The number a batch report got; none while it waits."""
    code = code_of_token(token)
    if code is None:
        raise stop("token_unknown", 404)
    return Answer("service_requests", [{"service_request_id": code or None, "token": token}])


@endpoint(*READING)
def updates(request: Request) -> Answer:
    """What changed on public requests."""
    since, until = read_span(request.GET, now=request.now)
    paged = read_list(request.GET, now=request.now)
    changes = public_changes(
        since=since, until=until, codes=paged.narrow.codes, limit=paged.limit, offset=paged.offset
    )
    return Answer("service_request_updates", [update_row(change) for change in changes])


@endpoint(*READING)
def picture(request: Request, code: str, sha256: str) -> FileResponse:
    """The clean copy of a published picture."""
    found = public_picture(code, sha256)
    if found is None or not shapes.is_published(found.case):
        raise stop("not_found", 404)
    try:
        return send_photo(sha256, published=True)
    except FileNotFoundError:
        raise stop("not_found", 404) from None


@endpoint(*READING, "POST", "PUT", "PATCH", "DELETE")
def nowhere(request: Request) -> Answer:
    """Any other address of ours."""
    raise stop("not_found", 404)


def _post(request: Request) -> Answer:
    _check_key(request)
    report = read_report(request)
    pictures = store_photos(report.files, zone=book().zone, field="media")
    report = replace(report, draft=replace(report.draft, pictures=pictures))
    take = _take_for_later if report.service.open311 is Open311Type.BATCH else _register
    try:
        return Answer("service_requests", [take(request, report)], 201)
    except Refusal as refusal:
        raise Faults([fault_of(one, report.service) for one in refusal.every]) from None


def _register(request: Request, report: Report) -> dict[str, object]:
    registration = register_problem(draft=report.draft, external_id="", by=request.actor, now=request.now)
    if registration.case is None or registration.promise is None:
        raise LookupError(f"no case came of a report about {report.service.code}")
    notice = _("You will have an answer by %(due)s.") % {"due": jalali_time(registration.promise.promised_at)}
    if registration.key:
        key = _("Your key to follow it up: %(key)s") % {"key": persian_digits(registration.key)}
        notice = f"{notice} {key}"
    return {"service_request_id": registration.case.code, "service_notice": notice, "account_id": None}


def _take_for_later(request: Request, report: Report) -> dict[str, object]:
    token = new_external_id()
    take_for_later(draft=report.draft, token=token, by=request.actor, now=request.now)
    notice = _("The report was taken in; ask for its number with the token.")
    return {"token": token, "service_notice": notice, "account_id": None}


def _check_key(request: Request) -> None:
    """Only programs with a key may report, and none of them floods the centre."""
    if request.actor.kind is not ActorKind.CLIENT:
        raise stop("key_wrong" if given(request, "api_key") else "key_missing", 403)
    if not allow(f"open311 {request.actor.ref}", REPORTS, PER, now=request.now):
        span = PER.total_seconds()
        wait = math.ceil(span - request.now.timestamp() % span)
        raise Faults([fault("too_many", 429)], {"Retry-After": str(wait)})
