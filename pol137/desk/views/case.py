"""The page of a case: everything known about it, and what one may do next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from pol137.cases.permissions import is_contractor, may_see, readable
from pol137.cases.queries import answer_clocks, carrier_of, dossier, get_case, told_about
from pol137.cases.vocabulary import Action, AnswerDecision, PromiseKind, Side, Status
from pol137.city.queries import book
from pol137.city.rules.entries import Question
from pol137.city.vocabulary import Datatype, Role
from pol137.contacts.queries import call_backs_of
from pol137.desk.forms.steps import FORMS, first_of
from pol137.desk.forms.unit import wish_words
from pol137.desk.views.notices import notice_words
from pol137.desk.views.shown import (
    ICONS,
    ListedCase,
    because_words,
    clock_state,
    listed,
    revealed_to,
    words_for,
)
from pol137.desk.views.steps import about_of
from pol137.dispatch.permissions import DISPATCHERS
from pol137.dispatch.queries import dispatch_of
from pol137.history.queries import origin_of, twins_of
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal
from pol137.messaging.queries import messages_of_case
from pol137.notices.operations import read_notices
from pol137.oversight.queries import findings_for
from pol137.referrals.operations import HANDLERS
from pol137.referrals.queries import referrals_of
from pol137.staff.queries import display_names
from pol137.web import labels
from pol137.web.access import access
from pol137.web.pieces import Line, Words
from pol137.web.request import Request
from pol137.web.templatetags.fa import digits, jalali_time, language
from pol137.web.timeline import by_words, staff_in, story

if TYPE_CHECKING:
    from pol137.cases.models import Answer, Case, Notice, Promise
    from pol137.cases.queries import Dossier

CLOCK_OF: Mapping[Status, PromiseKind] = {
    Status.ANSWERED: PromiseKind.APPROVAL,
    Status.APPROVED: PromiseKind.ANNOUNCEMENT,
    Status.ANNOUNCED: PromiseKind.OBJECTION_WINDOW,
    Status.PLANNED: PromiseKind.PLAN,
    Status.UNDER_REVIEW: PromiseKind.REVIEW,
    Status.CLOSED: PromiseKind.ARCHIVE,
}
"""The clock that matters most in each state; before the answer it is the promise itself."""


@dataclass(frozen=True, slots=True)
class Button:
    """A step one may take."""

    action: Action
    words: Words
    icon: str


@dataclass(frozen=True, slots=True)
class LadderStep:
    """A rung of the promise: whom it tells, when it falls due and is told of (later, while his office is
    closed), when it was climbed; `at_once` when it falls due as the promise begins."""

    n: int
    roles: str
    due_at: datetime
    tells_at: datetime
    at_once: bool
    fired_at: datetime | None
    late_minutes: int | None


@dataclass(frozen=True, slots=True)
class Given:
    """An answer with the names that belong to it."""

    answer: Answer
    unit: str
    ground: str
    agency: str
    drafted_by: str
    answered_by: str
    decided_by: str
    returned: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A unit that had the case, and why."""

    unit: str
    from_at: datetime
    to_at: datetime | None
    because: str
    reason: str


@dataclass(frozen=True, slots=True)
class Informed:
    """Somebody who was told of something about the case."""

    notice: Notice
    words: Words
    position: str


@access(staff=True)
@require_GET
def case(request: Request, case_id: int) -> HttpResponse:
    """The whole case. Outsiders get the same 404 as for a case that does not exist."""
    try:
        found = get_case(case_id, by=request.actor)
    except Refusal as refusal:
        raise Http404 from refusal
    read_notices(case_id=case_id, by=request.actor, now=request.now)
    known = dossier(found)
    names = display_names(_people(known))
    revealed = revealed_to(request.actor, known.reveals, now=request.now)
    return render(
        request,
        "desk/case.html",
        {
            "row": listed(found, by=request.actor),
            "case": found,
            "known": known,
            "late": timedelta(minutes=found.late_minutes),
            "words": words_for(found.words, by=request.actor, revealed=revealed),
            "questions": [
                (asked, words_for(said, by=request.actor, revealed=revealed))
                for asked, said in answered_questions(found)
            ],
            "revealed": revealed,
            "dispatch": dispatch_of(found.pk) if request.actor.roles & DISPATCHERS else None,
            "contractor": is_contractor(request.actor),
            "told": _informed(told_about(found)),
            "texts": messages_of_case(found.pk),
            "findings": findings_for(found.pk, by=request.actor),
            "calls": call_backs_of(found.pk),
            "answers": [_given(one, names) for one in reversed(known.answers) if one.answered_at],
            "draft": _given(known.draft, names) if known.draft else None,
            "held": _held(known),
            "wishes": [(wish_words(one), one) for one in reversed(known.time_requests) if one.reason],
            "story": _story(known, names, request.actor),
            **_actions(known, request),
            **_clocks(known),
            **_kin(known, request),
            **_past(known, names, request),
            **_pictures(known),
        },
    )


