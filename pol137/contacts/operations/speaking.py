"""What follows from speaking with somebody: his case taken back, his text answered."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pol137.cases.models import Case
from pol137.cases.operations import withdraw_case
from pol137.city.queries.book import book
from pol137.contacts.models import Contact
from pol137.contacts.operations.contacts import end_contact, take_contact
from pol137.contacts.queries import withdrawal_proofs
from pol137.contacts.vocabulary import Disposition
from pol137.lib import sms_segments
from pol137.lib.actor import Actor
from pol137.lib.persian import clean_text
from pol137.lib.phones import parse_phone
from pol137.lib.refusal import Refusal
from pol137.messaging.operations import queue_message

TEXT_REPLY = "text_reply"
"""The purpose of an SMS that a person wrote to answer another."""


@transaction.atomic
def withdraw_for_reporter(case_id: int, *, said: str, reason: str = "", by: Actor, now: datetime) -> Case:
    """The reporter has said on the phone or at the desk that he takes his case back.

    `said` is where: a contact of this member of staff with the reporter's number, or a call on which he was
    reached, since yesterday. Refuses without one, and as `withdraw_case` does.
    """
    if said not in {one.ref for one in withdrawal_proofs(case_id, by=by, now=now)}:
        raise Refusal("withdrawal_unproved", field="said")
    return withdraw_case(case_id, reason=reason, proof=said, by=by, now=now)


@transaction.atomic
def answer_text(contact_id: int, *, text: str, by: Actor, now: datetime) -> Contact:
    """Answer a text that waited to be read by an SMS in one's own words; the contact ends as answered.

    Guarantees: one answer, however often it is sent. Refuses an empty text, one that is too long, a sender no
    SMS can reach, and a text somebody else has taken or ended.
    """
    text = sms_segments.prepare(clean_text(text).strip())
    parts, most = sms_segments.count(text).parts, book().city.sms_max_parts
    if not text:
        raise Refusal("text_missing", field="text")
    if parts > most:
        raise Refusal("text_too_long", field="text", parts=parts, most=most)
    contact = take_contact(contact_id, by=by, now=now)
    number = parse_phone(contact.phone, book().city.phone_region)
    if number.e164 is None or not number.mobile:
        raise Refusal("no_mobile", field="text")
    if contact.finished_at is not None:
        raise Refusal("contact_ended")
    event_id = end_contact(contact, Disposition.ANSWERED, by=by, now=now)
    queue_message(
        medium="sms",
        address=number.e164,
        text=text,
        language="fa",
        purpose=TEXT_REPLY,
        case_ref=None,
        event_id=event_id,
        urgent=False,
        by=by,
        now=now,
    )
    return contact
