"""Contacts: taken, answered on the spot, or turned into cases."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import IntegrityError, transaction

from pol137.cases.models import Case, Promise
from pol137.cases.operations import (
    join_incident,
    nudge_case,
    prepare_case,
    register_case,
    tables_of,
    unless_code_is_taken,
)
from pol137.cases.operations.promises import last_promise
from pol137.cases.rules.drafts import CaseDraft
from pol137.cases.vocabulary import NEEDS_NO_ANSWER, PromiseKind
from pol137.citizens.operations import find_or_add_citizen
from pol137.city.queries.book import book
from pol137.city.vocabulary import MessageKind
from pol137.contacts.models import Article, Contact, ContactCase
from pol137.contacts.vocabulary import FROM_CASES, Disposition, How
from pol137.journal.operations import Ids, append_event, write_together
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor
from pol137.lib.persian import clean_text
from pol137.lib.phones import parse_phone
from pol137.lib.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Registration:
    """What came of a message sent in: its contact, the case if one was opened, and the promise."""

    contact: Contact
    case: Case | None
    promise: Promise | None
    key: str = ""
    repeated: bool = False


def new_external_id() -> str:
    """An id for a contact that no gateway has numbered."""
    return secrets.token_hex(12)


def register_problem(*, draft: CaseDraft, external_id: str, by: Actor, now: datetime) -> Registration:
    """Take a message that came in by itself (portal, Open311): contact, citizen and case together.

    Guarantees: contact, case, routing, promise, events and jobs in one transaction; a repeated `external_id`
    on the same channel returns what the first one made (empty: nobody has numbered the message). Opinion and
    praise are thanked and open no case.
    Refuses a draft that is not complete, with every fault.
    """
    known = find_contact(channel=draft.channel, external_id=external_id) if external_id else None
    if known is not None:
        return _again(known)
    try:
        return unless_code_is_taken(lambda: _register(draft, external_id or new_external_id(), by, now))
    except IntegrityError:
        known = find_contact(channel=draft.channel, external_id=external_id) if external_id else None
        if known is None:
            raise
        return _again(known)


def _register(draft: CaseDraft, external_id: str, by: Actor, now: datetime) -> Registration:
    service = book().services.find(draft.service)
    if service is not None and (draft.kind or service.kind) in NEEDS_NO_ANSWER:
        return Registration(_thanked(draft, external_id, by, now), None, None)
    ids = Ids(*tables_of(draft), Contact, ContactCase)
    new = prepare_case(draft=draft, ids=ids, by=by, now=now)
    case, reporter = new.registered.case, new.registered.case.reporter
    contact = Contact(
        id=ids.take(Contact),
        channel_id=case.channel_id,
        external_id=external_id,
        at=now,
        citizen_id=reporter.citizen_id,
        phone=reporter.phone,
        phone_raw=reporter.phone_raw,
        name=reporter.name,
        disposition=str(Disposition.OPENED),
        kind=case.kind,
        service_id=case.service_id,
        district_id=case.district_id,
        finished_at=now,
    )
    link = ContactCase(id=ids.take(ContactCase), contact=contact, case=case, how=str(How.OPENED))
    write_together(rows=[*new.rows, contact, link], events=new.events)
    return Registration(contact, case, new.registered.promise, new.registered.key)


@transaction.atomic
def _thanked(draft: CaseDraft, external_id: str, by: Actor, now: datetime) -> Contact:
    if not draft.words.strip():
        raise Refusal("words_missing", field="words")
    contact = start_contact(
        channel=draft.channel,
        external_id=external_id,
        phone=draft.reporter.phone,
        name=draft.reporter.name,
        words=draft.words,
        by=by,
        now=now,
    )
    city = book()
    contact.kind = draft.kind or str(city.services.by_code[draft.service].kind)
    contact.service_id = city.services.by_code[draft.service].id
    district = city.districts.find(draft.district) if draft.district else None
    contact.district_id = district.id if district else None
    return _finish(contact, Disposition.PRAISE_OR_OPINION, by=by, now=now)


def find_contact(*, channel: str, external_id: str) -> Contact | None:
    """The contact of this id on this channel, if it has come before."""
    found = book().channels.find(channel)
    if found is None:
        raise Refusal("channel_unknown", field="channel")
    return Contact.objects.filter(channel_id=found.id, external_id=external_id).first()


def _again(contact: Contact) -> Registration:
    link = ContactCase.objects.filter(contact=contact).select_related("case").first()
    case = link.case if link else None
    promise = last_promise(case, PromiseKind.ANSWER) if case else None
    return Registration(contact, case, promise, repeated=True)


@transaction.atomic
def start_contact(
    *,
    channel: str,
    external_id: str,
    phone: str = "",
    name: str = "",
    words: str = "",
    inbound_id: int | None = None,
    by: Actor,
    now: datetime,
) -> Contact:
    """A call or message begins: an operator has it before him, or it waits to be read.

    Guarantees: the same id on the same channel is the same contact.
    """
    city = book()
    found = city.channels.find(channel)
    if found is None:
        raise Refusal("channel_unknown", field="channel")
    number = parse_phone(phone, city.city.phone_region)
    contact, _ = Contact.objects.get_or_create(
        channel_id=found.id,
        external_id=external_id,
        defaults={
            "at": now,
            "phone": number.e164 or "",
            "phone_raw": phone[:40],
            "name": clean_text(name).strip()[:200],
            "words": clean_text(words).strip(),
            "operator_id": by.staff_id,
            "inbound_id": inbound_id,
        },
    )
    return contact


def _open(contact_id: int) -> Contact:
    contact = Contact.objects.select_for_update().filter(pk=contact_id).first()
    if contact is None:
        raise Refusal("contact_unknown")
    return contact


@transaction.atomic
def take_contact(contact_id: int, *, by: Actor, now: datetime) -> Contact:
    """A member of staff takes a text that waits to be read.

    Guarantees: two never work on the same one. Refuses when somebody else has it.
    """
    contact = _open(contact_id)
    if contact.operator_id is not None and contact.operator_id != by.staff_id:
        raise Refusal("contact_taken")
    contact.operator_id = by.staff_id
    contact.save(update_fields=["operator"])
    return contact


@transaction.atomic
def open_case(
    contact_id: int,
    *,
    draft: CaseDraft,
    place: int | None = None,
    joins: int | None = None,
    by: Actor,
    now: datetime,
) -> Registration:
    """A contact opens a case; several times if it speaks of several problems.

    `place` is the case's number among those this contact opened, from 0: a form sent twice gives the case it
    gave the first time. `joins` is the open case of the same fault that the new one is joined to.
    Guarantees: contact, case and promise together or nothing. Refuses an incomplete draft.
    """
    contact = _open(contact_id)
    before = [link for link in contact.links.select_related("case") if link.how in (How.OPENED, How.JOINED)]
    if place is not None and place < len(before):
        case = before[place].case
        return Registration(contact, case, last_promise(case, PromiseKind.ANSWER), repeated=True)
    channel = book().channels[contact.channel_id]
    reporter = draft.reporter if draft.reporter.phone else replace(draft.reporter, phone=contact.phone_raw)
    registered = register_case(draft=replace(draft, channel=channel.code, reporter=reporter), by=by, now=now)
    case = registered.case
    if joins is not None:
        case = join_incident(case.pk, main_case_id=joins, by=by, now=now)
    how = How.OPENED if joins is None else How.JOINED
    ContactCase.objects.create(contact=contact, case=case, how=how)
    contact.citizen_id, contact.name = registered.case.reporter.citizen_id, registered.case.reporter.name
    contact.service_id, contact.kind, contact.district_id = case.service_id, case.kind, case.district_id
    _note_number(contact, draft.reporter.phone)
    _finish(contact, Disposition(str(how)), by=by, now=now)
    return Registration(contact, case, registered.promise, registered.key)


def _note_number(contact: Contact, phone: str) -> None:
    """A number given in the course of a contact that came without one."""
    if phone and not contact.phone:
        contact.phone = parse_phone(phone, book().city.phone_region).e164 or ""
        contact.phone_raw = phone[:40]


@transaction.atomic
def nudge_from_contact(contact_id: int, *, case_id: int, by: Actor, now: datetime) -> Case:
    """The caller asks after a case he has: counted on the case and on the contact, once for one contact."""
    contact = _open(contact_id)
    known = contact.links.filter(case_id=case_id, how=How.NUDGED).select_related("case").first()
    if known is not None:
        return known.case
    case = nudge_case(case_id, by=by, now=now)
    ContactCase.objects.create(contact=contact, case=case, how=How.NUDGED)
    contact.service_id = case.service_id
    _finish(contact, Disposition.NUDGED, by=by, now=now)
    return case


@dataclass(frozen=True, slots=True)
class Ending:
    """How a contact ends without a case: what was said, by which article or law, to whom it was handed."""

    disposition: str
    article: str = ""
    service: str = ""
    agency: str = ""
    legal_ground: str = ""
    kind: str = ""
    name: str = ""
    phone: str = ""
    words: str = ""


@transaction.atomic
def finish_contact(contact_id: int, *, ending: Ending, by: Actor, now: datetime) -> Contact:
    """Close a contact without a case: answered (from an article or by guidance), handed on, thanked, or void.

    Refuses an unknown disposition, one that only a case can give, a contact that has opened cases, a
    handing-on that names no body, a no that names no law, and an answer that names neither article nor
    service.
    """
    contact, city = _open(contact_id), book()
    _check_ending(contact, ending)
    article = Article.objects.filter(code=ending.article, active_to__isnull=True).first()
    service, agency = city.services.find(ending.service), city.agencies.find(ending.agency)
    ground = city.legal_grounds.find(ending.legal_ground)
    contact.article_id = article.pk if article else None
    contact.service_id = service.id if service else contact.service_id
    contact.agency_id = agency.id if agency else None
    contact.legal_ground_id = ground.id if ground else None
    if ending.disposition == Disposition.PRAISE_OR_OPINION:
        contact.kind = ending.kind if ending.kind in NEEDS_NO_ANSWER else str(MessageKind.PRAISE)
    contact.name = clean_text(ending.name).strip()[:200] or contact.name
    contact.words = clean_text(ending.words).strip() or contact.words
    _note_number(contact, ending.phone)
    return _finish(contact, Disposition(ending.disposition), by=by, now=now)


def _check_ending(contact: Contact, ending: Ending) -> None:
    """What keeps a contact from ending so."""
    city, disposition = book(), ending.disposition
    if disposition not in set(Disposition) or disposition in FROM_CASES:
        raise Refusal("disposition_missing", field="disposition")
    if contact.disposition in FROM_CASES:
        raise Refusal("contact_has_cases")
    handed = disposition in (Disposition.HANDED_TO_AGENCY, Disposition.HANDED_TO_EMERGENCY)
    if handed and city.agencies.find(ending.agency) is None:
        raise Refusal("agency_missing", field="agency")
    if disposition == Disposition.UNLAWFUL_EXPLAINED and city.legal_grounds.find(ending.legal_ground) is None:
        raise Refusal("legal_ground_missing", field="legal_ground")
    if disposition == Disposition.PRAISE_OR_OPINION and not (ending.words.strip() or contact.words):
        raise Refusal("words_missing", field="words")
    known = Article.objects.filter(code=ending.article, active_to__isnull=True).exists()
    if disposition == Disposition.ANSWERED and not (known or city.services.find(ending.service)):
        raise Refusal("answer_source_missing", field="article")


def _finish(contact: Contact, disposition: Disposition, *, by: Actor, now: datetime) -> Contact:
    end_contact(contact, disposition, by=by, now=now)
    return contact


def end_contact(contact: Contact, disposition: Disposition, *, by: Actor, now: datetime) -> int:
    """A locked contact has ended so; the number of the event, 0 when it had ended before."""
    first = contact.finished_at is None
    if contact.citizen_id is None and (contact.phone or contact.name):
        citizen = find_or_add_citizen(
            name=contact.name,
            phone=contact.phone,
            dialable=bool(contact.phone),
            email="",
            language="fa",
            now=now,
        )
        contact.citizen_id = citizen.pk if citizen else None
    contact.operator_id = contact.operator_id or by.staff_id
    contact.disposition, contact.finished_at = str(disposition), contact.finished_at or now
    contact.save()
    if first:
        return append_event(
            stream=f"contact:{contact.pk}",
            kind=EventKind.CONTACT_FINISHED,
            at=now,
            by=by,
            body={
                "disposition": str(disposition),
                "service": contact.service_id,
                "article": contact.article_id,
            },
        )
    return 0
