"""The citizen's verdict on an answer: rating, objection, and the centre's review of it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pol137.cases.models import Announcement, Case, Objection, Rating, Review
from pol137.cases.operations.promises import (
    end_clocks,
    last_promise,
    open_centre_clock,
    open_promise,
    open_timer,
    renewed_promise,
)
from pol137.cases.operations.routing import hand_over
from pol137.cases.operations.steps import lock_case, seal, take_step
from pol137.cases.vocabulary import Action, ObjectionGround, PromiseKind, Status, Verdict
from pol137.city.queries.book import book
from pol137.lib.actor import Actor
from pol137.lib.persian import clean_text
from pol137.lib.refusal import Refusal

POOR = 2
"""A rating at or below this opens a review by itself."""


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

    Refuses when nothing was announced, the window is over, or a review is open already.
    """
    case = lock_case(case_id, Action.OBJECT, by=by)
    if ground not in set(ObjectionGround):
        raise Refusal("ground_missing", field="ground")
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
        body={"objection": objection.pk, "ground": ground, "words": seal(words, case.salt)},
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
    if score <= POOR and case.status in (Status.ANNOUNCED, Status.PLANNED):
        object_to_answer(
            case_id, ground=ObjectionGround.NOT_CONVINCING, words=words, channel=channel, by=by, now=now
        )
    return rating


@transaction.atomic
def decide_review(
    case_id: int, *, verdict: str, reasons: str, citizen_text: str = "", by: Actor, now: datetime
) -> Review:
    """The follow-up unit decides an objection, with reasons that are announced in every case.

    Upheld or partly upheld: the unit works again under a new promise that starts at the deputy's rung.
    Not upheld: the answer stands and a last window opens.
    Refuses without reasons, and a reviewer who approved the answer himself.
    """
    case, city = lock_case(case_id, Action.DECIDE_REVIEW, by=by), book()
    objection = Objection.objects.filter(case=case, review__isnull=True).order_by("-id").first()
    if verdict not in set(Verdict):
        raise Refusal("verdict_missing", field="verdict")
    if not reasons.strip():
        raise Refusal("reason_missing", field="reasons")
    if objection is None:
        raise Refusal("no_objection_waits")
    if objection.answer.decided_by_id is not None and objection.answer.decided_by_id == by.staff_id:
        raise Refusal("reviewer_approved_it")
    review = Review.objects.create(
        objection=objection,
        verdict=verdict,
        reasons=reasons.strip(),
        citizen_text=clean_text(citizen_text).strip() or reasons.strip(),
        reviewer_id=by.staff_id,
        at=now,
    )
    before = last_promise(case, PromiseKind.ANSWER)
    again = verdict != Verdict.NOT_UPHELD and before is not None
    if again:
        case.cycle += 1
        if case.department_id is None:
            hand_over(case, objection.answer.department_id, because={"why": "review"}, now=now)
    to = Status.IN_WORK if again else _stands_as(case)
    body = {"review": review.pk, "verdict": verdict, "words": seal(reasons, case.salt)}
    take_step(case, Action.DECIDE_REVIEW, by=by, now=now, to=to, body=body)
    end_clocks(case, now=now, kinds=[PromiseKind.REVIEW])
    if again and before is not None:
        end_clocks(case, now=now, kinds=[PromiseKind.PLAN])
        renewed_promise(case, before=before, start=now, within=city.city.upheld_within)
    elif to is Status.ANNOUNCED:
        open_timer(case, PromiseKind.OBJECTION_WINDOW, due_at=now + city.city.objection_window, now=now)
    return review


def _stands_as(case: Case) -> Status:
    return Status.PLANNED if open_promise(case, PromiseKind.PLAN) else Status.ANNOUNCED
