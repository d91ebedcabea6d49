"""What follows events, for matters handed to other bodies."""

from datetime import datetime

from pol137.cases.vocabulary import Verdict
from pol137.city.vocabulary import Retained
from pol137.journal.outbox import job
from pol137.journal.queries import get_event
from pol137.referrals.operations import CLERK, forget, open_referral, tell_reply, withdraw_referrals


@job
def open_letter(*, event_id: int, now: datetime) -> None:
    """An answer was approved: when it hands the matter on, its letter stands ready."""
    open_referral(int(get_event(event_id).body["answer"]), by=CLERK, now=now)


@job
def keep_letter(*, event_id: int, now: datetime) -> None:
    """An objection was decided: when the answer is overturned, a letter not sent yet stays here."""
    event = get_event(event_id)
    if event.body.get("verdict") in (Verdict.UPHELD, Verdict.PARTLY):
        withdraw_referrals(int(event.stream.partition(":")[2]), by=CLERK, now=now)


@job
def pass_reply_on(*, event_id: int, now: datetime) -> None:
    """A body replied: the citizen is told."""
    tell_reply(int(get_event(event_id).body["referral"]), event_id=event_id, now=now)


@job
def forget_letters(*, event_id: int, now: datetime) -> None:
    """A case was erased: so is what letters and replies say about it."""
    event = get_event(event_id)
    if Retained.WORDS in event.body["what"]:
        forget(case_ids=[int(event.stream.partition(":")[2])], by=CLERK, now=now)
