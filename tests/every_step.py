"""Every step of the table as somebody would take it, for the proofs that go through all of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from pol137.cases import operations
from pol137.cases.models import Case
from pol137.cases.permissions import citizen_ref
from pol137.cases.rules.drafts import AnswerDraft
from pol137.cases.rules.steps import STEPS
from pol137.cases.vocabulary import Action, AnswerType, CloseReason, Status
from pol137.city.queries.book import local_day
from pol137.journal.models import Event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor, ActorKind, citizen, system
from tests.factories import DONE, Clock, actor, fresh, reported_case

SEATS = {
    "operator": "centre-operator",
    "shift_supervisor": "centre-supervisor",
    "triage": "centre-triage",
    "unit_user": "s1-roads-user",
    "signer": "s1-roads-user",
    "unit_head": "s1-roads-head",
    "deputy": "s1-deputy-tech",
    "manager": "s1-manager",
    "inspector": "inspection-inspector",
    "follow_up": "centre-s1-follow-up",
    "feedback": "centre-feedback",
    "centre_head": "centre-head",
    "mayor_office": "mayor-office-head",
    "statistics": "centre-statistics",
    "administrator": "centre-administrator",
}
"""A seat of every role that reaches a street light of district 1."""

Taken = Callable[[Case, Actor, datetime], Any]


def by_role(role: str, case: Case, now: datetime) -> Actor:
    """Somebody in this role: a member of staff, the reporter of the case, or the system."""
    if role == ActorKind.SYSTEM:
        return system("tests")
    if role in (ActorKind.CITIZEN, ActorKind.CLIENT):
        return citizen(citizen_ref(case.pk))
    return actor(SEATS[role], now)


def answer(type_: str, now: datetime, *, days: int = 10) -> AnswerDraft:
    """A complete answer of a type."""
    return AnswerDraft(
        type=type_,
        reply=DONE.reply,
        citizen_text=DONE.citizen_text,
        legal_ground="article-100" if type_ in (AnswerType.NOT_FEASIBLE, AnswerType.UNLAWFUL) else "",
        agency="electricity" if type_ == AnswerType.NOT_OURS else "",
        plan_date=local_day(now) + timedelta(days=days)
        if type_ in (AnswerType.PLANNED, AnswerType.IN_COURSE)
        else None,
        next_step="نوبت رسیدگی در کمیسیون" if type_ == AnswerType.IN_COURSE else "",
    )


def _other(case: Case) -> int:
    """Another case to join: the youngest that has not joined any."""
    found = Case.objects.exclude(pk=case.pk).filter(parent=None, incident=None).order_by("-id").first()
    return found.pk if found else case.pk


TAKE: dict[Action, Taken] = {
    Action.ROUTE: lambda case, by, now: operations.route_case(case.pk, department="s1-roads", by=by, now=now),
    Action.ACCEPT: lambda case, by, now: operations.accept_case(case.pk, by=by, now=now),
    Action.REFER_INSIDE: lambda case, by, now: operations.refer_inside(
        case.pk, department="s1-roads", by=by, now=now
    ),
    Action.ASK_CITIZEN: lambda case, by, now: operations.ask_citizen(
        case.pk, question="کدام پلاک؟", by=by, now=now
    ),
    Action.ASK_CENTRE: lambda case, by, now: operations.ask_centre(
        case.pk, words="لطفاً بپرسید کدام پلاک است.", by=by, now=now
    ),
    Action.ASK_MORE_TIME: lambda case, by, now: operations.ask_more_time(
        case.pk, hours=24, reason="قطعه در راه است.", by=by, now=now
    ),
    Action.GIVE_TIME: lambda case, by, now: operations.give_time(
        case.pk, hours=24, reason="قطعه در راه است.", by=by, now=now
    ),
    Action.ASK_PAUSE: lambda case, by, now: operations.ask_pause(
        case.pk, until=now + timedelta(days=5), reason="منتظر نظر کارشناس.", by=by, now=now
    ),
    Action.PAUSE: lambda case, by, now: operations.pause_case(
        case.pk, until=now + timedelta(days=5), reason="منتظر نظر کارشناس.", by=by, now=now
    ),
    Action.REFUSE_TIME: lambda case, by, now: operations.refuse_time(
        case.pk, reason="فرصت کافی بود.", by=by, now=now
    ),
    Action.RESUME: lambda case, by, now: operations.resume_case(case.pk, by=by, now=now),
    Action.TRANSFER: lambda case, by, now: operations.transfer_case(
        case.pk, department="s2-roads", reason="خارج از وظیفهٔ این اداره است.", by=by, now=now
    ),
    Action.SPLIT: lambda case, by, now: operations.split_case(
        case.pk, service="waste-missed", department="s1-clean", words="نخاله هم هست.", by=by, now=now
    ),
    Action.DRAFT: lambda case, by, now: operations.draft_answer(case.pk, answer=DONE, by=by, now=now),
    Action.ANSWER: lambda case, by, now: operations.answer_case(case.pk, answer=DONE, by=by, now=now),
    Action.APPROVE: lambda case, by, now: operations.approve_answer(
        case.pk, text="انجام شد.", consent=True, by=by, now=now
    ),
    Action.RETURN_ANSWER: lambda case, by, now: operations.return_answer(
        case.pk, reason="ناقص است.", by=by, now=now
    ),
    Action.ANNOUNCE: lambda case, by, now: operations.announce_answer(case.pk, by=by, now=now),
    Action.OBJECT: lambda case, by, now: operations.object_to_answer(
        case.pk, ground="not_done", channel="web", by=by, now=now
    ),
    Action.DECIDE_REVIEW: lambda case, by, now: operations.decide_review(
        case.pk, verdict="upheld", reasons="کار انجام نشده بود.", by=by, now=now
    ),
    Action.CLOSE: lambda case, by, now: operations.close_case(
        case.pk, reason=CloseReason.ACCEPTED, by=by, now=now
    ),
    Action.REOPEN: lambda case, by, now: operations.reopen_case(
        case.pk, reason="دوباره خراب شد.", by=by, now=now
    ),
    Action.PROPOSE_JOIN: lambda case, by, now: operations.propose_join(
        case.pk, main_case_id=_other(case), by=by, now=now
    ),
    Action.DECLINE_JOIN: lambda case, by, now: operations.decline_join(
        case.pk, reason="مشکل دیگری است.", by=by, now=now
    ),
    Action.JOIN_INCIDENT: lambda case, by, now: operations.join_incident(
        case.pk, main_case_id=_other(case), by=by, now=now
    ),
    Action.LEAVE_INCIDENT: lambda case, by, now: operations.leave_incident(case.pk, by=by, now=now),
    Action.WITHDRAW: lambda case, by, now: operations.withdraw_case(case.pk, by=by, now=now),
    Action.KEEP_PLAN: lambda case, by, now: operations.keep_plan(case.pk, answer=DONE, by=by, now=now),
    Action.POSTPONE_PLAN: lambda case, by, now: operations.postpone_plan(
        case.pk, until=local_day(now) + timedelta(days=25), reason="بارندگی", by=by, now=now
    ),
    Action.CLASSIFY: lambda case, by, now: operations.classify_case(
        case.pk, final_service="pothole", cause="فرسودگی", outcome="solved", by=by, now=now
    ),
    Action.ARCHIVE: lambda case, by, now: operations.archive_case(case.pk, by=by, now=now),
    Action.NOTE: lambda case, by, now: operations.note_case(case.pk, text="بررسی شد.", by=by, now=now),
    Action.RECLASSIFY: lambda case, by, now: operations.reclassify_case(
        case.pk, service="pothole", by=by, now=now
    ),
    Action.EDIT_PLACE: lambda case, by, now: operations.edit_place(
        case.pk, address="خیابان نمونه، کوچه ۵", lat=None, lon=None, by=by, now=now
    ),
    Action.REVEAL: lambda case, by, now: operations.reveal_reporter(
        case.pk, reason="برای هماهنگی بازدید", by=by, now=now
    ),
    Action.NUDGE: lambda case, by, now: operations.nudge_case(case.pk, by=by, now=now),
    Action.SUPPORT: lambda case, by, now: operations.support_case(
        case.pk, kind="person", name="", phone="", by=by, now=now
    ),
    Action.MAKE_SAFE: lambda case, by, now: operations.make_safe(case.pk, by=by, now=now),
    Action.REPORT_DANGER: lambda case, by, now: operations.report_danger(
        case.pk, words="سیم برق روی زمین افتاده است.", by=by, now=now
    ),
    Action.ANSWER_SENDER: lambda case, by, now: operations.answer_sender(case.pk, by=by, now=now),
    Action.RATE: lambda case, by, now: operations.rate_case(case.pk, score=1, channel="web", by=by, now=now),
    Action.PUBLISH: lambda case, by, now: operations.publish_words(case.pk, by=by, now=now),
}
"""How each step is taken."""

NOT_TAKEN = {
    Action.REGISTER: "there is no case yet: `tests.factories.report`",
    Action.REOPEN_INCIDENT: "follows from a verdict on another case",
}
"""Steps nobody takes on a case, and why."""

assert set(TAKE) | set(NOT_TAKEN) == set(STEPS), set(STEPS) ^ set(TAKE)


def standing(status: Status, clock: Clock, **changed: Any) -> Case:
    """A case that stands in this state."""
    if status is Status.NEW:
        return reported_case(clock.now, **{"service": "other", "district": "", **changed})
    case = reported_case(clock.now, **changed)
    path = {
        Status.ASSIGNED: (),
        Status.IN_WORK: (Action.ACCEPT,),
        Status.WAITING: (Action.PAUSE,),
        Status.ANSWERED: (Action.ANSWER,),
        Status.APPROVED: (Action.ANSWER, Action.APPROVE),
        Status.ANNOUNCED: (Action.ANSWER, Action.APPROVE, Action.ANNOUNCE),
        Status.PLANNED: (Action.APPROVE, Action.ANNOUNCE),
        Status.UNDER_REVIEW: (Action.ANSWER, Action.APPROVE, Action.ANNOUNCE, Action.OBJECT),
        Status.CLOSED: (Action.ANSWER, Action.APPROVE, Action.ANNOUNCE, Action.CLOSE),
        Status.ARCHIVED: (Action.ANSWER, Action.APPROVE, Action.ANNOUNCE, Action.CLOSE, Action.ARCHIVE),
        Status.JOINED: (Action.JOIN_INCIDENT,),
    }[status]
    if status is Status.PLANNED:
        given = answer(AnswerType.PLANNED, clock.now)
        operations.answer_case(case.pk, answer=given, by=by_role("unit_head", case, clock.now), now=clock.now)
    if status is Status.JOINED:
        reported_case(clock.now, **changed)
    for action in path:
        take(action, case, clock)
    assert fresh(case).status == status
    return fresh(case)


PERFORMERS = {
    Action.ANNOUNCE: "feedback",
    Action.ARCHIVE: "system",
    Action.OBJECT: "citizen",
    Action.CLOSE: "citizen",
    Action.WITHDRAW: "citizen",
    Action.RATE: "citizen",
    Action.ANSWER: "unit_head",
    Action.GIVE_TIME: "deputy",
    Action.REFUSE_TIME: "deputy",
    Action.PAUSE: "deputy",
    Action.RESUME: "deputy",
    Action.DECIDE_REVIEW: "centre_head",
    Action.APPROVE: "follow_up",
    Action.RETURN_ANSWER: "follow_up",
}
"""Who takes a step when anybody may; else the first role of the table."""


def take(action: Action, case: Case, clock: Clock) -> Any:
    """Take a step as one of those who may; queued announcements are begun first."""
    if action is Action.ANNOUNCE:
        begun = Event.objects.filter(stream=f"case:{case.pk}", kind=EventKind.CASE_APPROVED).latest("id")
        operations.begin_announcement(case.pk, event_id=begun.pk, by=system("tests"), now=clock.now)
    role = PERFORMERS.get(action) or sorted(STEPS[action].roles - {"system"})[0]
    return TAKE[action](fresh(case), by_role(role, case, clock.now), clock.now)


def ready_for(action: Action, clock: Clock) -> Case:
    """A case on which the step can be taken now."""
    before = {
        Action.GIVE_TIME: Action.ASK_MORE_TIME,
        Action.REFUSE_TIME: Action.ASK_MORE_TIME,
        Action.DECLINE_JOIN: Action.PROPOSE_JOIN,
    }
    sources = STEPS[action].sources
    liked = (Status.IN_WORK, Status.ASSIGNED, Status.APPROVED, Status.ANNOUNCED)
    source = next((status for status in (*liked, *Status) if status in sources), Status.NEW)
    changed = {
        Action.MAKE_SAFE: {"service": "open-manhole"},
        Action.ANSWER_SENDER: {"external_ref": "1888-4471"},
    }.get(action, {})
    if action in (Action.JOIN_INCIDENT, Action.PROPOSE_JOIN, Action.DECLINE_JOIN):
        reported_case(clock.now)
    case = standing(source, clock, **changed)
    if action in before:
        take(before[action], case, clock)
    return fresh(case)
