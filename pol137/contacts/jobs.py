"""What follows events, for the contacts room."""

from datetime import datetime

from pol137.cases.queries import words_of_note
from pol137.cases.vocabulary import AnnouncementMedium, Status
from pol137.city.queries.book import book
from pol137.city.vocabulary import Retained
from pol137.contacts import operations
from pol137.contacts.operations import (
    ask_how_content,
    open_call_back,
    read_reply,
    register_waiting,
    settle_call_backs,
)
from pol137.contacts.vocabulary import PROGRAMS, CallPurpose, CallState, Disposition
from pol137.journal.models import Event
from pol137.journal.outbox import job
from pol137.journal.queries import get_event
from pol137.journal.vocabulary import EventKind
from pol137.messaging.queries import get_inbound


@job
def open_call(*, event_id: int, now: datetime) -> None:
    """Somebody must be called: a case says so, he asked for the third time, was cut off, or was drawn to be
    asked how content he is."""
    event = get_event(event_id)
    stream, body = int(event.stream.partition(":")[2]), event.body
    if event.kind == EventKind.CONTACT_FINISHED:
        if body["disposition"] == Disposition.DROPPED:
            open_call_back(event_id=event_id, purpose=CallPurpose.DROPPED, contact_id=stream, now=now)
        elif body["disposition"] == Disposition.ANSWERED and is_drawn(event, book().city.survey_percent):
            open_call_back(event_id=event_id, purpose=CallPurpose.SURVEY, contact_id=stream, now=now)
    elif event.kind == EventKind.CASE_ANNOUNCED:
        told = (body["medium"], body["to"]) == (AnnouncementMedium.SMS, Status.ANNOUNCED)
        if told and is_drawn(event, book().city.feedback_percent):
            ask_how_content(stream, event_id=event_id, now=now)
    elif event.kind == EventKind.CALL_NEEDED:
        purpose = CallPurpose(body.get("purpose", CallPurpose.ANSWER))
        words = words_of_note(body.get("note"))
        open_call_back(event_id=event_id, purpose=purpose, case_id=stream, words=words, now=now)
    elif body["nudges"] % book().city.nudges_before_call == 0:
        open_call_back(event_id=event_id, purpose=CallPurpose.NUDGE, case_id=stream, now=now)


def is_drawn(event: Event, percent: int) -> bool:
    """Whether this one is asked how content he is: so many of a hundred, drawn by the hash of the event,
    which nobody can choose."""
    return int.from_bytes(bytes(event.hash)[:8], "big") % 10_000 < percent * 100


@job
def settle_calls(*, event_id: int, now: datetime) -> None:
    """The case has moved on: what was to be said on the phone is said or has no point any more."""
    event = get_event(event_id)
    for state, purposes in SETTLED_BY[event.kind].items():
        settle_call_backs(
            case_id=int(event.stream.partition(":")[2]),
            purposes=purposes,
            state=state,
            opened_by=event.at,
            now=now,
        )


UNANSWERED = frozenset({CallPurpose.DELAY, CallPurpose.NUDGE})
OF_A_PLAN = frozenset({CallPurpose.PLAN, CallPurpose.DELAY})
OF_A_CASE = frozenset(CallPurpose) - {CallPurpose.DROPPED}
SAID = {CallState.NOT_NEEDED: frozenset({CallPurpose.SURVEY})}
"""He has said by himself what he thinks of the answer."""
SETTLED_BY: dict[str, dict[CallState, frozenset[CallPurpose]]] = {
    EventKind.CASE_ANNOUNCED: {
        CallState.TOLD: frozenset({CallPurpose.ANSWER}),
        CallState.NOT_NEEDED: UNANSWERED,
    },
    EventKind.CASE_QUESTION_REACHED: {CallState.NOT_NEEDED: frozenset({CallPurpose.QUESTION})},
    EventKind.CASE_RESUMED: {CallState.NOT_NEEDED: frozenset({CallPurpose.QUESTION})},
    EventKind.CASE_PLAN_KEPT: {CallState.NOT_NEEDED: OF_A_PLAN},
    EventKind.CASE_OBJECTED: SAID,
    EventKind.CASE_RATED: SAID,
    EventKind.CASE_REOPENED: {CallState.NOT_NEEDED: OF_A_PLAN | {CallPurpose.ANSWER, CallPurpose.SURVEY}},
    EventKind.CASE_CLOSED: {CallState.NOT_NEEDED: OF_A_CASE},
    EventKind.CASE_WITHDRAWN: {CallState.NOT_NEEDED: OF_A_CASE},
}
"""What becomes of the waiting calls of a case when this happens to it."""


@job
def read_message(*, event_id: int, now: datetime) -> None:
    """A text came in, or a program's report that waits to become a case."""
    message = get_inbound(int(get_event(event_id).body["message"]))
    if book().channels[message.channel_id].code == PROGRAMS:
        register_waiting(message)
    else:
        read_reply(message, event_id=event_id, now=now)


@job
def forget_calls(*, event_id: int, now: datetime) -> None:
    """A case was erased: so is whom to call about it and what to say."""
    event = get_event(event_id)
    if {Retained.REPORTER, Retained.WORDS} & set(event.body["what"]):
        operations.forget_calls(case_ids=[int(event.stream.partition(":")[2])])
