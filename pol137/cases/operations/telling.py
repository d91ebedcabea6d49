"""Texts to the reporter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pol137.cases.models import Case
from pol137.cases.queries import carrier_of, reporter_of
from pol137.cases.rules.texts import fill, moment
from pol137.city.queries.book import book
from pol137.city.vocabulary import TextEvent
from pol137.lib.actor import system
from pol137.messaging.models import OutboundMessage
from pol137.messaging.operations import queue_message

TELLER = system("teller")
TOLD_AT_ONCE = (
    "case_registered",
    "made_safe",
    "status_open",
    "status_late",
    "status_answered",
    "status_ended",
)
"""He waits for these, at night too."""


def text_reporter(
    case: Case, event: str, *, values: Mapping[str, str], due: datetime | None, event_id: int, now: datetime
) -> OutboundMessage | None:
    """Queue a text for the reporter of a case or of its whole, in his language; None when no SMS can reach
    him. It waits for the end of the quiet hours, unless the matter is urgent or he waits for his code.

    Guarantees: once per event and occasion.
    """
    reporter = reporter_of(case.pk)
    if reporter is None or not reporter.mobile or not reporter.dialable:
        return None
    return text_address(
        case,
        event,
        address=reporter.phone,
        language=reporter.language,
        values=values,
        due=due,
        event_id=event_id,
        now=now,
    )


def text_address(
    case: Case,
    event: str,
    *,
    address: str,
    language: str,
    values: Mapping[str, str],
    due: datetime | None,
    event_id: int,
    now: datetime,
) -> OutboundMessage | None:
    """Queue a text about a case to a mobile number: the reporter's, or that of somebody who stands behind it.

    Guarantees: once per event, occasion and number.
    """
    city = book()
    if not city.has_text(event, "sms"):
        return None
    given = {**text_values(case, language=language, due=due, now=now), **values}
    more = city.text(TextEvent.MORE, "sms", language) if city.has_text(TextEvent.MORE, "sms") else ""
    words, most = city.text(event, "sms", language), city.city.sms_max_parts
    text = fill(words, given, language=language, most=most, more=more)
    return queue_message(
        medium="sms",
        address=address,
        text=text,
        language=language,
        purpose=event,
        case_ref=case.pk,
        event_id=event_id,
        urgent=event in TOLD_AT_ONCE or case.in_danger,
        by=TELLER,
        now=now,
    )


def text_values(case: Case, *, language: str, due: datetime | None, now: datetime) -> dict[str, str]:
    """What every text about a case can name: its code, service and unit, a time, and how to reach us."""
    city, whole, worked = book(), case.parent or case, carrier_of(case)
    return {
        "code": whole.code or "",
        "service": city.name(city.services[case.service_id], language),
        "unit": city.name(city.departments.get(worked.department_id), language)
        or city.name(city.city, language),
        "due": moment(due, city.zone, language, now=now) if due else "",
        "phone": city.city.phone_number,
        "sms_number": city.city.sms_number,
        "accept_code": city.city.accept_code,
        "object_code": city.city.object_code,
    }
