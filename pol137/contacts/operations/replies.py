"""Texts from citizens: a reply code counts, anything else is read by a person."""

from __future__ import annotations

import re
from datetime import datetime

from django.db import transaction

from pol137.cases.models import Case
from pol137.cases.operations import accept_plan, close_case, object_to_answer
from pol137.cases.operations.telling import text_reporter
from pol137.cases.permissions import citizen_ref
from pol137.cases.queries import open_announcements
from pol137.cases.queries.judging import final_review
from pol137.cases.vocabulary import CloseReason, ObjectionGround, Status
from pol137.city.queries.book import book
from pol137.contacts.operations.contacts import start_contact
from pol137.lib import tracking_code
from pol137.lib.actor import citizen, system
from pol137.lib.persian import ascii_digits, persian_digits
from pol137.lib.phones import parse_phone
from pol137.messaging.models import InboundMessage
from pol137.messaging.operations import mark_read, queue_message

READER = system("reader")


@transaction.atomic
def read_reply(message: InboundMessage, *, event_id: int, now: datetime) -> None:
    """Make something of an inbound text.

    A reply code applies to the sender's only announced case, or to the one whose tracking code stands beside
    it; with several we ask which. Any other text becomes a contact that a person reads.
    Guarantees: safe to run twice.
    """
    if message.status != "new":
        return
    city = book()
    phone = parse_phone(message.sender, city.city.phone_region)
    verdict, code = _parsed(message.text, accept=city.city.accept_code, objects=city.city.object_code)
    cases = open_announcements(phone.e164) if phone.e164 else []
    if code:
        cases = [case for case in cases if case.code == code]
    channel = city.channels[message.channel_id].code
    if verdict and len(cases) == 1:
        accepted = verdict == city.city.accept_code
        _apply(cases[0], accepted, channel=channel, event_id=event_id, now=now)
        if accepted:
            _reply(message, phone.e164 or "", "reply_recorded", cases, event_id=event_id, now=now)
    elif verdict and cases:
        _reply(message, phone.e164 or "", "which_case", cases, event_id=event_id, now=now)
    else:
        start_contact(
            channel=channel,
            external_id=f"in-{message.pk}",
            phone=message.sender,
            words=message.text,
            inbound_id=message.pk,
            by=READER,
            now=now,
        )
        if phone.mobile and phone.e164:
            _reply(message, phone.e164, "message_received", [], event_id=event_id, now=now)
    mark_read(message.pk, by=READER)


def _parsed(text: str, *, accept: str, objects: str) -> tuple[str, str]:
    """The reply code and the tracking code a text consists of; empty when it says anything else."""
    digits = re.sub(r"[^0-9A-Za-z\u0600-\u06ff]+", " ", ascii_digits(text)).split()
    verdicts = [one for one in digits if one in (accept, objects)]
    codes = [one for one in digits if tracking_code.clean(one)]
    if len(verdicts) == 1 and len(verdicts) + len(codes) == len(digits) and len(codes) <= 1:
        return verdicts[0], codes[0] if codes else ""
    return "", ""


def _apply(case: Case, accepted: bool, *, channel: str, event_id: int, now: datetime) -> None:
    """A promised date is agreed with, an answer accepted; after the final one he is told what remains."""
    by, last = citizen(citizen_ref(case.pk)), final_review(case.pk)
    if not accepted and last is not None:
        said = {"reasons": last.citizen_text}
        text_reporter(case, "review_final", values=said, due=None, event_id=event_id, now=now)
    elif not accepted:
        object_to_answer(case.pk, ground=ObjectionGround.NOT_CONVINCING, channel=channel, by=by, now=now)
    elif case.status == Status.PLANNED:
        accept_plan(case.pk, by=by, now=now)
    elif case.status == Status.ANNOUNCED:
        close_case(case.pk, reason=CloseReason.ACCEPTED, by=by, now=now)


def _reply(
    message: InboundMessage, address: str, event: str, cases: list[Case], *, event_id: int, now: datetime
) -> None:
    city = book()
    if not city.has_text(event, "sms"):
        return
    codes = [case.code or "" for case in cases]
    values = {
        "code": persian_digits(codes[0]) if codes else "",
        "codes": persian_digits("، ".join(codes)),
        "accept_code": persian_digits(city.city.accept_code),
        "object_code": persian_digits(city.city.object_code),
        "sms_number": persian_digits(city.city.sms_number),
        "phone": persian_digits(city.city.phone_number),
    }
    queue_message(
        medium="sms",
        address=address,
        text=city.text(event, "sms", "fa").format_map(values),
        language="fa",
        purpose=event,
        case_ref=cases[0].pk if len(cases) == 1 else None,
        event_id=event_id,
        urgent=True,
        by=READER,
        now=now,
    )
