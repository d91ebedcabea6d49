"""What an answer must hold before it counts as one."""

from __future__ import annotations

from datetime import date, timedelta

from pol137.cases.rules.drafts import AnswerDraft
from pol137.cases.vocabulary import AnswerType
from pol137.lib.refusal import Refusal

DATED = frozenset({AnswerType.PLANNED, AnswerType.IN_COURSE})
GROUNDED = frozenset({AnswerType.NOT_FEASIBLE, AnswerType.UNLAWFUL})


def answer_faults(
    draft: AnswerDraft,
    *,
    today: date,
    plan_limit: timedelta,
    shortest_reply: int,
    latest: date | None,
    may_plan_long: bool,
) -> list[Refusal]:
    """Everything that keeps this draft from being an answer; empty when nothing does.

    A dated answer needs its date, no later than `latest`; an answer that says no its law, one that refers
    away its body.
    """
    if draft.type not in set(AnswerType):
        return [Refusal("answer_type_missing", field="type")]
    faults = []
    if len(draft.reply.strip()) < shortest_reply:
        faults.append(Refusal("reply_too_short", field="reply", least=shortest_reply))
    if draft.type in DATED:
        faults += _date_faults(
            draft.plan_date, today=today, plan_limit=plan_limit, may_plan_long=may_plan_long
        )
        if latest is not None and draft.plan_date is not None and draft.plan_date > latest:
            faults.append(Refusal("plan_date_later", field="plan_date", day=latest))
    if draft.type == AnswerType.IN_COURSE and not draft.next_step.strip():
        faults.append(Refusal("next_step_missing", field="next_step"))
    if draft.type in GROUNDED and not draft.legal_ground:
        faults.append(Refusal("legal_ground_missing", field="legal_ground"))
    if draft.type == AnswerType.NOT_OURS and not draft.agency:
        faults.append(Refusal("agency_missing", field="agency"))
    return faults


def _date_faults(
    plan_date: date | None, *, today: date, plan_limit: timedelta, may_plan_long: bool
) -> list[Refusal]:
    if plan_date is None:
        return [Refusal("plan_date_missing", field="plan_date")]
    if plan_date <= today:
        return [Refusal("plan_date_past", field="plan_date")]
    if plan_date > today + plan_limit and not may_plan_long:
        return [Refusal("plan_date_too_far", field="plan_date", days=plan_limit.days)]
    return []
