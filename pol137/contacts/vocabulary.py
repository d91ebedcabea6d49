"""Words of a contact."""

from collections.abc import Mapping
from enum import StrEnum

from pol137.city.vocabulary import Role

PROGRAMS = "open311"
"""The channel of other people's programs."""


class Disposition(StrEnum):
    """How a contact ended (process.md, Dispositions)."""

    ANSWERED = "answered"
    OPENED = "opened"
    JOINED = "joined"
    NUDGED = "nudged"
    HANDED_TO_AGENCY = "handed_to_agency"
    HANDED_TO_EMERGENCY = "handed_to_emergency"
    UNLAWFUL_EXPLAINED = "unlawful_explained"
    PRAISE_OR_OPINION = "praise_or_opinion"
    DROPPED = "dropped"
    SILENT = "silent"
    WRONG_NUMBER = "wrong_number"
    NUISANCE = "nuisance"


OUTSIDE_COUNT = frozenset({Disposition.SILENT, Disposition.WRONG_NUMBER, Disposition.NUISANCE})
"""Contacts that leave the denominator of first-contact resolution."""

ON_THE_SPOT = frozenset(
    {
        Disposition.ANSWERED,
        Disposition.HANDED_TO_AGENCY,
        Disposition.HANDED_TO_EMERGENCY,
        Disposition.UNLAWFUL_EXPLAINED,
        Disposition.PRAISE_OR_OPINION,
    }
)
"""Answered or guided without a case (S1:61): solved on the spot, unless he has to ask again."""

FROM_CASES = frozenset({Disposition.OPENED, Disposition.JOINED, Disposition.NUDGED})
"""Dispositions that follow from what was done with cases."""


class How(StrEnum):
    """What a contact did with a case."""

    OPENED = "opened"
    JOINED = "joined"
    NUDGED = "nudged"


class CallPurpose(StrEnum):
    """Why somebody is to be called."""

    ANSWER = "answer"
    QUESTION = "question"
    VERDICT = "verdict"
    PLAN = "plan"
    DELAY = "delay"
    NUDGE = "nudge"
    DROPPED = "dropped"
    UNIT = "unit"
    SURVEY = "survey"


CALLED_BY: Mapping[Role, frozenset[CallPurpose]] = {
    Role.FEEDBACK: frozenset(CallPurpose),
    Role.SHIFT_SUPERVISOR: frozenset(CallPurpose),
    Role.FOLLOW_UP: frozenset({CallPurpose.NUDGE, CallPurpose.VERDICT}),
    Role.OPERATOR: frozenset({CallPurpose.DROPPED, CallPurpose.QUESTION, CallPurpose.UNIT}),
}
"""Who calls citizens, and what for."""


class CallState(StrEnum):
    """Where a call-back stands."""

    WAITING = "waiting"
    TOLD = "told"
    NOT_REACHED = "not_reached"
    NOT_NEEDED = "not_needed"


class CallOutcome(StrEnum):
    """What came of one attempt to call."""

    TOLD = "told"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    CALL_LATER = "call_later"
