"""What follows an event of a case, in the background. Each job is safe to run twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pol137.cases.models import Announcement, Case, Promise, Question, Review, TimeRequest
from pol137.cases.operations import announce_answer, begin_announcement, call_instead, closures, recurring
from pol137.cases.operations.announcing import approved_answer, call_for
from pol137.cases.operations.incidents import hear_joined
from pol137.cases.operations.petitions import tell_supporters
from pol137.cases.operations.promises import due_after_pause, last_promise, open_promise
from pol137.cases.operations.steps import stream_of
from pol137.cases.operations.telling import text_reporter
from pol137.cases.operations.working import ask_by_phone, asked_by_text, note_question_reached
from pol137.cases.queries import (
    asked_now,
    carrier_of,
    reporter_of,
    those_joined,
    waiting_announcement,
    words_of_note,
)
from pol137.cases.queries.time import name_of_rung
from pol137.cases.vocabulary import UNIT_CLOCKS, PromiseKind, Status, Stop
from pol137.city.queries.book import book
from pol137.city.vocabulary import TextEvent
from pol137.journal.models import Event
from pol137.journal.outbox import job
from pol137.journal.queries import get_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import system
from pol137.messaging.queries import get_message

ANNOUNCER = system("announcer")


def _case_of(event: Event) -> Case:
    return Case.objects.get(pk=int(event.stream.partition(":")[2]))


@job
def begin_telling_answer(*, event_id: int, now: datetime) -> None:
    """An answer was approved, or the last part that kept it back is gone: start telling the citizen."""
    case = _case_of(get_event(event_id))
    begin_announcement(case.pk, event_id=event_id, by=ANNOUNCER, now=now)


@job
def note_delivery(*, event_id: int, now: datetime) -> None:
    """A text reached the citizen: when it carried an answer, the answer is announced; when it carried a
    question, the clock stands still from now on."""
    question = _question_in(event_id)
    if question is not None:
        note_question_reached(question.pk, by=ANNOUNCER, now=now)
    waiting = _carried_by(event_id)
    if waiting is not None:
        announce_answer(waiting.case_id, told_by="sms", by=ANNOUNCER, now=now)


@job
def note_failed_delivery(*, event_id: int, now: datetime) -> None:
    """A text cannot be delivered: when it carried an answer or a question, the citizen is called instead."""
    question = _question_in(event_id)
    if question is not None and question == asked_now(question.case):
        ask_by_phone(question.case_id, by=ANNOUNCER, now=now)
    waiting = _carried_by(event_id)
    if waiting is not None:
        call_instead(waiting.case_id, by=ANNOUNCER, now=now)


def _question_in(event_id: int) -> Question | None:
    """The question that the event's message carries."""
    message = get_message(int(get_event(event_id).body["message"]))
    if message.purpose != "question_asked":
        return None
    return Question.objects.select_related("case").get(pk=get_event(message.event_id).body["question"])


CARRYING = (TextEvent.ANSWER_ANNOUNCED, TextEvent.PLAN_ANNOUNCED)


def _carried_by(event_id: int) -> Announcement | None:
    """The announcement that the event's message carries, while it waits; never a later one of the case."""
    message = get_message(int(get_event(event_id).body["message"]))
    if message.purpose not in CARRYING or message.case_ref is None:
        return None
    waiting = waiting_announcement(message.case_ref)
    return waiting if waiting is not None and waiting.requested_at <= message.queued_at else None


@job
def tell_main(*, event_id: int, now: datetime) -> None:
    """What was said on a joined case reaches the main case."""
    event = get_event(event_id)
    case = _case_of(event)
    hear_joined(case.pk, incident_id=event.body.get("incident") or case.incident_id, event=event, now=now)


@job
def tell_those_behind(*, event_id: int, now: datetime) -> None:
    """An answer was announced: those who stand behind the case are told too."""
    tell_supporters(_case_of(get_event(event_id)).pk, event_id=event_id, now=now)


@job
def make_later(*, event_id: int, now: datetime) -> None:
    """A closure was declared: the promises it touches become later."""
    closures.make_later(int(get_event(event_id).body["closure"]), by=closures.CLOSER, now=now)


@job
def tell_reporter(*, event_id: int, now: datetime) -> None:
    """Tell the citizen during the work too (S1:57)."""
    event = get_event(event_id)
    case = _case_of(event)
    told = REPORTER_TOLD[event.kind](case, event)
    if told is not None:
        for one in [case, *(those_joined(case) if event.kind in TOLD_TO_ALL else ())]:
            text, values, due = told
            text_reporter(one, text, values=values, due=due, event_id=event_id, now=now)
            if event.kind in CALLED_FOR and text != "answer_returned" and _is_called(one, event, now):
                call_for(one.pk, CALLED_FOR[event.kind], event_id=event_id, by=ANNOUNCER, now=now)


