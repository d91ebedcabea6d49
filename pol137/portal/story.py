"""What happened to a case, told to its citizen and to everybody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, pgettext, pgettext_lazy

from pol137.cases.queries import Dossier
from pol137.cases.vocabulary import CloseReason, ObjectionGround, PromiseKind, Verdict
from pol137.city.queries import book
from pol137.city.vocabulary import Role
from pol137.journal.vocabulary import EventKind as E
from pol137.web import labels
from pol137.web.pieces import Line, Words
from pol137.web.templatetags.fa import digits, jalali_time, language


@dataclass(frozen=True, slots=True)
class Told:
    """How an event is told to the citizen himself and to everybody else; None: not at all."""

    mine: Words | None
    others: Words | None
    icon: str
    tone: str = "quiet"


TOLD: Mapping[E, Told] = {
    E.CASE_REGISTERED: Told(
        pgettext_lazy("citizen", "Registered at 137"),
        pgettext_lazy("citizen", "Registered at 137"),
        "plus",
        "accent",
    ),
    E.CASE_HELD_FOR_TRIAGE: Told(
        pgettext_lazy("citizen", "We are finding the responsible unit"),
        pgettext_lazy("citizen", "We are finding the responsible unit"),
        "search",
        "accent",
    ),
    E.CASE_ROUTED: Told(
        pgettext_lazy("citizen", "Sent to %(unit)s"),
        pgettext_lazy("citizen", "Sent to %(unit)s"),
        "next",
        "accent",
    ),
    E.CASE_ACCEPTED: Told(
        pgettext_lazy("citizen", "The unit took it up"),
        pgettext_lazy("citizen", "The unit took it up"),
        "half",
        "accent",
    ),
    E.CASE_QUESTION_ASKED: Told(
        pgettext_lazy("citizen", "The unit asked you a question; its time stands still until you reply"),
        pgettext_lazy("citizen", "The unit asked the reporter a question"),
        "question",
        "soon",
    ),
    E.CASE_MORE_TIME_GIVEN: Told(
        pgettext_lazy("citizen", "The deputy gave more time: an answer by %(due)s"),
        pgettext_lazy("citizen", "The deputy gave more time: an answer by %(due)s"),
        "hourglass",
        "soon",
    ),
    E.CASE_PAUSED: Told(
        pgettext_lazy("citizen", "Follow-up stands still until %(until)s"),
        pgettext_lazy("citizen", "Follow-up stands still until %(until)s"),
        "pause",
        "soon",
    ),
    E.CASE_RESUMED: Told(
        pgettext_lazy("citizen", "Follow-up goes on"),
        pgettext_lazy("citizen", "Follow-up goes on"),
        "clock",
        "accent",
    ),
    E.CASE_TRANSFERRED: Told(
        pgettext_lazy("citizen", "The unit said it is not its duty; your date stays the same"),
        pgettext_lazy("citizen", "The responsible unit changes"),
        "split",
        "soon",
    ),
    E.CASE_SPLIT: Told(
        pgettext_lazy("citizen", "A part of it was given to %(unit)s"),
        pgettext_lazy("citizen", "A part of it was given to %(unit)s"),
        "split",
        "note",
    ),
    E.CASE_ANSWERED: Told(
        pgettext_lazy("citizen", "The unit answered; we are checking the answer"),
        pgettext_lazy("citizen", "The unit answered; the centre is checking the answer"),
        "message",
        "note",
    ),
    E.CASE_ANSWER_RETURNED: Told(
        pgettext_lazy("citizen", "The answer was not good enough; we sent it back to the unit"),
        None,
        "undo",
        "soon",
    ),
    E.CASE_APPROVED: Told(
        pgettext_lazy("citizen", "We checked and approved the answer"),
        pgettext_lazy("citizen", "The answer was approved"),
        "check",
        "good",
    ),
    E.CASE_ANNOUNCED: Told(
        pgettext_lazy("citizen", "The answer was told to you"),
        pgettext_lazy("citizen", "The answer was told"),
        "announce",
        "good",
    ),
    E.CASE_OBJECTED: Told(
        pgettext_lazy("citizen", "You objected: %(ground)s"),
        pgettext_lazy("citizen", "The reporter objected"),
        "scale",
        "late",
    ),
    E.CASE_REVIEW_DECIDED: Told(
        pgettext_lazy("citizen", "Result of the review: %(verdict)s"),
        pgettext_lazy("citizen", "Result of the review: %(verdict)s"),
        "scale",
        "note",
    ),
    E.CASE_CLOSED: Told(
        pgettext_lazy("citizen", "%(closed)s"), pgettext_lazy("citizen", "End of follow-up"), "done", "good"
    ),
    E.CASE_REOPENED: Told(
        pgettext_lazy("citizen", "Taken up again"),
        pgettext_lazy("citizen", "Taken up again"),
        "refresh",
        "accent",
    ),
    E.CASE_JOINED_INCIDENT: Told(
        pgettext_lazy("citizen", "Others reported the same; we follow all of them up together"),
        pgettext_lazy("citizen", "Joined to other reports of the same problem"),
        "merge",
        "note",
    ),
    E.CASE_LEFT_INCIDENT: Told(
        pgettext_lazy("citizen", "Followed up on its own again"),
        pgettext_lazy("citizen", "Followed up on its own again"),
        "split",
        "note",
    ),
    E.REFERRAL_SENT: Told(
        pgettext_lazy("citizen", "Our letter went to the responsible body"),
        pgettext_lazy("citizen", "Our letter went to the responsible body"),
        "send",
        "note",
    ),
    E.REFERRAL_REPLIED: Told(
        pgettext_lazy("citizen", "The responsible body replied"),
        pgettext_lazy("citizen", "The responsible body replied"),
        "message",
        "note",
    ),
    E.CASE_WITHDRAWN: Told(
        pgettext_lazy("citizen", "You withdrew the request"),
        pgettext_lazy("citizen", "The reporter withdrew it"),
        "close",
    ),
    E.CASE_PLAN_ACCEPTED: Told(
        pgettext_lazy("citizen", "You agreed with the date"),
        pgettext_lazy("citizen", "The reporter agreed with the date"),
        "check",
        "good",
    ),
    E.CASE_PLAN_KEPT: Told(
        pgettext_lazy("citizen", "The unit says the promised work is done; we are checking"),
        pgettext_lazy("citizen", "The unit says the promised work is done; the centre is checking"),
        "calendar",
        "note",
    ),
    E.CASE_PLAN_POSTPONED: Told(
        pgettext_lazy("citizen", "The date of the work was put off to %(due)s"),
        pgettext_lazy("citizen", "The date of the work was put off to %(due)s"),
        "calendar",
        "late",
    ),
    E.CASE_NUDGED: Told(
        pgettext_lazy("citizen", "You asked again; head and deputy were told"),
        pgettext_lazy("citizen", "The reporter asked again"),
        "hand",
        "soon",
    ),
    E.CASE_RATED: Told(pgettext_lazy("citizen", "You gave %(score)s of 5"), None, "star", "note"),
    E.CASE_DANGER_REPORTED: Told(
        pgettext_lazy("citizen", "Danger was reported; help goes before all other work"),
        pgettext_lazy("citizen", "Danger was reported; help goes before all other work"),
        "alert",
        "late",
    ),
    E.CASE_MADE_SAFE: Told(
        pgettext_lazy("citizen", "The danger is over; the unit goes on with the repair"),
        pgettext_lazy("citizen", "The danger is over; the unit goes on with the repair"),
        "check",
        "good",
    ),
    E.RUNG_FIRED: Told(
        pgettext_lazy("citizen", "No answer in time: taken to %(roles)s"),
        pgettext_lazy("citizen", "No answer in time: taken to %(roles)s"),
        "stairs",
        "late",
    ),
}
"""What is not here is the centre's own business, or stands in another line already."""

