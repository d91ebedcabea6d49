"""Time nobody takes for himself: questions, pauses, more time; and whose lateness it is."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pol137.cases.models import Assignment, Notice, Promise, Question, TimeRequest
from pol137.cases.operations import (
    accept_case,
    answer_case,
    approve_answer,
    ask_citizen,
    ask_more_time,
    ask_pause,
    decide_review,
    give_time,
    join_incident,
    leave_incident,
    note_question_reached,
    object_to_answer,
    pause_case,
    refuse_time,
    resume_case,
    return_answer,
    route_case,
    transfer_case,
)
from pol137.cases.permissions import citizen_ref
from pol137.cases.queries import time_requests
from pol137.cases.rules.holding import Hold, charge
from pol137.cases.vocabulary import Action, PromiseKind, Status, TimeDecision
from pol137.contacts.models import CallBack
from pol137.contacts.operations import record_call_attempt
from pol137.contacts.vocabulary import CallOutcome, CallPurpose, CallState
from pol137.lib.actor import citizen, system
from pol137.lib.refusal import Refusal
from pol137.messaging.models import OutboundMessage
from pol137.staff.models import Appointment
from tests.factories import DONE, Clock, actor, draft, fresh, reported_case, user

pytestmark = pytest.mark.django_db

HEAD, USER, DEPUTY, MANAGER = "s1-roads-head", "s1-roads-user", "s1-deputy-tech", "s1-manager"
GREEN, GREEN_DEPUTY = "s1-green-head", "s1-deputy-urban"
APPROVER = "centre-s1-follow-up"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def answer_clock(case) -> Promise:
    return Promise.objects.filter(case=case, kind=PromiseKind.ANSWER).latest("id")


def by_phone() -> dict:
    """A reporter with a landline only."""
    return {"reporter": draft().reporter.__class__(phone="05138000000")}


def in_work(clock: Clock, **changed):
    case = reported_case(clock.now, **changed)
    accept_case(case.pk, by=actor(HEAD), now=clock.now)
    return case


def ask(case, clock: Clock) -> Question:
    ask_citizen(case.pk, question="کدام تیر چراغ؟", by=actor(HEAD), now=clock.now)
    return Question.objects.filter(case=case).latest("id")


def told(case, kind: str) -> set[str]:
    return set(Notice.objects.filter(case=case, kind=kind).values_list("position__code", flat=True))


# --- questions ------------------------------------------------------------------------------------


def test_the_clock_stands_from_the_moment_the_question_reached_the_citizen(clock: Clock) -> None:
    case = in_work(clock)
    question = ask(case, clock)
    assert fresh(case).status == Status.WAITING and answer_clock(case).stopped_at is None
    clock.now += 5 * HOUR
    note_question_reached(question.pk, by=system("tests"), now=clock.now)
    assert answer_clock(case).stopped_at == clock.now
    clock.now += 3 * HOUR
    resume_case(case.pk, reply="تیر دوم", by=citizen(citizen_ref(case.pk)), now=clock.now)
    promise = answer_clock(case)
    assert promise.due_at == promise.promised_at + 3 * HOUR
    question.refresh_from_db()
    assert (question.reply, fresh(case).status) == ("تیر دوم", Status.IN_WORK)


def test_a_delivered_question_stops_the_clock_and_the_citizen_hears_what_it_cost(
    clock: Clock,
) -> None:
    case = in_work(clock)
    question = ask(case, clock)
    clock.run()
    question.refresh_from_db()
    assert question.reached_at == clock.now == answer_clock(case).stopped_at
    clock.forward(hours=4)
    resume_case(case.pk, reply="تیر دوم", by=citizen(citizen_ref(case.pk)), now=clock.now)
    clock.run()
    assert OutboundMessage.objects.filter(case_ref=case.pk, purpose="case_resumed").count() == 1


def test_a_question_nobody_can_be_reached_with_wins_no_time(clock: Clock) -> None:
    case = in_work(clock, **by_phone())
    ask(case, clock)
    clock.forward(hours=48)
    assert fresh(case).status == Status.IN_WORK
    promise = answer_clock(case)
    assert promise.due_at == promise.promised_at
    clock.forward(hours=24)
    assert fresh(case).rung == 1


def test_a_question_without_any_number_is_refused(clock: Clock) -> None:
    case = in_work(clock, reporter=draft().reporter.__class__(phone=""))
    with pytest.raises(Refusal, match="nobody_to_ask"):
        ask(case, clock)
    assert not Question.objects.exists() and fresh(case).status == Status.IN_WORK


def test_a_question_in_the_last_hours_is_refused(clock: Clock) -> None:
    case = in_work(clock)
    clock.now += 60 * HOUR
    with pytest.raises(Refusal, match="too_late_to_ask"):
        ask(case, clock)
    clock.now -= HOUR
    ask(case, clock)


def test_a_second_question_is_refused_after_a_return_and_after_a_transfer_too(clock: Clock) -> None:
    case = in_work(clock)
    ask(case, clock)
    clock.run()
    resume_case(case.pk, reply="تیر دوم", by=actor(HEAD), now=clock.now)
    transfer_case(case.pk, department="s1-green", reason="شاخهٔ درخت است.", by=actor(HEAD), now=clock.now)
    accept_case(case.pk, by=actor(GREEN), now=clock.now)
    with pytest.raises(Refusal, match="asked_already"):
        ask_citizen(case.pk, question="کدام درخت؟", by=actor(GREEN), now=clock.now)
    answer_case(case.pk, answer=DONE, by=actor(GREEN), now=clock.now)
    return_answer(case.pk, reason="نشانی را بنویسید.", by=actor(APPROVER), now=clock.now)
    with pytest.raises(Refusal, match="asked_already"):
        ask_citizen(case.pk, question="کدام درخت؟", by=actor(GREEN), now=clock.now)


def test_a_question_ends_by_itself_at_the_limit_counted_from_when_it_arrived(clock: Clock) -> None:
    case = in_work(clock)
    ask(case, clock)
    clock.run()
    clock.forward(hours=47)
    assert fresh(case).status == Status.WAITING
    clock.forward(hours=1)
    promise = answer_clock(case)
    assert fresh(case).status == Status.IN_WORK
    assert promise.due_at == promise.promised_at + 48 * HOUR
    assert promise.stopped_at is None


def test_who_has_a_landline_is_called_and_the_reply_is_taken_on_the_phone(clock: Clock) -> None:
    case = in_work(clock, **by_phone())
    question = ask(case, clock)
    clock.run()
    call = CallBack.objects.get(case=case, purpose=CallPurpose.QUESTION)
    clock.now += HOUR
    feedback = actor("centre-feedback")
    record_call_attempt(call.pk, outcome=CallOutcome.TOLD, by=feedback, now=clock.now)
    assert answer_clock(case).stopped_at == clock.now
    resume_case(case.pk, reply="سر کوچه", by=feedback, now=clock.now + HOUR)
    question.refresh_from_db()
    assert (question.reply, answer_clock(case).stopped_at) == ("سر کوچه", None)


def test_a_question_of_which_nothing_is_heard_becomes_a_call_that_a_reply_settles(clock: Clock) -> None:
    case = in_work(clock)
    ask(case, clock)
    clock.now += 6 * HOUR
    from pol137.cases.operations import sweep
    from pol137.journal import outbox

    sweep(now=clock.now)
    resume_later = CallBack.objects.filter(case=case, purpose=CallPurpose.QUESTION)
    while outbox.drain(now=clock.now):
        pass
    [call] = resume_later
    assert call.state in (CallState.WAITING, CallState.NOT_NEEDED)
    resume_case(case.pk, reply="تیر دوم", by=actor("centre-operator"), now=clock.now)
    clock.run()
    call.refresh_from_db()
    assert call.state == CallState.NOT_NEEDED


def test_rungs_go_on_falling_due_while_a_question_is_on_its_way(clock: Clock) -> None:
    case = in_work(clock, **by_phone())
    clock.now += 59 * HOUR
    ask(case, clock)
    clock.forward(hours=13)
    assert (fresh(case).status, fresh(case).rung) == (Status.WAITING, 1)


def test_the_desk_takes_replies_down_and_ends_no_pause(clock: Clock) -> None:
    case = in_work(clock)
    pause_case(case.pk, until=clock.now + DAY, reason="برف", by=actor(DEPUTY), now=clock.now)
    for code in ("centre-operator", "centre-feedback"):
        with pytest.raises(Refusal, match="nothing_was_asked"):
            resume_case(case.pk, by=actor(code), now=clock.now)


# --- asking for time ------------------------------------------------------------------------------


def test_asking_for_time_moves_no_clock_and_the_deputy_is_told(clock: Clock) -> None:
    case = in_work(clock)
    before = answer_clock(case)
    ask_more_time(case.pk, hours=24, reason="قطعه در راه است.", by=actor(HEAD), now=clock.now)
    ask_pause(case.pk, until=clock.now + 5 * DAY, reason="بارندگی", by=actor(HEAD), now=clock.now)
    after = answer_clock(case)
    assert (after.due_at, after.next_at, after.stopped_at) == (before.due_at, before.next_at, None)
    clock.run()
    assert told(case, "case.more_time_asked") == told(case, "case.pause_asked") == {DEPUTY}
    rows = time_requests(actor(DEPUTY), now=clock.now)
    assert [(row.request.action, row.yours) for row in rows] == [
        (Action.ASK_MORE_TIME, True),
        (Action.ASK_PAUSE, True),
    ]
    assert [row.yours for row in time_requests(actor(MANAGER), now=clock.now)] == [False, False]
    clock.forward(hours=72)
    assert fresh(case).rung == 1


def test_giving_time_settles_the_wish_and_tells_unit_and_citizen_why(clock: Clock) -> None:
    case = in_work(clock)
    ask_more_time(case.pk, hours=48, reason="قطعه در راه است.", by=actor(HEAD), now=clock.now)
    give_time(case.pk, hours=24, reason="قطعه فردا نصب است.", by=actor(DEPUTY), now=clock.now)
    [request] = TimeRequest.objects.filter(case=case)
    assert (request.decision, request.decision_reason) == (TimeDecision.GIVEN, "قطعه فردا نصب است.")
    promise = answer_clock(case)
    assert promise.due_at == promise.promised_at + 24 * HOUR
    clock.run()
    assert told(case, "case.more_time_given") == {HEAD}
    [text] = OutboundMessage.objects.filter(case_ref=case.pk, purpose="due_moved")
    assert "قطعه فردا نصب است." in text.text
    assert time_requests(actor(DEPUTY), now=clock.now) == []


def test_more_time_is_asked_for_once_and_only_before_the_time_is_over(clock: Clock) -> None:
    case = in_work(clock)
    ask_more_time(case.pk, hours=24, reason="قطعه", by=actor(HEAD), now=clock.now)
    refuse_time(case.pk, reason="فرصت کافی است.", by=actor(DEPUTY), now=clock.now)
    with pytest.raises(Refusal, match="asked_for_time_already"):
        ask_more_time(case.pk, hours=24, reason="قطعه", by=actor(HEAD), now=clock.now)
    clock.run()
    assert told(case, "case.time_refused") == {HEAD}
    late = in_work(clock)
    clock.forward(hours=72)
    for asking in (ask_more_time, give_time):
        with pytest.raises(Refusal, match="too_late_to_extend"):
            asking(
                late.pk,
                hours=1,
                reason="دیر",
                by=actor(HEAD if asking is ask_more_time else DEPUTY),
                now=clock.now,
            )


@pytest.mark.parametrize("hours", [0, 169])
def test_more_time_than_the_city_allows_is_refused(clock: Clock, hours: int) -> None:
    case = in_work(clock)
    with pytest.raises(Refusal, match="hours_impossible"):
        give_time(case.pk, hours=hours, reason="قطعه", by=actor(DEPUTY), now=clock.now)


def test_a_wish_nobody_decided_stands_not_in_the_way_of_the_next_round(clock: Clock) -> None:
    case = in_work(clock)
    ask_more_time(case.pk, hours=24, reason="قطعه", by=actor(HEAD), now=clock.now)
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.forward(minutes=5)
    owner = citizen(citizen_ref(case.pk))
    object_to_answer(case.pk, ground="not_done", channel="web", by=owner, now=clock.now)
    decide_review(
        case.pk, verdict="upheld", reasons="لامپ سوخته است.", by=actor("centre-s2-follow-up"), now=clock.now
    )
    clock.forward(minutes=5)
    ask_more_time(case.pk, hours=4, reason="قطعه", by=actor(HEAD), now=clock.now)
    wishes = TimeRequest.objects.filter(case=case).order_by("id")
    assert list(wishes.values_list("decision", flat=True)) == [TimeDecision.LAPSED, ""]


def test_time_is_given_by_the_holder_of_the_next_rung_only(clock: Clock) -> None:
    case = in_work(clock)
    until = clock.now + 10 * DAY
    with pytest.raises(Refusal, match="not_the_next_rung"):
        pause_case(case.pk, until=until, reason="برف", by=actor(MANAGER), now=clock.now)
    clock.forward(hours=72)
    with pytest.raises(Refusal, match="not_the_next_rung"):
        pause_case(case.pk, until=until, reason="برف", by=actor(DEPUTY), now=clock.now)
    pause_case(case.pk, until=until, reason="برف", by=actor(MANAGER), now=clock.now)
    assert fresh(case).status == Status.WAITING


def test_a_rung_that_no_sweep_has_fired_yet_leaves_the_deputy_nothing_to_give(clock: Clock) -> None:
    case = in_work(clock)
    late = clock.now + 73 * HOUR
    with pytest.raises(Refusal, match="not_the_next_rung"):
        pause_case(case.pk, until=late + DAY, reason="برف", by=actor(DEPUTY), now=late)
    pause_case(case.pk, until=late + DAY, reason="برف", by=actor(MANAGER), now=late)
    assert fresh(case).rung == 1


def test_a_vacant_deputy_leaves_the_decision_to_the_manager(clock: Clock) -> None:
    case = in_work(clock)
    Appointment.objects.filter(user=user(DEPUTY)).update(to_date=clock.now.date())
    ask_more_time(case.pk, hours=24, reason="قطعه", by=actor(HEAD), now=clock.now)
    clock.run()
    assert told(case, "case.more_time_asked") == {MANAGER}
    give_time(case.pk, hours=24, reason="باشد", by=actor(MANAGER), now=clock.now)
    assert answer_clock(case).extended_at == clock.now


def test_whoever_works_in_the_unit_gives_it_no_time_whatever_else_he_holds(clock: Clock) -> None:
    case = in_work(clock)
    deputy = Appointment.objects.get(user=user(DEPUTY))
    Appointment.objects.create(
        user=user(HEAD), position_id=deputy.position_id, from_date=clock.now.date() - DAY
    )
    for give in (
        lambda by: give_time(case.pk, hours=24, reason="خودم", by=by, now=clock.now),
        lambda by: pause_case(case.pk, until=clock.now + DAY, reason="خودم", by=by, now=clock.now),
    ):
        with pytest.raises(Refusal, match="time_for_oneself"):
            give(actor(HEAD, clock.now))


def test_a_pause_tells_the_citizen_its_reason_and_ends_by_itself(clock: Clock) -> None:
    case = in_work(clock)
    ask_pause(case.pk, until=clock.now + 2 * DAY, reason="بارندگی", by=actor(HEAD), now=clock.now)
    pause_case(case.pk, until=clock.now + 2 * DAY, reason="بارندگی شدید", by=actor(DEPUTY), now=clock.now)
    clock.run()
    [text] = OutboundMessage.objects.filter(case_ref=case.pk, purpose="due_moved")
    assert "بارندگی شدید" in text.text
    assert told(case, "case.paused") == {HEAD}
    clock.forward(days=2)
    promise = answer_clock(case)
    assert (fresh(case).status, promise.due_at) == (Status.IN_WORK, promise.promised_at + 2 * DAY)
    assert not OutboundMessage.objects.filter(case_ref=case.pk, purpose="case_resumed").exists()


def test_a_pause_lasts_to_its_limit_however_late_that_is_noticed(clock: Clock) -> None:
    case = in_work(clock)
    before = answer_clock(case)
    clock.now += 20 * HOUR
    pause_case(case.pk, until=clock.now + DAY, reason="برف", by=actor(DEPUTY), now=clock.now)
    clock.run()
    clock.forward(hours=24 + 60)
    after = answer_clock(case)
    assert fresh(case).status == Status.IN_WORK and after.due_at == before.due_at + DAY
    assert fresh(case).rung == 1, "sixty hours after the limit its 52 that were left are over"


def test_a_pause_is_no_longer_than_the_city_allows(clock: Clock) -> None:
    case = in_work(clock)
    for days in (0, 31):
        with pytest.raises(Refusal, match="pause_too_long"):
            pause_case(case.pk, until=clock.now + days * DAY, reason="برف", by=actor(DEPUTY), now=clock.now)


def test_a_wish_for_time_does_not_follow_the_case_to_another_unit(clock: Clock) -> None:
    case = in_work(clock)
    ask_pause(case.pk, until=clock.now + DAY, reason="بارندگی", by=actor(HEAD), now=clock.now)
    transfer_case(case.pk, department="s1-green", reason="درخت است.", by=actor(HEAD), now=clock.now)
    assert TimeRequest.objects.get(case=case).decision == TimeDecision.LAPSED
    assert time_requests(actor(GREEN_DEPUTY), now=clock.now) == []
    ask_pause(case.pk, until=clock.now + DAY, reason="بارندگی", by=actor(GREEN), now=clock.now)
    assert [row.yours for row in time_requests(actor(GREEN_DEPUTY), now=clock.now)] == [True]


# --- whose lateness it is -------------------------------------------------------------------------

START = datetime(2026, 10, 17, 6, 30, tzinfo=UTC)
FLOOR = 24 * HOUR


def test_lateness_is_charged_to_who_held_it_after_his_floor() -> None:
    due = START + 72 * HOUR
    holds = [
        Hold(1, START, START + 70 * HOUR),
        Hold(2, START + 70 * HOUR, START + 100 * HOUR),
    ]
    assert charge(holds, due_at=due, floor=FLOOR) == [0, 6 * 60]
    alone = [Hold(1, START, START + 100 * HOUR)]
    assert charge(alone, due_at=due, floor=FLOOR) == [28 * 60]


def test_a_unit_that_gets_the_case_back_has_no_second_floor() -> None:
    due = START + 10 * HOUR
    holds = [
        Hold(1, START, START + 20 * HOUR),
        Hold(2, START + 20 * HOUR, START + 30 * HOUR),
        Hold(1, START + 30 * HOUR, START + 40 * HOUR),
    ]
    assert charge(holds, due_at=due, floor=FLOOR) == [0, 0, 6 * 60]


def test_while_the_clock_stood_nobody_was_late() -> None:
    due = START + 10 * HOUR
    hold = [Hold(1, START, START + 50 * HOUR)]
    assert charge(hold, due_at=due, floor=FLOOR, stood=[(START + 20 * HOUR, START + 40 * HOUR)]) == [6 * 60]


@given(
    lengths=st.lists(st.tuples(st.integers(1, 4), st.integers(1, 5000)), min_size=1, max_size=8),
    due=st.integers(0, 10000),
    floor=st.integers(0, 3000),
    stood=st.lists(st.tuples(st.integers(0, 12000), st.integers(1, 2000)), max_size=3),
)
def test_what_is_charged_is_never_more_than_the_lateness(lengths, due, floor, stood) -> None:
    holds, at = [], START
    for unit, minutes in lengths:
        holds.append(Hold(unit, at, at + timedelta(minutes=minutes)))
        at = holds[-1].to_at
    due_at = START + timedelta(minutes=due)
    still = [(START + timedelta(minutes=a), START + timedelta(minutes=a + n)) for a, n in stood]
    charged = charge(holds, due_at=due_at, floor=timedelta(minutes=floor), stood=still)
    late = max(0, int((at - due_at).total_seconds() // 60))
    assert min(charged) >= 0 and sum(charged) <= late
    for unit in {hold.unit for hold in holds}:
        mine = [n for n, hold in enumerate(holds) if hold.unit == unit]
        held = sum((holds[n].to_at - holds[n].from_at).total_seconds() // 60 for n in mine)
        assert sum(charged[n] for n in mine) <= max(0, held - floor)
    if len({hold.unit for hold in holds}) == 1 and not stood and not floor:
        assert sum(charged) == late


def test_lateness_is_written_down_with_the_units_that_held_the_case(clock: Clock) -> None:
    case = reported_case(clock.now, service="other", district="")
    clock.forward(hours=70)
    route_case(case.pk, department="s1-roads", by=actor("centre-triage"), now=clock.now)
    clock.forward(hours=30)
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    assert Assignment.objects.get(case=case).late_minutes is None
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    assert fresh(case).late_minutes == 28 * 60
    assert Assignment.objects.get(case=case).late_minutes == 6 * 60


def test_a_pause_that_joining_ended_excuses_nobody_after_leaving(clock: Clock) -> None:
    main, case = in_work(clock), in_work(clock)
    pause_case(case.pk, until=clock.now + 2 * DAY, reason="برف", by=actor(DEPUTY), now=clock.now)
    join_incident(case.pk, main_case_id=main.pk, by=actor("centre-triage"), now=clock.now)
    clock.forward(hours=1)
    leave_incident(case.pk, by=actor("centre-triage"), now=clock.now)
    clock.forward(hours=99)
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    assert fresh(case).late_minutes == 28 * 60
    assert Assignment.objects.get(case=case).late_minutes == 28 * 60


def test_the_centres_own_time_of_checking_is_charged_to_no_unit(clock: Clock) -> None:
    case = reported_case(clock.now)
    clock.forward(hours=73)
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    clock.forward(hours=20)
    return_answer(case.pk, reason="نشانی را بنویسید.", by=actor(APPROVER), now=clock.now)
    clock.forward(hours=1)
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    assert Assignment.objects.get(case=case).late_minutes == 2 * 60


def test_a_case_answered_in_time_charges_nobody(clock: Clock) -> None:
    case = reported_case(clock.now)
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    assert Assignment.objects.get(case=case).late_minutes == 0


def test_on_a_late_rung_the_deputies_of_all_who_held_it_are_told(clock: Clock) -> None:
    case = reported_case(clock.now)
    transfer_case(case.pk, department="s1-green", reason="درخت است.", by=actor(HEAD), now=clock.now)
    clock.forward(hours=72)
    assert told(case, "rung.fired") == {DEPUTY, GREEN_DEPUTY}
