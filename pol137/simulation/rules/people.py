"""What citizens and the centre's own people do when it is their turn."""

from __future__ import annotations

import random
from enum import StrEnum

from pol137.cases.vocabulary import Outcome, Verdict
from pol137.contacts.vocabulary import CallOutcome
from pol137.simulation.rules.calibration import Calibration, happens, pick


class Says(StrEnum):
    """What a citizen says to an answer; silence is not consent."""

    NOTHING = "nothing"
    ACCEPTS = "accepts"
    OBJECTS = "objects"
    RATES = "rates"


def says_to(cal: Calibration, *, bad: bool, dice: random.Random) -> Says:
    """What he says to the answer he was told; to a bad one he objects more often and never agrees."""
    citizen = cal.table("citizen")
    if happens(citizen["objects_when_bad" if bad else "objects"], dice):
        return Says.OBJECTS
    if happens(citizen["rates"], dice):
        return Says.RATES
    return Says.ACCEPTS if not bad and happens(citizen["accepts"], dice) else Says.NOTHING


def score_of(*, bad: bool, dice: random.Random) -> int:
    """How content he says he is, from 1 to 5."""
    return dice.choice((1, 1, 2, 3)) if bad else pick({2: 5, 3: 10, 4: 30, 5: 55}, dice)


def call_outcome(cal: Calibration, *, attempt: int, dice: random.Random) -> CallOutcome:
    """What comes of ringing somebody."""
    if happens(cal.number("told", "centre"), dice):
        return CallOutcome.TOLD
    others = {CallOutcome.NO_ANSWER: 60.0, CallOutcome.BUSY: 15.0, CallOutcome.UNREACHABLE: 20.0}
    return pick(others | ({CallOutcome.CALL_LATER: 10.0} if attempt == 0 else {}), dice)


def verdict_on(*, bad: bool, dice: random.Random) -> Verdict:
    """How a review of an objection ends."""
    if bad:
        return pick({Verdict.UPHELD: 70, Verdict.PARTLY: 15, Verdict.NOT_UPHELD: 15}, dice)
    return pick({Verdict.UPHELD: 15, Verdict.PARTLY: 15, Verdict.NOT_UPHELD: 70}, dice)


OUTCOMES = {
    "done": Outcome.SOLVED,
    "planned": Outcome.PLAN_KEPT,
    "in_course": Outcome.EXPLAINED,
    "not_feasible": Outcome.NOT_FEASIBLE,
    "unlawful": Outcome.EXPLAINED,
    "not_ours": Outcome.HANDED_ON,
}
"""What a case came to, by the type of its last answer."""


def outcome_of(answer: str, *, bad: bool) -> Outcome:
    """What a closed case came to."""
    return Outcome.NOT_SOLVED if bad else OUTCOMES.get(answer, Outcome.WITHDRAWN)