CALLED_FOR: dict[str, str] = {
    EventKind.RUNG_FIRED: "delay",
    EventKind.CASE_REVIEW_DECIDED: "verdict",
    EventKind.CASE_PLAN_DAY: "plan",
    EventKind.CASE_PLAN_POSTPONED: "plan",
    EventKind.CASE_ANSWER_RETURNED: "plan",
}
"""Of these whoever reads no SMS is told on the phone: the purpose of the call."""


def _is_called(case: Case, event: Event, now: datetime) -> bool:
    """Whether he is told by phone; not of the delay of a danger that is over before anybody may be called."""
    reporter, city = reporter_of(case.pk), book()
    hours = city.city.calls_from <= now.astimezone(city.zone).time() < city.city.calls_until
    vain = event.kind == EventKind.RUNG_FIRED and case.in_danger and not hours
    return reporter is not None and reporter.dialable and not reporter.mobile and not vain


@job
def link_recurrence(*, event_id: int, now: datetime) -> None:
    """A case was registered: the one before it at this place is found."""
    recurring.link_recurrence(_case_of(get_event(event_id)).pk, now=now)


TOLD_TO_ALL = (
    EventKind.RUNG_FIRED,
    EventKind.CASE_ROUTED,
    EventKind.CASE_MORE_TIME_GIVEN,
    EventKind.CASE_PAUSED,
    EventKind.CASE_RESUMED,
    EventKind.CASE_ANSWER_RETURNED,
    EventKind.CASE_PLAN_POSTPONED,
)
"""What happens to the main case of a shared problem and is told to everybody who shares it."""


Told = tuple[str, dict[str, str], datetime | None] | None


def _due(case: Case) -> datetime | None:
    promise = last_promise(case, PromiseKind.ANSWER)
    return promise.due_at if promise else None


def _registered(case: Case, event: Event) -> Told:
    promise = last_promise(case, PromiseKind.ANSWER)
    return "case_registered", {}, promise.promised_at if promise else None


def _routed_later(case: Case, event: Event) -> Told:
    return ("case_routed", {}, _due(case)) if event.body.get("why") in ("triage", "transfer") else None


def _delayed(case: Case, event: Event) -> Told:
    """The last rung that fired: of several after an outage he is told once."""
    if event.body["kind"] not in UNIT_CLOCKS or case.parent_id:
        return None
    promise = Promise.objects.get(pk=event.body["promise"])
    n, answered = int(event.body["rung"]), promise.ended_at is not None or promise.stop == Stop.HELD
    if answered or promise.rung_due[n] < promise.due_at or n < promise.next_rung - 1:
        return None
    role = name_of_rung(promise, n, language=case.reporter.language)
    if promise.kind == PromiseKind.PLAN:
        return "plan_delayed", {"role": role}, promise.due_at
    later = n + 1 < len(promise.rung_due) and promise.rung_due[n + 1]
    return "case_delayed", {"role": role}, later or promise.due_at


def _asked(case: Case, event: Event) -> Told:
    reporter = reporter_of(case.pk)
    if reporter is None or not asked_by_text(reporter):
        return None
    question = Question.objects.get(pk=event.body["question"])
    return "question_asked", {"question": question.text}, question.asked_at + book().city.question_limit


def _more_time(case: Case, event: Event) -> Told:
    request = TimeRequest.objects.get(pk=event.body["request"])
    due = event.body.get("due_at")
    if due is None or case.parent_id:
        return None
    return "due_moved", {"reason": request.decision_reason}, datetime.fromisoformat(due)


def _resumed(case: Case, event: Event) -> Told:
    """The time a question took is told; that of a pause was told as it began, but not the closure it ran
    into."""
    due, closure = event.body.get("due_at"), book().closures.get(event.body.get("closure"))
    if due is None or case.parent_id or not (closure or event.body["asked"]):
        return None
    text, values = ("due_moved", {"reason": closure.title_fa}) if closure else ("case_resumed", {})
    return text, values, datetime.fromisoformat(due)


def _returned(case: Case, event: Event) -> Told:
    """The time its checking took is the unit's again; a plan's day moves by it, which a city with older texts
    tells as of any answer."""
    due = event.body.get("due_at")
    if due is None or case.parent_id:
        return None
    plan = event.body["kind"] == PromiseKind.PLAN and book().has_text(TextEvent.PLAN_RETURNED, "sms")
    return "plan_returned" if plan else "answer_returned", {}, datetime.fromisoformat(due)


