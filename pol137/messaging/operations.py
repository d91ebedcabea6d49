"""Sending and receiving. Why something is sent is not the wire's business."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pol137.city.queries.book import book
from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
from pol137.lib import sms_segments
from pol137.lib.actor import Actor, system
from pol137.lib.refusal import Refusal
from pol137.messaging.adapters import GATEWAYS, GatewayError
from pol137.messaging.models import InboundMessage, OutboundMessage
from pol137.messaging.vocabulary import SETTLED, InboundStatus, OutboundStatus

WIRE = system("messaging")


@transaction.atomic
def queue_message(
    *,
    medium: str,
    address: str,
    text: str,
    language: str,
    purpose: str,
    case_ref: int | None,
    event_id: int,
    urgent: bool,
    now: datetime,
) -> OutboundMessage:
    """Put a text on its way; a worker sends it.

    Guarantees: one message per event, purpose, address and case, however often this is called.
    """
    channel = book().channels.by_code[medium]
    message, new = OutboundMessage.objects.get_or_create(
        event_id=event_id,
        purpose=purpose,
        address=address,
        case_ref=case_ref,
        defaults={
            "medium": medium,
            "text": text,
            "language": language,
            "parts": sms_segments.count(text).parts,
            "gateway": channel.adapter,
            "status": str(OutboundStatus.QUEUED),
            "queued_at": now,
        },
    )
    if new:
        append_event(
            stream=f"message:{message.pk}",
            kind=EventKind.MESSAGE_QUEUED,
            at=now,
            by=WIRE,
            body={"message": message.pk, "purpose": purpose, "case": case_ref, "urgent": urgent},
        )
    return message


def send_message(message_id: int, *, now: datetime) -> None:
    """Hand a queued message to its gateway, outside any transaction, and write down what it said.

    Raises GatewayError when it is worth another try: the caller's job is repeated. A message already handed
    over is left alone.
    """
    message = OutboundMessage.objects.get(pk=message_id)
    if message.status != OutboundStatus.QUEUED:
        return
    channel = book().channels.by_code[message.medium]
    try:
        sent = GATEWAYS[message.gateway](channel.settings).send(
            message_id=message.pk, address=message.address, text=message.text
        )
    except GatewayError as error:
        if not error.permanent:
            raise
        settle_message(message_id, delivered=False, reason=error.reason, now=now)
        return
    with transaction.atomic():
        OutboundMessage.objects.filter(pk=message_id, status=OutboundStatus.QUEUED).update(
            status=OutboundStatus.SENT, sent_at=now, provider_id=sent.provider_id
        )
        if sent.delivered:
            settle_message(message_id, delivered=True, now=now)


@transaction.atomic
def settle_message(message_id: int, *, delivered: bool, reason: str = "", now: datetime) -> None:
    """Write down that a message arrived, or never will; the first word stands."""
    message = OutboundMessage.objects.select_for_update().get(pk=message_id)
    if message.status in SETTLED:
        return
    message.status = str(OutboundStatus.DELIVERED if delivered else OutboundStatus.UNDELIVERED)
    message.status_reason, message.settled_at = reason[:200], now
    message.save(update_fields=["status", "status_reason", "settled_at"])
    append_event(
        stream=f"message:{message.pk}",
        kind=EventKind.MESSAGE_DELIVERED if delivered else EventKind.MESSAGE_UNDELIVERED,
        at=now,
        by=WIRE,
        body={"message": message.pk, "purpose": message.purpose, "case": message.case_ref},
    )


@transaction.atomic
def receive_message(
    *, channel: str, external_id: str, sender: str, text: str, raw: str, by: Actor, now: datetime
) -> tuple[InboundMessage, bool]:
    """Keep an inbound message as it came; (message, whether it is new).

    Guarantees: stored before it is acknowledged, and a provider's repeat is recognised by its id.
    Refuses without an id, or on a channel the city does not have.
    """
    found = book().channels.find(channel)
    if found is None:
        raise Refusal("channel_unknown")
    if not external_id.strip():
        raise Refusal("external_id_missing")
    message, new = InboundMessage.objects.get_or_create(
        channel_id=found.id,
        external_id=external_id[:200],
        defaults={
            "sender": sender[:254],
            "text": text.replace("\x00", ""),
            "raw": raw.replace("\x00", ""),
            "status": str(InboundStatus.NEW),
            "received_at": now,
        },
    )
    if new:
        append_event(
            stream=f"inbound:{message.pk}",
            kind=EventKind.MESSAGE_RECEIVED,
            at=now,
            by=by,
            body={"message": message.pk, "channel": found.id},
        )
    return message, new


def mark_read(message_id: int) -> None:
    """Something was made of an inbound message."""
    InboundMessage.objects.filter(pk=message_id).update(status=InboundStatus.READ)
