"""The clock nobody can stop by tricks: rungs, pauses, returns, extensions."""

from datetime import timedelta

import pytest

from pol137.cases.models import Notice, Promise, Rung
from pol137.cases.operations import (
    accept_case,
    answer_case,
    approve_answer,
    ask_citizen,
    give_time,
    note_case,
    nudge_case,
    pause_case,
    resume_case,
    return_answer,
    route_case,
    sweep,
    withdraw_case,
)
from pol137.cases.permissions import citizen_ref
from pol137.cases.vocabulary import PromiseKind, Status
from pol137.lib.actor import citizen
from pol137.lib.refusal import Refusal
from tests.factories import DONE, Clock, actor, answered_case, fresh, reported_case

pytestmark = pytest.mark.django_db

HEAD, DEPUTY, APPROVER = "s1-roads-head", "s1-deputy-tech", "centre-s1-follow-up"


def answer_clock(case) -> Promise:
    return Promise.objects.filter(case=case, kind=PromiseKind.ANSWER).latest("id")


def test_an_unassigned_case_climbs_all_rungs(clock: Clock) -> None:
    case = reported_case(clock.now, service="other", district="")
    assert case.status == Status.NEW
    clock.forward(hours=96)
    assert fresh(case).rung == 2
    assert list(Rung.objects.filter(promise=answer_clock(case)).values_list("n", flat=True)) == [1, 2]
    assert Notice.objects.filter(case=case, rung=2, position__code="inspection-inspector").exists()
    assert Notice.objects.filter(case=case, position__code="centre-supervisor").exists()


def test_routing_by_triage_moves_no_deadline(clock: Clock) -> None:
    case = reported_case(clock.now, service="other", district="")
    promised = answer_clock(case).promised_at
    clock.forward(hours=50)
    route_case(case.pk, department="s1-roads", by=actor("centre-triage"), now=clock.now)
    assert answer_clock(case).promised_at == promised
    assert not Promise.objects.filter(case=case, kind=PromiseKind.TRIAGE, ended_at__isnull=True).exists()
    clock.forward(hours=22)
    assert fresh(case).rung == 1


def test_rungs_missed_in_an_outage_fire_in_order_with_their_own_due_times(clock: Clock) -> None:
    case = reported_case(clock.now)
    start = clock.now
    clock.forward(days=10)
    rungs = Rung.objects.filter(promise=answer_clock(case)).order_by("n")
    assert [(rung.n, rung.due_at - start) for rung in rungs] == [
        (1, timedelta(hours=72)),
        (2, timedelta(hours=96)),
    ]
    assert {rung.fired_at for rung in rungs} == {clock.now}


def test_the_oldest_of_many_falls_first_and_each_once(clock: Clock) -> None:
    cases = [reported_case(clock.now + timedelta(minutes=n)) for n in range(5)]
    assert sweep(now=clock.now + timedelta(hours=73)) == 5
    assert sweep(now=clock.now + timedelta(hours=73)) == 0
    fired = Rung.objects.order_by("id").values_list("promise__case_id", flat=True)
    assert list(fired) == [case.pk for case in cases]


def test_a_comment_does_not_move_a_deadline(clock: Clock) -> None:
    case = reported_case(clock.now)
    before = answer_clock(case)
    accept_case(case.pk, by=actor(HEAD), now=clock.now)
    note_case(case.pk, text="با پیمانکار تماس گرفته شد.", by=actor(HEAD), now=clock.now)
    nudge_case(case.pk, by=actor("centre-operator"), now=clock.now)
    after = answer_clock(case)
    assert (after.due_at, after.next_at, after.promised_at) == (
        before.due_at,
        before.next_at,
        before.promised_at,
    )
    assert fresh(case).nudges == 1


def test_a_good_answer_returned_for_one_word_gets_back_exactly_its_time(clock: Clock) -> None:
    case = reported_case(clock.now)
    due = answer_clock(case).due_at
    clock.forward(hours=70)
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    left = due - clock.now
    clock.forward(hours=25)
    assert fresh(case).rung == 0
    return_answer(case.pk, reason="نشانی را بنویسید.", by=actor(APPROVER), now=clock.now)
    again = answer_clock(case)
    assert again.due_at - clock.now == left == timedelta(hours=2)
    assert again.promised_at == due
    clock.forward(hours=2)
    assert fresh(case).rung == 1


def test_an_answer_at_71_59_that_says_nothing_does_not_stop_the_ladder(clock: Clock) -> None:
    case = reported_case(clock.now)
    clock.forward(hours=71, minutes=59)
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    clock.forward(hours=30)
    return_answer(
        case.pk,
        reason="فقط نوشته شده در دست بررسی.",
        no_logical_answer=True,
        by=actor(APPROVER),
        now=clock.now,
    )
    clock.run()
    assert fresh(case).rung == 2
    assert [rung.n for rung in Rung.objects.filter(promise=answer_clock(case))] == [1, 2]