CLOSED = {
    CloseReason.ACCEPTED: pgettext_lazy("citizen", "You said it is solved; end of follow-up"),
    CloseReason.WINDOW_OVER: pgettext_lazy("citizen", "The time to object is over; end of follow-up"),
}
VERDICTS = {
    Verdict.UPHELD: pgettext_lazy("citizen", "your objection is right, the unit works again"),
    Verdict.PARTLY: pgettext_lazy("citizen", "your objection is partly right, the unit works again"),
    Verdict.NOT_UPHELD: pgettext_lazy("citizen", "the answer stands"),
}
ROLES = {
    Role.DEPUTY: pgettext_lazy("taken to", "the deputy"),
    Role.MANAGER: pgettext_lazy("taken to", "the manager"),
    Role.INSPECTOR: pgettext_lazy("taken to", "the inspection organisation"),
    Role.UNIT_HEAD: pgettext_lazy("taken to", "the head of the unit"),
    Role.SHIFT_SUPERVISOR: pgettext_lazy("taken to", "the shift supervisor"),
    Role.CENTRE_HEAD: pgettext_lazy("taken to", "the head of the centre"),
}
EARLY = pgettext_lazy("citizen", "Put before %(roles)s")
UNIT_CLOCKS = frozenset({PromiseKind.ANSWER, PromiseKind.PLAN})


