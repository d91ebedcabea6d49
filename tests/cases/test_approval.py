"""Approval: who decides about an answer, what he is shown, and what a returned date cannot become."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from PIL import Image, ImageDraw

from pol137.cases.models import Answer, Case, Notice, Promise
from pol137.cases.operations import (
    answer_case,
    approve_answer,
    close_case,
    draft_answer,
    keep_plan,
    postpone_plan,
    return_answer,
)
from pol137.cases.permissions import citizen_ref
from pol137.cases.queries import dossier, worklist
from pol137.cases.queries.judging import photo_doubts, returned_answers
from pol137.cases.rules.drafts import AnswerDraft, Picture, ReporterDraft
from pol137.cases.rules.looks import alike
from pol137.cases.vocabulary import CloseReason, PhotoDoubt, PromiseKind, Queue, Status
from pol137.contacts.models import CallBack
from pol137.lib.actor import citizen
from pol137.lib.refusal import Refusal
from pol137.messaging.queries import messages_of_case
from pol137.staff.models import Appointment
from pol137.web.uploads import look_of
from tests.factories import DONE, Clock, actor, announced_case, answered_case, fresh, reported_case, user

pytestmark = pytest.mark.django_db

HEAD, DEPUTY, APPROVER = "s1-roads-head", "s1-deputy-tech", "centre-s1-follow-up"
FIRST, LATER, FAR = date(2026, 11, 1), date(2026, 11, 8), date(2027, 3, 1)


def planned(day: date) -> AnswerDraft:
    return AnswerDraft(type="planned", reply="روکش آسفالت این کوچه در برنامه است.", plan_date=day)


def planned_case(clock: Clock, day: date = FIRST, **changed: object) -> Case:
    case = reported_case(clock.now, **changed)
    answer_case(case.pk, answer=planned(day), by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    return fresh(case)


def test_a_second_return_in_a_round_tells_the_deputy(clock: Clock) -> None:
    case = reported_case(clock.now)
    told = []
    for _ in range(2):
        answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
        return_answer(case.pk, reason="ناقص است.", by=actor(APPROVER), now=clock.now)
        clock.run()
        told.append(Notice.objects.filter(case=case, position__code=DEPUTY).count())
    assert told == [0, 1]
    assert len(returned_answers([case.pk])[case.pk]) == 2


def test_a_returned_plan_does_not_come_back_with_a_later_date_from_the_unit(clock: Clock) -> None:
    case = reported_case(clock.now)
    answer_case(case.pk, answer=planned(FIRST), by=actor(HEAD), now=clock.now)
    return_answer(case.pk, reason="گام‌ها را بنویسید.", by=actor(APPROVER), now=clock.now)
    with pytest.raises(Refusal, match="plan_date_later"):
        answer_case(case.pk, answer=planned(LATER), by=actor(HEAD), now=clock.now)
    answer_case(case.pk, answer=planned(LATER), by=actor(DEPUTY), now=clock.now)
    assert fresh(case).status == Status.ANSWERED


def test_a_far_date_is_the_deputys_and_he_is_told_of_its_draft(clock: Clock) -> None:
    case = reported_case(clock.now)
    with pytest.raises(Refusal, match="plan_date_too_far"):
        answer_case(case.pk, answer=planned(FAR), by=actor(HEAD), now=clock.now)
    draft_answer(case.pk, answer=planned(FAR), by=actor(HEAD), now=clock.now)
    clock.run()
    assert Notice.objects.filter(case=case, position__code=DEPUTY).count() == 1
    with pytest.raises(Refusal, match="answer_is_the_heads"):
        answer_case(case.pk, answer=DONE, by=actor(DEPUTY), now=clock.now)
    given = answer_case(case.pk, answer=planned(FAR), by=actor(DEPUTY), now=clock.now)
    assert (given.answered_by.username, given.plan_date) == (DEPUTY, FAR)


def test_a_lost_objection_renews_no_promise_with_a_later_date(clock: Clock) -> None:
    from pol137.cases.operations import decide_review, object_to_answer

    case = planned_case(clock)
    object_to_answer(case.pk, ground="not_done", channel="web", by=owner(case), now=clock.now)
    decide_review(
        case.pk, verdict="upheld", reasons="دیر است.", by=actor("centre-s2-follow-up"), now=clock.now
    )
    with pytest.raises(Refusal, match="plan_date_later"):
        answer_case(case.pk, answer=planned(LATER), by=actor(HEAD), now=clock.now)


def owner(case: Case) -> object:
    return citizen(citizen_ref(case.pk))


def test_only_the_holder_of_the_next_rung_postpones_a_plan(clock: Clock) -> None:
    case = planned_case(clock)
    with pytest.raises(Refusal, match="not_the_next_rung"):
        postpone_plan(case.pk, until=LATER, reason="بارندگی", by=actor("s1-manager"), now=clock.now)
    clock.forward(days=17)
    with pytest.raises(Refusal, match="not_the_next_rung"):
        postpone_plan(case.pk, until=date(2026, 11, 20), reason="باران", by=actor(DEPUTY), now=clock.now)
    postpone_plan(case.pk, until=date(2026, 11, 20), reason="باران", by=actor("s1-manager"), now=clock.now)
    plan = Promise.objects.get(case=case, kind=PromiseKind.PLAN)
    assert plan.rungs.filter(n=1).exists() and plan.promised_at < plan.due_at


def test_putting_a_late_plan_off_erases_no_lateness_and_tells_the_citizen_why(clock: Clock) -> None:
    case = planned_case(clock)
    plan = Promise.objects.get(case=case, kind=PromiseKind.PLAN)
    clock.now = plan.due_at + timedelta(hours=12)
    clock.run()
    postpone_plan(case.pk, until=LATER, reason="بارندگی", by=actor("s1-manager"), now=clock.now)
    clock.run()
    text = next(one for one in messages_of_case(case.pk) if one.purpose == "plan_postponed").text
    assert "علت: بارندگی" in text
    assert [one.text for one in dossier(fresh(case)).notes] == ["بارندگی"]
    keep_plan(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    assert list(plan.rungs.values_list("n", "late_minutes")) == [(1, 720)]


def test_on_the_promised_day_the_citizen_is_told_at_the_hour_of_calls(clock: Clock) -> None:
    case = planned_case(clock)
    nine = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    clock.now = nine - timedelta(minutes=1)
    clock.run()
    assert "plan_due" not in [one.purpose for one in messages_of_case(case.pk)]
    clock.forward(minutes=1)
    clock.forward(hours=1)
    assert [one.purpose for one in messages_of_case(case.pk)].count("plan_due") == 1


def test_the_promised_day_moves_with_the_plan_and_is_not_told_once_the_work_is_reported(clock: Clock) -> None:
    moved, kept = planned_case(clock), planned_case(clock, address="جای دیگر")
    postpone_plan(moved.pk, until=LATER, reason="بارندگی", by=actor(DEPUTY), now=clock.now)
    keep_plan(kept.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    clock.now = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
    clock.run()
    told = [[one.purpose for one in messages_of_case(case.pk)] for case in (moved, kept)]
    assert [texts.count("plan_due") for texts in told] == [0, 0]
    clock.now = datetime(2026, 11, 8, 9, 0, tzinfo=UTC)
    clock.run()
    assert [one.purpose for one in messages_of_case(moved.pk)].count("plan_due") == 1


def test_who_reads_no_sms_is_called_on_the_promised_day(clock: Clock) -> None:
    case = planned_case(clock, reporter=ReporterDraft())
    called = planned_case(clock, reporter=ReporterDraft(phone="05138001234"), address="جای دیگر")
    call = CallBack.objects.get(case=called)
    from pol137.contacts.operations import record_call_attempt

    record_call_attempt(call.pk, outcome="told", by=actor("centre-feedback"), now=clock.now)
    clock.now = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
    clock.run()
    assert list(CallBack.objects.filter(purpose="plan").values_list("case_id", flat=True)) == [called.pk]
    assert not CallBack.objects.filter(case=case).exists()


def test_nobody_decides_about_his_own_answer(clock: Clock) -> None:
    case = answered_case(clock.now)
    follow_up = user(APPROVER)
    Answer.objects.filter(case=case).update(answered_by=follow_up)
    assert [row.case.pk for row in worklist(actor(APPROVER), Queue.APPROVAL)] == []
    for decide in (approve_answer, return_answer):
        with pytest.raises(Refusal, match="approver_answered_it"):
            decide(
                case.pk,
                **({"reason": "نه"} if decide is return_answer else {}),
                by=actor(APPROVER),
                now=clock.now,
            )
    approve_answer(case.pk, by=actor("centre-s2-follow-up"), now=clock.now)


def test_the_shift_supervisor_approves_urgent_answers_only(clock: Clock) -> None:
    plain, urgent = answered_case(clock.now), reported_case(clock.now, service="open-manhole")
    unit = urgent.department.code
    answer_case(urgent.pk, answer=DONE, by=actor(f"{unit}-head"), now=clock.now)
    supervisor = actor("centre-supervisor")
    assert [row.case.pk for row in worklist(supervisor, Queue.APPROVAL)] == [urgent.pk]
    with pytest.raises(Refusal, match="supervisor_urgent_only"):
        approve_answer(plain.pk, by=supervisor, now=clock.now)
    approve_answer(urgent.pk, by=supervisor, now=clock.now)


# --- photos ---------------------------------------------------------------------------------------


def picture(name: str, **more: object) -> Picture:
    given = {"sha256": name.ljust(64, "0"), "name": f"{name}.jpg", "content_type": "image/jpeg", "size": 1}
    return Picture(**{**given, **more})


def answered_with(clock: Clock, *pictures: Picture, **changed: object) -> Case:
    case = reported_case(clock.now, **changed)
    answer_case(case.pk, answer=replace(DONE, pictures=pictures), by=actor(HEAD), now=clock.now)
    return fresh(case)


def doubts(case: Case) -> list[tuple[str, int | None]]:
    found = photo_doubts([case], dossier(case).pictures)
    return [(one.doubt, one.case_id) for ones in found.values() for one in ones]


def test_a_photo_used_on_another_case_is_shown_to_the_approver(clock: Clock) -> None:
    first = answered_with(clock, picture("a", look="00ff00ff00ff00ff"))
    assert doubts(first) == []
    again = answered_with(clock, picture("a", look="00ff00ff00ff00ff"))
    smaller = answered_with(clock, picture("b", look="00ff00ff00ff00f0"))
    other = answered_with(clock, picture("c", look="ff00ff00ff00ff00"))
    assert doubts(again) == [(PhotoDoubt.USED_BEFORE, first.pk)]
    assert doubts(smaller) == [(PhotoDoubt.ALIKE, first.pk)]
    assert doubts(other) == []


def test_the_citizens_own_photo_is_no_evidence_of_the_unit(clock: Clock) -> None:
    case = answered_with(clock, picture("a"), pictures=(picture("a"),))
    assert doubts(case) == [(PhotoDoubt.USED_BEFORE, case.pk)]


def test_a_photo_taken_before_the_report_or_elsewhere_is_shown_to_the_approver(clock: Clock) -> None:
    before = picture("a", taken_at=clock.now - timedelta(days=3))
    away = picture("b", lat=36.30, lon=59.60, taken_at=clock.now + timedelta(hours=1))
    near = picture("c", lat=36.3101, lon=59.6001)
    case = answered_with(clock, before, away, near, lat=36.31, lon=59.60)
    assert [one for one, _ in doubts(case)] == [PhotoDoubt.TAKEN_BEFORE, PhotoDoubt.ELSEWHERE]


def scene(seed: int, *, size: int = 640, quality: int = 90) -> Image.Image:
    photo = Image.new("RGB", (640, 480), "grey")
    draw = ImageDraw.Draw(photo)
    for n in range(12):
        at = (n * 97 * seed) % 600, (n * 53 * seed) % 440
        draw.ellipse((*at, at[0] + 90, at[1] + 90), fill=((n * 40 * seed) % 255, 90, 200 - n * 10))
    photo = photo.resize((size, size * 3 // 4))
    written = io.BytesIO()
    photo.save(written, "JPEG", quality=quality)
    return Image.open(io.BytesIO(written.getvalue()))


def test_a_photo_saved_again_and_smaller_looks_the_same_and_another_does_not() -> None:
    look = look_of(scene(3))
    assert alike(look, look_of(scene(3, size=320, quality=60)))
    assert not alike(look, look_of(scene(7)))
    assert look_of(Image.new("RGB", (64, 64), "teal")) == ""
    assert not alike("", "")


# --- «عود» ----------------------------------------------------------------------------------------


def test_the_same_problem_at_the_same_place_within_thirty_days_is_a_recurrence(clock: Clock) -> None:
    first = announced_case(clock)
    open_one = reported_case(clock.now, address="میدان دیگر")
    close_case(first.pk, reason=CloseReason.ACCEPTED, by=owner(first), now=clock.now)
    clock.forward(days=20)
    again = reported_case(clock.now, address="خ نمونه ک 4")
    elsewhere = reported_case(clock.now, address="میدان دیگر")
    clock.run()
    assert fresh(again).recurs_id == first.pk
    assert (fresh(elsewhere).recurs_id, fresh(open_one).recurs_id) == (None, None), "not answered yet"
    clock.forward(days=11)
    late = reported_case(clock.now)
    clock.run()
    assert fresh(late).recurs_id is None


def test_a_recurrence_is_known_by_the_spot_on_the_map(clock: Clock) -> None:
    spot = {"lat": 36.31, "lon": 59.60}
    first = announced_case(clock, address="", **spot)
    again = reported_case(clock.now, address="کنار بوستان", **spot)
    manhole = reported_case(clock.now, service="open-manhole", address="", **spot)
    clock.run()
    assert (fresh(again).recurs_id, fresh(manhole).recurs_id) == (first.pk, None)


def test_a_head_who_is_also_an_approver_is_not_offered_his_own_answer(clock: Clock) -> None:
    position = Appointment.objects.get(user=user(APPROVER)).position_id
    Appointment.objects.create(user=user(HEAD), position_id=position, from_date=date(2020, 1, 1))
    case = answered_case(clock.now)
    assert worklist(actor(HEAD), Queue.APPROVAL) == []
    with pytest.raises(Refusal, match="approver_answered_it"):
        approve_answer(case.pk, by=actor(HEAD), now=clock.now)


def test_in_danger_the_centre_checks_an_answer_as_fast_as_the_unit_had_to_give_it(clock: Clock) -> None:
    danger, ordinary = reported_case(clock.now, service="open-manhole"), reported_case(clock.now)
    for case in (danger, ordinary):
        answer_case(case.pk, answer=DONE, by=actor("s1-roads-head"), now=clock.now)
    within = {
        case.pk: Promise.objects.get(case=case, kind=PromiseKind.APPROVAL).due_at - clock.now
        for case in (danger, ordinary)
    }
    assert within == {danger.pk: timedelta(minutes=60), ordinary.pk: timedelta(hours=24)}
