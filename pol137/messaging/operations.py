"""Sending and receiving. Why something is sent is not the wire's business."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from pol137.city.queries.book import book
from pol137.city.vocabulary import Retained
from pol137.journal.operations import NewEvent, append_event, append_events
from pol137.journal.vocabulary import EventKind
from pol137.lib import sms_segments
from pol137.lib.actor import Actor, system
from pol137.lib.quiet_hours import after_quiet
from pol137.lib.refusal import Refusal
from pol137.messaging.adapters import GATEWAYS, GatewayError
from pol137.messaging.models import InboundMessage, OutboundMessage
from pol137.messaging.vocabulary import SETTLED, InboundStatus, OutboundStatus

WIRE = system("messaging")
RELEASED_AT_ONCE = 1000
FORGOTTEN_AT_ONCE = 2000
SOONEST, LATEST = timedelta(seconds=10), timedelta(minutes=30)
"""A gateway that does not take a text is asked again after as long as the text has waited, within these."""


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
    by: Actor,
    now: datetime,
) -> OutboundMessage:
    """Put a text on its way; a worker sends it. In the city's quiet hours it waits for their end, unless it
    is `urgent`: somebody is in danger, or waits for it.

    Guarantees: one message per event, purpose, address and case, however often this is called.
    """
    channel, goes_at = book().channels.by_code[medium], now if urgent else quiet_until(now)
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
            "urgent": urgent,
            "not_before": goes_at if goes_at > now else None,
            "queued_at": now,
        },
    )
    if new and message.not_before is None:
        append_events([_queued(message, by=by, now=now)])
    return message


def quiet_until(at: datetime) -> datetime:
    """`at`, or the end of the city's quiet hours it falls into."""
    city = book().city
    return after_quiet(at, quiet_from=city.quiet_from, quiet_until=city.quiet_until, zone=book().zone)


def _queued(message: OutboundMessage, *, by: Actor, now: datetime) -> NewEvent:
    body = {"message": message.pk, "purpose": message.purpose, "case": message.case_ref}
    return NewEvent(f"message:{message.pk}", EventKind.MESSAGE_QUEUED, now, by, body)


def release_messages(*, now: datetime) -> int:
    """Give the worker what waited for the end of the quiet hours, or for its gateway; how many.

    Guarantees: each message once, by however many this is called at a time; what waits is a row, so nothing
    is lost when the machine stops.
    """
    done = 0
    while released := _release_some(now=now):
        done += released
    return done


@transaction.atomic
def _release_some(*, now: datetime) -> int:
    waiting = OutboundMessage.objects.select_for_update(skip_locked=True).filter(not_before__lte=now)
    chosen = list(waiting.order_by("not_before", "id")[:RELEASED_AT_ONCE])
    OutboundMessage.objects.filter(pk__in=[one.pk for one in chosen]).update(not_before=None)
    append_events([_queued(one, by=WIRE, now=now) for one in chosen])
    return len(chosen)


def send_message(message_id: int, *, now: datetime) -> None:
    """Hand a queued message to its gateway, outside any transaction, and write down what it said.

    Guarantees: a text the gateway does not take for now (no answer, no credit left) keeps the reason and is
    tried again until it is taken, however long that lasts. A message already handed over, or that waits, is
    left alone.
    """
    message = OutboundMessage.objects.get(pk=message_id)
    if message.status != OutboundStatus.QUEUED or message.not_before is not None:
        return
    channel = book().channels.by_code[message.medium]
    try:
        sent = GATEWAYS[message.gateway](channel.settings).send(
            message_id=message.pk, address=message.address, text=message.text
        )
    except GatewayError as error:
        if error.permanent:
            settle_message(message_id, delivered=False, reason=error.reason, by=WIRE, now=now)
        else:
            _put_off(message, error.reason, now=now)
        return
    with transaction.atomic():
        OutboundMessage.objects.filter(pk=message_id, status=OutboundStatus.QUEUED).update(
            status=OutboundStatus.SENT, sent_at=now, provider_id=sent.provider_id, status_reason=""
        )
        if sent.delivered:
            settle_message(message_id, delivered=True, by=WIRE, now=now)


def _put_off(message: OutboundMessage, reason: str, *, now: datetime) -> None:
    again = now + min(max(now - message.queued_at, SOONEST), LATEST)
    OutboundMessage.objects.filter(pk=message.pk, status=OutboundStatus.QUEUED, not_before=None).update(
        status_reason=reason[:200], not_before=again if message.urgent else quiet_until(again)
    )


@transaction.atomic
def settle_message(message_id: int, *, delivered: bool, reason: str = "", by: Actor, now: datetime) -> None:
    """Write down that a message arrived, or never will, as `by` (its gateway) says; the first word stands."""
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
        by=by,
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


def mark_read(message_id: int, *, by: Actor) -> None:
    """`by` has made something of an inbound message."""
    InboundMessage.objects.filter(pk=message_id).update(status=InboundStatus.READ, read_by=str(by))


@transaction.atomic
def forget_sent(*, messages: QuerySet[OutboundMessage]) -> int:
    """Erase text and address of what was sent; when, what for and how it fared stay. How many.

    One that has not gone out is never sent any more.
    """
    found = messages.exclude(text="")
    found.filter(status=OutboundStatus.QUEUED).update(
        status=OutboundStatus.UNDELIVERED, status_reason="erased", not_before=None
    )
    return found.update(text="", address=Concat(Value("#"), Cast("pk", TextField())))


@transaction.atomic
def forget_received(*, messages: QuerySet[InboundMessage]) -> int:
    """Erase text, sender and raw form of what came in and was read. How many."""
    found = messages.filter(status=InboundStatus.READ).exclude(text="", raw="", sender="")
    return found.update(text="", raw="", sender="")


def forget_due(*, spared: Collection[int], spared_received: Collection[int], now: datetime) -> int:
    """Erase texts that the city keeps no longer, in batches; how many. Those about the `spared` cases, and
    the received ones that are spared, stay."""
    keep, done = book().city.keep, 0
    sent = OutboundMessage.objects.filter(queued_at__lt=now - keep[Retained.TEXTS]).exclude(text="")
    sent = sent.exclude(case_ref__isnull=False, case_ref__in=spared)
    got = InboundMessage.objects.filter(
        received_at__lt=now - keep[Retained.RAW_TEXTS], status=InboundStatus.READ
    ).exclude(text="", raw="", sender="")
    got = got.exclude(pk__in=spared_received)
    while ids := list(sent.order_by("pk").values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]):
        done += forget_sent(messages=OutboundMessage.objects.filter(pk__in=ids))
    while ids := list(got.order_by("pk").values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]):
        done += forget_received(messages=InboundMessage.objects.filter(pk__in=ids))
    return done
