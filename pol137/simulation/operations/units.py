"""Units in a simulation: they take up, ask, want time, answer and keep what they promised."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from pol137.cases.models import Announcement
from pol137.cases.operations import (
    accept_case,
    answer_case,
    ask_citizen,
    ask_more_time,
    draft_answer,
    give_time,
    keep_plan,
    refuse_time,
)
from pol137.cases.rules.drafts import AnswerDraft
from pol137.cases.vocabulary import AnswerType, Status
from pol137.city.queries.book import book, local_day
from pol137.city.vocabulary import Role
from pol137.lib.actor import Actor
from pol137.simulation.operations import between
from pol137.simulation.operations.life import Life
from pol137.simulation.queries import Glance, glance
from pol137.simulation.rules.calibration import happens, hours_about
from pol137.simulation.rules.units import Doing, answer_of, doing_of


def _head(life: Life, case: Glance) -> Actor | None:
    return life.holder(case.department_id, Role.UNIT_HEAD)


def _doing(life: Life, case: Glance) -> Doing:
    """What the unit does with this case: decided once, however often it is asked."""
    dice = life.dice_for(case.pk, "unit", case.department_id is not None)
    return doing_of(life.temper(case.department_id or 0), urgent=case.in_danger, dice=dice)


def routed(life: Life, case_id: int, body: Mapping[str, Any]) -> None:
    """A case has come to a unit: it takes it up in its own time."""
    case = glance(case_id)
    if case.department_id is None:
        return
    dice, moved = life.dice_for(case_id, "take_up"), life.cases[case_id].moved
    at = life.after(_doing(life, case).take_up)
    at = at if case.urgent else life.open_from(case.department_id, at, dice)
    if between.misplaced(life, case):
        life.plan("move", case_id, at)
    elif not moved and between.needs_parts(life, case):
        life.plan("split", case_id, life.after(0.2 + dice.random()))
    life.plan("take_up", case_id, at + timedelta(minutes=5), unit=case.department_id)


def take_up(life: Life, case_id: int, said: Mapping[str, Any]) -> None:
    """The head takes a case into work."""
    case = glance(case_id)
    head = _head(life, case)
    if head is not None and case.status == Status.ASSIGNED and said["unit"] == case.department_id:
        accept_case(case_id, by=head, now=life.now)


def accepted(life: Life, case_id: int, body: Mapping[str, Any]) -> None:
    """In work: the answer comes when the unit has it, now and then with a question or a wish before it."""
    case = glance(case_id)
    if case.department_id is None:
        return
    doing, dice = _doing(life, case), life.dice_for(case_id, "way")
    if doing.asks:
        life.plan("ask", case_id, life.open_from(case.department_id, life.after(doing.answer * 0.3), dice))
    if doing.errand:
        at = life.open_from(case.department_id, life.after(doing.answer * 0.2), dice)
        life.plan("errand", case_id, at)
    if between.goes_inside(life, case):
        life.plan("inside", case_id, life.after(doing.answer * 0.1))
    if doing.wants_time:
        life.plan(
            "want_time", case_id, life.open_from(case.department_id, life.after(doing.answer * 0.5), dice)
        )
    _answer_after(life, case, doing.answer)


def _answer_after(life: Life, case: Glance, hours: float) -> None:
    at = life.after(hours)
    if not case.urgent:
        at = life.open_from(
            case.department_id, at, life.dice_for(case.pk, "answer_at", life.cases[case.pk].answers)
        )
    life.plan("answer", case.pk, at)


def ask(life: Life, case_id: int, said: Mapping[str, Any]) -> None:
    """The unit asks the citizen something."""
    case = glance(case_id)
    head = _head(life, case)
    if head is not None and case.status == Status.IN_WORK:
        question = life.world.speech.say("questions", life.dice_for(case_id, "ask"))
        ask_citizen(case_id, question=question, by=head, now=life.now)


def want_time(life: Life, case_id: int, said: Mapping[str, Any]) -> None:
    """The head asks those above for more time."""
    case = glance(case_id)
    head, dice = _head(life, case), life.dice_for(case_id, "time")
    if head is not None and case.status == Status.IN_WORK:
        reason = life.world.speech.say("time_reasons", dice)
        ask_more_time(case_id, hours=dice.choice((24, 48, 72)), reason=reason, by=head, now=life.now)
        life.plan("grant", case_id, life.after(hours_about(3, 0.6, dice)), hours=dice.choice((24, 48)))


def grant(life: Life, case_id: int, said: Mapping[str, Any]) -> None:
    """The deputy gives the time, or does not."""
    case, dice = glance(case_id), life.dice_for(case_id, "grant")
    deputy = life.holder(case.department_id, Role.DEPUTY)
    if deputy is None or case.status != Status.IN_WORK:
        return
    reason = life.world.speech.say("time_reasons", dice)
    if happens(75, dice):
        give_time(case_id, hours=said["hours"], reason=reason, by=deputy, now=life.now)
    else:
        refuse_time(case_id, reason=reason, by=deputy, now=life.now)


def answer(life: Life, case_id: int, said: Mapping[str, Any]) -> None:
    """The head answers; while the citizen is asked he waits."""
    case, known = glance(case_id), life.cases[case_id]
    head = _head(life, case)
    if case.status == Status.WAITING and known.answers < 9:
        life.plan("answer", case_id, life.after(7))
        return
    if head is None or case.status not in (Status.ASSIGNED, Status.IN_WORK):
        return
    subject, town = life.world.town.subjects[known.subject], life.world.town
    given = answer_of(
        life.temper(case.department_id or 0),
        life.world.cal,
        life.world.speech,
        again=known.answers > 0,
        today=local_day(life.now),
        named={"service": subject.name, "place": life.world.speech.place(case.address)},
        about=(subject.code, subject.group),
        grounds=subject.grounds or town.grounds,
        agencies=town.agencies,
        dice=life.dice_for(case_id, "answer", known.answers),
    )
    known.bad = given.bad
    if not _drafted(life, case, given.draft):
        known.answers += 1
        answer_case(case_id, answer=given.draft, by=head, now=life.now)


def _drafted(life: Life, case: Glance, draft: AnswerDraft) -> bool:
    """Whether somebody prepared the answer for the head: the office below that did the work, or now and then
    the unit's own 137 user; the head gives it when he has read it."""
    dice = life.dice_for(case.pk, "drafted", life.cases[case.pk].answers)
    own = happens(life.world.cal.number("drafted", "between"), dice)
    where = case.inner_department_id or (case.department_id if own and not case.urgent else None)
    user = life.holder(where, Role.UNIT_USER) if where is not None else None
    if user is None:
        return False
    draft_answer(case.pk, answer=draft, by=user, now=life.now)
    at = life.after(hours_about(life.world.cal.number("signed_within", "between"), 0.7, dice))
    life.plan("sign", case.pk, at if case.urgent else life.open_from(case.department_id, at, dice))
    return True


