"""How far a case has come and how its promise stands, in the citizen's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext, pgettext

from pol137.cases.queries import Dossier
from pol137.cases.vocabulary import ENDED, SHOWN_FROM, WITH_UNIT, CloseReason, PromiseKind, Status, Stop
from pol137.journal.vocabulary import EventKind
from pol137.portal.story import UNIT_CLOCKS, roles_of
from pol137.web import labels
from pol137.web.pieces import Stage, Words
from pol137.web.templatetags.fa import jalali, jalali_time


def open_question(found: Dossier) -> Any:
    """The unit's question that waits for the citizen's reply, if one does."""
    if found.case.status != Status.WAITING:
        return None
    since = found.case.status_since
    return next((one for one in found.asked if one.asked_at == since and one.replied_at is None), None)


def status_words(found: Dossier, *, mine: bool) -> Words:
    """The status as the citizen reads it."""
    status = Status(found.case.status)
    if status is Status.WAITING and open_question(found) is None:
        return pgettext("citizen", "Follow-up stands still for a while")
    if mine:
        return labels.status(status, "citizen")
    return {
        Status.WAITING: pgettext("citizen", "Waits for the reporter's reply"),
        Status.APPROVED: pgettext("citizen", "The answer is ready"),
        Status.ANNOUNCED: pgettext("citizen", "The answer was told"),
        Status.UNDER_REVIEW: pgettext("citizen", "The answer is being reviewed"),
    }.get(status, labels.status(status, "citizen"))


def stages(found: Dossier, *, unit: str) -> list[Stage]:
    """How far the case has come."""
    case = found.case
    place = _place(Status(case.status))
    words = [
        pgettext("stage", "Registered"),
        pgettext("stage", "With the responsible unit"),
        pgettext("stage", "Answer checked"),
        pgettext("stage", "Answer told"),
        pgettext("stage", "End"),
    ]
    times = {0: case.registered_at, 4: case.closed_at}
    if case.status == Status.UNDER_REVIEW:
        words[3] = pgettext("stage", "Objection reviewed")
    if case.close_reason == CloseReason.WITHDRAWN:
        words[1:4] = []
        times = {0: case.registered_at, 1: case.closed_at}
        place = len(words)
    hints = {1: unit, 4: plan_words(found) or pgettext("stage", "Open to objections")}
    return [
        Stage(
            one,
            "done" if n < place else "now" if n == place else "later",
            times.get(n),
            hints.get(n, "") if n == place else "",
        )
        for n, one in enumerate(words)
    ]


def _place(status: Status) -> int:
    """The stage that is going on; past the last one when all is over."""
    if status in ENDED:
        return 5
    if status in WITH_UNIT or status in (Status.NEW, Status.JOINED):
        return 1
    return {Status.ANSWERED: 2, Status.APPROVED: 3, Status.UNDER_REVIEW: 3}.get(status, 4)


# --- the promise ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PromiseView:
    """How the promise of an answer stands."""

    due: datetime
    started: datetime
    state: str
    words: str
    moved: str = ""


def promise(found: Dossier, *, leads: Dossier, now: datetime) -> PromiseView | None:
    """The promise in words. It is of an answer, never of the work itself; of a joined case it runs or stands
    still with that of the case that `leads`."""
    clock = found.clock(PromiseKind.ANSWER)
    if clock is None:
        return None
    if clock.met_at is not None:
        late = clock.met_at - clock.promised_at
        words = (
            gettext("Answered in time.") if late <= timedelta(0) else gettext("Answered later than promised.")
        )
        return PromiseView(clock.due_at, clock.started_at, "met", words)
    due, first = jalali_time(clock.due_at), jalali_time(clock.promised_at)
    moved = abs(clock.due_at - clock.promised_at) >= SHOWN_FROM
    runs = leads.clock(PromiseKind.ANSWER)
    state = str(Stop(runs.stop)) if runs is not None and runs.stop else ""
    return PromiseView(
        due=clock.due_at,
        started=clock.started_at,
        state="ended" if clock.ended_at else state,
        words=_promised(due, broken=not state and now > clock.due_at),
        moved=gettext("At first we had promised %(due)s.") % {"due": first} if moved else "",
    )


def _promised(due: str, *, broken: bool) -> str:
    words = gettext("We had promised an answer by %(due)s.") if broken else gettext("We answer by %(due)s.")
    return words % {"due": due}


def review_words(found: Dossier) -> str:
    """By when an open objection is decided."""
    clock = found.clock(PromiseKind.REVIEW)
    if clock is None or clock.ended_at is not None:
        return ""
    return gettext("We tell you the result of the review by %(due)s.") % {
        "due": jalali_time(clock.promised_at)
    }


def taken_to(found: Dossier) -> str:
    """Who has the case before him because its promise was not kept; empty when nobody."""
    fired = [
        rung
        for rung in found.rungs
        if rung.n > 0
        and rung.promise.kind in UNIT_CLOCKS
        and rung.promise.ended_at is None
        and rung.due_at >= rung.promise.promised_at
    ]
    last = max(fired, key=lambda rung: (rung.promise_id, rung.n), default=None)
    return roles_of(found, last.promise_id, last.n) if last else ""


def plan_words(found: Dossier) -> str:
    """The date of promised work, while it is still to come."""
    return planned(found.clock(PromiseKind.PLAN), found.case)


def agreed(found: Dossier, *, now: datetime) -> bool | None:
    """Whether the reporter has said that the promised date is good, as it stands now; None when no date is
    still to come."""
    clock = found.clock(PromiseKind.PLAN)
    if found.case.status != Status.PLANNED or clock is None or clock.ended_at or clock.due_at <= now:
        return None
    said = [one.body.get("due_at") for one in found.events if one.kind == EventKind.CASE_PLAN_ACCEPTED]
    return clock.due_at.isoformat() in said


def planned(clock: Any, case: Any) -> str:
    """The date of the work that a clock of this case promises, while it is still to come."""
    if clock is None or clock.ended_at is not None or case.status != Status.PLANNED:
        return ""
    return gettext("The unit has promised the work for %(day)s.") % {
        "day": jalali(clock.due_at - timedelta(seconds=1))
    }
