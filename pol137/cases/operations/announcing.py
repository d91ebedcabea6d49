"""An approved answer reaches the citizen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from pol137.cases.models import Announcement, Answer, Case, Reporter
from pol137.cases.operations.answering import end_of_day, open_plan_day
from pol137.cases.operations.promises import (
    end_clocks,
    last_promise,
    meet,
    open_promise,
    open_telling_clock,
    open_timer,
    plan_promise,
    stop_clock,
)
from pol137.cases.operations.steps import lock_case, lock_sharing, stream_of, take_step
from pol137.cases.operations.telling import text_reporter
from pol137.cases.queries import carrier_of, reporter_of, waiting_announcement
from pol137.cases.rules.answers import DATED
from pol137.cases.rules.texts import listed, moment
from pol137.cases.vocabulary import (
    SETTLED,
    UNIT_CLOCKS,
    Action,
    AnnouncementMedium,
    AnswerDecision,
    PromiseKind,
    Status,
    Stop,
    Wish,
)
from pol137.city.queries.book import book, local_day
from pol137.city.vocabulary import TextEvent
from pol137.journal.models import Event
from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal

TOLD = (Status.ANNOUNCED, Status.PLANNED, Status.UNDER_REVIEW, Status.CLOSED, Status.ARCHIVED)
"""The citizen has been told of the whole: what a part says after that is told by itself."""


def approved_answer(case: Case) -> Answer | None:
    """The latest approved answer of the case, or of the main case it has joined."""
    holder = case.incident.main_case if case.status == Status.JOINED and case.incident else case
    return Answer.objects.filter(case=holder, decision=AnswerDecision.APPROVED).order_by("-id").first()


def answers_for(case: Case, *, reporter: bool = True) -> list[tuple[Case, Answer]]:
    """The approved answers told about a case: its own, or its main case's, then those of the parts.

    Guarantees: what is confidential about a part is told to nobody but the reporter of the whole.
    """
    whole = carrier_of(case)
    own = reporter and whole.pk == case.pk
    parts = [part for part in whole.parts.order_by("id") if own or not part.confidential]
    return [(one, answer) for one in (whole, *parts) if (answer := approved_answer(one)) is not None]


def words_of_answers(answers: Sequence[tuple[Case, Answer]]) -> str:
    """What these answers say, one after the other."""
    return "\n".join(answer.approved_text for _, answer in answers)


def text_of_answers(
    words: str,
    answers: Sequence[tuple[Case, Answer]],
    *,
    medium: str,
    language: str,
    now: datetime,
    texts: tuple[TextEvent, TextEvent] = (TextEvent.ANSWER_ANNOUNCED, TextEvent.PLAN_ANNOUNCED),
) -> tuple[TextEvent, dict[str, str]]:
    """Which of the city's texts tells these answers in these words, and what it says: the second one when
    they name days, with each of these days as it stands now.

    Guarantees: a city that has no second text yet has the days said behind the answer.
    """
    city = book()
    days = {
        plan.due_at if (plan := open_promise(one, PromiseKind.PLAN)) else end_of_day(given.plan_date)
        for one, given in answers
        if given.type in DATED and given.plan_date is not None
    }
    due = listed([moment(day, city.zone, language, now=now) for day in sorted(days)], language)
    if not days:
        return texts[0], {"answer": words}
    if city.has_text(texts[1], medium):
        return texts[1], {"answer": words, "due": due}
    return texts[0], {"answer": f"{words} ({due})"}


@transaction.atomic
def begin_announcement(case_id: int, *, event_id: int, by: Actor, now: datetime) -> None:
    """Start telling the citizen: by SMS where one reaches him, by a call-back, else on the tracking page.

    A case in parts is announced when all are approved, a part answered later by itself; cases joined to it
    are announced one by one.
    Guarantees: once per answer, however often it is asked.
    """
    parent_id = Case.objects.filter(pk=case_id).values_list("parent_id", flat=True).first()
    whole = lock_sharing(parent_id or case_id)
    if parent_id and whole.status in TOLD:
        part = lock_case(case_id)
        if part.status == Status.APPROVED:
            _begin(part, event_id=event_id, by=by, now=now)
        return
    if whole.status != Status.APPROVED or whole.parts.exclude(status__in=SETTLED).exists():
        return
    _begin(whole, event_id=event_id, by=by, now=now)
    if hasattr(whole, "leads_incident"):
        joined = Case.objects.select_for_update().filter(incident=whole.leads_incident, status=Status.JOINED)
        for one in joined.order_by("id"):
            _begin(one, event_id=event_id, by=by, now=now)


def _begin(case: Case, *, event_id: int, by: Actor, now: datetime) -> None:
    answer = approved_answer(case)
    if answer is None or Announcement.objects.filter(case=case, answer=answer).exists():
        return
    reporter = reporter_of(case.pk)
    medium = _medium(case, reporter)
    told = answers_for(case)
    announcement = Announcement.objects.create(
        case=case, answer=answer, medium=str(medium), text=words_of_answers(told), requested_at=now
    )
    open_telling_clock(case, now=now)
    if medium is AnnouncementMedium.PAGE:
        _announce(case, announcement, by=by, told_by="page", now=now)
    elif medium is AnnouncementMedium.CALL:
        _need_call(case, announcement, by=by, now=now)
    else:
        window, speech = now + book().city.objection_window, reporter.language if reporter else "fa"
        event, values = text_of_answers(announcement.text, told, medium="sms", language=speech, now=now)
        sent = text_reporter(case, event, values=values, due=window, event_id=event_id, now=now)
        goes_out = sent.not_before if sent and sent.not_before else now
        open_timer(case, PromiseKind.RECEIPT, due_at=goes_out + book().city.silent_after, now=now)


def tell_with_main(case: Case, *, event_id: int, by: Actor, now: datetime) -> None:
    """Tell the reporter of a locked case that has joined again what is told of its main case already.

    Guarantees: once per answer; nothing while the main case's own reporter is not being told.
    """
    answer, main = approved_answer(case), carrier_of(case)
    if Announcement.objects.filter(case=main, answer=answer).exists():
        _begin(case, event_id=event_id, by=by, now=now)


def _medium(case: Case, reporter: Reporter | None) -> AnnouncementMedium:
    if reporter is None or not reporter.dialable:
        return AnnouncementMedium.PAGE
    if reporter.wish == Wish.CALL or not reporter.mobile or case.urgent:
        return AnnouncementMedium.CALL
    return AnnouncementMedium.SMS


def _need_call(case: Case, announcement: Announcement, *, by: Actor, now: datetime) -> None:
    append_event(
        stream=stream_of(case.pk),
        kind=EventKind.CALL_NEEDED,
        at=now,
        by=by,
        body={"announcement": announcement.pk},
    )


@transaction.atomic
def call_instead(case_id: int, *, by: Actor, now: datetime) -> None:
    """The SMS did not arrive, or nothing was heard of it: a call-back is due. Nothing when already told."""
    case = lock_case(case_id)
    waiting = waiting_announcement(case_id)
    end_clocks(case, now=now, kinds=[PromiseKind.RECEIPT])
    if waiting is None or waiting.medium == AnnouncementMedium.CALL:
        return
    waiting.medium = str(AnnouncementMedium.CALL)
    waiting.save(update_fields=["medium"])
    _need_call(case, waiting, by=by, now=now)


@transaction.atomic
def announce_answer(case_id: int, *, told_by: str = "", by: Actor, now: datetime) -> Case:
    """The citizen has been told: the window for objections opens, or the plan's own promise starts.

    Refuses when no approved answer waits to be announced.
    """
    case = lock_case(case_id, Action.ANNOUNCE, by=by)
    waiting = waiting_announcement(case_id)
    if waiting is None:
        raise Refusal("nothing_to_announce")
    _announce(case, waiting, by=by, told_by=told_by or str(by), now=now)
    return case


def _announce(case: Case, announcement: Announcement, *, by: Actor, told_by: str, now: datetime) -> None:
    answer, city = announcement.answer, book().city
    announcement.announced_at, announcement.told_by = now, told_by
    announcement.save(update_fields=["announced_at", "told_by"])
    planned = answer.type in DATED and answer.plan_date is not None
    take_step(
        case,
        Action.ANNOUNCE,
        by=by,
        now=now,
        to=Status.PLANNED if planned else Status.ANNOUNCED,
        body={"answer": answer.pk, "medium": announcement.medium},
    )
    end_clocks(case, now=now, kinds=[PromiseKind.ANNOUNCEMENT, PromiseKind.RECEIPT])
    for kind in UNIT_CLOCKS:
        joined = open_promise(case, kind)
        if joined is not None:
            meet(joined, met_at=answer.answered_at or now, now=now)
    if not planned:
        open_timer(case, PromiseKind.OBJECTION_WINDOW, due_at=now + city.objection_window, now=now)
    elif answer.plan_date is not None and open_promise(case, PromiseKind.PLAN) is None:
        before = last_promise(case, PromiseKind.ANSWER)
        if before is not None:
            plan = plan_promise(case, before=before, start=now, due_at=end_of_day(answer.plan_date))
            if case.incident_id is not None:
                stop_clock(plan, stop=Stop.HELD, now=now)
            open_plan_day(case, answer.plan_date, now=now)
    for part in Case.objects.select_for_update().filter(parent=case, status=Status.APPROVED).order_by("id"):
        own = approved_answer(part)
        if own is not None:
            told, _ = Announcement.objects.get_or_create(
                case=part,
                answer=own,
                defaults={"medium": announcement.medium, "text": own.approved_text, "requested_at": now},
            )
            _announce(part, told, by=by, told_by=told_by, now=now)


@transaction.atomic
def tell_plan_day(case_id: int, *, by: Actor, now: datetime) -> None:
    """The day of a promise has come: the citizen is told, unless the unit says already that it was kept;
    while his objection is reviewed, when that ends; of one that a closure has moved, on the new day."""
    case = lock_case(case_id)
    day = open_promise(case, PromiseKind.PLAN_DAY)
    if day is not None and case.status == Status.UNDER_REVIEW:
        stop_clock(day, stop=Stop.HELD, now=now)
        return
    end_clocks(case, now=now, kinds=[PromiseKind.PLAN_DAY])
    plan = open_promise(case, PromiseKind.PLAN)
    if plan is None or case.status != Status.PLANNED:
        return
    if (last := local_day(plan.due_at - timedelta(seconds=1))) > local_day(now):
        open_plan_day(case, last, now=now)
        return
    body = {"promise": plan.pk}
    append_event(stream=stream_of(case_id), kind=EventKind.CASE_PLAN_DAY, at=now, by=by, body=body)


@transaction.atomic
def call_for(case_id: int, purpose: str, *, event_id: int, by: Actor, now: datetime) -> None:
    """Somebody is to call the reporter of a case because of an event of it; once for each event."""
    lock_case(case_id)
    body: dict[str, object] = {"purpose": purpose, "event": event_id}
    stream, kind = stream_of(case_id), EventKind.CALL_NEEDED
    if not Event.objects.filter(stream=stream, kind=kind, body__contains=body).exists():
        append_event(stream=stream, kind=kind, at=now, by=by, body=body)