def again(life: Life, case_id: int, body: Mapping[str, Any]) -> None:
    """The answer came back, or a review was upheld: the unit answers once more, quicker."""
    case = glance(case_id)
    if case.status == Status.IN_WORK:
        _answer_after(
            life, case, hours_about(6, 0.5, life.dice_for(case_id, "again", life.cases[case_id].answers))
        )


def announced(life: Life, case_id: int, body: Mapping[str, Any]) -> None:
    """The citizen knows; where a date was promised, the unit has it before it."""
    case, dice = glance(case_id), life.dice_for(case_id, "plan")
    told = Announcement.objects.filter(case=case_id).select_related("answer").order_by("-pk").first()
    if case.status == Status.PLANNED and told is not None and told.answer.plan_date is not None:
        kept = happens(life.world.cal.number("plan_kept", "citizen"), dice)
        days = -dice.randint(0, 2) if kept else dice.randint(1, 5)
        noon = datetime.combine(told.answer.plan_date, time(11), tzinfo=book().zone)
        life.plan("keep", case_id, noon + timedelta(days=days, minutes=dice.randint(0, 180)))
    if case.parent_id is not None:
        return
    says = hours_about(life.world.cal.number("says_within", "citizen"), 0.9, dice)
    life.plan("say", case_id, life.after(says))


def keep(life: Life, case_id: int, said: Mapping[str, Any]) -> None:
    """What was promised for a date is done."""
    case, known = glance(case_id), life.cases[case_id]
    head, dice = _head(life, case), life.dice_for(case_id, "keep")
    if head is None or case.status != Status.PLANNED:
        return
    subject, speech = life.world.town.subjects[known.subject], life.world.speech
    named = {"service": subject.name, "place": speech.place(case.address)}
    about = (subject.code, subject.group)
    done = AnswerDraft(
        AnswerType.DONE,
        speech.say("done", dice, about=about, **named),
        speech.say("done_told", dice, about=about, **named),
    )
    known.bad, known.answers = False, known.answers + 1
    keep_plan(case_id, answer=done, by=head, now=life.now)
