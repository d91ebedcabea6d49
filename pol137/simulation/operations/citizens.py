"""Citizens in a simulation: they reply, agree, object, rate, and take back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pol137.cases.operations import close_case, object_to_answer, rate_case, resume_case, withdraw_case
from pol137.cases.permissions import citizen_ref
from pol137.cases.vocabulary import BEFORE_ANSWER, CloseReason, ObjectionGround, Status
from pol137.city.queries.book import book
from pol137.lib.actor import citizen, client
from pol137.messaging.operations import receive_message
from pol137.simulation.operations.centre import number_of
from pol137.simulation.operations.life import Life
from pol137.simulation.queries import glance
from pol137.simulation.rules.calibration import happens, hours_about
from pol137.simulation.rules.people import Says, says_to, score_of


def say(life: Life, case_id: int, said: Mapping[str, Any]) -> None:
    """What he says to the answer, by SMS where he can."""
    case, known = glance(case_id), life.cases[case_id]
    dice = life.dice_for(case_id, "say", known.answers)
    says = says_to(life.world.cal, bad=known.bad, dice=dice)
    if case.status not in (Status.ANNOUNCED, Status.PLANNED) or says is Says.NOTHING:
        return
    by, here = citizen(citizen_ref(case_id)), book()
    door = "web" if here.channels.find("web") else next(iter(here.channels)).code
    if says is Says.RATES:
        rate_case(case_id, score=score_of(bad=known.bad, dice=dice), channel=door, by=by, now=life.now)
    elif known.person >= 0 and here.channels.find("sms") and happens(70, dice):
        code = here.city.accept_code if says is Says.ACCEPTS else here.city.object_code
        receive_message(
            channel="sms",
            external_id=f"{life.mark}{known.key}:say{known.answers}",
            sender=number_of(known.person),
            text=f"{code} {case.code}",
            raw="",
            by=client("simulation"),
            now=life.now,
        )
    elif says is Says.OBJECTS:
        words = life.world.speech.say("objections", dice)
        ground = dice.choice(list(ObjectionGround))
        object_to_answer(case_id, ground=ground, words=words, channel=door, by=by, now=life.now)
    elif case.status == Status.ANNOUNCED:
        close_case(case_id, reason=CloseReason.ACCEPTED, by=by, now=life.now)


def asked(life: Life, case_id: int, body: Mapping[str, Any]) -> None:
    """A unit has asked him something."""
    dice, table = life.dice_for(case_id, "asked"), life.world.cal.table("citizen")
    if happens(table["replies"], dice):
        life.plan("reply", case_id, life.after(hours_about(table["reply_within"], 0.7, dice)))


def reply(life: Life, case_id: int, said: Mapping[str, Any]) -> None:
    """He replies on his own page."""
    if glance(case_id).status == Status.WAITING:
        words = life.world.speech.say("replied", life.dice_for(case_id, "reply"))
        resume_case(case_id, reply=words, by=citizen(citizen_ref(case_id)), now=life.now)


def withdraw(life: Life, case_id: int, said: Mapping[str, Any]) -> None:
    """He takes his case back."""
    if glance(case_id).status in BEFORE_ANSWER:
        withdraw_case(case_id, by=citizen(citizen_ref(case_id)), now=life.now)
