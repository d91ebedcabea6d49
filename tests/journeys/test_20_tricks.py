"""Every trick a clever office may try, played out to its end. docs/rules/tricks.md tells the same stories."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pol137.cases.models import Answer, Assignment, Attachment, Case, Notice, Promise, Rung
from pol137.cases.operations import (
    accept_case,
    answer_case,
    approve_answer,
    ask_citizen,
    ask_more_time,
    ask_pause,
    close_case,
    decide_review,
    draft_answer,
    edit_place,
    give_time,
    join_incident,
    keep_plan,
    make_safe,
    note_case,
    nudge_case,
    object_to_answer,
    pause_case,
    postpone_plan,
    reclassify_case,
    report_danger,
    return_answer,
    route_case,
    sweep,
    transfer_case,
    withdraw_case,
)
from pol137.cases.permissions import citizen_ref
from pol137.cases.queries.judging import photo_doubts
from pol137.cases.rules.drafts import AnswerDraft, Picture
from pol137.cases.vocabulary import CloseReason, PhotoDoubt, PromiseKind, Status
from pol137.city.vocabulary import Role
from pol137.dispatch.models import Dispatch
from pol137.journal import outbox
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import citizen
from pol137.lib.refusal import Refusal
from pol137.messaging.models import OutboundMessage
from tests.every_step import answer
from tests.factories import DONE, Clock, actor, announced_case, draft, fresh, reported_case

pytestmark = pytest.mark.django_db

HEAD, USER, DEPUTY, MANAGER = "s1-roads-head", "s1-roads-user", "s1-deputy-tech", "s1-manager"
OTHER_HEAD, APPROVER = "s2-roads-head", "centre-s1-follow-up"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SAYS_NOTHING = AnswerDraft(type="done", reply="در حال بررسی و پیگیری می‌باشد.")


def promise_of(case: Case) -> Promise:
    return Promise.objects.filter(case=case, kind=PromiseKind.ANSWER).latest("id")


def in_work(clock: Clock, **changed: object) -> Case:
    case = reported_case(clock.now, **changed)
    accept_case(case.pk, by=actor(HEAD), now=clock.now)
    clock.run()
    return case


def climbed(case: Case) -> list[int]:
    """The rungs of the answer's ladder that have fired."""
    rungs = Rung.objects.filter(promise__case=case, promise__kind=PromiseKind.ANSWER)
    return sorted(rungs.values_list("n", flat=True))


def told(case: Case, role: Role) -> bool:
    """Whether somebody in this role was told of the case."""
    return Notice.objects.filter(case=case, position__role=role).exists()


# --- answers that say nothing ---------------------------------------------------------------------


def test_an_answer_at_71_59_that_says_nothing_does_not_stop_the_ladder(clock: Clock) -> None:
    case = in_work(clock)
    promised = promise_of(case).promised_at
    clock.now = promised - timedelta(minutes=1)
    answer_case(case.pk, answer=SAYS_NOTHING, by=actor(HEAD), now=clock.now)
    clock.forward(hours=20)
    assert climbed(case) == []
    return_answer(case.pk, reason="پاسخ نیست.", no_logical_answer=True, by=actor(APPROVER), now=clock.now)
    clock.run()
    assert climbed(case) == [1] and promise_of(case).due_at == promised
    clock.now = promised + 5 * DAY
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    assert climbed(case) == [1, 2]
    assert fresh(case).late_minutes == 5 * 24 * 60


def test_a_reply_of_two_words_is_no_answer(clock: Clock) -> None:
    case = in_work(clock)
    with pytest.raises(Refusal, match="reply_too_short"):
        answer_case(
            case.pk, answer=AnswerDraft(type="done", reply="انجام شد."), by=actor(HEAD), now=clock.now
        )
    assert fresh(case).status == Status.IN_WORK and not Answer.objects.exists()


def test_answering_again_and_again_gives_back_no_more_than_the_time_that_was_left(clock: Clock) -> None:
    case = in_work(clock)
    clock.now = promise_of(case).promised_at - 2 * HOUR
    for _ in range(2):
        answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
        clock.forward(hours=10)
        return_answer(case.pk, reason="عکس پیوست نیست.", by=actor(APPROVER), now=clock.now)
        assert promise_of(case).due_at == clock.now + 2 * HOUR
    clock.run()
    assert told(case, Role.DEPUTY), "a second return is the deputy's business"
    clock.forward(hours=30)
    assert climbed(case) == [1]


