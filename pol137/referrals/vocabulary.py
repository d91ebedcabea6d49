"""Words of a matter handed to another body."""

from enum import StrEnum


class ReferralState(StrEnum):
    """How far a letter has come."""

    READY = "ready"
    SENT = "sent"
    REPLIED = "replied"
    WITHDRAWN = "withdrawn"


class ReferralMedium(StrEnum):
    """How a letter reaches the body."""

    LINK = "link"
    LETTER = "letter"
    OFFICE = "office"
