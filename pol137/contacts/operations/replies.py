"""Texts from citizens: a reply code counts, anything else is read by a person."""

from __future__ import annotations

import re
from datetime import datetime

from django.db import transaction

from pol137.cases.models import Case
from pol137.cases.operations import accept_plan, close_case, object_to_answer
from pol137.cases.operations.promises import last_promise
from pol137.cases.operations.telling import text_address, text_reporter
from pol137.cases.permissions import allowed_actions, citizen_ref, may_see
from pol137.cases.queries import carrier_of, find_by_code, open_announcements, reporter_of
from pol137.cases.queries.judging import final_review
from pol137.cases.queries.time import climbed_to
from pol137.cases.rules.steps import OPEN
from pol137.cases.vocabulary import ENDED, Action, CloseReason, ObjectionGround, PromiseKind, Status
from pol137.city.queries.book import book
from pol137.city.vocabulary import TextEvent
from pol137.contacts.models import Contact
from pol137.contacts.operations.contacts import nudge_from_contact, start_contact
from pol137.lib import tracking_code
from pol137.lib.actor import citizen, client, system
from pol137.lib.persian import ascii_digits, persian_digits
from pol137.lib.phones import Phone, parse_phone
from pol137.messaging.models import InboundMessage
from pol137.messaging.operations import mark_read, queue_message

READER = system("reader")
OUTSIDER = client("sms")
"""With whose eyes anybody asks: public cases, never confidential ones."""

AWAITED = OPEN - {Status.APPROVED, Status.ANNOUNCED, Status.PLANNED}
"""States in which an answer is still to come."""


@transaction.atomic
def read_reply(message: InboundMessage, *, event_id: int, now: datetime) -> None:
    """Make something of an inbound text.

    A reply code applies to the sender's only announced case, or to the one whose tracking code stands beside
    it; with several we ask which. A tracking code alone asks how the case stands: that is told to whoever may
    know, and from the case's own number it counts as asking again. Any other text becomes a contact that a
    person reads.
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
    elif not verdict and (asked_after := _asked_after(code, phone.e164)) is not None:
        _tell_state(message, asked_after, phone, event_id=event_id, now=now)
    else:
        _contact(message, now=now)
        if phone.mobile and phone.e164:
            _reply(message, phone.e164, "message_received", [], event_id=event_id, now=now)
    mark_read(message.pk, by=READER)


def _parsed(text: str, *, accept: str, objects: str) -> tuple[str, str]:
    """The reply code and the tracking code a text consists of, or the latter alone; empty when it says
    anything else."""
    digits = re.sub(r"[^0-9A-Za-z\u0600-\u06ff]+", " ", ascii_digits(text)).split()
    verdicts = [one for one in digits if one in (accept, objects)]
    codes = [one for one in digits if tracking_code.clean(one)]
    if len(verdicts) == 1 and len(verdicts) + len(codes) == len(digits) and len(codes) <= 1:
        return verdicts[0], codes[0] if codes else ""
    whole = tracking_code.clean(text)
    return "", whole or ""


def _asked_after(code: str, e164: str | None) -> Case | None:
    """The case a text asks after, if its sender may know how it stands: his own, or a public one."""
    case = find_by_code(code) if code else None
    if case is None or e164 is None:
        return None
    return case if _is_his(case, e164) or may_see(case, OUTSIDER) else None


def _is_his(case: Case, e164: str) -> bool:
    reporter = reporter_of(case.pk)
    return reporter is not None and reporter.phone == e164


def _tell_state(message: InboundMessage, case: Case, phone: Phone, *, event_id: int, now: datetime) -> None:
    """How the case stands and whom it has climbed to, by text; while its reporter waits for an answer he has
    asked again."""
    sender, own = phone.e164 or "", _is_his(case, phone.e164 or "")
    kind = PromiseKind.REVIEW if case.status == Status.UNDER_REVIEW else PromiseKind.ANSWER
    promise = last_promise(case, kind)
    event = TextEvent.STATUS_ENDED if case.status in ENDED else TextEvent.STATUS_ANSWERED
    if case.status in AWAITED and promise is not None:
        event, by = TextEvent.STATUS_OPEN, citizen(citizen_ref(case.pk))
        if own and Action.NUDGE in allowed_actions(case, by):
            contact = _contact(message, now=now)
            nudge_from_contact(contact.pk, case_id=case.pk, by=by, now=now)
    worked, values = carrier_of(case), dict[str, str]()
    climbed = climbed_to(worked, language="fa") if event == TextEvent.STATUS_OPEN else ""
    if climbed and kind == PromiseKind.ANSWER and book().has_text(TextEvent.STATUS_LATE, "sms"):
        event, values = TextEvent.STATUS_LATE, {"role": climbed}
    if phone.mobile:
        due = promise.due_at if promise is not None else None
        text_address(
            case, event, address=sender, language="fa", values=values, due=due, event_id=event_id, now=now
        )


def _contact(message: InboundMessage, *, now: datetime) -> Contact:
    return start_contact(
        channel=book().channels[message.channel_id].code,
        external_id=f"in-{message.pk}",
        phone=message.sender,
        words=message.text,
        inbound_id=message.pk,
        by=READER,
        now=now,
    )


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