def _people(known: Dossier) -> set[int]:
    ids = staff_in(known.events)
    for answer in known.answers:
        ids |= {one for one in (answer.drafted_by_id, answer.answered_by_id, answer.decided_by_id) if one}
    return ids


def _actions(known: Dossier, request: Request) -> dict[str, object]:
    about = about_of(known, request)
    open_now = [action for action in FORMS if action in about.can]
    first = first_of(known.case.status, open_now)
    buttons = [Button(one, labels.LABELS[Action][one], ICONS[one]) for one in open_now]
    return {
        "first": next((one for one in buttons if one.action is first), None),
        "buttons": [one for one in buttons if one.action not in (first, Action.NOTE)],
        "maps": known.case.lat is not None or Action.EDIT_PLACE in about.can,
        "note_form": FORMS[Action.NOTE](about=about) if Action.NOTE in about.can else None,
    }


def _clocks(known: Dossier) -> dict[str, object]:
    promise = leads = known.clock(PromiseKind.ANSWER)
    if known.case.status == Status.JOINED and (main := carrier_of(known.case).pk) != known.case.pk:
        leads = answer_clocks([main]).get(main)
    now_running = known.clock(CLOCK_OF.get(Status(known.case.status), PromiseKind.ANSWER)) or promise
    return {
        "promise": promise,
        "promise_state": _state(leads),
        "running": now_running,
        "running_state": _state(leads if now_running is promise else now_running),
        "ladder": _ladder(promise, known) if promise else [],
    }


def _state(clock: Promise | None) -> str:
    return clock_state(clock) if clock else ""


def _ladder(promise: Promise, known: Dossier) -> list[LadderStep]:
    fired = {one.n: one for one in known.rungs if one.promise_id == promise.pk}
    steps = []
    rungs = zip(promise.policy.get("rungs", ()), promise.rung_due, promise.rung_at, strict=False)
    for rung, due_at, tells_at in rungs:
        roles = _(", ").join(str(labels.LABELS[Role][Role(role)]) for role in rung["roles"])
        climbed = fired.get(rung["n"])
        steps.append(
            LadderStep(
                n=rung["n"],
                roles=roles,
                due_at=due_at,
                tells_at=tells_at,
                at_once=due_at <= promise.started_at,
                fired_at=climbed.fired_at if climbed else None,
                late_minutes=climbed.late_minutes if climbed else None,
            )
        )
    return steps


def _given(answer: Answer, names: Mapping[int, str]) -> Given:
    city, speech = book(), language()
    return Given(
        answer=answer,
        unit=city.name(city.departments.get(answer.department_id), speech),
        ground=city.name(city.legal_grounds.get(answer.legal_ground_id), speech),
        agency=city.name(city.agencies.get(answer.agency_id), speech),
        drafted_by=names.get(answer.drafted_by_id or 0, ""),
        answered_by=names.get(answer.answered_by_id or 0, ""),
        decided_by=names.get(answer.decided_by_id or 0, ""),
        returned=answer.decision in (AnswerDecision.RETURNED, AnswerDecision.NO_LOGICAL_ANSWER),
    )


def _held(known: Dossier) -> list[Held]:
    city, speech = book(), language()
    return [
        Held(
            unit=city.name(city.departments.get(one.department_id), speech),
            from_at=one.from_at,
            to_at=one.to_at,
            because=because_words(one.because),
            reason=str(one.because.get("reason", "")),
        )
        for one in reversed(known.assignments)
    ]


def _informed(notices: Iterable[Notice]) -> list[Informed]:
    city, speech = book(), language()
    return [
        Informed(one, notice_words(one)[0], city.name(city.positions.get(one.position_id), speech))
        for one in notices
    ]


def _kin(known: Dossier, request: Request) -> dict[str, object]:
    """The whole, the parts, and the cases of the same problem, as far as they may be seen."""

    def rows(cases: Iterable[Case]) -> list[ListedCase]:
        return [listed(one, by=request.actor) for one in cases if may_see(one, request.actor)]

    whole, proposal = known.case.parent, known.proposal
    return {
        "whole": rows([whole])[0] if whole and may_see(whole, request.actor) else None,
        "parts": rows(known.parts),
        "same": rows(known.joined),
        "same_count": sum(1 for one in known.joined if not one.confidential),
        "many": known.many,
        "proposal": proposal,
        "proposed_main": rows([proposal.main_case]) if proposal else [],
        "letters": _letters(known.case, request),
    }


