"""A problem becomes a case: routed, promised, written down - or nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from django.db import IntegrityError
from django.db.models import Model
from django.utils.crypto import salted_hmac

from pol137.cases.models import Assignment, Attachment, Case, CaseText, Note, Promise, Reporter
from pol137.cases.operations.promises import answer_promise, centre_promise
from pol137.cases.operations.steps import seal, stream_of, turned_urgent
from pol137.cases.permissions import inspection_departments
from pol137.cases.rules.drafts import CaseDraft, Picture, ReporterDraft, draft_faults
from pol137.cases.rules.routing import Choice, choose_department
from pol137.cases.rules.searching import Reads, searchable
from pol137.cases.rules.steps import STEPS
from pol137.cases.vocabulary import NEEDS_NO_ANSWER, Action, PromiseKind, Side, Status
from pol137.citizens.operations import ROWS as CITIZEN_ROWS
from pol137.citizens.operations import citizen_and_rows
from pol137.city.queries.book import book, local_day
from pol137.city.rules.book import Book
from pol137.city.rules.entries import ServiceEntry
from pol137.city.vocabulary import DepartmentKind
from pol137.journal.operations import Ids, NewEvent, write_together
from pol137.journal.vocabulary import EventKind
from pol137.lib import geo, tracking_code
from pol137.lib.actor import Actor, system
from pol137.lib.persian import clean_text
from pol137.lib.phones import parse_phone
from pol137.lib.refusal import Refusal

_random = secrets.SystemRandom()
Result = TypeVar("Result")
CODES_TRIED = 5
ROUTER = system("router")


@dataclass(frozen=True, slots=True)
class Registered:
    """A new case, when an answer is promised, and the key shown once to a reporter without a phone."""

    case: Case
    promise: Promise
    key: str


def check_draft(draft: CaseDraft) -> ServiceEntry:
    """The service a draft is about. Refuses (Refusal, with every fault) a draft that cannot be registered."""
    city = book()
    service = city.services.find(draft.service)
    if service is None:
        raise Refusal("service_unknown", field="service", service=draft.service)
    faults = draft_faults(draft, service)
    if draft.district and city.districts.find(draft.district) is None:
        faults.append(Refusal("district_unknown", field="district"))
    if (draft.kind or service.kind) in NEEDS_NO_ANSWER:
        faults.append(Refusal("kind_needs_no_case", field="kind"))
    if faults:
        raise Refusal.of(faults)
    return service


@dataclass(frozen=True, slots=True)
class Prepared:
    """A case about to be registered: what will have come of it, and everything to be written."""

    registered: Registered
    rows: list[Model]
    events: list[NewEvent]


def register_case(*, draft: CaseDraft, by: Actor, now: datetime) -> Registered:
    """Open a case from a draft: reporter, place, department, promise, events and the jobs that follow.

    Guarantees: all of it or nothing; a case without a department is held by triage with a clock of its own.
    Refuses when the draft is not complete (`check_draft`) or `by` may not register.
    """

    def register() -> Registered:
        new = prepare_case(draft=draft, ids=Ids(*tables_of(draft)), by=by, now=now)
        write_together(rows=new.rows, events=new.events)
        return new.registered

    return unless_code_is_taken(register)


def unless_code_is_taken(register: Callable[[], Result]) -> Result:
    """Register; and again with another code, should the one that was drawn be taken already."""
    for _ in range(CODES_TRIED):
        try:
            return register()
        except IntegrityError as error:
            if "cases_case_code" not in str(error):
                raise
    return register()


def tables_of(draft: CaseDraft) -> list[type[Model]]:
    """The tables in which registering a draft needs numbers."""
    found: list[type[Model]] = [Case, Reporter, Promise, Promise, Assignment, *CITIZEN_ROWS]
    found += [CaseText] * len(Reads)
    return found + [Attachment] * len(draft.pictures) + ([Note] if draft.picture_link else [])


def prepare_case(*, draft: CaseDraft, ids: Ids, by: Actor, now: datetime) -> Prepared:
    """All of `register_case` but the writing, for rooms above that write rows of their own with it.

    Refuses like `register_case`.
    """
    if not STEPS[Action.REGISTER].roles & by.roles:
        raise Refusal("step_not_yours", action=Action.REGISTER)
    service, city = check_draft(draft), book()
    case = _case(draft, service, city, now)
    case.id = ids.take(Case)
    choice = choose_department(city, service_id=service.id, district_id=case.district_id, day=local_day(now))
    if _by_drawing(case, draft, city):
        choice = replace(choice, because={**choice.because, "drawn": True})
    if case.confidential and choice.department_id not in inspection_departments():
        inspection = city.department_of_kind(DepartmentKind.INSPECTION)
        choice = Choice(inspection.id if inspection else None, {"why": "confidential"})
    case.department_id = choice.department_id
    case.status = str(Status.ASSIGNED if choice.department_id else Status.NEW)
    case.code = tracking_code.new_code(_random)
    people, key = _reporter_rows(case, draft.reporter, city, ids, now)
    promise = answer_promise(case, start=now, city=city)
    promise.id = ids.take(Promise)
    rows: list[Model] = [case, *people, promise, _holder(case, choice, city, ids, now)]
    texts = searchable(case.words, case.address)
    rows += [CaseText(id=ids.take(CaseText), case=case, reads=reads, text=text) for reads, text in texts]
    rows += picture_rows(case, draft.pictures, side=Side.CITIZEN, ids=ids, now=now)
    if draft.picture_link:
        text = clean_text(draft.picture_link)
        rows.append(Note(id=ids.take(Note), case=case, text=text, by=str(by), at=now))
    events = [_registered(case, promise, by, now), _routed(case, choice, now)]
    if case.urgent:
        events.append(turned_urgent(case, by=by, now=now))
    return Prepared(Registered(case, promise, key), rows, events)


def _by_drawing(case: Case, draft: CaseDraft, city: Book) -> bool:
    """Whether nothing but outlines that are not official says where the case lies."""
    named = draft.district or case.neighbourhood_id
    return city.city.outlines_are_synthetic and case.district_id is not None and not named


def _case(draft: CaseDraft, service: ServiceEntry, city: Book, now: datetime) -> Case:
    neighbourhood = city.neighbourhoods.find(draft.neighbourhood) if draft.neighbourhood else None
    district_id = neighbourhood.district_id if neighbourhood else None
    if draft.district and district_id is None:
        district_id = city.districts.by_code[draft.district].id
    lat, lon, cell = draft.lat, draft.lon, ""
    if lat is not None and lon is not None:
        cell = geo.h3_cell(lat, lon)
        if district_id is None and (found := city.district_at(lat, lon)):
            district_id = found.id
    return Case(
        status_since=now,
        kind=str(draft.kind or service.kind),
        service_id=service.id,
        district_id=district_id,
        neighbourhood_id=neighbourhood.id if neighbourhood else None,
        words=clean_text(draft.words).strip(),
        salt=secrets.token_hex(16),
        questions=dict(draft.questions),
        address=clean_text(draft.address).strip(),
        lat=lat,
        lon=lon,
        h3=cell,
        channel_id=city.channels.by_code[draft.channel].id,
        urgent=service.urgent or draft.urgent or service.told_danger(draft.questions),
        public=service.public and not service.confidential,
        confidential=service.confidential,
        registered_at=now,
        updated_at=now,
        external_ref=clean_text(draft.external_ref).strip(),
        external_due_at=draft.external_due_at,
    )


def _reporter_rows(
    case: Case, draft: ReporterDraft, city: Book, ids: Ids, now: datetime
) -> tuple[list[Model], str]:
    phone = parse_phone(draft.phone, city.city.phone_region)
    name, email = clean_text(draft.name), clean_text(draft.email)
    citizen, rows = citizen_and_rows(
        name=name,
        phone=phone.e164 or "",
        dialable=phone.dialable,
        email=email,
        language=draft.language,
        ids=ids,
        now=now,
    )
    key = "" if phone.e164 else draft.key or f"{secrets.randbelow(10**6):06d}"
    reporter = Reporter(
        id=ids.take(Reporter),
        case=case,
        citizen=citizen,
        name=name,
        phone=phone.e164 or "",
        phone_raw=clean_text(draft.phone)[:40],
        dialable=phone.dialable,
        mobile=phone.mobile,
        email=email,
        language=draft.language,
        wish=draft.wish,
        key_digest=digest_key(case.pk, key) if key else "",
    )
    return [*rows, reporter], key


def digest_key(case_id: int, key: str) -> str:
    """What is kept of the key that proves a reporter without a phone."""
    return salted_hmac("pol137.reporter-key", f"{case_id}:{key}", algorithm="sha256").hexdigest()


def add_pictures(case: Case, pictures: tuple[Picture, ...], *, side: Side, now: datetime) -> None:
    """Attach stored pictures to a case."""
    if pictures:
        ids = Ids(*[Attachment] * len(pictures))
        Attachment.objects.bulk_create(picture_rows(case, pictures, side=side, ids=ids, now=now))


def picture_rows(
    case: Case, pictures: tuple[Picture, ...], *, side: Side, ids: Ids, now: datetime
) -> list[Attachment]:
    """Stored pictures as rows of a case, not saved yet."""
    return [
        Attachment(
            id=ids.take(Attachment),
            case=case,
            side=str(side),
            sha256=one.sha256,
            public_sha256=one.public_sha256,
            name=one.name,
            content_type=one.content_type,
            size=one.size,
            taken_at=one.taken_at,
            lat=one.lat,
            lon=one.lon,
            look=one.look,
            added_at=now,
        )
        for one in pictures
    ]


def _holder(case: Case, choice: Choice, city: Book, ids: Ids, now: datetime) -> Model:
    """The chosen department has the case, or triage with its own clock."""
    if choice.department_id is None:
        within = city.city.triage_within
        clock = centre_promise(case, PromiseKind.TRIAGE, within=within, now=now, city=city)
        clock.id = ids.take(Promise)
        return clock
    return Assignment(
        id=ids.take(Assignment),
        case=case,
        department_id=choice.department_id,
        from_at=now,
        because=dict(choice.because),
    )


def _registered(case: Case, promise: Promise, by: Actor, now: datetime) -> NewEvent:
    body = {
        "code": case.code,
        "service": case.service_id,
        "kind": case.kind,
        "district": case.district_id,
        "channel": case.channel_id,
        "words": seal(case.words, case.salt),
        "promised_at": promise.promised_at.isoformat(),
        "to": case.status,
    }
    return NewEvent(stream_of(case.pk), EventKind.CASE_REGISTERED, now, by, body)


def _routed(case: Case, choice: Choice, now: datetime) -> NewEvent:
    if choice.department_id is None:
        kind, body = EventKind.CASE_HELD_FOR_TRIAGE, {**choice.because, "broken": choice.broken}
    else:
        kind, body = EventKind.CASE_ROUTED, {**choice.because, "department": choice.department_id}
    return NewEvent(stream_of(case.pk), kind, now, ROUTER, body)
