"""Cases between units in a simulation: moved, in parts, done by an office below, handed to other bodies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pol137.cases.models import Answer
from pol137.cases.operations import (
    ask_centre,
    confirm_draft,
    imprint,
    refer_inside,
    split_case,
    transfer_case,
)
from pol137.cases.rules.routing import choose_department
from pol137.cases.vocabulary import BEFORE_ANSWER, Status
from pol137.city.queries.book import book, local_day
from pol137.city.vocabulary import Role
from pol137.referrals.models import Referral
from pol137.referrals.operations import reply_by_link, reply_referral, send_referral
from pol137.referrals.vocabulary import ReferralMedium, ReferralState
from pol137.simulation.operations.life import Known, Life
from pol137.simulation.queries import Glance, glance
from pol137.simulation.rules.calibration import happens, hours_about, pick


def unit_for(life: Life, case: Glance, subject: str) -> str:
    """The unit whose duty a subject is where the case lies; empty where that is the same unit or nobody's."""
    city = book()
    service = city.services.find(subject)
    if service is None or service.confidential:
        return ""
    day = local_day(life.now)
    found = choose_department(city, service_id=service.id, district_id=case.district_id, day=day)
    unit = city.departments.get(found.department_id)
    led = unit is not None and bool(city.positions_for(unit.id, Role.UNIT_HEAD))
    return unit.code if unit is not None and led and unit.id != case.department_id else ""


def _others(life: Life, case: Glance, subject: str) -> dict[str, float]:
    """Subjects people speak of that are the duty of another unit there: those of the same group first."""
    town, followed = life.world.town, life.world.followed
    group = town.subjects[subject].group
    return {
        code: share * (8 if town.subjects[code].group == group else 1)
        for code, share in followed.items()
        if unit_for(life, case, code)
    }


def misplaced(life: Life, case: Glance) -> bool:
    """Whether the unit that has got this case will say that it is not its duty."""
    known, dice = life.cases[case.pk], life.dice_for(case.pk, "misplaced", life.cases[case.pk].moved)
    name = "moved_again" if known.moved else "misplaced"
    fixed = case.urgent or case.confidential or known.moved > 1
    return not fixed and happens(life.world.cal.number(name, "between"), dice)


def move(life: Life, case_id: int, said: Mapping[str, Any]) -> None:
    """The head says that it is another unit's duty."""
    case, known = glance(case_id), life.cases[case_id]
    head, dice = life.holder(case.department_id, Role.UNIT_HEAD), life.dice_for(case_id, "move", known.moved)
    units = _others(life, case, known.subject)
    if head is None or case.status not in (Status.ASSIGNED, Status.IN_WORK) or not units:
        return
    to, reason = unit_for(life, case, pick(units, dice)), life.world.speech.say("not_our_duty", dice)
    known.moved += 1
    transfer_case(case_id, department=to, reason=reason, by=head, now=life.now)


def moved(life: Life, case_id: int, body: Mapping[str, Any]) -> None:
    """Moved for the second time it is triage that rules."""
    if body.get("department") is None:
        wait = hours_about(life.world.cal.number("triage", "centre"), 0.6, life.dice_for(case_id, "ruling"))
        life.plan("triage", case_id, life.after(wait))


def needs_parts(life: Life, case: Glance) -> bool:
    """Whether triage will see that two units have to do with it."""
    percent = life.world.cal.number("in_parts", "between")
    kept = case.confidential or case.urgent or case.parent_id is not None
    return not kept and happens(percent, life.dice_for(case.pk, "parts"))


def split(life: Life, case_id: int, said: Mapping[str, Any]) -> None:
    """Triage splits off what another unit has to do."""
    case, known, dice = glance(case_id), life.cases[case_id], life.dice_for(case_id, "split")
    there, units = life.all_of(Role.TRIAGE), _others(life, case, known.subject)
    if not there or not units or case.status not in BEFORE_ANSWER:
        return
    subject = pick(units, dice)
    name = life.world.town.subjects[subject].name
    words = life.world.speech.say("part", dice, service=name, place=life.world.speech.place(case.address))
    to = unit_for(life, case, subject)
    part = split_case(case_id, service=subject, department=to, words=words, by=there[0], now=life.now)
    life.cases[part.pk] = Known(
        f"{known.key}:part", subject, known.district, known.person, life.now.isoformat(), part=True
    )


