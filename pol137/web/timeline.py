"""The story of a case: every kind of event as a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pol137.cases.vocabulary import (
    AnnouncementMedium,
    AnswerDecision,
    AnswerType,
    CloseReason,
    Heard,
    ObjectionGround,
    Outcome,
    PromiseKind,
    Status,
    Verdict,
)
from pol137.city.queries import book
from pol137.contacts.vocabulary import CallOutcome, Disposition
from pol137.dispatch.vocabulary import CallReply, DispatchState
from pol137.journal.vocabulary import EventKind as E
from pol137.lib.actor import ActorKind
from pol137.web.labels import LABELS
from pol137.web.pieces import Line, Words
from pol137.web.templatetags.fa import digits, jalali_time, language


class Happened(Protocol):
    """What the story needs of an event."""

    id: int
    kind: str
    at: datetime
    by: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sentence:
    """How a kind of event is told; `citizen` says whether the citizen hears of it."""

    words: Words
    icon: str
    tone: str = "quiet"
    citizen: bool = False


SENTENCES: Mapping[E, Sentence] = {
    E.CONTACT_FINISHED: Sentence(_("The contact ended: %(disposition)s"), "phone"),
    E.CASE_REGISTERED: Sentence(_("Registered: %(service)s (%(channel)s)"), "plus", "accent", True),
    E.CASE_ROUTED: Sentence(_("Sent to %(department)s"), "next", "accent", True),
    E.CASE_HELD_FOR_TRIAGE: Sentence(_("Held by triage: no unit could be chosen"), "question", "soon"),
    E.CASE_ACCEPTED: Sentence(_("The unit took it up"), "half", "accent", True),
    E.CASE_REFERRED_INSIDE: Sentence(_("Referred inside to %(department)s"), "next"),
    E.CASE_QUESTION_ASKED: Sentence(_("A question went to the citizen"), "question", "soon", True),
    E.CASE_QUESTION_REACHED: Sentence(
        _("The question reached the citizen; the clock is paused"), "pause", "soon"
    ),
    E.CASE_MORE_TIME_ASKED: Sentence(_("The unit asked for more time"), "hourglass", "soon"),
    E.CASE_PAUSE_ASKED: Sentence(_("The unit asked for a pause"), "hourglass", "soon"),
    E.CASE_TIME_REFUSED: Sentence(_("More time or a pause was refused"), "undo"),
    E.CASE_DUE_MOVED: Sentence(_("Offices were closed: the time moved to %(due)s"), "calendar", "soon", True),
    E.CASE_MORE_TIME_GIVEN: Sentence(_("More time was given: until %(due)s"), "hourglass", "soon", True),
    E.CASE_PAUSED: Sentence(_("The clock was paused until %(until)s"), "pause", "soon", True),
    E.CASE_RESUMED: Sentence(_("The clock runs again"), "clock", "accent", True),
    E.CASE_TRANSFERRED: Sentence(_("Not this unit's duty: passed on to %(department)s"), "next", "soon"),
    E.CASE_SPLIT: Sentence(_("A part was given to %(department)s"), "split", "note", True),
    E.CASE_ANSWER_DRAFTED: Sentence(_("A draft answer was saved: %(type)s"), "edit"),
    E.CASE_ANSWERED: Sentence(_("The unit answered: %(type)s"), "message", "note", True),
    E.CASE_APPROVED: Sentence(_("The answer was approved: %(type)s"), "check", "good", True),
    E.CASE_ANSWER_RETURNED: Sentence(_("%(decision)s"), "undo", "late"),
    E.CASE_ANNOUNCED: Sentence(_("The answer was announced: %(medium)s"), "announce", "good", True),
    E.CASE_OBJECTED: Sentence(_("Objection: %(ground)s"), "scale", "late", True),
    E.CASE_REVIEW_DECIDED: Sentence(_("Verdict on the objection: %(verdict)s"), "scale", "note", True),
    E.CASE_CLOSED: Sentence(_("Closed: %(reason)s"), "done", "good", True),
    E.CASE_REOPENED: Sentence(_("Reopened"), "refresh", "soon", True),
    E.CASE_JOIN_PROPOSED: Sentence(_("The unit proposed it as a shared problem"), "merge"),
    E.CASE_JOIN_DECLINED: Sentence(_("Not a shared problem, said the centre"), "undo"),
    E.CASE_JOINED_INCIDENT: Sentence(_("Joined to a shared problem"), "merge", "note", True),
    E.CASE_LEFT_INCIDENT: Sentence(_("Parted from the shared problem"), "split", "note", True),
    E.CASE_HEARD_FROM_JOINED: Sentence(_("From a joined case: %(heard)s"), "merge", "soon"),
    E.CASE_WITHDRAWN: Sentence(_("Withdrawn by the citizen"), "close", "quiet", True),
    E.CASE_PLAN_KEPT: Sentence(_("The promised work was reported: %(type)s"), "calendar", "note", True),
    E.CASE_PLAN_POSTPONED: Sentence(
        _("The promised date was postponed to %(due)s"), "calendar", "late", True
    ),
    E.CASE_PLAN_DAY: Sentence(_("The promised day has come"), "calendar", "note", True),
    E.CASE_PLAN_ACCEPTED: Sentence(_("The citizen agrees with the promised date"), "check", "good", True),
    E.CASE_CLASSIFIED: Sentence(_("Classified: %(outcome)s"), "edit"),
    E.CASE_ARCHIVED: Sentence(_("Archived"), "archive"),
    E.CASE_NOTED: Sentence(_("Note"), "edit"),
    E.CASE_RECLASSIFIED: Sentence(_("The subject was changed to %(service)s"), "edit"),
    E.CASE_PLACE_EDITED: Sentence(_("The place was corrected"), "pin"),
    E.CASE_REPORTER_REVEALED: Sentence(_("The reporter was shown to a member of staff"), "eye", "soon"),
    E.CASE_NUDGED: Sentence(_("The citizen asked again (nudge %(nudges)s)"), "hand", "soon", True),
    E.CASE_SUPPORTED: Sentence(_("Somebody stands behind it too"), "hand", "note", True),
    E.CASE_TURNED_URGENT: Sentence(_("Somebody is in danger: it is urgent"), "alert", "late"),
    E.CASE_MADE_SAFE: Sentence(_("The danger is over; the repair goes on"), "check", "good", True),
    E.CASE_DANGER_REPORTED: Sentence(_("Danger was reported"), "alert", "late"),
    E.CASE_SENDER_ANSWERED: Sentence(_("The answer went back to the system that sent it"), "send"),
    E.CASE_ERASED: Sentence(_("Personal words and names were erased"), "close"),
    E.CASE_RATED: Sentence(_("The citizen gave %(score)s of 5 stars"), "star", "note", True),
    E.CASE_IMPORTED: Sentence(_("Brought along from the former system"), "archive", "note", True),
    E.CASE_WORDS_PUBLISHED: Sentence(_("Words and photos were opened to the public"), "eye"),
    E.RUNG_FIRED: Sentence(
        _("The time for “%(promise)s” ended: follow-up level %(rung)s"), "stairs", "late", True
    ),
    E.POSITION_VACANT: Sentence(
        _("Nobody holds “%(position)s”, which had to be told; those above were told"), "alert", "late"
    ),
    E.CALL_NEEDED: Sentence(_("To be told by phone"), "phone", "soon"),
    E.CALL_ATTEMPTED: Sentence(_("Call to the citizen: %(outcome)s"), "phone"),
    E.MESSAGE_QUEUED: Sentence(_("A text to the citizen stands ready to go out"), "send"),
    E.MESSAGE_RECEIVED: Sentence(_("A text came in"), "message"),
    E.MESSAGE_DELIVERED: Sentence(_("The text was delivered"), "checks", "good"),
    E.MESSAGE_UNDELIVERED: Sentence(_("The text could not be delivered"), "alert", "late"),
    E.REFERRAL_OPENED: Sentence(_("A letter to the responsible body stands ready"), "send"),
    E.REFERRAL_SENT: Sentence(_("The letter went to the responsible body"), "send", "note", True),
    E.REFERRAL_REPLIED: Sentence(_("The responsible body replied"), "message", "note", True),
    E.REFERRAL_WITHDRAWN: Sentence(_("The letter to the responsible body was kept back"), "undo"),
    E.FINDING_RECORDED: Sentence(_("Inspection recorded its finding"), "scale"),
    E.RECHECK_DRAWN: Sentence(_("Drawn for a second look"), "eye"),
    E.RECHECK_DECIDED: Sentence(_("The second look was taken"), "eye"),
    E.DISPATCH_OPENED: Sentence(_("It stands on the dispatch board"), "alert", "soon"),
    E.DISPATCH_CALLED: Sentence(_("The duty officer was called: %(reply)s"), "phone", "soon"),
    E.DISPATCH_PASSED: Sentence(
        _("No acknowledgement in time: the next on duty is due"), "hourglass", "late"
    ),
    E.DISPATCH_EXHAUSTED: Sentence(_("Nobody on the duty roster has acknowledged"), "alert", "late"),
    E.DISPATCH_MOVED: Sentence(_("From the scene: %(state)s"), "next", "accent", True),
    E.DISPATCH_ENDED: Sentence(_("It left the dispatch board: %(state)s"), "done"),
    E.ROSTER_CHANGED: Sentence(_("The duty roster was changed"), "calendar"),
    E.PACK_LOADED: Sentence(_("The city pack was loaded"), "upload"),
    E.CLOSURE_DECLARED: Sentence(_("A closure was declared"), "calendar", "soon"),
    E.CLOSURE_ENDED: Sentence(_("A closure ended early"), "calendar"),
    E.HOLIDAY_CHANGED: Sentence(_("A holiday was changed"), "calendar"),
    E.APPOINTED: Sentence(_("An appointment was changed"), "person"),
    E.SIGNING_DELEGATED: Sentence(_("Signing was delegated"), "person"),
    E.ACCOUNT_UNLOCKED: Sentence(_("An account was unlocked"), "lock"),
    E.PERSON_ERASED: Sentence(_("A person's details were erased"), "close"),
    E.KEY_CREATED: Sentence(_("A key was made"), "lock"),
    E.KEY_REVOKED: Sentence(_("A key was revoked"), "lock", "late"),
    E.LOGGED_IN: Sentence(_("Logged in"), "person"),
    E.LOGIN_REFUSED: Sentence(_("A log-in was refused"), "alert", "late"),
}

FIRST_RUNG = Sentence(_("The head was told: “%(promise)s”"), "bell", "accent")
"""Rung 0 is notice given, not lateness."""

PARTS: Mapping[str, Words] = {
    "ladder": _("Follow-up ladder"),
    "router": _("The system, by the city's routing rules"),
    "announcer": _("Announcing"),
    "clock": _("The clock"),
}
PARTIES: Mapping[str, Words] = {
    ActorKind.STAFF: _("Staff"),
    ActorKind.CITIZEN: _("Citizen"),
    ActorKind.CLIENT: _("Another system"),
    ActorKind.SYSTEM: _("The system"),
}


WISHED_BY_UNIT = Sentence(_("The unit asks the centre to call the citizen"), "phone", "soon")
"""A call that tells no answer."""

PASSER_BY = "client:portal"
"""Somebody on the citizens' pages who has not shown who he is."""


