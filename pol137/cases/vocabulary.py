"""Words of a case. Their on-screen forms stand in `web/labels.py`."""

from datetime import timedelta
from enum import StrEnum

from pol137.city.vocabulary import MessageKind


class Status(StrEnum):
    """Where our work on a case stands."""

    NEW = "new"
    JOINED = "joined"
    ASSIGNED = "assigned"
    IN_WORK = "in_work"
    WAITING = "waiting"
    ANSWERED = "answered"
    APPROVED = "approved"
    ANNOUNCED = "announced"
    PLANNED = "planned"
    UNDER_REVIEW = "under_review"
    CLOSED = "closed"
    ARCHIVED = "archived"


BEFORE_ANSWER = frozenset({Status.NEW, Status.ASSIGNED, Status.IN_WORK, Status.WAITING})
"""No answer of the unit yet: the ladder is running or paused."""

WITH_UNIT = frozenset({Status.ASSIGNED, Status.IN_WORK, Status.WAITING})
"""The unit has it."""

ENDED = frozenset({Status.CLOSED, Status.ARCHIVED})
"""Nothing more is expected of us."""


SETTLED = frozenset({Status.APPROVED, Status.ANNOUNCED, Status.PLANNED, Status.CLOSED, Status.ARCHIVED})
"""A part in one of these keeps the whole from nothing."""


class Action(StrEnum):
    """Everything that can be done to a case; the table of steps says by whom and when."""

    REGISTER = "register"
    ROUTE = "route"
    ACCEPT = "accept"
    REFER_INSIDE = "refer_inside"
    ASK_CITIZEN = "ask_citizen"
    ASK_CENTRE = "ask_centre"
    ASK_MORE_TIME = "ask_more_time"
    GIVE_TIME = "give_time"
    ASK_PAUSE = "ask_pause"
    PAUSE = "pause"
    REFUSE_TIME = "refuse_time"
    RESUME = "resume"
    TRANSFER = "transfer"
    SPLIT = "split"
    DRAFT = "draft"
    ANSWER = "answer"
    APPROVE = "approve"
    RETURN_ANSWER = "return_answer"
    ANNOUNCE = "announce"
    OBJECT = "object"
    DECIDE_REVIEW = "decide_review"
    CLOSE = "close"
    REOPEN = "reopen"
    PROPOSE_JOIN = "propose_join"
    DECLINE_JOIN = "decline_join"
    JOIN_INCIDENT = "join_incident"
    LEAVE_INCIDENT = "leave_incident"
    REOPEN_INCIDENT = "reopen_incident"
    WITHDRAW = "withdraw"
    KEEP_PLAN = "keep_plan"
    POSTPONE_PLAN = "postpone_plan"
    CLASSIFY = "classify"
    ARCHIVE = "archive"
    NOTE = "note"
    RECLASSIFY = "reclassify"
    EDIT_PLACE = "edit_place"
    REVEAL = "reveal"
    NUDGE = "nudge"
    SUPPORT = "support"
    MAKE_SAFE = "make_safe"
    REPORT_DANGER = "report_danger"
    ANSWER_SENDER = "answer_sender"
    RATE = "rate"
    PUBLISH = "publish"


NEEDS_NO_ANSWER = frozenset({MessageKind.OPINION, MessageKind.PRAISE})
"""Thanked, not answered."""


class AnswerType(StrEnum):
    """What the unit says it did."""

    DONE = "done"
    PLANNED = "planned"
    IN_COURSE = "in_course"
    NOT_FEASIBLE = "not_feasible"
    UNLAWFUL = "unlawful"
    NOT_OURS = "not_ours"


class AnswerDecision(StrEnum):
    """What the approver made of an answer."""

    APPROVED = "approved"
    RETURNED = "returned"
    NO_LOGICAL_ANSWER = "no_logical_answer"


class PromiseKind(StrEnum):
    """What a clock is running for."""

    ANSWER = "answer"
    PLAN = "plan"
    TRIAGE = "triage"
    APPROVAL = "approval"
    ANNOUNCEMENT = "announcement"
    REVIEW = "review"
    OBJECTION_WINDOW = "objection_window"
    RECEIPT = "receipt"
    PAUSE = "pause"
    ARCHIVE = "archive"
    PLAN_DAY = "plan_day"


LADDERS = frozenset(
    {
        PromiseKind.ANSWER,
        PromiseKind.PLAN,
        PromiseKind.TRIAGE,
        PromiseKind.APPROVAL,
        PromiseKind.ANNOUNCEMENT,
        PromiseKind.REVIEW,
    }
)
"""Clocks that climb to accountable people; the others end in a step of the system."""

UNIT_CLOCKS = (PromiseKind.ANSWER, PromiseKind.PLAN)
"""Clocks of the unit: closures move them, and their rungs wait for the receiver to open."""


class Stop(StrEnum):
    """Why a promise's clock stands still."""

    HELD = "held"
    PAUSED = "paused"


class AnnouncementMedium(StrEnum):
    """How a citizen is told."""

    SMS = "sms"
    CALL = "call"
    EMAIL = "email"
    PAGE = "page"


class Wish(StrEnum):
    """How the reporter wishes to be told."""

    SMS = "sms"
    CALL = "call"


class ObjectionGround(StrEnum):
    """What does not convince."""

    NOT_DONE = "not_done"
    NOT_CONVINCING = "not_convincing"


class Verdict(StrEnum):
    """How a review ends."""

    UPHELD = "upheld"
    PARTLY = "partly"
    NOT_UPHELD = "not_upheld"


class CloseReason(StrEnum):
    """Why a case ended."""

    ACCEPTED = "accepted"
    WINDOW_OVER = "window_over"
    WITHDRAWN = "withdrawn"


class TimeDecision(StrEnum):
    """What those above made of a unit's wish for time."""

    GIVEN = "given"
    REFUSED = "refused"
    LAPSED = "lapsed"


class Outcome(StrEnum):
    """What a case came to in the end, set when it is classified."""

    SOLVED = "solved"
    EXPLAINED = "explained"
    PLAN_KEPT = "plan_kept"
    NOT_FEASIBLE = "not_feasible"
    HANDED_ON = "handed_on"
    NOT_SOLVED = "not_solved"
    WITHDRAWN = "withdrawn"
    UNFOUNDED = "unfounded"


class Heard(StrEnum):
    """What the main case of a shared problem hears from those joined to it."""

    JOINED = "joined"
    LEFT = "left"
    NUDGE = "nudge"
    NOTE = "note"
    OBJECTION = "objection"


class PhotoDoubt(StrEnum):
    """What speaks against a picture a unit sent as evidence."""

    USED_BEFORE = "used_before"
    ALIKE = "alike"
    TAKEN_BEFORE = "taken_before"
    ELSEWHERE = "elsewhere"


class SupporterKind(StrEnum):
    """Who stands behind a petition beside its reporter."""

    PERSON = "person"
    BUILDING_MANAGER = "building_manager"
    COUNCIL = "council"


class NoticeKind(StrEnum):
    """Notices that follow from no step of a case."""

    ALARM = "alarm"
    WEEKLY = "weekly"


class Side(StrEnum):
    """Who brought a picture or a note."""

    CITIZEN = "citizen"
    STAFF = "staff"


class Queue(StrEnum):
    """The lists people work from."""

    INBOX = "inbox"
    TRIAGE = "triage"
    APPROVAL = "approval"
    ANNOUNCEMENT = "announcement"
    REVIEW = "review"
    PLANS = "plans"
    CLASSIFY = "classify"


SHOWN_FROM = timedelta(minutes=1)
"""A time that moved by less is the same time to whoever reads it."""