def _past(known: Dossier, names: Mapping[int, str], request: Request) -> dict[str, object]:
    """Where a case of the past came from, and what was told about the same thing then; the notes, which are
    the former system's replies in a case of the past: nobody writes one here."""
    origin = origin_of(known.case.pk)
    twins = twins_of(known.case, by=request.actor) if origin else []
    return {
        "origin": origin,
        "twins": [listed(one, by=request.actor) for one in twins],
        "replies": [one for one in known.notes if one.text] if origin else [],
        "note_by": [] if origin else [(one, by_words(one.by, names)) for one in reversed(known.notes)],
    }


def _letters(case: Case, request: Request) -> list[tuple[object, str, bool]]:
    """The letters to other bodies about this case, and whether the reader handles them."""
    city, opens = book(), bool(request.actor.roles & HANDLERS)
    found = referrals_of([case.pk])
    return [(one, city.name(city.agencies.get(one.agency_id), language()), opens) for one in found]


def _pictures(known: Dossier) -> dict[str, object]:
    return {
        "photos": [one for one in known.pictures if one.side == Side.CITIZEN],
        "evidence": [one for one in known.pictures if one.side == Side.STAFF],
    }


def _story(known: Dossier, names: Mapping[int, str], by: Actor) -> list[Line]:
    """The events, the latest first, with the words that belong to them; of a part that is kept from the
    reader there is no trace."""
    hidden = {part.pk for part in known.parts if not may_see(part, by)}
    events = [event for event in known.events if event.body.get("part") not in hidden]
    texts: dict[tuple[str, int], str] = {("note", one.pk): one.text for one in known.notes}
    texts |= {("answer", one.pk): one.reply for one in known.answers}
    texts |= {("question", one.pk): one.text for one in known.asked}
    texts |= {("objection", one.pk): one.words for one in known.objections}
    texts |= {("rating", one.pk): one.words for one in known.ratings}
    texts |= {("reveal", one.pk): one.reason for one in known.reveals}
    texts |= {("request", one.pk): one.reason for one in known.time_requests}
    reviews = [one.review for one in known.objections if hasattr(one, "review")]
    texts |= {("review", one.pk): one.reasons for one in reviews}
    decided = {one.pk: one.decision_reason for one in known.answers if one.decision_reason}
    decisions = {one.pk: one.decision_reason for one in known.time_requests}
    details = {}
    for event in events:
        body: dict[str, Any] = event.body
        key = next(((name, body[name]) for name in KEPT_WORDS if name in body), None)
        if key and (key[0] != "answer" or event.kind in ANSWERING):
            details[event.pk] = texts.get(key, "")
        if event.kind in DECIDES_TIME:
            details[event.pk] = decisions.get(body.get("request", 0), "")
        if body.get("decision") and body.get("answer") in decided:
            details[event.pk] = decided[body["answer"]]
    details = {pk: readable(text, by=by, code=known.case.code or "") for pk, text in details.items()}
    return list(reversed(story(events, names=names, details=details)))


ANSWERING = frozenset({EventKind.CASE_ANSWERED, EventKind.CASE_PLAN_KEPT})
"""Events that show the unit's reply; later ones about the same answer need not repeat it."""

DECIDES_TIME = frozenset({EventKind.CASE_MORE_TIME_GIVEN, EventKind.CASE_PAUSED, EventKind.CASE_TIME_REFUSED})
"""Events whose reason is that of the decision, not of the wish."""

KEPT_WORDS = ("note", "question", "objection", "rating", "reveal", "review", "request", "answer")
"""What an event can point at whose words stand in a row of its own."""


def answered_questions(case: Case) -> list[tuple[str, str]]:
    """The service's questions with the answers given, in words."""
    service = book().services[case.service_id]
    pairs = []
    for question in service.questions:
        value = case.questions.get(question.code)
        if value not in (None, "", []):
            pairs.append((question.question(language()), _answer_words(question, value)))
    return pairs


def _answer_words(question: Question, value: object) -> str:
    names = {one.key: one.name(language()) for one in question.values}
    if isinstance(value, list):
        return _(", ").join(names.get(str(one), str(one)) for one in value)
    if question.datatype is Datatype.DATETIME:
        return jalali_time(datetime.fromisoformat(str(value)))
    return names.get(str(value)) or digits(value)


@access(staff=True)
@require_GET
def outlines(request: Request) -> HttpResponse:
    """The districts' outlines for the map: no tiles of anybody else are needed."""
    features = [
        {"type": "Feature", "properties": {"name": one.name(language())}, "geometry": one.outline}
        for one in book().districts
        if one.outline is not None
    ]
    response = JsonResponse({"type": "FeatureCollection", "features": features})
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
