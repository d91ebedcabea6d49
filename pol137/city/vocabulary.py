"""Words of the city room: what may stand in a city pack."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What the holder of a position does."""

    OPERATOR = "operator"
    SHIFT_SUPERVISOR = "shift_supervisor"
    TRIAGE = "triage"
    UNIT_USER = "unit_user"
    UNIT_HEAD = "unit_head"
    DEPUTY = "deputy"
    MANAGER = "manager"
    INSPECTOR = "inspector"
    FOLLOW_UP = "follow_up"
    FEEDBACK = "feedback"
    CENTRE_HEAD = "centre_head"
    MAYOR_OFFICE = "mayor_office"
    STATISTICS = "statistics"
    ADMINISTRATOR = "administrator"


UNIT_ROLES: Final = frozenset({Role.UNIT_USER, Role.UNIT_HEAD, Role.DEPUTY, Role.MANAGER})
"""Roles found by climbing from a department; the others answer for the whole city."""


class DepartmentKind(StrEnum):
    """What sort of body a department is."""

    CITY = "city"
    MAYOR_OFFICE = "mayor_office"
    INSPECTION = "inspection"
    CENTRE = "centre"
    DEPUTY_OFFICE = "deputy_office"
    DISTRICT = "district"
    ORGANISATION = "organisation"
    OFFICE = "office"
    CONTRACTOR = "contractor"


class MessageKind(StrEnum):
    """What a citizen's message is."""

    REQUEST = "request"
    COMPLAINT = "complaint"
    CRITICISM = "criticism"
    SUGGESTION = "suggestion"
    OPINION = "opinion"
    PRAISE = "praise"
    QUESTION = "question"


class Urgency(StrEnum):
    """Whether somebody is in danger."""

    NORMAL = "normal"
    URGENT = "urgent"


class Visibility(StrEnum):
    """Whether outsiders may see that such a case exists."""

    PRIVATE = "private"
    PUBLIC = "public"


class PlaceNeed(StrEnum):
    """Whether a case of a service needs a place."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NONE = "none"


class PlaceKind(StrEnum):
    """What sort of place people name."""

    STREET = "street"
    SQUARE = "square"
    ALLEY = "alley"
    PARK = "park"
    LANDMARK = "landmark"
    STATION = "station"
    BUILDING = "building"
    QUARTER = "quarter"


class IdentifiedBy(StrEnum):
    """What makes two messages about a service the same matter: the spot, the line, the numbered thing."""

    PLACE = "place"
    LINE = "line"
    ASSET = "asset"
    NONE = "none"


class Open311Type(StrEnum):
    """How Open311 offers a service: with a code at once, by a token, or not at all."""

    REALTIME = "realtime"
    BATCH = "batch"
    NOT_OFFERED = ""


class Datatype(StrEnum):
    """What a question is answered with."""

    STRING = "string"
    NUMBER = "number"
    DATETIME = "datetime"
    TEXT = "text"
    SINGLE = "singlevaluelist"
    MULTI = "multivaluelist"


class Clock(StrEnum):
    """Which hours a promise counts."""

    CALENDAR = "calendar"
    WORKING = "working"


class CountedFrom(StrEnum):
    """Where a ladder's `after` begins: at the start of the promise, or when it falls due."""

    START = "start"
    DUE = "due"


class NoticeStyle(StrEnum):
    """Whether a rung tells its people at once or once a morning."""

    SINGLE = "single"
    DIGEST = "digest"


class Medium(StrEnum):
    """What a text is for."""

    SMS = "sms"
    EMAIL = "email"
    CALL = "call"