def test_an_answer_given_late_is_late_whoever_returns_it(clock: Clock) -> None:
    case = in_work(clock)
    due = promise_of(case).promised_at
    clock.now = due + 30 * HOUR
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    clock.forward(hours=3)
    return_answer(case.pk, reason="ناقص است.", by=actor(APPROVER), now=clock.now)
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    assert fresh(case).late_minutes >= 30 * 60 and climbed(case) == [1, 2]


# --- questions, pauses, more time -----------------------------------------------------------------


def test_a_question_at_hour_seventy_is_refused(clock: Clock) -> None:
    case = in_work(clock)
    clock.now = promise_of(case).promised_at - 2 * HOUR
    with pytest.raises(Refusal, match="too_late_to_ask"):
        ask_citizen(case.pk, question="کدام پلاک؟", by=actor(HEAD), now=clock.now)
    assert fresh(case).status == Status.IN_WORK


def test_a_question_to_somebody_who_never_hears_it_wins_nothing(clock: Clock) -> None:
    landline = draft().reporter.__class__(phone="05138000000")
    case = in_work(clock, reporter=landline)
    promised = promise_of(case).promised_at
    ask_citizen(case.pk, question="کدام پلاک؟", by=actor(HEAD), now=clock.now)
    clock.now = promised + 30 * HOUR
    clock.run()
    assert promise_of(case).due_at == promised and climbed(case) == [1, 2]


def test_a_second_question_is_refused(clock: Clock) -> None:
    case = in_work(clock)
    ask_citizen(case.pk, question="کدام پلاک؟", by=actor(HEAD), now=clock.now)
    clock.run()
    clock.forward(hours=49)
    assert fresh(case).status == Status.IN_WORK, "the pause ends by itself"
    with pytest.raises(Refusal, match="asked_already"):
        ask_citizen(case.pk, question="ساعت چند؟", by=actor(HEAD), now=clock.now)


def test_asking_for_a_pause_pauses_nothing_until_it_is_granted(clock: Clock) -> None:
    case = in_work(clock)
    promised = promise_of(case).promised_at
    ask_pause(case.pk, until=clock.now + 20 * DAY, reason="منتظر اعتبار", by=actor(HEAD), now=clock.now)
    clock.now = promised + 30 * HOUR
    clock.run()
    assert promise_of(case).due_at == promised and climbed(case) == [1, 2]


def test_a_pause_granted_too_late_un_fires_nothing(clock: Clock) -> None:
    case = in_work(clock)
    clock.now = promise_of(case).promised_at + 26 * HOUR
    clock.run()
    assert climbed(case) == [1, 2]
    pause_case(case.pk, until=clock.now + 5 * DAY, reason="بارش برف", by=actor(MANAGER), now=clock.now)
    clock.forward(days=6)
    assert climbed(case) == [1, 2] and promise_of(case).due_at == promise_of(case).promised_at


def test_more_time_is_given_once_before_the_end_and_counts_as_extended(clock: Clock) -> None:
    case = in_work(clock)
    ask_more_time(case.pk, hours=24, reason="قطعه در راه است.", by=actor(HEAD), now=clock.now)
    promise = promise_of(case)
    assert promise.due_at == promise.promised_at
    give_time(case.pk, hours=24, reason="قطعه در راه است.", by=actor(DEPUTY), now=clock.now)
    clock.run()
    promise = promise_of(case)
    assert promise.due_at == promise.promised_at + DAY and promise.extended_at == clock.now
    assert OutboundMessage.objects.filter(case_ref=case.pk, purpose="due_moved").exists()
    with pytest.raises(Refusal):
        give_time(case.pk, hours=24, reason="باز هم", by=actor(DEPUTY), now=clock.now)


def test_the_head_cannot_grant_himself_time(clock: Clock) -> None:
    case = in_work(clock)
    for grant in (
        lambda: give_time(case.pk, hours=24, reason="لازم است", by=actor(HEAD), now=clock.now),
        lambda: pause_case(case.pk, until=clock.now + DAY, reason="لازم است", by=actor(HEAD), now=clock.now),
    ):
        with pytest.raises(Refusal, match="step_not_yours"):
            grant()


# --- passing it on --------------------------------------------------------------------------------


