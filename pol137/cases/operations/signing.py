"""A head, or who signs for him, gives the answers that were drafted: each as it was read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from django.db import transaction

from pol137.cases.models import Answer
from pol137.cases.operations.answering import answer_case
from pol137.cases.operations.steps import lock_case
from pol137.cases.rules.drafts import AnswerDraft
from pol137.cases.vocabulary import Action
from pol137.city.queries.book import book
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal


def imprint(draft: Answer) -> str:
    """What stands for a draft as it reads now: another draft, or a changed one, has another imprint."""
    read = (
        draft.pk, draft.type, draft.reply, draft.citizen_text, draft.legal_ground_id, draft.agency_id,
        draft.plan_date, draft.next_step,
    )  # fmt: skip
    return hashlib.sha256(repr(read).encode()).hexdigest()[:16]


def _as_written(draft: Answer) -> AnswerDraft:
    city = book()
    ground, agency = city.legal_grounds.get(draft.legal_ground_id), city.agencies.get(draft.agency_id)
    return AnswerDraft(
        type=draft.type,
        reply=draft.reply,
        citizen_text=draft.citizen_text,
        legal_ground=ground.code if ground else "",
        agency=agency.code if agency else "",
        plan_date=draft.plan_date,
        next_step=draft.next_step,
    )


@transaction.atomic
def confirm_draft(case_id: int, *, seen: str, by: Actor, now: datetime) -> Answer:
    """Give the answer that was drafted, as it stands.

    `seen` is the imprint of the draft that was read. Refuses when there is none or it has been changed since,
    and whatever `answer_case` refuses.
    """
    case = lock_case(case_id, Action.ANSWER, by=by)
    draft = Answer.objects.filter(case=case, answered_at__isnull=True).first()
    if draft is None or imprint(draft) != seen:
        raise Refusal("draft_changed")
    return answer_case(case_id, answer=_as_written(draft), by=by, now=now)


@transaction.atomic
def confirm_drafts(seen: Mapping[int, str], *, by: Actor, now: datetime) -> tuple[int, int]:
    """Give several drafted answers, by case; how many were given and how many could not be.

    Guarantees: each by itself: one that was changed or lacks something does not keep the others back.
    """
    given = 0
    for case_id in sorted(seen):
        with suppress(Refusal), transaction.atomic():
            confirm_draft(case_id, seen=seen[case_id], by=by, now=now)
            given += 1
    return given, len(seen) - given
