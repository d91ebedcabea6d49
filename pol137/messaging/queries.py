"""Reading messages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min

from pol137.messaging.models import InboundMessage, OutboundMessage


def get_message(message_id: int) -> OutboundMessage:
    """The outbound message of this number."""
    return OutboundMessage.objects.get(pk=message_id)


def find_message(message_id: int) -> OutboundMessage | None:
    """The outbound message of this number, if there is one."""
    return OutboundMessage.objects.filter(pk=message_id).first()


def get_inbound(message_id: int) -> InboundMessage:
    """The inbound message of this number."""
    return InboundMessage.objects.get(pk=message_id)


def is_received(*, channel_id: int, external_id: str) -> bool:
    """Whether a message of this id came in on this channel."""
    return InboundMessage.objects.filter(channel_id=channel_id, external_id=external_id).exists()


def messages_of_case(case_id: int) -> list[OutboundMessage]:
    """What was sent about a case, oldest first."""
    return list(OutboundMessage.objects.filter(case_ref=case_id).order_by("id"))


def outbox_page(
    *, before: int | None = None, case_ref: int | None = None, limit: int = 50
) -> list[OutboundMessage]:
    """What went out (about one case), latest first; `before` is the last row's number."""
    found = OutboundMessage.objects.order_by("-id")
    if case_ref is not None:
        found = found.filter(case_ref=case_ref)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found[:limit])


def inbox_page(
    *, before: int | None = None, senders: Iterable[str] = (), limit: int = 50
) -> list[InboundMessage]:
    """What came in (from one number, in the forms gateways write it), latest first."""
    found = InboundMessage.objects.order_by("-id")
    if among := list(senders):
        found = found.filter(sender__in=among)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found[:limit])


def sent_texts(addresses: Iterable[str]) -> list[OutboundMessage]:
    """Everything sent to these addresses, oldest first."""
    return list(OutboundMessage.objects.filter(address__in=list(addresses)).order_by("id"))


@dataclass(frozen=True, slots=True)
class Refused:
    """Texts of one medium that their gateway does not take for now: how many, since when, a reason."""

    medium: str
    count: int
    since: datetime
    reason: str


def refused_for_now() -> list[Refused]:
    """What waits because a gateway does not take it; it is tried again by itself."""
    waiting = OutboundMessage.objects.filter(not_before__isnull=False).exclude(status_reason="")
    found = waiting.order_by("medium").values("medium")
    found = found.annotate(count=Count("pk"), since=Min("queued_at"), reason=Max("status_reason"))
    return [Refused(**row) for row in found]