def story(found: Dossier, *, mine: bool) -> list[Line]:
    """What happened, latest first: in words for the reporter himself, or for everybody."""
    lines = [line for event in found.events if (line := _line(event, found, mine=mine)) is not None]
    return lines[::-1]


def _line(event: Any, found: Dossier, *, mine: bool) -> Line | None:
    told = TOLD.get(E(event.kind))
    if told is None or (event.kind == E.RUNG_FIRED and not _climbed(event)):
        return None
    words = EARLY if _is_early(event, found) else told.mine if mine else told.others
    if words is None:
        return None
    return Line(
        at=event.at,
        words=str(words) % _values(event, found),
        icon=told.icon,
        tone=told.tone,
        detail=_detail(event, found) if mine else "",
    )


def _climbed(event: Any) -> bool:
    return event.body.get("kind") in UNIT_CLOCKS and int(event.body.get("rung", 0)) > 0


def _is_early(event: Any, found: Dossier) -> bool:
    """A rung before the promised time, as after an upheld objection: told, but nobody was late."""
    if event.kind != E.RUNG_FIRED or not event.body.get("due_at"):
        return False
    clock = next((one for one in found.clocks if one.pk == event.body.get("promise")), None)
    return clock is not None and datetime.fromisoformat(event.body["due_at"]) < clock.promised_at


def _values(event: Any, found: Dossier) -> dict[str, str]:
    body, city = event.body, book()
    department = city.departments.get(body["department"]) if body.get("department") else None
    values = {
        "unit": city.name(department, language()) or gettext("the responsible unit"),
        "due": _moment(body.get("due_at")),
        "until": _moment(body.get("until")),
        "score": digits(body.get("score", "")),
        "roles": roles_of(found, body.get("promise"), body.get("rung")),
        "ground": "",
        "verdict": "",
        "closed": pgettext("citizen", "End of follow-up"),
    }
    if body.get("ground") in set(ObjectionGround):
        values["ground"] = str(labels.label(body["ground"], "ObjectionGround"))
    if body.get("verdict") in set(Verdict):
        values["verdict"] = str(VERDICTS[Verdict(body["verdict"])])
    if body.get("reason") in CLOSED:
        values["closed"] = str(CLOSED[CloseReason(body["reason"])])
    return values


def _moment(text: str | None) -> str:
    return jalali_time(datetime.fromisoformat(text)) if text else ""


def roles_of(found: Dossier, promise_id: object, rung: object) -> str:
    """Whom a rung took the case to: «معاون», «مدیر و سازمان بازرسی»."""
    clock = next((one for one in found.clocks if one.pk == promise_id), None)
    rungs: list[dict[str, Any]] = clock.policy.get("rungs", []) if clock else []
    roles: list[str] = next((one["roles"] for one in rungs if one["n"] == rung), [])
    words = [str(ROLES.get(Role(role)) or labels.label(role, "Role")) for role in roles]
    return gettext(" and ").join(words) or gettext("a higher level")


def _detail(event: Any, found: Dossier) -> str:
    """The words that belong to a line: the question, the objection, the reasons of a verdict."""
    body = event.body
    if event.kind == E.CASE_QUESTION_ASKED:
        return next((one.text for one in found.asked if one.pk == body.get("question")), "")
    if event.kind == E.CASE_RESUMED:
        return next((one.reply for one in found.asked if one.replied_at == event.at), "")
    if event.kind == E.CASE_OBJECTED:
        return next((one.words for one in found.objections if one.pk == body.get("objection")), "")
    if event.kind == E.CASE_REVIEW_DECIDED:
        reviews = [one.review for one in found.objections if hasattr(one, "review")]
        return next((one.citizen_text for one in reviews if one.pk == body.get("review")), "")
    if event.kind == E.CASE_RATED:
        return next((one.words for one in found.ratings if one.pk == body.get("rating")), "")
    return ""
