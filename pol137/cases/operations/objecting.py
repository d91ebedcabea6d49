"""The citizen's verdict on an answer: rating, objection, and the centre's review of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from pol137.cases.models import Announcement, Answer, Case, Objection, Rating, Review
from pol137.cases.operations.announcing import tell_with_main
from pol137.cases.operations.answering import decide_answer, waiting_answer
from pol137.cases.operations.incidents import (
    INCIDENT,
    call_back_followers,
    reopen_incident,
    stay_with_main,
)
from pol137.cases.operations.promises import (
    end_clocks,
    go_on,
    last_promise,
    open_centre_clock,
    open_promise,
    open_timer,
    renewed_promise,
)
from pol137.cases.operations.routing import hand_over
from pol137.cases.operations.steps import lock_case, lock_sharing, seal, stream_of, take_step
from pol137.cases.permissions import may_see
from pol137.cases.queries.judging import final_review, review_fault
from pol137.cases.vocabulary import Action, AnswerDecision, ObjectionGround, PromiseKind, Status, Verdict
from pol137.city.queries.book import book
from pol137.journal.models import Event
from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor
from pol137.lib.persian import clean_text
from pol137.lib.refusal import Refusal


def _announced(case: Case) -> Announcement:
    found = Announcement.objects.filter(case=case, announced_at__isnull=False).order_by("-id").first()
    if found is None:
        raise Refusal("nothing_announced")
    return found


@transaction.atomic
def object_to_answer(
    case_id: int, *, ground: str, words: str = "", channel: str, by: Actor, now: datetime
) -> Objection:
    """Open a review because the answer does not convince, with a clock of the centre's own.

    Refuses when nothing was announced, the window is over, a review is open already, or the head of the
    centre has given the final answer.
    """
    case = lock_case(case_id, Action.OBJECT, by=by)
    if ground not in set(ObjectionGround):
        raise Refusal("ground_missing", field="ground")
    if final_review(case_id) is not None:
        raise Refusal("objections_over")
    announced, city = _announced(case), book()
    objection = Objection.objects.create(
        case=case,
        answer=announced.answer,
        ground=ground,
        words=clean_text(words).strip(),
        channel_id=city.channels.by_code[channel].id,
        at=now,
    )
    take_step(
        case,
        Action.OBJECT,
        by=by,
        now=now,
        body={
            "objection": objection.pk,
            "ground": ground,
            "verdicts": Review.objects.filter(objection__case=case).count(),
            "words": seal(words, case.salt),
        },
    )
    end_clocks(case, now=now, kinds=[PromiseKind.OBJECTION_WINDOW])
    open_centre_clock(case, PromiseKind.REVIEW, within=city.city.review_within, now=now, city=city)
    return objection


@transaction.atomic
def rate_case(case_id: int, *, score: int, words: str = "", channel: str, by: Actor, now: datetime) -> Rating:
    """Keep how content the citizen is, 1 to 5, once per answer; a poor score opens a review while it may.

    Refuses a score out of range, before an announcement, or a second rating of the same answer.
    """
    case = lock_case(case_id, Action.RATE, by=by)
    if not 1 <= score <= 5:
        raise Refusal("score_out_of_range", field="score")
    announced = _announced(case)
    if Rating.objects.filter(answer=announced.answer, case=case).exists():
        raise Refusal("rated_already")
    rating = Rating.objects.create(
        case=case, answer=announced.answer, score=score, words=clean_text(words).strip(), at=now
    )
    take_step(case, Action.RATE, by=by, now=now, body={"rating": rating.pk, "score": score})
    open_to_objection = case.status in (Status.ANNOUNCED, Status.PLANNED) and final_review(case_id) is None
    if score <= book().city.poor_rating and open_to_objection:
        object_to_answer(
            case_id, ground=ObjectionGround.NOT_CONVINCING, words=words, channel=channel, by=by, now=now
        )
    return rating


@transaction.atomic
def accept_plan(case_id: int, *, by: Actor, now: datetime) -> None:
    """The citizen is content with a promised date: it is written down, and the promise goes on.

    Guarantees: once for a date, however often it is said. Refuses when nothing stands promised.
    """
    case = lock_case(case_id)
    if not may_see(case, by) or case.status != Status.PLANNED:
        raise Refusal("nothing_announced")
    plan = open_promise(case, PromiseKind.PLAN)
    body = {"answer": _announced(case).answer_id, "due_at": plan.due_at.isoformat() if plan else None}
    said: dict[str, Any] = {"stream": stream_of(case_id), "kind": EventKind.CASE_PLAN_ACCEPTED, "body": body}
    if not Event.objects.filter(**said).exists():
        append_event(at=now, by=by, **said)


@transaction.atomic
def decide_review(
    case_id: int, *, verdict: str, reasons: str, citizen_text: str = "", by: Actor, now: datetime
) -> Review:
    """An objection is decided, with reasons that are announced in every case.

    Upheld or partly upheld: the unit works again under a new promise that starts at the deputy's rung; upheld
    on a shared fault, it is open again for all who share it. Not upheld: the answer stands and a last window
    opens; from the third verdict on it is final.
    Refuses without reasons, a reviewer of the unit, the approver, one stationed in the district, the reviewer
    of the objection before, and after two verdicts anybody but the head of the centre.
    """
    case, city = lock_sharing(case_id, Action.DECIDE_REVIEW, by=by), book()
    objection = Objection.objects.filter(case=case, review__isnull=True).order_by("-id").first()
    if verdict not in set(Verdict):
        raise Refusal("verdict_missing", field="verdict")
    if not reasons.strip():
        raise Refusal("reason_missing", field="reasons")
    if objection is None:
        raise Refusal("no_objection_waits")
    if fault := review_fault(case, objection, by):
        raise fault
    review = _judged(objection, verdict, reasons, citizen_text, by=by, now=now)
    before = last_promise(case, PromiseKind.ANSWER)
    again = verdict != Verdict.NOT_UPHELD and before is not None
    if again:
        case.cycle += 1
        if case.department_id is None:
            hand_over(case, objection.answer.department_id, because={"why": "review"}, now=now)
    kept = waiting_answer(case)
    to = Status.IN_WORK if again else _stands_as(case, kept)
    body = {
        "review": review.pk, "verdict": verdict, "final": review.final, "words": seal(reasons, case.salt)
    }  # fmt: skip
    event_id = take_step(case, Action.DECIDE_REVIEW, by=by, now=now, to=to, body=body)
    end_clocks(case, now=now, kinds=[PromiseKind.REVIEW])
    if again and before is not None:
        if kept is not None:
            decide_answer(kept, AnswerDecision.RETURNED, review.reasons, by, now)
        end_clocks(case, now=now, kinds=[PromiseKind.PLAN, PromiseKind.PLAN_DAY])
        renewed_promise(case, before=before, start=now, within=city.city.upheld_within)
        if verdict == Verdict.UPHELD:
            reopen_incident(case, by=by, now=now)
        else:
            call_back_followers(case, now=now)
    elif to is Status.ANNOUNCED:
        open_timer(case, PromiseKind.OBJECTION_WINDOW, due_at=now + city.city.objection_window, now=now)
    else:
        _plan_goes_on(case, event_id=event_id, now=now)
    return review


def _plan_goes_on(case: Case, *, event_id: int, now: datetime) -> None:
    """A plan stands after its review: its day, if that came meanwhile, is told now, and an answer that it was
    kept is checked."""
    city, day = book(), open_promise(case, PromiseKind.PLAN_DAY)
    if day is not None:
        go_on(day, now=now, city=city, shift=False)
    if case.status == Status.ANSWERED:
        within = city.city.approval_within
        open_centre_clock(case, PromiseKind.APPROVAL, within=within, now=now, city=city)
    elif stay_with_main(case, now=now):
        tell_with_main(case, event_id=event_id, by=INCIDENT, now=now)


def _judged(
    objection: Objection, verdict: str, reasons: str, citizen_text: str, *, by: Actor, now: datetime
) -> Review:
    last = (
        Review.objects.filter(objection__case=objection.case_id).count() >= book().city.verdicts_before_final
    )
    return Review.objects.create(
        objection=objection,
        verdict=verdict,
        reasons=reasons.strip(),
        citizen_text=clean_text(citizen_text).strip() or reasons.strip(),
        reviewer_id=by.staff_id,
        final=last and verdict == Verdict.NOT_UPHELD,
        at=now,
    )


def _stands_as(case: Case, kept: Answer | None) -> Status:
    if open_promise(case, PromiseKind.PLAN) is None:
        return Status.ANNOUNCED
    return Status.ANSWERED if kept is not None else Status.PLANNED
