"""How a unit takes a case: when, how well, and what it asks for. Decided once, by its temper and the case."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pol137.cases.rules.drafts import AnswerDraft
from pol137.cases.vocabulary import AnswerType
from pol137.simulation.rules.calibration import Calibration, Speech, Temper, happens, hours_about, pick

LONGEST_PLAN = 21
"""Days; a unit of the simulation promises no later date, so that no deputy has to do it."""


@dataclass(frozen=True, slots=True)
class Doing:
    """What a unit will do with a case: hours until it takes it up and until it answers, and on the way."""

    take_up: float
    answer: float
    asks: bool
    wants_time: bool
    errand: bool


@dataclass(frozen=True, slots=True)
class Given:
    """An answer about to be given; `bad`: it says nothing, or what it says was not done."""

    draft: AnswerDraft
    bad: bool


def doing_of(temper: Temper, *, urgent: bool, dice: random.Random) -> Doing:
    """What a unit of this temper does; in danger everybody is quick, those who hide less so."""
    slow = 0.12 if urgent else 1.0
    return Doing(
        take_up=hours_about(temper.take_up, temper.spread, dice) * slow,
        answer=hours_about(temper.answer, temper.spread, dice) * (0.3 if urgent else 1.0),
        asks=not urgent and happens(temper.asks, dice),
        wants_time=not urgent and happens(temper.more_time, dice),
        errand=not urgent and happens(temper.errands, dice),
    )


def answer_of(
    temper: Temper,
    cal: Calibration,
    speech: Speech,
    *,
    again: bool,
    today: date,
    named: dict[str, str],
    about: Sequence[str],
    grounds: Sequence[str],
    agencies: Sequence[str],
    dice: random.Random,
) -> Given:
    """The answer a unit gives. `again`: one came back already, so it takes more care."""
    bad = happens(temper.bad / (3 if again else 1), dice)
    if not again and happens(temper.dated, dice):
        day = today + timedelta(days=dice.randint(3, LONGEST_PLAN))
        reply, told = speech.say("planned", dice, **named), speech.say("planned_told", dice, **named)
        return Given(AnswerDraft(AnswerType.PLANNED, reply, told, plan_date=day), bad=False)
    kind = AnswerType.DONE if bad else pick(cal.table("answers"), dice)
    if kind in (AnswerType.NOT_FEASIBLE, AnswerType.UNLAWFUL) and not grounds:
        kind = AnswerType.DONE
    if kind == AnswerType.NOT_OURS and not agencies:
        kind = AnswerType.DONE
    reply = speech.say("weak" if bad else kind, dice, about=about, **named)
    told = reply if bad else speech.say(f"{kind}_told", dice, about=about, **named)
    ground = dice.choice(grounds) if kind in (AnswerType.NOT_FEASIBLE, AnswerType.UNLAWFUL) else ""
    agency = dice.choice(agencies) if kind == AnswerType.NOT_OURS else ""
    return Given(AnswerDraft(kind, reply, told, legal_ground=ground, agency=agency), bad)
