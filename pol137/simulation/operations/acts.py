"""The one table of whose turn it is: acts by name, and what follows what has happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pol137.city.queries.book import book
from pol137.journal.vocabulary import EventKind as E
from pol137.simulation.operations import between, centre, citizens, units
from pol137.simulation.operations.life import Act, Life
from pol137.simulation.queries import Glance, glance
from pol137.simulation.rules.calibration import happens, hours_about


def _held(life: Life, case_id: int, body: Mapping[str, Any]) -> None:
    wait = hours_about(life.world.cal.number("triage", "centre"), 0.6, life.dice_for(case_id, "held"))
    life.plan("triage", case_id, life.after(wait))


def _answered(life: Life, case_id: int, body: Mapping[str, Any]) -> None:
    dice = life.dice_for(case_id, "answered", life.cases[case_id].answers)
    case = glance(case_id)
    hours = hours_about(life.world.cal.number("approve", "centre"), 0.6, dice)
    at = life.after(hours * (0.1 if case.in_danger else 1))
    stationed = next((one for one in book().departments if one.code == f"centre-{_district(case)}"), None)
    life.plan("approve", case_id, life.open_from(stationed.id if stationed else None, at, dice))


def _district(case: Glance) -> str:
    district = book().districts.get(case.district_id)
    return district.code if district else ""


def _objected(life: Life, case_id: int, body: Mapping[str, Any]) -> None:
    known = life.cases[case_id]
    known.answers += 1
    dice = life.dice_for(case_id, "objected", known.answers)
    life.plan(
        "decide", case_id, life.after(hours_about(life.world.cal.number("decide", "centre"), 0.5, dice))
    )


def _closed(life: Life, case_id: int, body: Mapping[str, Any]) -> None:
    known = life.cases[case_id]
    known.closed = True
    wait = hours_about(life.world.cal.number("classify", "centre"), 0.6, life.dice(known.key, "closed"))
    life.plan("classify", case_id, life.after(wait))


def _dispatched(life: Life, case_id: int, body: Mapping[str, Any]) -> None:
    life.plan("dispatch", case_id, life.now + timedelta(minutes=2), dispatch=body["dispatch"], step=0)


def _climbed(life: Life, case_id: int, body: Mapping[str, Any]) -> None:
    """After the last rung inspection looks into some of them."""
    dice = life.dice_for(case_id, "climbed", body["rung"])
    if body["kind"] == "answer" and body["rung"] >= 2 and happens(40, dice):
        life.plan("find", case_id, life.after(20 + 40 * dice.random()))


def _drawn(life: Life, case_id: int, body: Mapping[str, Any]) -> None:
    dice = life.dice_for(case_id, "drawn")
    life.plan("recheck", case_id, life.after(10 + 60 * dice.random()), recheck=body["recheck"])


ACTS: dict[str, Act] = {
    "read": centre.read_text,
    "support": centre.support,
    "triage": centre.triage,
    "approve": centre.approve,
    "ring": centre.ring,
    "decide": centre.decide,
    "classify": centre.classify,
    "recheck": centre.recheck,
    "find": centre.find,
    "dispatch": centre.dispatch,
    "take_up": units.take_up,
    "ask": units.ask,
    "want_time": units.want_time,
    "grant": units.grant,
    "answer": units.answer,
    "keep": units.keep,
    "move": between.move,
    "split": between.split,
    "inside": between.inside,
    "errand": between.errand,
    "sign": between.sign,
    "letter": between.send_letter,
    "body_replies": between.body_replies,
    "say": citizens.say,
    "reply": citizens.reply,
    "withdraw": citizens.withdraw,
    f"after {E.CASE_HELD_FOR_TRIAGE}": _held,
    f"after {E.CASE_ROUTED}": units.routed,
    f"after {E.CASE_ACCEPTED}": units.accepted,
    f"after {E.CASE_TRANSFERRED}": between.moved,
    f"after {E.REFERRAL_OPENED}": between.letter_stands,
    f"after {E.CASE_ANSWERED}": _answered,
    f"after {E.CASE_PLAN_KEPT}": _answered,
    f"after {E.CASE_ANSWER_RETURNED}": units.again,
    f"after {E.CASE_REVIEW_DECIDED}": units.again,
    f"after {E.CASE_QUESTION_ASKED}": citizens.asked,
    f"after {E.CASE_ANNOUNCED}": units.announced,
    f"after {E.CASE_OBJECTED}": _objected,
    f"after {E.CASE_CLOSED}": _closed,
    f"after {E.CASE_WITHDRAWN}": _closed,
    f"after {E.DISPATCH_OPENED}": _dispatched,
    f"after {E.RUNG_FIRED}": _climbed,
    f"after {E.RECHECK_DRAWN}": _drawn,
}
"""What people do when it is their turn, and whose turn it becomes after an event."""
