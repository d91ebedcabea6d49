"""Words of the wire."""

from enum import StrEnum


class OutboundStatus(StrEnum):
    """How far a message got."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


SETTLED = frozenset({OutboundStatus.DELIVERED, OutboundStatus.UNDELIVERED})
"""Nothing more will be heard of it."""


class InboundStatus(StrEnum):
    """Whether somebody or something has read it."""

    NEW = "new"
    READ = "read"