def test_ping_pong_ends_with_triage_and_its_ruling_binds(clock: Clock) -> None:
    case = reported_case(clock.now)
    promised = promise_of(case).promised_at
    reason = "خارج از وظیفهٔ این اداره است."
    transfer_case(case.pk, department="s2-roads", reason=reason, by=actor(HEAD), now=clock.now)
    transfer_case(case.pk, department="s1-roads", reason=reason, by=actor(OTHER_HEAD), now=clock.now)
    assert fresh(case).status == Status.NEW and fresh(case).department_id is None
    route_case(case.pk, department="s1-roads", by=actor("centre-triage"), now=clock.now)
    with pytest.raises(Refusal, match="ruling_binds"):
        transfer_case(case.pk, department="s2-roads", reason=reason, by=actor(HEAD), now=clock.now)
    assert promise_of(case).due_at == promised == promise_of(case).promised_at


def test_a_case_kept_for_two_days_cannot_be_passed_on(clock: Clock) -> None:
    case = reported_case(clock.now)
    clock.forward(hours=48)
    with pytest.raises(Refusal, match="transfer_too_late"):
        transfer_case(case.pk, department="s2-roads", reason="مال ما نیست", by=actor(HEAD), now=clock.now)


def test_who_gets_a_case_at_the_last_moment_is_not_charged_for_those_before(clock: Clock) -> None:
    case = reported_case(clock.now)
    clock.now += 7 * HOUR
    transfer_case(case.pk, department="s2-roads", reason="حوزهٔ منطقه ۲ است", by=actor(HEAD), now=clock.now)
    due = promise_of(case).due_at
    clock.now = due + 50 * HOUR
    clock.run()
    answer_case(case.pk, answer=DONE, by=actor(OTHER_HEAD), now=clock.now)
    approve_answer(case.pk, by=actor("centre-s2-follow-up"), now=clock.now)
    first, second = Assignment.objects.filter(case=case).order_by("id")
    assert fresh(case).late_minutes == 50 * 60
    assert (first.late_minutes, second.late_minutes) == (0, 50 * 60)
    assert {DEPUTY, "s2-deputy-tech"} <= set(
        Notice.objects.filter(case=case, kind=EventKind.RUNG_FIRED).values_list("position__code", flat=True)
    ), "on a late rung both deputies are told"


def test_a_comment_a_draft_a_nudge_and_a_corrected_place_move_no_deadline(clock: Clock) -> None:
    case = in_work(clock)
    before = promise_of(case)
    note_case(case.pk, text="با پیمانکار تماس گرفته شد.", by=actor(HEAD), now=clock.now)
    draft_answer(case.pk, answer=DONE, by=actor(USER), now=clock.now)
    nudge_case(case.pk, by=citizen(citizen_ref(case.pk)), now=clock.now)
    edit_place(case.pk, address="کوچه ۵", lat=None, lon=None, by=actor("centre-triage"), now=clock.now)
    after = promise_of(case)
    assert (before.due_at, before.rung_due, before.next_at) == (after.due_at, after.rung_due, after.next_at)


def test_another_subject_with_a_longer_deadline_leaves_the_promise(clock: Clock) -> None:
    case = reported_case(clock.now, service="open-manhole")
    promised = promise_of(case).promised_at
    reclassify_case(case.pk, service="light-out", by=actor("centre-triage"), now=clock.now)
    clock.forward(hours=3)
    assert promise_of(case).promised_at == promised and climbed(case) == [1, 2]


# --- dates ----------------------------------------------------------------------------------------


def test_planned_for_esfand_needs_the_deputy(clock: Clock) -> None:
    case = in_work(clock)
    esfand = answer("planned", clock.now, days=130)
    with pytest.raises(Refusal, match="plan_date_too_far"):
        answer_case(case.pk, answer=esfand, by=actor(HEAD), now=clock.now)
    answer_case(case.pk, answer=esfand, by=actor(DEPUTY), now=clock.now)
    assert Answer.objects.get(case=case).answered_by_id == actor(DEPUTY).staff_id


