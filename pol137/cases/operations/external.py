"""Cases that came from another portal: its number and due date are kept, and the answer goes back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pol137.cases.models import Case
from pol137.cases.operations.steps import lock_case, take_step
from pol137.cases.vocabulary import Action
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal


@transaction.atomic
def answer_sender(case_id: int, *, by: Actor, now: datetime) -> Case:
    """The announced answer went back to the portal the case came from.

    Guarantees: an answer announced later (after an objection) waits to be sent back again.
    Refuses a case that came from no other portal.
    """
    case = lock_case(case_id, Action.ANSWER_SENDER, by=by)
    if not case.external_ref:
        raise Refusal("no_external_ref")
    case.sender_answered_at = now
    take_step(case, Action.ANSWER_SENDER, by=by, now=now)
    return case