def test_an_approved_answer_meets_the_promise_when_it_was_given(clock: Clock) -> None:
    case = reported_case(clock.now)
    clock.forward(hours=71)
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    given = clock.now
    clock.forward(hours=20)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    promise = answer_clock(case)
    assert promise.met_at == given
    assert fresh(case).late_minutes == 0


def test_a_question_to_the_citizen_stops_the_clock_once_and_ends_by_itself(clock: Clock) -> None:
    case = reported_case(clock.now)
    accept_case(case.pk, by=actor(HEAD), now=clock.now)
    clock.forward(hours=10)
    ask_citizen(case.pk, question="کدام چراغ کوچه خاموش است؟", by=actor(HEAD), now=clock.now)
    clock.run()
    due = answer_clock(case).due_at
    clock.forward(hours=48)
    assert fresh(case).status == Status.IN_WORK
    assert answer_clock(case).due_at == due + timedelta(hours=48)
    with pytest.raises(Refusal, match="asked_already"):
        ask_citizen(case.pk, question="باز هم؟", by=actor(HEAD), now=clock.now)


def test_a_unit_cannot_pause_itself_but_its_deputy_can(clock: Clock) -> None:
    case = reported_case(clock.now)
    until = clock.now + timedelta(days=2)
    with pytest.raises(Refusal, match="step_not_yours"):
        pause_case(case.pk, until=until, reason="برف", by=actor(HEAD), now=clock.now)
    pause_case(case.pk, until=until, reason="برف سنگین", by=actor(DEPUTY), now=clock.now)
    clock.forward(hours=12)
    with pytest.raises(Refusal, match="nothing_was_asked"):
        resume_case(case.pk, by=citizen(citizen_ref(case.pk)), now=clock.now)
    resume_case(case.pk, by=actor(HEAD), now=clock.now)
    assert answer_clock(case).due_at == answer_clock(case).promised_at + timedelta(hours=12)


def test_more_time_is_given_once_and_what_was_promised_stays(clock: Clock) -> None:
    case = reported_case(clock.now)
    promised = answer_clock(case).promised_at
    give_time(case.pk, hours=24, reason="قطعه در راه است.", by=actor(DEPUTY), now=clock.now)
    promise = answer_clock(case)
    assert (promise.promised_at, promise.due_at) == (promised, promised + timedelta(hours=24))
    clock.forward(hours=95)
    assert fresh(case).rung == 0
    with pytest.raises(Refusal, match="extended_already"):
        give_time(case.pk, hours=24, reason="باز هم", by=actor(DEPUTY), now=clock.now)


def test_closing_keeps_lateness(clock: Clock) -> None:
    case = reported_case(clock.now)
    clock.forward(hours=75)
    withdraw_case(case.pk, by=citizen(citizen_ref(case.pk)), now=clock.now)
    closed = fresh(case)
    assert (closed.status, closed.late_minutes, closed.rung) == (Status.CLOSED, 180, 1)
    assert Rung.objects.get(promise=answer_clock(case)).late_minutes == 180


def test_the_centres_own_clock_climbs_inside_the_centre(clock: Clock) -> None:
    case = answered_case(clock.now)
    clock.forward(hours=24)
    assert Notice.objects.filter(case=case, position__code="centre-supervisor").exists()
    clock.forward(hours=2)
    assert Notice.objects.filter(case=case, position__code="centre-head").exists()
    assert fresh(case).rung == 0


def test_an_old_question_does_not_let_the_citizen_end_a_deputys_pause(clock: Clock) -> None:
    case = reported_case(clock.now)
    accept_case(case.pk, by=actor(HEAD), now=clock.now)
    ask_citizen(case.pk, question="کدام چراغ؟", by=actor(HEAD), now=clock.now)
    clock.forward(hours=49)
    assert fresh(case).status == Status.IN_WORK
    pause_case(
        case.pk, until=clock.now + timedelta(days=2), reason="بارندگی", by=actor(DEPUTY), now=clock.now
    )
    with pytest.raises(Refusal, match="nothing_was_asked"):
        resume_case(case.pk, reply="چراغ سوم", by=citizen(citizen_ref(case.pk)), now=clock.now)


def test_the_unit_told_of_a_case_is_the_one_it_was_sent_to(clock: Clock) -> None:
    from pol137.cases.operations import transfer_case

    case = reported_case(clock.now)
    transfer_case(case.pk, department="s1-green", reason="درخت است.", by=actor(HEAD), now=clock.now)
    clock.run()
    told = Notice.objects.filter(case=case, kind="case.routed").order_by("event_id")
    assert [one.position.code for one in told] == [HEAD, "s1-green-head"]


def test_a_case_that_turns_out_to_be_dangerous_is_urgent(clock: Clock) -> None:
    from pol137.cases.operations import reclassify_case

    case = reported_case(clock.now)
    reclassify_case(case.pk, service="open-manhole", by=actor("centre-triage"), now=clock.now)
    assert fresh(case).urgent
