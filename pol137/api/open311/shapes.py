"""What the city and its cases look like to Open311: plain structures, in the order of the specification."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pol137.cases.queries import answer_clocks, public_answers, public_pictures
from pol137.cases.vocabulary import ENDED, NEEDS_NO_ANSWER, CloseReason, Status
from pol137.city.queries import book
from pol137.city.rules.entries import Question, ServiceEntry
from pol137.city.vocabulary import Datatype, Open311Type
from pol137.lib.geo import snap
from pol137.lib.persian import redact_personal

if TYPE_CHECKING:
    from pol137.cases.models import Announcement, Attachment, Case, Promise

LANGUAGE = "fa"
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
FORMATS = ["text/xml", "application/json"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

HINTS = {
    Datatype.STRING: gettext_lazy("a short text"),
    Datatype.TEXT: gettext_lazy("a text, several lines if needed"),
    Datatype.NUMBER: gettext_lazy("a number"),
    Datatype.DATETIME: gettext_lazy("a date with time, as in 2026-11-01T08:00:00+03:30"),
    Datatype.SINGLE: gettext_lazy("one of the list"),
    Datatype.MULTI: gettext_lazy("one or more of the list"),
}

DETAILED = {
    Status.NEW: "RECEIVED",
    Status.JOINED: "RECEIVED",
    Status.ASSIGNED: "RECEIVED",
    Status.IN_WORK: "IN_PROCESS",
    Status.WAITING: "IN_PROCESS",
    Status.ANSWERED: "IN_PROCESS",
    Status.APPROVED: "IN_PROCESS",
    Status.UNDER_REVIEW: "IN_PROCESS",
    Status.PLANNED: "IN_PROCESS",
    Status.ANNOUNCED: "PROCESSED",
    Status.CLOSED: "PROCESSED",
    Status.ARCHIVED: "ARCHIVED",
}
"""Where our work stands, in the words CitySDK gave to this field."""


def moment(at: datetime | None) -> str | None:
    """A moment as the protocol writes it: UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def changeset() -> str:
    """When the city last changed: services, units, texts."""
    return moment(EPOCH + timedelta(microseconds=book().version)) or ""


def discovery() -> dict[str, object]:
    """Where the endpoints are. A demonstration is its own test endpoint; a real city may name another."""
    city = book().city
    own = f"{settings.PUBLIC_URL}/open311/v2"
    test = settings.OPEN311_TEST_URL or (own if settings.DEMO else "")
    contact = _("The 137 centre of %(city)s, phone %(phone)s, e-mail %(email)s") % {
        "city": city.name(LANGUAGE),
        "phone": city.phone_number,
        "email": city.email,
    }
    key_service = _("Write to %(email)s to get an API key.") % {"email": city.email}
    found = [("production", own), *([("test", test)] if test else [])]
    return {
        "changeset": changeset(),
        "contact": contact,
        "key_service": key_service,
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": url,
                "changeset": changeset(),
                "type": kind,
                "formats": FORMATS,
            }
            for kind, url in found
        ],
    }


def is_offered(service: ServiceEntry) -> bool:
    """Whether programs may report it: the city offers it, and its messages become cases."""
    return service.open311 is not Open311Type.NOT_OFFERED and service.kind not in NEEDS_NO_ANSWER


def service_row(service: ServiceEntry) -> dict[str, object]:
    """A service as the list shows it."""
    return {
        "service_code": service.code,
        "service_name": service.name(LANGUAGE),
        "description": service.description(LANGUAGE) or service.name(LANGUAGE),
        "metadata": bool(service.questions),
        "type": str(service.open311),
        "keywords": ",".join(service.keywords),
        "group": book().groups[service.group_id].name(LANGUAGE),
    }


def definition(service: ServiceEntry) -> dict[str, object]:
    """What is asked about a service."""
    return {
        "service_code": service.code,
        "attributes": [_attribute(n, question) for n, question in enumerate(service.questions, start=1)],
    }


def _attribute(order: int, question: Question) -> dict[str, object]:
    row: dict[str, object] = {
        "variable": True,
        "code": question.code,
        "datatype": str(question.datatype),
        "required": question.required,
        "datatype_description": question.hint(LANGUAGE) or str(HINTS[question.datatype]),
        "order": order,
        "description": question.question(LANGUAGE),
    }
    if question.datatype in (Datatype.SINGLE, Datatype.MULTI):
        row["values"] = [{"key": one.key, "name": one.name(LANGUAGE)} for one in question.values]
    return row


def request_rows(cases: Iterable[Case], *, extensions: bool) -> list[dict[str, object]]:
    """Cases as outsiders see them, in three queries however many they are."""
    cases = list(cases)
    ids = [case.pk for case in cases]
    answers, clocks, pictures = public_answers(ids), answer_clocks(ids), public_pictures(ids)
    return [
        _request(case, answers.get(case.pk), clocks.get(case.pk), pictures.get(case.pk), extensions)
        for case in cases
    ]


def is_published(case: Case) -> bool:
    """Whether outsiders may read the citizen's words and see his pictures."""
    return case.published_at is not None or not settings.MODERATION


def _request(
    case: Case,
    answer: Announcement | None,
    clock: Promise | None,
    picture: Attachment | None,
    extensions: bool,
) -> dict[str, object]:
    city, shown, ended = book(), is_published(case), case.status in ENDED
    service = city.services[case.service_id]
    unit = city.departments.get(case.department_id)
    point = snap(case.lat, case.lon) if case.lat is not None and case.lon is not None else None
    row: dict[str, object] = {
        "service_request_id": case.code,
        "status": "closed" if ended else "open",
        "status_notes": _status_notes(case, answer),
        "service_name": service.name(LANGUAGE),
        "service_code": service.code,
        "description": (redact_personal(case.words) or None) if shown else None,
        "agency_responsible": (unit or city.city).name(LANGUAGE),
        "service_notice": None,
        "requested_datetime": moment(case.registered_at),
        "updated_datetime": moment(case.closed_at if ended and case.closed_at else case.updated_at),
        "expected_datetime": moment(clock.promised_at) if clock else None,
        "address": (redact_personal(case.address) or None) if shown else None,
        "address_id": None,
        "zipcode": None,
        "lat": point.lat if point else None,
        "long": point.lon if point else None,
        "media_url": picture_url(case, picture) if shown and picture else None,
    }
    if extensions:
        withdrawn = case.close_reason == CloseReason.WITHDRAWN
        row["extended_attributes"] = {
            "detailed_status": "REJECTED" if withdrawn else DETAILED[Status(case.status)]
        }
    return row


def _status_notes(case: Case, answer: Announcement | None) -> str | None:
    if answer is not None:
        return redact_personal(answer.text) or None
    if case.close_reason == CloseReason.WITHDRAWN:
        return _("Whoever reported it took it back.")
    return None


def picture_url(case: Case, picture: Attachment) -> str:
    """Where the clean copy of a picture can be fetched."""
    path = reverse("open311-picture", kwargs={"code": case.code, "sha256": picture.public_sha256})
    return f"{settings.PUBLIC_URL}{path}"