class TextEvent(StrEnum):
    """Occasions on which the centre says something."""

    CASE_REGISTERED = "case_registered"
    CASE_ROUTED = "case_routed"
    CASE_JOINED = "case_joined"
    CASE_LEFT = "case_left"
    PETITION_ANSWERED = "petition_answered"
    PETITION_PLANNED = "petition_planned"
    REFERRAL_REPLIED = "referral_replied"
    REFERRAL_LETTER = "referral_letter"
    CASE_DELAYED = "case_delayed"
    DUE_MOVED = "due_moved"
    CASE_RESUMED = "case_resumed"
    ANSWER_RETURNED = "answer_returned"
    QUESTION_ASKED = "question_asked"
    ANSWER_ANNOUNCED = "answer_announced"
    WHICH_CASE = "which_case"
    REPLY_RECORDED = "reply_recorded"
    OBJECTION_OPENED = "objection_opened"
    REVIEW_UPHELD = "review_upheld"
    REVIEW_PARTLY = "review_partly"
    REVIEW_NOT_UPHELD = "review_not_upheld"
    REVIEW_FINAL = "review_final"
    NOT_REACHED = "not_reached"
    PLAN_ANNOUNCED = "plan_announced"
    PLAN_DUE = "plan_due"
    PLAN_DELAYED = "plan_delayed"
    PLAN_POSTPONED = "plan_postponed"
    PLAN_RETURNED = "plan_returned"
    CASE_REOPENED = "case_reopened"
    MADE_SAFE = "made_safe"
    CASE_WITHDRAWN = "case_withdrawn"
    CASE_CLOSED = "case_closed"
    MESSAGE_THANKED = "message_thanked"
    MESSAGE_RECEIVED = "message_received"
    MORE = "more"
    STATUS_OPEN = "status_open"
    STATUS_LATE = "status_late"
    STATUS_ANSWERED = "status_answered"
    STATUS_ENDED = "status_ended"
    CASE_ASSIGNED = "case_assigned"
    RUNG_FIRED = "rung_fired"
    RUNG_DIGEST = "rung_digest"
    NUDGE_THIRD = "nudge_third"


class Retained(StrEnum):
    """What is kept for a time and then erased, keys of `[keep]` in retention.toml."""

    REPORTER = "reporter"
    WORDS = "words"
    PICTURES = "pictures"
    CONTACTS = "contacts"
    TEXTS = "texts"
    RAW_TEXTS = "raw_texts"


class Weekday(StrEnum):
    """The days of the week as the city counts them."""

    SATURDAY = "saturday"
    SUNDAY = "sunday"
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"


WEEKDAYS: Final = tuple(str(day) for day in Weekday)
"""The week as the city counts it; calendars name all seven."""

CENTRE_LADDER: Final = "centre"
URGENT_POLICY: Final = "urgent"
"""The deadline of what is urgent by somebody's word, or by a subject that has no row of its own."""

OWN_CHANNELS: Final = ("phone", "sms", "web", "open311", "walk_in")
"""Channels the software itself feeds; every pack has them."""

WINDOWS: Final = (
    "triage_within",
    "approval_within",
    "announcement_within",
    "review_within",
    "objection_window",
    "reopen_window",
    "archive_after",
    "silent_after",
    "repeat_contact_window",
    "question_limit",
    "upheld_within",
    "plan_limit",
    "transfer_within",
    "holding_floor",
    "question_not_in_last",
    "longest_pause",
    "longest_extension",
    "recurrence_window",
    "grace_after_opening",
    "duty_next_after",
    "try_again_after",
    "near_window",
    "withdrawal_within",
    "feedback_after",
)
"""The durations of the process, keys of `[windows]` in city.toml."""

NUMBERS: Final = (
    "call_tries",
    "poor_rating",
    "shortest_reply",
    "nudges_before_call",
    "recheck_percent",
    "survey_percent",
    "feedback_percent",
    "verdicts_before_final",
    "photo_elsewhere_metres",
)
"""The counts and shares of the process, keys of `[numbers]` in city.toml."""

HOURS: Final = ("calls_from", "calls_until", "quiet_from", "quiet_until", "digest_at")
"""The times of day of the process on the city's clocks, keys of `[hours]` in city.toml."""

KEPT: Final = tuple(f"keep_{one}" for one in Retained)
"""How long each retained thing is kept: the columns of the city."""
