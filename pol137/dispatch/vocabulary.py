"""Words of removing danger («رفع خطر»). Their on-screen forms stand in `web/labels.py`."""

from enum import StrEnum


class DispatchState(StrEnum):
    """How far help has come."""

    CALLING = "calling"
    ACKNOWLEDGED = "acknowledged"
    EN_ROUTE = "en_route"
    ON_SITE = "on_site"
    MADE_SAFE = "made_safe"
    CANCELLED = "cancelled"


OPEN = frozenset(set(DispatchState) - {DispatchState.MADE_SAFE, DispatchState.CANCELLED})
"""Standing on the board."""


class CallReply(StrEnum):
    """What came of calling a duty officer; *passed* is said by the clock, not by a person."""

    PHONE = "phone"
    RADIO = "radio"
    NO_ANSWER = "no_answer"
    NOT_COMING = "not_coming"
    PASSED = "passed"


ACKNOWLEDGED = frozenset({CallReply.PHONE, CallReply.RADIO})
"""The officer knows and goes."""