def sentence_of(event: Happened) -> Sentence:
    """How this event is told."""
    if event.kind == E.CALL_NEEDED and event.body.get("purpose") == "unit":
        return WISHED_BY_UNIT
    if event.kind == E.RUNG_FIRED and event.body.get("rung") == 0:
        return FIRST_RUNG
    return SENTENCES[E(event.kind)]


def story(
    events: Iterable[Happened],
    *,
    audience: str = "staff",
    names: Mapping[int, str] | None = None,
    details: Mapping[int, str] | None = None,
) -> list[Line]:
    """The events as lines, oldest first as given.

    For "citizen" only what concerns him, and no names of staff. `names` are display names by staff number,
    `details` further words by event number (an answer, a reason), both read by the caller.
    """
    lines = []
    for event in events:
        sentence = sentence_of(event)
        if audience == "citizen" and not sentence.citizen:
            continue
        lines.append(
            Line(
                at=event.at,
                words=str(sentence.words) % _values(event),
                icon=sentence.icon,
                tone=sentence.tone,
                by="" if audience == "citizen" else by_words(event.by, names or {}),
                detail=(details or {}).get(event.id, ""),
            )
        )
    return lines


def staff_in(events: Iterable[Happened]) -> set[int]:
    """The staff numbers the story names, to read their names at once."""
    parties = (event.by.partition(":") for event in events)
    return {int(ref) for kind, _colon, ref in parties if kind == ActorKind.STAFF and ref.isdigit()}