def test_a_date_is_a_promise_with_the_same_ladder(clock: Clock) -> None:
    case = in_work(clock)
    answer_case(case.pk, answer=answer("planned", clock.now, days=10), by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    assert fresh(case).status == Status.PLANNED, "never under done"
    clock.forward(days=10)
    assert OutboundMessage.objects.filter(case_ref=case.pk, purpose="plan_due").count() == 1
    clock.forward(days=4)
    plan = Promise.objects.get(case=case, kind=PromiseKind.PLAN)
    assert sorted(Rung.objects.filter(promise=plan).values_list("n", flat=True)) == [1, 2]


def test_a_date_is_put_off_only_by_the_rung_above_and_not_by_another_date(clock: Clock) -> None:
    case = in_work(clock)
    answer_case(case.pk, answer=answer("planned", clock.now, days=10), by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    until = date(2026, 11, 20)
    with pytest.raises(Refusal, match="step_not_yours"):
        postpone_plan(case.pk, until=until, reason="بارندگی", by=actor(HEAD), now=clock.now)
    with pytest.raises(Refusal, match="plan_not_kept_by_plan"):
        keep_plan(case.pk, answer=answer("planned", clock.now, days=25), by=actor(HEAD), now=clock.now)
    postpone_plan(case.pk, until=until, reason="بارندگی", by=actor(DEPUTY), now=clock.now)
    clock.run()
    plan = Promise.objects.get(case=case, kind=PromiseKind.PLAN)
    assert plan.promised_at < plan.due_at and plan.extended_at is not None
    assert OutboundMessage.objects.filter(case_ref=case.pk, purpose="plan_postponed").exists()


def test_a_plan_that_came_back_cannot_return_with_a_later_date(clock: Clock) -> None:
    case = in_work(clock)
    answer_case(case.pk, answer=answer("planned", clock.now, days=5), by=actor(HEAD), now=clock.now)
    return_answer(case.pk, reason="تاریخ نزدیک‌تر لازم است.", by=actor(APPROVER), now=clock.now)
    with pytest.raises(Refusal):
        answer_case(case.pk, answer=answer("planned", clock.now, days=20), by=actor(HEAD), now=clock.now)


# --- making it go away ----------------------------------------------------------------------------


def test_no_unit_withdraws_or_closes_a_case(clock: Clock) -> None:
    case = in_work(clock)
    for who in (HEAD, USER, DEPUTY, MANAGER):
        with pytest.raises(Refusal, match="step_not_yours"):
            withdraw_case(case.pk, by=actor(who), now=clock.now)
    told_case = announced_case(clock)
    with pytest.raises(Refusal, match="step_not_yours"):
        close_case(told_case.pk, reason=CloseReason.ACCEPTED, by=actor(HEAD), now=clock.now)


def test_withdrawal_under_pressure_is_the_reporters_own_or_none(clock: Clock) -> None:
    case = in_work(clock)
    with pytest.raises(Refusal, match="withdrawal_unproved"):
        withdraw_case(case.pk, reason="شهروند منصرف شد", by=actor("centre-operator"), now=clock.now)
    clock.now = promise_of(case).promised_at + 2 * HOUR
    withdraw_case(case.pk, by=citizen(citizen_ref(case.pk)), now=clock.now)
    assert fresh(case).status == Status.CLOSED
    assert fresh(case).late_minutes == 120, "lateness is never erased"


def test_hiding_behind_an_incident_wins_no_time(clock: Clock) -> None:
    early = reported_case(clock.now)
    early_due = promise_of(early).due_at
    clock.now += 60 * HOUR
    clock.run()
    late = reported_case(clock.now)
    with pytest.raises(Refusal, match="step_not_yours"):
        join_incident(early.pk, main_case_id=late.pk, by=actor(HEAD), now=clock.now)
    join_incident(early.pk, main_case_id=late.pk, by=actor("centre-triage"), now=clock.now)
    assert promise_of(late).due_at == early_due, "the main case takes the earliest due time"
    clock.now = early_due + 40 * HOUR
    clock.run()
    assert climbed(late) == [1, 2]
    answer_case(late.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    approve_answer(late.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    clock.forward(hours=9)
    assert fresh(early).status == Status.ANNOUNCED
    assert fresh(early).late_minutes == 40 * 60, "late by the promise its own reporter was given"


def test_an_old_photo_is_shown_to_the_approver(clock: Clock) -> None:
    old = Picture(
        sha256="a" * 64, name="x.jpg", content_type="image/jpeg", size=1, taken_at=clock.now - 90 * DAY
    )
    with_photo = AnswerDraft(type="done", reply=DONE.reply, pictures=(old,))
    first, second = in_work(clock), in_work(clock)
    answer_case(first.pk, answer=with_photo, by=actor(HEAD), now=clock.now)
    answer_case(second.pk, answer=with_photo, by=actor(HEAD), now=clock.now)
    pictures = list(Attachment.objects.filter(case=second))
    doubts = photo_doubts([fresh(second)], pictures)[pictures[0].pk]
    assert {one.doubt for one in doubts} == {PhotoDoubt.USED_BEFORE, PhotoDoubt.TAKEN_BEFORE}


def test_an_answer_that_objectors_upset_starts_at_the_deputy(clock: Clock) -> None:
    case = announced_case(clock)
    object_to_answer(
        case.pk, ground="not_done", channel="web", by=citizen(citizen_ref(case.pk)), now=clock.now
    )
    with pytest.raises(Refusal):
        decide_review(case.pk, verdict="not_upheld", reasons="درست بود", by=actor(APPROVER), now=clock.now)
    decide_review(
        case.pk,
        verdict="upheld",
        reasons="در بازدید، چراغ خاموش بود.",
        by=actor("centre-s2-follow-up"),
        now=clock.now,
    )
    clock.forward(hours=1)
    assert fresh(case).status == Status.IN_WORK and fresh(case).cycle == 2
    assert climbed(case) == [1], "the deputy is told at once"
    assert promise_of(case).due_at - promise_of(case).started_at == DAY


def test_a_danger_called_over_too_early_wins_no_time(clock: Clock) -> None:
    case = in_work(clock, service="open-manhole")
    clock.forward(minutes=80)
    with pytest.raises(Refusal, match="step_not_yours"):
        make_safe(case.pk, by=actor(HEAD), now=clock.now)
    make_safe(case.pk, by=actor("centre-operator"), now=clock.now)
    assert (fresh(case).late_minutes, promise_of(case).due_at - clock.now) == (20, 3 * DAY)
    clock.forward(hours=5)
    report_danger(case.pk, words="هنوز باز است.", by=actor("centre-operator"), now=clock.now)
    clock.run()
    assert promise_of(case).due_at == clock.now + HOUR
    assert Dispatch.objects.filter(case=case, ended_at__isnull=True).count() == 1
    clock.forward(minutes=90)
    make_safe(case.pk, by=actor("centre-operator"), now=clock.now)
    assert fresh(case).late_minutes == 20 + 30


def test_a_no_names_its_law_and_another_body_its_name_and_the_centre_agrees(clock: Clock) -> None:
    case = in_work(clock)
    for type_, missing in (("unlawful", "legal_ground_missing"), ("not_ours", "agency_missing")):
        bare = AnswerDraft(type=type_, reply=DONE.reply)
        with pytest.raises(Refusal, match=missing):
            answer_case(case.pk, answer=bare, by=actor(HEAD), now=clock.now)
    answer_case(case.pk, answer=answer("unlawful", clock.now), by=actor(HEAD), now=clock.now)
    with pytest.raises(Refusal, match="consent_missing"):
        approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    assert fresh(case).status == Status.ANSWERED and not OutboundMessage.objects.filter(
        case_ref=case.pk, purpose="answer_announced"
    )


# --- when nobody looks ----------------------------------------------------------------------------


def test_an_outage_hides_no_rung(clock: Clock) -> None:
    case = in_work(clock)
    due = promise_of(case).promised_at
    clock.now = due + 40 * HOUR
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    assert climbed(case) == [1, 2]
    at = {rung.n: rung.due_at for rung in Rung.objects.filter(promise__case=case)}
    assert at == {1: due, 2: due + DAY}
    sweep(now=clock.now)
    outbox.drain(now=clock.now)
    assert Rung.objects.filter(promise__case=case, promise__kind=PromiseKind.ANSWER).count() == 2


def test_an_unassigned_case_climbs_inside_the_centre(clock: Clock) -> None:
    case = reported_case(clock.now, service="other", district="")
    clock.forward(days=5)
    triage = Promise.objects.get(case=case, kind=PromiseKind.TRIAGE)
    assert Rung.objects.filter(promise=triage).count() == len(triage.rung_due)
    assert climbed(case) == [1, 2]
    assert told(case, Role.CENTRE_HEAD) and told(case, Role.MAYOR_OFFICE)