def _closed(case: Case, event: Event) -> Told:
    """Nothing of a part, of whose time he never heard, nor while an answer of his waits to be approved; in a
    granted pause the time after it, where that is later than he was told as it began."""
    promise = Promise.objects.get(pk=event.body["promise"])
    sharing = Status.PLANNED if promise.kind == PromiseKind.PLAN else Status.JOINED
    answered = promise.stop == Stop.HELD and case.status != sharing
    if case.parent_id or answered or promise.ended_at is not None:
        return None
    closure = book().closures.get(event.body["closure"])
    reason = closure.title_fa if closure else ""
    due = datetime.fromisoformat(event.body["due_at"])
    if promise.kind == PromiseKind.PLAN:
        return "plan_postponed", {"reason": reason}, due
    later = _after_pause(case, due, known_at=event.at)
    return ("due_moved", {"reason": reason}, later) if later else None


def _after_pause(case: Case, due: datetime, *, known_at: datetime) -> datetime | None:
    """When an answer is due once a pause granted to its unit is over, `due` where none was; None when that is
    what he was told."""
    worked = carrier_of(case)
    promise, pause = open_promise(worked, PromiseKind.ANSWER), open_promise(worked, PromiseKind.PAUSE)
    if promise is None or promise.stopped_at is None or pause is None or asked_now(worked):
        return due
    later = due_after_pause(promise, stopped_at=promise.stopped_at, until=pause.due_at, known_at=known_at)
    paused = Event.objects.filter(stream=stream_of(worked.pk), kind=EventKind.CASE_PAUSED).latest("seq")
    told = paused.body.get("due_at")
    return later if told is None or later > datetime.fromisoformat(told) else None


def _joined(case: Case, event: Event) -> Told:
    return "case_joined", {}, _due(case)


def _made_safe(case: Case, event: Event) -> Told:
    along = case.parent_id and "with" in event.body
    return None if along else ("made_safe", {}, _due(case))


def _objected(case: Case, event: Event) -> Told:
    review = last_promise(case, PromiseKind.REVIEW)
    return "objection_opened", {}, review.promised_at if review else None


def _reviewed(case: Case, event: Event) -> Told:
    review = Review.objects.get(pk=event.body["review"])
    due = _due(case) if case.status in (Status.IN_WORK, Status.JOINED) else None
    said = "final" if review.final else review.verdict
    return f"review_{said}", {"reasons": review.citizen_text}, due


def _plan_day(case: Case, event: Event) -> Told:
    answer = approved_answer(case)
    plan = last_promise(case, PromiseKind.PLAN)
    return ("plan_due", {"answer": answer.approved_text}, plan.due_at) if answer and plan else None


def _postponed(case: Case, event: Event) -> Told:
    plan = last_promise(case, PromiseKind.PLAN)
    reason = words_of_note(event.body.get("note"))
    return "plan_postponed", {"reason": reason}, plan.due_at if plan else None


def _reopened(case: Case, event: Event) -> Told:
    return None if event.body.get("told") else ("case_reopened", {}, _due(case))


def _left(case: Case, event: Event) -> Told:
    return None if event.by == "system:incident" else ("case_left", {}, _due(case))


def _withdrawn(case: Case, event: Event) -> Told:
    return None if case.parent_id else ("case_withdrawn", {}, None)


REPORTER_TOLD: dict[str, Callable[[Case, Any], Told]] = {
    EventKind.CASE_REGISTERED: _registered,
    EventKind.CASE_ROUTED: _routed_later,
    EventKind.RUNG_FIRED: _delayed,
    EventKind.CASE_QUESTION_ASKED: _asked,
    EventKind.CASE_MORE_TIME_GIVEN: _more_time,
    EventKind.CASE_PAUSED: _more_time,
    EventKind.CASE_RESUMED: _resumed,
    EventKind.CASE_ANSWER_RETURNED: _returned,
    EventKind.CASE_DUE_MOVED: _closed,
    EventKind.CASE_JOINED_INCIDENT: _joined,
    EventKind.CASE_LEFT_INCIDENT: _left,
    EventKind.CASE_OBJECTED: _objected,
    EventKind.CASE_MADE_SAFE: _made_safe,
    EventKind.CASE_REVIEW_DECIDED: _reviewed,
    EventKind.CASE_PLAN_POSTPONED: _postponed,
    EventKind.CASE_PLAN_DAY: _plan_day,
    EventKind.CASE_REOPENED: _reopened,
    EventKind.CASE_WITHDRAWN: _withdrawn,
}
