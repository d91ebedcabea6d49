"""The centre's own people in a simulation: at the phone, triage, approval, call-backs, reviews, the board."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pol137.cases.models import Answer, Case, Objection
from pol137.cases.operations import (
    approve_answer,
    classify_case,
    decide_review,
    return_answer,
    route_case,
    support_case,
)
from pol137.cases.queries.judging import review_fault
from pol137.cases.rules.drafts import CaseDraft, ReporterDraft
from pol137.cases.vocabulary import BEFORE_ANSWER, Status
from pol137.city.queries.book import book
from pol137.city.vocabulary import Role
from pol137.contacts.models import CallBack, Contact
from pol137.contacts.operations import (
    Ending,
    answer_text,
    finish_contact,
    nudge_from_contact,
    open_case,
    record_call_attempt,
    register_problem,
    start_contact,
    take_contact,
)
from pol137.contacts.operations.call_backs import calling_time
from pol137.contacts.vocabulary import CallOutcome, CallPurpose, CallState
from pol137.dispatch.models import Dispatch
from pol137.dispatch.operations import call_elsewhere, move_dispatch, record_call
from pol137.dispatch.queries.board import officers_for
from pol137.dispatch.queries.roster import officers_on_duty
from pol137.dispatch.vocabulary import CallReply, DispatchState
from pol137.lib.actor import Actor, citizen, client
from pol137.lib.phones import reserved_number
from pol137.messaging.operations import receive_message
from pol137.oversight.operations import decide_recheck, record_finding
from pol137.oversight.queries import find_recheck
from pol137.oversight.vocabulary import FindingKind
from pol137.simulation.operations.life import Known, Life
from pol137.simulation.queries import Glance, glance
from pol137.simulation.rules.arrivals import DIRECT, JOINED, NOBODY, NUDGED, OPENED, Arrival
from pol137.simulation.rules.calibration import happens, hours_about
from pol137.simulation.rules.people import call_outcome, outcome_of, score_of, verdict_on
from pol137.simulation.vocabulary import FIRST_NUMBER

PATROL = "گشت فوریت‌های منطقه"
"""The post that is called where the roster names nobody."""


def number_of(person: int) -> str:
    """The number of a simulated citizen; empty for one who withholds it."""
    return "" if person == NOBODY else reserved_number(FIRST_NUMBER + person)


def draft_of(arrival: Arrival, *, phone: str) -> CaseDraft:
    """What is registered of an arrival."""
    return CaseDraft(
        service=arrival.subject,
        words=arrival.words,
        channel=arrival.channel,
        address=arrival.address,
        district=arrival.district,
        neighbourhood=arrival.neighbourhood,
        lat=arrival.lat,
        lon=arrival.lon,
        questions=arrival.questions,
        reporter=ReporterDraft(phone=phone, language=arrival.language, wish=arrival.wish),
    )


def arrive(life: Life, arrival: Arrival) -> None:
    """Somebody turns to the centre."""
    phone = number_of(arrival.person)
    if arrival.channel in DIRECT:
        by = citizen("anonymous") if arrival.channel == "web" else client("simulation")
        draft, id_ = draft_of(arrival, phone=phone), life.mark + arrival.key
        case = register_problem(draft=draft, external_id=id_, by=by, now=life.now).case
        _know(life, arrival, case)
    elif arrival.channel == "sms" and phone:
        message, _ = receive_message(
            channel="sms", external_id=life.mark + arrival.key, sender=phone, text=arrival.words or "سلام",
            raw="", by=client("simulation"), now=life.now,
        )  # fmt: skip
        wait = hours_about(life.world.cal.number("text_read", "centre"), 0.7, life.dice(arrival.key, "read"))
        life.plan("read", message.pk, life.after(wait), arrival=packed(arrival))
    else:
        _at_the_desk(life, arrival, phone)


def heard_out(life: Life, arrival: Arrival) -> datetime:
    """When it is the centre's turn: at once where people write; at the desk when the operator has heard him
    out, which takes as long as is his habit. One chair may be shared by the shifts."""
    if arrival.channel in DIRECT | {"sms"}:
        return arrival.at
    habits, shift = life.world.cal.table("habits"), arrival.at.astimezone(book().zone).hour // 8
    usual = habits[life.dice("habit", shift, _chair(life, arrival.key)).choice(sorted(habits))]
    minutes = hours_about(usual, 0.4, life.dice(arrival.key, "minutes"))
    return arrival.at + timedelta(minutes=minutes)


def _chair(life: Life, key: str) -> int:
    return life.dice(key, "operator").randrange(len(life.all_of(Role.OPERATOR)))


def _operator(life: Life, key: str) -> Actor:
    return life.all_of(Role.OPERATOR)[_chair(life, key)]


def _at_the_desk(life: Life, arrival: Arrival, phone: str) -> None:
    by, id_ = _operator(life, arrival.key), life.mark + arrival.key
    contact = start_contact(channel=arrival.channel, external_id=id_, phone=phone, by=by, now=arrival.at)
    _end(life, contact, arrival, by=by, now=life.now)


def _end(life: Life, contact: Contact, arrival: Arrival, *, by: Actor, now: datetime) -> None:
    """The contact ends as it would, or, where that cannot be, as one answered."""
    if arrival.ending == NUDGED and (case_id := _asked_after(life, arrival)) is not None:
        contact.phone = contact.phone_raw = number_of(life.cases[case_id].person)
        contact.save(update_fields=["phone", "phone_raw"])
        nudge_from_contact(contact.pk, case_id=case_id, by=by, now=now)
    elif arrival.ending in (OPENED, JOINED, NUDGED):
        _open(life, contact, arrival, by=by, now=now)
    else:
        ending = Ending(arrival.ending, words=arrival.words, **arrival.source)
        finish_contact(contact.pk, ending=ending, by=by, now=now)


def _open(life: Life, contact: Contact, arrival: Arrival, *, by: Actor, now: datetime) -> None:
    draft, joins = draft_of(arrival, phone=contact.phone), _same_fault(life, arrival)
    _know(life, arrival, open_case(contact.pk, draft=draft, place=0, joins=joins, by=by, now=now).case)


def _know(life: Life, arrival: Arrival, case: Case | None) -> None:
    if case is None:
        return
    life.cases[case.pk] = Known(
        arrival.key, arrival.subject, arrival.district, arrival.person, life.now.isoformat()
    )
    if arrival.fault and case.status != Status.JOINED:
        life.faults[arrival.fault] = case.pk
    dice, citizen_table = life.dice(arrival.key, "later"), life.world.cal.table("citizen")
    if happens(citizen_table["supports"], dice):
        for n in range(dice.randint(1, 4)):
            life.plan("support", case.pk, life.after(40 * dice.random()), nth=n)
    if happens(citizen_table["withdraws"], dice):
        life.plan("withdraw", case.pk, life.after(2 + 40 * dice.random()))


def _same_fault(life: Life, arrival: Arrival) -> int | None:
    """The open case of the same fault, as an operator finds it: named so, or the same subject near by."""
    if arrival.ending != JOINED:
        return None
    since = (life.now - timedelta(hours=72)).isoformat()
    near = [
        case_id
        for case_id, one in sorted(life.cases.items())
        if one.subject == arrival.subject and one.district == arrival.district and one.opened_at > since
    ]
    if arrival.fault:
        near = [life.faults.get(arrival.fault, 0)]
    leads = Case.objects.filter(pk__in=near[-20:], status__in=BEFORE_ANSWER, confidential=False, parent=None)
    leads = leads.order_by("-pk")
    return leads.values_list("pk", flat=True).first()


def _asked_after(life: Life, arrival: Arrival) -> int | None:
    """The case a caller asks after: one a day old and not told yet, whose reporter left a number."""
    before = (life.now - timedelta(hours=20)).isoformat()
    waiting = [
        case_id
        for case_id, one in life.cases.items()
        if one.opened_at < before and one.person != NOBODY and not (one.answers or one.closed or one.part)
    ]
    return life.dice(arrival.key, "asked").choice(sorted(waiting)) if waiting else None


def read_text(life: Life, subject: int, said: Mapping[str, Any]) -> None:
    """An operator reads a text that came in."""
    arrival = unpacked(said["arrival"])
    contact = Contact.objects.filter(inbound_id=subject).first()
    if contact is None:
        return
    by = _operator(life, arrival.key)
    take_contact(contact.pk, by=by, now=life.now)
    if arrival.ending == "answered":
        answer_text(
            contact.pk, text=life.world.speech.say("guided", life.dice(arrival.key)), by=by, now=life.now
        )
    else:
        _end(life, contact, arrival, by=by, now=life.now)


def packed(arrival: Arrival) -> dict[str, Any]:
    """An arrival as it waits for its turn."""
    kept = {name: getattr(arrival, name) for name in Arrival.__dataclass_fields__}
    return {
        **kept,
        "at": arrival.at.isoformat(),
        "questions": dict(arrival.questions),
        "source": dict(arrival.source),
    }


def unpacked(kept: Mapping[str, Any]) -> Arrival:
    """The arrival whose turn it is."""
    return Arrival(**{**kept, "at": datetime.fromisoformat(kept["at"])})


def support(life: Life, case_id: int, said: Mapping[str, Any]) -> None:
    """A neighbour stands behind a case."""
    dice = life.dice_for(case_id, "support", said["nth"])
    phone = reserved_number(
        FIRST_NUMBER + max(0, life.people - 1 - dice.randrange(200) % max(1, life.people))
    )
    kind = dice.choice(("person", "person", "building_manager", "council"))
    support_case(case_id, kind=kind, phone=phone, by=_operator(life, f"{case_id}"), now=life.now)


def triage(life: Life, case_id: int, said: Mapping[str, Any]) -> None:
    """Triage finds the unit of a held case."""
    by, city, dice = life.all_of(Role.TRIAGE), book(), life.dice_for(case_id, "triage")
    case = glance(case_id)
    led = [
        one
        for one in city.departments
        if life.holder(one.id, Role.UNIT_HEAD) is not None
        and city.positions_for(one.id, Role.UNIT_HEAD)[0].department_id == one.id
    ]
    near = [one for one in led if case.district_id is not None and one.district_id == case.district_id]
    if by and led:
        route_case(case_id, department=dice.choice(near or led).code, by=by[0], now=life.now)


def _approver(life: Life, case: Glance) -> Actor | None:
    """The follow-up expert stationed where the case is, else one of the centre."""
    city = book()
    for position in city.positions_for(None, Role.FOLLOW_UP):
        district = city.departments[position.department_id].district_id
        if district == case.district_id or district is None:
            actor = life.seat(position.id)
            if actor is not None and district == case.district_id:
                return actor
    there = life.all_of(Role.FOLLOW_UP)
    return there[0] if there else None


def approve(life: Life, case_id: int, said: Mapping[str, Any]) -> None:
    """The follow-up unit reads an answer: it passes it on, or sends a bad one back."""
    case, known = glance(case_id), life.cases[case_id]
    by = _approver(life, case)
    if by is None or case.status != Status.ANSWERED:
        return
    dice, speech = life.dice_for(case_id, "approve", known.answers), life.world.speech
    if known.bad and happens(life.world.cal.number("returned_when_bad", "centre"), dice):
        reason = speech.say("returned", dice)
        return_answer(case_id, reason=reason, no_logical_answer=happens(30, dice), by=by, now=life.now)
    else:
        approve_answer(case_id, consent=True, by=by, now=life.now)


def ring(life: Life, subject: int, said: Mapping[str, Any]) -> None:
    """The feedback unit rings somebody on its list."""
    call = CallBack.objects.get(pk=subject)
    there = life.all_of(Role.FEEDBACK)
    if call.state != CallState.WAITING or not there:
        return
    dice = life.dice(said["key"], "call", call.attempts)
    when = max(call.not_before, calling_time(life.now))
    if when > life.now:
        life.plan("ring", subject, when + timedelta(minutes=dice.randint(1, 240)), key=said["key"])
        return
    known = life.cases.get(call.case_id) if call.case_id is not None else None
    score = score_of(bad=known is not None and known.bad, dice=dice)
    asking = call.purpose in (CallPurpose.UNIT, CallPurpose.QUESTION)
    reply = life.world.speech.say("replied", dice) if asking else ""
    if call.purpose == CallPurpose.SURVEY and known is not None:
        reply = life.world.speech.say("objections", dice) if score < book().city.poor_rating + 1 else ""
    outcome = call_outcome(life.world.cal, attempt=call.attempts, dice=dice)
    by = dice.choice(there)
    told = outcome == CallOutcome.TOLD
    call = record_call_attempt(
        subject,
        outcome=outcome,
        reply=reply if told else "",
        score=score if told and call.purpose == CallPurpose.SURVEY else None,
        by=by,
        now=life.now,
    )
    if call.state == CallState.WAITING:
        life.plan("ring", subject, call.not_before + timedelta(minutes=dice.randint(5, 200)), key=said["key"])


def decide(life: Life, case_id: int, said: Mapping[str, Any]) -> None:
    """Somebody who had nothing to do with the answer reviews an objection."""
    known = life.cases[case_id]
    dice, speech = life.dice_for(case_id, "decide", known.answers), life.world.speech
    verdict = verdict_on(bad=known.bad, dice=dice)
    reasons = speech.say("not_upheld" if verdict == "not_upheld" else "upheld", dice)
    reviewers = [*life.all_of(Role.FOLLOW_UP), *life.all_of(Role.CENTRE_HEAD)]
    objection = Objection.objects.filter(case=case_id, review__isnull=True).select_related("answer").first()
    if objection is None:
        return
    case = Case.objects.get(pk=case_id)
    free = [by for by in reviewers if review_fault(case, objection, by) is None]
    if free:
        decide_review(case_id, verdict=verdict, reasons=reasons, by=dice.choice(free), now=life.now)


def classify(life: Life, case_id: int, said: Mapping[str, Any]) -> None:
    """The follow-up unit writes down what a closed case turned out to be."""
    case, known = glance(case_id), life.cases.pop(case_id)
    by = _approver(life, case)
    if by is None or case.status != Status.CLOSED:
        return
    dice = life.dice(known.key, "classify")
    group = life.world.town.subjects[known.subject].group
    others = [one.code for one in life.world.town.subjects.values() if one.group == group]
    answer = Answer.objects.filter(case=case_id, decision="approved").order_by("-pk").first()
    classify_case(
        case_id,
        final_service=known.subject if happens(93, dice) else dice.choice(others),
        cause=life.world.speech.say("causes", dice),
        outcome=outcome_of(answer.type if answer else "", bad=known.bad),
        by=by,
        now=life.now,
    )


def recheck(life: Life, case_id: int, said: Mapping[str, Any]) -> None:
    """An expert of another district looks at an approved answer once more."""
    dice = life.dice_for(case_id, "recheck")
    bad = life.cases[case_id].bad
    free = [by for by in life.all_of(Role.FOLLOW_UP) if find_recheck(said["recheck"], by=by) is not None]
    if free:
        agrees = not bad and happens(94, dice)
        reason = life.world.speech.say("not_upheld" if agrees else "upheld", dice)
        decide_recheck(said["recheck"], agrees=agrees, reason=reason, by=dice.choice(free), now=life.now)


def find(life: Life, case_id: int, said: Mapping[str, Any]) -> None:
    """Inspection looks into a case nobody answered."""
    there, dice = life.all_of(Role.INSPECTOR), life.dice_for(case_id, "finding")
    if there:
        kind = dice.choice(list(FindingKind))
        reason = life.world.speech.say("finding", dice)
        record_finding(case_id, kind=kind, reason=reason, by=there[0], now=life.now)


def dispatch(life: Life, case_id: int, said: Mapping[str, Any]) -> None:
    """The board: an officer is called until one acknowledges, help goes, the danger is over."""
    standing = Dispatch.objects.select_related("case").get(pk=said["dispatch"])
    state, dice = DispatchState(standing.state), life.dice_for(case_id, "dispatch", said["step"])
    if standing.ended_at is not None:
        return
    by = _operator(life, f"{case_id}:{said['step']}")
    if state is DispatchState.CALLING:
        _call_officer(life, standing, answered=happens(78, dice) or said["step"] > 4, by=by, dice=dice)
    else:
        order = [
            DispatchState.ACKNOWLEDGED,
            DispatchState.EN_ROUTE,
            DispatchState.ON_SITE,
            DispatchState.MADE_SAFE,
        ]
        move_dispatch(standing.pk, to=order[order.index(state) + 1], by=by, now=life.now)
        if state is DispatchState.ON_SITE:
            return
    minutes = {DispatchState.CALLING: 4, DispatchState.ACKNOWLEDGED: 8, DispatchState.EN_ROUTE: 30}
    wait = hours_about(minutes.get(state, 10) / 60, 0.6, dice)
    life.plan("dispatch", case_id, life.after(wait), dispatch=standing.pk, step=said["step"] + 1)


def _call_officer(life: Life, standing: Dispatch, *, answered: bool, by: Actor, dice: random.Random) -> None:
    reply = (
        CallReply.NO_ANSWER
        if not answered
        else dice.choice((CallReply.PHONE, CallReply.PHONE, CallReply.RADIO))
    )
    district = standing.case.district_id
    duties = officers_on_duty([district], since=standing.opened_at, now=life.now) if district else []
    officers = officers_for(standing.case, duties)
    if officers:
        duty = officers[0 if answered else -1].duty
        record_call(standing.pk, reply=reply, duty=duty, by=by, now=life.now)
    else:
        phone = reserved_number(FIRST_NUMBER - 1 - (district or 0))
        call_elsewhere(standing.pk, reply=reply, post=PATROL, phone=phone, by=by, now=life.now)
