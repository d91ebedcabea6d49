"""Reading a report somebody sends in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict

from pol137.api.open311.asked import moment_of
from pol137.api.open311.faults import Fault, Faults, fault, fault_of
from pol137.api.open311.protocol import given
from pol137.api.open311.shapes import is_offered
from pol137.cases.operations import check_draft
from pol137.cases.rules.drafts import CaseDraft, ReporterDraft
from pol137.city.queries import book
from pol137.city.queries.places import place_of_code
from pol137.city.rules.entries import Question, ServiceEntry
from pol137.city.vocabulary import Datatype
from pol137.lib.persian import ascii_digits, clean_text
from pol137.lib.refusal import Refusal
from pol137.web.uploads import check_photos

CHANNEL = "open311"
FILE_FIELDS = re.compile(r"media(\[\d*\])?|photo\d*", re.ASCII)
ABOUT_THE_POINT = {"point_incomplete", "place_missing"}
"""What follows from an unreadable number and need not be said beside it."""
INDEXED = re.compile(r"attribute\[([^\[\]]+)\](?:\[\d*\])?")


@dataclass(frozen=True, slots=True)
class Report:
    """A report that can be registered: its service, the draft without pictures, and the files."""

    service: ServiceEntry
    draft: CaseDraft
    files: tuple[UploadedFile, ...]


def read_report(request: HttpRequest) -> Report:
    """The report in a request. Raises Faults with everything that is wrong with it.

    A draft without other faults and without files is left to the operation's own check.
    """
    faults: list[Fault] = []
    code = given(request, "service_code")
    service = book().services.find(code)
    if service is None or not is_offered(service):
        service = None
        faults.append(fault("service_unknown", 404, code=code) if code else fault("service_code_missing"))
    draft = _draft(request, service, faults)
    unreadable = any(given(request, name) and value is None for name, value in _point(draft))
    files = _files(request)
    try:
        check_photos(files, field="media")
    except Refusal as refusal:
        faults += [fault_of(one, service) for one in refusal.every]
    if service is not None and (faults or files):
        try:
            check_draft(draft)
        except Refusal as refusal:
            told = (one for one in refusal.every if not (unreadable and one.code in ABOUT_THE_POINT))
            faults += [fault_of(one, service) for one in told]
    if faults or service is None:
        raise Faults(list(dict.fromkeys(faults)))
    return Report(service, draft, files)


def _point(draft: CaseDraft) -> tuple[tuple[str, float | None], ...]:
    return ("lat", draft.lat), ("long", draft.lon)


def _draft(request: HttpRequest, service: ServiceEntry | None, faults: list[Fault]) -> CaseDraft:
    lat, lon, address = _number(request, "lat", faults), _number(request, "long", faults), ""
    address_id = given(request, "address_id")
    if address_id:
        place = place_of_code(address_id)
        if place is None:
            faults.append(fault("address_unknown", address=address_id))
        else:
            lat, lon = (place.lat, place.lon) if lat is None and lon is None else (lat, lon)
            address = place.name_fa
    return CaseDraft(
        service=service.code if service else "",
        words=given(request, "description"),
        wordless=True,
        channel=CHANNEL,
        address=given(request, "address_string") or address,
        lat=lat,
        lon=lon,
        questions=attributes(request.POST, service.questions if service else ()),
        reporter=ReporterDraft(
            name=" ".join(filter(None, (given(request, "first_name"), given(request, "last_name")))),
            phone=given(request, "phone"),
            email=given(request, "email"),
        ),
        picture_link=given(request, "media_url"),
        external_ref=given(request, "external_ref"),
        external_due_at=moment_of(given(request, "external_due"), "external_due", faults),
    )


def _number(request: HttpRequest, name: str, faults: list[Fault]) -> float | None:
    text = ascii_digits(given(request, name)).replace("\u066b", ".")
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        faults.append(fault("number_unreadable", name=name))
        return None


def _files(request: HttpRequest) -> tuple[UploadedFile, ...]:
    return tuple(
        file
        for name, files in request.FILES.lists()
        if FILE_FIELDS.fullmatch(name)
        for file in files
        if isinstance(file, UploadedFile)
    )


def attributes(form: QueryDict, questions: tuple[Question, ...]) -> Mapping[str, object]:
    """The answers to a service's questions: `attribute[c]`, `attribute[c][]`, `attribute[c][0]`, repeats.

    A list question gets a list without repeats, any other its one value; several values for one are kept
    as a list, which the check refuses. Codes the service does not ask for are ignored.
    """
    asked = {question.code: question for question in questions}
    found: dict[str, list[str]] = {}
    for name, values in form.lists():
        match = INDEXED.fullmatch(name)
        if match and match[1] in asked:
            found.setdefault(match[1], []).extend(text for value in values if (text := clean_text(value)))
    return {
        code: values if asked[code].datatype is Datatype.MULTI or len(values) > 1 else values[0]
        for code, values in ((code, list(dict.fromkeys(values))) for code, values in found.items())
        if values
    }