def by_words(by: str, names: Mapping[int, str]) -> str:
    """Who acted: a member of staff by name, a part of the system, the citizen, another system."""
    kind, _colon, ref = by.partition(":")
    if kind == ActorKind.STAFF and ref.isdigit():
        return names.get(int(ref), str(PARTIES[ActorKind.STAFF]))
    if kind == ActorKind.SYSTEM and ref in PARTS:
        return str(PARTS[ref])
    if by == PASSER_BY:
        return str(PARTIES[ActorKind.CITIZEN])
    return str(PARTIES[kind]) if kind in PARTIES else ""


class _Values(dict[str, str]):
    """What a sentence may ask for and the event does not say is a dash."""

    def __missing__(self, key: str) -> str:
        return "—"


SAID = (
    ("type", AnswerType),
    ("decision", AnswerDecision),
    ("medium", AnnouncementMedium),
    ("ground", ObjectionGround),
    ("heard", Heard),
    ("verdict", Verdict),
    ("reason", CloseReason),
    ("disposition", Disposition),
    ("outcome", CallOutcome),
    ("outcome", Outcome),
    ("to", Status),
    ("state", DispatchState),
    ("reply", CallReply),
)


def _values(event: Happened) -> _Values:
    body, city, speech = event.body, book(), language()
    values = _Values()
    for name, enum in SAID:
        if body.get(name) in set(enum):
            values[name] = str(LABELS[enum][enum(body[name])])
    for name, shelf in (
        ("department", city.departments),
        ("service", city.services),
        ("channel", city.channels),
        ("position", city.positions),
    ):
        if isinstance(body.get(name), int):
            values[name] = city.name(shelf.get(body[name]), speech) or "—"
    for name in ("rung", "nudges", "score"):
        if name in body:
            values[name] = digits(body[name])
    if body.get("kind") in set(PromiseKind):
        values["promise"] = str(LABELS[PromiseKind][PromiseKind(body["kind"])])
    for name, key in (("due", "due_at"), ("until", "until")):
        if body.get(key):
            values[name] = jalali_time(datetime.fromisoformat(body[key]))
    if event.kind == E.CASE_TRANSFERRED and "department" not in values:
        values["department"] = gettext("triage")
    return values
