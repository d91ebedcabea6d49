"""Erasing people: on request at once, and whatever has been kept long enough by the clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from pol137.cases.models import Case, Reporter, Supporter
from pol137.cases.operations import erasing
from pol137.cases.permissions import may_see, visible_to
from pol137.cases.queries import find_by_code
from pol137.cases.vocabulary import ENDED
from pol137.citizens.models import Citizen, ContactPoint
from pol137.citizens.operations import forget as forget_citizens
from pol137.citizens.vocabulary import ContactPointKind, ErasureReason
from pol137.city.queries.book import book
from pol137.city.vocabulary import Retained, Role
from pol137.contacts.models import CallAttempt, CallBack, Contact, ContactCase
from pol137.contacts.vocabulary import CallState
from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor, system
from pol137.lib.phones import parse_phone
from pol137.lib.refusal import Refusal
from pol137.messaging.models import InboundMessage, OutboundMessage
from pol137.messaging.operations import forget_due as forget_texts_due
from pol137.messaging.operations import forget_received, forget_sent

KEEPER = system("retention")
ERASERS = frozenset({Role.ADMINISTRATOR, Role.CENTRE_HEAD})
"""Who may erase a person who asks for it."""

BATCH = 1000
UNNAMED_FOR = timedelta(days=1)
"""A person no case and no contact names any more is gone after this."""


@dataclass(frozen=True, slots=True)
class Belongings:
    """What there is of a person: ended cases that go, open ones that stay, contacts, texts out and in."""

    citizen_id: int | None
    phone: str
    cases: list[int]
    open_cases: list[int]
    contacts: QuerySet[Contact]
    sent: QuerySet[OutboundMessage]
    received: QuerySet[InboundMessage]
    supported: QuerySet[Supporter]


def belongings(*, code: str, phone: str, by: Actor) -> Belongings:
    """What there is of the person who reported this case, as far as `by` may know of it.

    Code and number together say who is meant: a number may belong to several people. One who gave no number
    is found by the code alone. Refuses (Refusal) anybody else than the roles that erase, and a code and
    number that do not belong together, like a case `by` may not see.
    """
    if not by.roles & ERASERS:
        raise Refusal("erasing_not_yours")
    case = find_by_code(code)
    number = parse_phone(phone, book().city.phone_region).e164 or "" if phone.strip() else ""
    reporter = Reporter.objects.filter(case=case).first() if case is not None else None
    if case is None or reporter is None or not may_see(case, by) or reporter.phone != number:
        raise Refusal("person_unknown", field="code")
    if case.erased_at is not None and not number:
        raise Refusal("person_unknown", field="code")
    citizen_id = reporter.citizen_id
    his = Case.objects.filter(visible_to(by), parent__isnull=True)
    his = his.filter(reporter__citizen=citizen_id) if citizen_id else his.filter(pk=case.pk)
    ids = list(his.values_list("pk", flat=True))
    ended = [one for one in ids if one not in _still_open(ids)]
    return _belongings(citizen_id, number, ended, [one for one in ids if one not in ended])


def _still_open(ids: Iterable[int]) -> set[int]:
    ended = [str(status) for status in ENDED]
    found = Case.objects.filter(Q(pk__in=ids) | Q(parent__in=ids)).exclude(status__in=ended)
    return {parent or pk for pk, parent in found.values_list("pk", "parent")}


def _belongings(citizen_id: int | None, phone: str, ended: list[int], left: list[int]) -> Belongings:
    whole = Case.objects.filter(Q(pk__in=ended) | Q(parent__in=ended)).values("pk")
    others = ContactCase.objects.filter(contact=OuterRef("pk")).exclude(case__in=whole)
    his = Q(citizen=citizen_id) if citizen_id else Q(pk__in=[])
    contacts = Contact.objects.filter(his | Q(links__case__in=ended), ~Exists(others)).exclude(disposition="")
    contacts = Contact.objects.filter(pk__in=contacts.values("pk"))
    texts, words = Q(case_ref__in=whole), Q(pk__in=contacts.values("inbound"))
    if phone and not left and not _shared(phone, citizen_id):
        texts, words = texts | Q(address=phone, case_ref=None), words | Q(sender__in=_written(phone))
    return Belongings(
        citizen_id=citizen_id,
        phone=phone,
        cases=ended,
        open_cases=left,
        contacts=contacts,
        sent=OutboundMessage.objects.filter(texts).exclude(text=""),
        received=InboundMessage.objects.filter(words).exclude(text="", raw="", sender=""),
        supported=Supporter.objects.filter(phone=phone) if phone else Supporter.objects.none(),
    )


def _shared(phone: str, citizen_id: int | None) -> bool:
    points = ContactPoint.objects.filter(kind=ContactPointKind.PHONE, value=phone)
    return points.exclude(citizen=citizen_id).exists()


def _written(phone: str) -> list[str]:
    """The forms in which gateways write a number."""
    national = phone.removeprefix("+98")
    return [phone, phone.removeprefix("+"), *([f"0{national}", national] if national != phone else [])]


@transaction.atomic
def erase_person(*, code: str, phone: str, reason: str, by: Actor, now: datetime) -> Belongings:
    """Erase a person who asks for it: his ended cases' words, pictures, names and numbers, his contacts,
    texts and what stands in the register of people.

    Guarantees: all or nothing; open cases stay whole until they have ended; the event says who erased, why
    and how much, and nothing of the person. Refuses as `belongings` does, and an unknown reason.
    """
    if reason not in set(ErasureReason):
        raise Refusal("erasure_reason_missing", field="reason")
    found = belongings(code=code, phone=phone, by=by)
    body: dict[str, object] = {
        "why": reason,
        "cases": found.cases,
        "left": len(found.open_cases),
        "contacts": found.contacts.count(),
        "texts": found.sent.count() + found.received.count(),
    }
    forget_sent(messages=OutboundMessage.objects.filter(pk__in=list(found.sent.values_list("pk", flat=True))))
    forget_received(
        messages=InboundMessage.objects.filter(pk__in=list(found.received.values_list("pk", flat=True)))
    )
    found.supported.update(name="", phone="")
    forget(contact_ids=list(found.contacts.values_list("pk", flat=True)), by=by, now=now)
    erasing.forget(case_ids=found.cases, by=by, now=now)
    gone = _unnamed().filter(pk=found.citizen_id) if found.citizen_id else Citizen.objects.none()
    if gone.exists():
        forget_citizens(citizen_ids=list(gone.values_list("pk", flat=True)), body=body, by=by, now=now)
    else:
        stream = f"citizen:{found.citizen_id}" if found.citizen_id else f"case:{found.cases[0]}"
        append_event(stream=stream, kind=EventKind.PERSON_ERASED, at=now, by=by, body=body)
    return found


@transaction.atomic
def forget(*, contact_ids: Iterable[int], by: Actor, now: datetime) -> int:
    """Erase who rang and what he said; channel, subject, times and outcome stay, so figures do. How many."""
    ids = list(contact_ids)
    _forget_calls(CallBack.objects.filter(contact__in=ids))
    return Contact.objects.filter(pk__in=ids).update(phone="", phone_raw="", name="", words="", citizen=None)


@transaction.atomic
def forget_calls(*, case_ids: Iterable[int]) -> None:
    """Erase numbers and words of calls about these cases and their parts."""
    ids = list(case_ids)
    parts = Case.objects.filter(Q(pk__in=ids) | Q(parent__in=ids)).values("pk")
    _forget_calls(CallBack.objects.filter(case__in=parts))


def _forget_calls(calls: QuerySet[CallBack]) -> None:
    CallAttempt.objects.filter(call_back__in=calls.values("pk")).exclude(note="").update(note="")
    calls.filter(state=CallState.WAITING).update(state=CallState.NOT_NEEDED)
    calls.exclude(phone="", words="").update(phone="", words="")


def forget_due(*, now: datetime) -> int:
    """Erase everything the city keeps no longer, in batches: texts, contacts, what cases hold, and people
    nobody names any more. Never of an open case. How many rows were touched."""
    ended = [str(status) for status in ENDED]
    old = Case.objects.filter(registered_at__lt=now - min(book().city.keep.values()))
    spared = list(old.exclude(status__in=ended).values_list("pk", flat=True))
    links = ContactCase.objects.filter(case__in=spared, contact__inbound__isnull=False)
    inbound = list(links.values_list("contact__inbound", flat=True))
    done = forget_texts_due(spared=spared, spared_received=inbound, now=now) + erasing.forget_due(now=now)
    while ids := list(_contacts_due(now).values_list("pk", flat=True)[:BATCH]):
        done += forget(contact_ids=ids, by=KEEPER, now=now)
    while ids := list(_unnamed(before=now - UNNAMED_FOR).values_list("pk", flat=True)[:BATCH]):
        done += forget_citizens(citizen_ids=ids, by=KEEPER, now=now)
    return done


def _contacts_due(now: datetime) -> QuerySet[Contact]:
    ended = [str(status) for status in ENDED]
    open_one = ContactCase.objects.filter(contact=OuterRef("pk")).exclude(case__status__in=ended)
    due = Contact.objects.filter(~Exists(open_one), at__lt=now - book().city.keep[Retained.CONTACTS])
    due = due.exclude(disposition="")
    return due.exclude(phone="", phone_raw="", name="", words="", citizen=None).order_by("pk")


def _unnamed(*, before: datetime | None = None) -> QuerySet[Citizen]:
    """People whom no case and no contact names."""
    found = Citizen.objects.filter(
        ~Exists(Reporter.objects.filter(citizen=OuterRef("pk"))),
        ~Exists(Contact.objects.filter(citizen=OuterRef("pk"))),
    )
    return found.filter(created_at__lt=before) if before else found.order_by("pk")