def inside(life: Life, case_id: int, said: Mapping[str, Any]) -> None:
    """The head gives the work to an office below it, with a time of its own."""
    case, city = glance(case_id), book()
    head, dice = life.holder(case.department_id, Role.UNIT_HEAD), life.dice_for(case_id, "inside")
    if head is None or case.department_id is None or case.status != Status.IN_WORK:
        return
    below = [one for one in city.within(case.department_id) if one.id != case.department_id]
    if not below:
        return
    due = life.now + timedelta(hours=dice.choice((12, 24, 36)))
    refer_inside(case_id, department=dice.choice(below).code, due_at=due, by=head, now=life.now)


def goes_inside(life: Life, case: Glance) -> bool:
    """Whether an office below the unit will do the work."""
    below = len(book().within(case.department_id)) > 1 if case.department_id else False
    percent = life.world.cal.number("inside", "between")
    return below and happens(percent, life.dice_for(case.pk, "goes_inside"))


def errand(life: Life, case_id: int, said: Mapping[str, Any]) -> None:
    """The unit, which has no number of his, lets the centre call the citizen."""
    case = glance(case_id)
    head = life.holder(case.department_id, Role.UNIT_HEAD)
    if head is not None and case.status in (Status.ASSIGNED, Status.IN_WORK):
        words = life.world.speech.say("errands", life.dice_for(case_id, "errand"))
        ask_centre(case_id, words=words, by=head, now=life.now)


def sign(life: Life, case_id: int, said: Mapping[str, Any]) -> None:
    """The head gives the answer that was prepared for him."""
    case, known = glance(case_id), life.cases[case_id]
    draft = Answer.objects.filter(case=case_id, answered_at__isnull=True).first()
    head = life.holder(case.department_id, Role.UNIT_HEAD)
    if draft is not None and head is not None and case.status in (Status.ASSIGNED, Status.IN_WORK):
        known.answers += 1
        confirm_draft(case_id, seen=imprint(draft), by=head, now=life.now)


def letter_stands(life: Life, case_id: int, body: Mapping[str, Any]) -> None:
    """A matter of another body was approved: its letter is sent in the centre's own time."""
    key = f"{life.cases[case_id].key}:letter"
    wait = hours_about(life.world.cal.number("letter", "between"), 0.6, life.dice(key))
    at = life.open_from(None, life.after(wait), life.dice(key, "at"))
    life.plan("letter", int(body["referral"]), at, key=key)


def send_letter(life: Life, referral_id: int, said: Mapping[str, Any]) -> None:
    """The centre sends the letter; most bodies reply after some days."""
    letter, dice = Referral.objects.get(pk=referral_id), life.dice(said["key"], "send")
    there, table = life.all_of(Role.FEEDBACK), life.world.cal.table("between")
    if not there or letter.state != ReferralState.READY:
        return
    medium = dice.choice((ReferralMedium.LINK, ReferralMedium.LETTER, ReferralMedium.OFFICE))
    due = local_day(life.now) + timedelta(days=dice.choice((7, 10, 14)))
    token = send_referral(
        referral_id, letter=letter.letter, medium=medium, due_date=due, by=there[0], now=life.now
    )
    if happens(table["body_replies"], dice):
        wait = hours_about(table["body_replies_within"], 0.6, dice)
        at = life.open_from(None, life.after(wait), dice)
        life.plan("body_replies", referral_id, at, key=said["key"], token=token)


def body_replies(life: Life, referral_id: int, said: Mapping[str, Any]) -> None:
    """The other body replies: at the link of its letter, or on paper, which the centre writes down."""
    letter, dice = Referral.objects.get(pk=referral_id), life.dice(said["key"], "reply")
    if letter.state != ReferralState.SENT:
        return
    reply, number = life.world.speech.say("bodies", dice), f"{dice.randint(100, 99999)}/ص"
    day, there = local_day(life.now), life.all_of(Role.FEEDBACK)
    if said["token"]:
        reply_by_link(said["token"], reply=reply, reply_number=number, reply_date=day, now=life.now)
    elif there:
        reply_referral(
            referral_id, reply=reply, reply_number=number, reply_date=day, by=there[0], now=life.now
        )
