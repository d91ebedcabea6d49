"""A danger from the call to the repair: on the board, called, gone to, made safe."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from pol137.cases.models import Case, Note, Notice, Promise, Rung
from pol137.cases.operations import (
    accept_case,
    answer_case,
    approve_answer,
    erasing,
    join_incident,
    leave_incident,
    make_safe,
    reclassify_case,
    report_danger,
    return_answer,
    split_case,
    withdraw_case,
)
from pol137.cases.operations.telling import text_reporter
from pol137.cases.permissions import citizen_ref, may_see
from pol137.cases.queries import answer_clocks
from pol137.city.queries.book import book
from pol137.city.vocabulary import Role
from pol137.dispatch.models import Dispatch, DispatchCall, Duty
from pol137.dispatch.operations import (
    call_elsewhere,
    follow_case,
    move_dispatch,
    pass_unanswered,
    record_call,
)
from pol137.dispatch.queries import board, count_open, get_line
from pol137.journal.models import Event
from pol137.journal.queries import broken_links
from pol137.lib.actor import citizen, system
from pol137.lib.refusal import Refusal
from pol137.messaging.models import OutboundMessage
from tests.dispatch.conftest import at, danger, turn
from tests.factories import DONE, Clock, actor, fresh, reported_case

pytestmark = pytest.mark.django_db


def operator() -> Any:
    return actor("centre-operator")


def kinds(case: Case) -> list[str]:
    return list(Event.objects.filter(stream=f"case:{case.pk}").order_by("id").values_list("kind", flat=True))


def call(dispatch: Dispatch, reply: str, clock: Clock, duty: Duty | None = None) -> Dispatch:
    return record_call(dispatch.pk, reply=reply, duty=duty.pk if duty else None, by=operator(), now=clock.now)


def next_on(dispatch: Dispatch, clock: Clock) -> int | None:
    officer = get_line(dispatch.pk, by=operator(), now=clock.now).next
    return officer.duty if officer else None


# --- coming onto the board and leaving it ---------------------------------------------------------


def test_an_urgent_case_stands_on_the_board_and_an_ordinary_one_does_not(
    clock: Clock, roster: list[Duty]
) -> None:
    reported_case(clock.now)
    found = danger(clock)
    assert [line.dispatch for line in board(operator(), now=clock.now)] == [found]
    assert (found.state, found.opened_at) == ("calling", clock.now)
    assert kinds(found.case).count("dispatch.opened") == 1
    follow_case(found.case_id, now=clock.now)
    assert Dispatch.objects.count() == 1


def test_the_callers_word_makes_any_matter_urgent(clock: Clock, roster: list[Duty]) -> None:
    case = reported_case(clock.now, urgent=True)
    clock.run()
    assert Dispatch.objects.get().case == case


def test_a_case_that_turns_out_dangerous_comes_onto_the_board(clock: Clock, roster: list[Duty]) -> None:
    case = reported_case(clock.now)
    clock.run()
    assert not Dispatch.objects.exists()
    clock.forward(hours=1)
    reclassify_case(case.pk, service="open-manhole", by=actor("centre-triage"), now=clock.now)
    clock.run()
    assert Dispatch.objects.get().opened_at == clock.now


def test_the_oldest_stands_first_and_units_see_no_board(clock: Clock, roster: list[Duty]) -> None:
    older = danger(clock)
    clock.forward(minutes=5)
    younger = danger(clock, district="s2")
    assert [line.dispatch for line in board(operator(), now=clock.now)] == [older, younger]
    assert count_open(actor("s2-roads-head")) == 1
    for stranger in (actor("s1-roads-head"), actor("centre-s1-follow-up")):
        with pytest.raises(Refusal, match="dispatch_not_yours"):
            record_call(older.pk, reply="phone", duty=roster[0].pk, by=stranger, now=clock.now)
        with pytest.raises(Refusal, match="dispatch_not_yours"):
            move_dispatch(older.pk, to="made_safe", by=stranger, now=clock.now)


def test_a_units_answer_leaves_the_danger_on_the_board_until_the_centre_approves_it(
    clock: Clock, roster: list[Duty]
) -> None:
    found, head, supervisor = danger(clock), actor("s1-roads-head"), actor("centre-supervisor")
    call(found, "phone", clock, roster[0])
    accept_case(found.case_id, by=head, now=clock.now)
    answer_case(found.case_id, answer=DONE, by=head, now=clock.now)
    clock.run()
    [line] = board(operator(), now=clock.now)
    assert (line.dispatch, line.gone is not None) == (found, True)
    clock.now += timedelta(minutes=30)
    return_answer(found.case_id, reason="دریچه باز است.", by=supervisor, now=clock.now)
    clock.run()
    assert [line.dispatch for line in board(operator(), now=clock.now)] == [found]
    answer_case(found.case_id, answer=DONE, by=head, now=clock.now)
    approve_answer(found.case_id, by=supervisor, now=clock.now)
    clock.run()
    assert board(operator(), now=clock.now) == []


def test_a_danger_made_safe_while_its_answer_is_checked_ends_when_that_is_approved(
    clock: Clock, roster: list[Duty]
) -> None:
    found, head = danger(clock), actor("s1-roads-head")
    case = found.case
    answer_case(case.pk, answer=DONE, by=head, now=clock.now)
    clock.forward(minutes=90)
    move_dispatch(found.pk, to="made_safe", by=operator(), now=clock.now)
    danger_clock, repair = Promise.objects.filter(case=case, kind="answer").order_by("id")
    assert (fresh(case).status, danger_clock.met_at, repair.stop) == ("answered", clock.now, "held")
    assert fresh(case).late_minutes == 0, "the minutes of checking are the centre's"
    approve_answer(case.pk, by=actor("centre-supervisor"), now=clock.now)
    clock.run()
    assert fresh(case).status == "approved"
    assert not Promise.objects.filter(case=case, kind="answer", ended_at=None).exists()


def test_the_heir_of_a_withdrawn_danger_is_helped_on_and_not_twice(clock: Clock, roster: list[Duty]) -> None:
    main, other = danger(clock), danger(clock)
    join_incident(other.case_id, main_case_id=main.case_id, by=actor("centre-triage"), now=clock.now)
    clock.run()
    call(main, "phone", clock, roster[0])
    withdraw_case(main.case_id, by=citizen(citizen_ref(main.case_id)), now=clock.now)
    clock.run()
    [line] = board(operator(), now=clock.now)
    assert (line.dispatch, line.case, line.gone is not None) == (main, other.case, True)
    assert kinds(other.case)[-1] == "dispatch.opened"


def test_taking_a_danger_back_does_not_stop_help(clock: Clock, roster: list[Duty]) -> None:
    found = danger(clock)
    withdraw_case(found.case_id, by=citizen(citizen_ref(found.case_id)), now=clock.now)
    clock.run()
    [line] = board(operator(), now=clock.now)
    assert (line.case.status, line.next is not None) == ("closed", True)
    move_dispatch(found.pk, to="cancelled", reason="گزارش اشتباه بود.", by=operator(), now=clock.now)
    assert board(operator(), now=clock.now) == []


def test_what_joins_a_danger_is_helped_with_it(clock: Clock, roster: list[Duty]) -> None:
    main, other = danger(clock), danger(clock)
    join_incident(other.case_id, main_case_id=main.case_id, by=actor("centre-triage"), now=clock.now)
    clock.run()
    assert [line.dispatch for line in board(operator(), now=clock.now)] == [main]
    leave_incident(other.case_id, by=actor("centre-triage"), now=clock.now)
    clock.run()
    assert [line.case for line in board(operator(), now=clock.now)] == [main.case, other.case]


def test_a_danger_that_joins_an_ordinary_fault_stays_on_the_board(clock: Clock, roster: list[Duty]) -> None:
    main = reported_case(clock.now)
    found = danger(clock)
    join_incident(found.case_id, main_case_id=main.pk, by=actor("centre-triage"), now=clock.now)
    clock.run()
    assert [line.dispatch for line in board(operator(), now=clock.now)] == [found]
    move_dispatch(found.pk, to="made_safe", by=operator(), now=clock.now)
    assert fresh(found.case).safe_at == clock.now


def test_a_part_is_helped_with_its_whole_and_a_dangerous_one_by_itself(
    clock: Clock, roster: list[Duty]
) -> None:
    triage = actor("centre-triage")
    whole = danger(clock)
    split_case(
        whole.case_id, service="light-out", department="s1-green", words="شاخه", by=triage, now=clock.now
    )
    clock.run()
    assert count_open(operator()) == 1
    calm = reported_case(clock.now)
    part = split_case(
        calm.pk, service="open-manhole", department="s1-roads", words="دریچه", by=triage, now=clock.now
    )
    clock.run()
    assert [line.case for line in board(operator(), now=clock.now)] == [whole.case, part]


# --- calling --------------------------------------------------------------------------------------


def test_the_next_is_due_after_ten_minutes_by_the_clock(clock: Clock, roster: list[Duty]) -> None:
    found = danger(clock)
    assert next_on(found, clock) == roster[0].pk
    clock.forward(minutes=9, seconds=59)
    assert next_on(found, clock) == roster[0].pk
    clock.now += timedelta(seconds=1)
    assert next_on(found, clock) == roster[1].pk, "the board shows it before the clock's turn"
    assert (pass_unanswered(now=clock.now), pass_unanswered(now=clock.now)) == (1, 0)
    assert next_on(found, clock) == roster[1].pk
    [passed] = DispatchCall.objects.all()
    assert (passed.reply, passed.post, passed.by) == ("passed", "اکیپ 1 پل‌ها", "system:dispatch")
    assert kinds(found.case)[-1] == "dispatch.passed"


def test_no_answer_makes_the_next_due_at_once(clock: Clock, roster: list[Duty]) -> None:
    found = danger(clock)
    clock.now += timedelta(minutes=1)
    call(found, "no_answer", clock, roster[0])
    assert next_on(found, clock) == roster[1].pk
    assert Dispatch.objects.get().next_at == clock.now + timedelta(minutes=10)
    call(found, "no_answer", clock, roster[0])
    assert next_on(found, clock) == roster[1].pk


def test_whom_nobody_reaches_does_not_lengthen_anothers_time(clock: Clock, roster: list[Duty]) -> None:
    found = danger(clock)
    due = found.next_at
    clock.now += timedelta(minutes=8)
    call(found, "no_answer", clock, roster[1])
    assert (Dispatch.objects.get().next_at, next_on(found, clock)) == (due, roster[0].pk)


def test_the_supervisor_is_told_once_when_nobody_is_left(clock: Clock, roster: list[Duty]) -> None:
    found = danger(clock)
    clock.forward(minutes=10)
    assert not Notice.objects.filter(kind="dispatch.exhausted").exists()
    clock.forward(minutes=10)
    told = Notice.objects.get(kind="dispatch.exhausted")
    assert (told.position.code, told.case) == ("centre-supervisor", found.case)
    clock.forward(minutes=45)
    assert Notice.objects.filter(kind="dispatch.exhausted").count() == 1
    assert (next_on(found, clock), Dispatch.objects.get().exhausted_at is not None) == (None, True)
    call(found, "phone", clock, roster[0])
    assert Dispatch.objects.get().state == "acknowledged", "one who was passed over can still take it"


def test_an_empty_roster_is_told_at_once(clock: Clock) -> None:
    found = danger(clock)
    assert found.exhausted_at == clock.now
    assert Notice.objects.filter(kind="dispatch.exhausted").count() == 1


def test_a_post_on_no_roster_can_take_it(clock: Clock) -> None:
    found, by = danger(clock), operator()
    given = {"post": "آتش‌نشانی ایستگاه ۷", "phone": "۰۵۱۳۸۰۰۷۷۷۷", "by": by, "now": clock.now}
    for changed, code in (({"post": " "}, "post_missing"), ({"phone": "1"}, "duty_phone_impossible")):
        with pytest.raises(Refusal, match=code):
            call_elsewhere(found.pk, reply="phone", **{**given, **changed})
    call_elsewhere(found.pk, reply="no_answer", **given)
    assert Dispatch.objects.get().state == "calling"
    call_elsewhere(found.pk, reply="radio", **given)
    line = get_line(found.pk, by=by, now=clock.now)
    assert (line.dispatch.state, line.gone and line.gone.phone) == ("acknowledged", "+985138007777")
    with pytest.raises(Refusal, match="dispatch_moved_on"):
        call_elsewhere(found.pk, reply="phone", **given)
    with pytest.raises(Refusal, match="dispatch_not_yours"):
        call_elsewhere(found.pk, reply="phone", **{**given, "by": actor("s1-roads-head")})


def test_a_new_shift_is_called_after_an_exhausted_one(clock: Clock) -> None:
    turn(clock, to_at=clock.now + timedelta(minutes=15))
    fresh_turn = turn(
        clock, phone="02138009999", from_at=clock.now + timedelta(minutes=15),
        to_at=clock.now + timedelta(hours=8),
    )  # fmt: skip
    found = danger(clock)
    clock.forward(minutes=10)
    assert (next_on(found, clock), Dispatch.objects.get().exhausted_at) == (None, clock.now)
    clock.forward(minutes=10)
    assert (next_on(found, clock), Dispatch.objects.get().exhausted_at) == (fresh_turn.pk, None)


def test_the_own_group_is_called_before_whoever_serves_every_danger(clock: Clock) -> None:
    general = turn(clock, 1, group="", phone="02138005555")
    own = turn(clock, 3)
    found = danger(clock)
    line = get_line(found.pk, by=operator(), now=clock.now)
    assert [officer.duty for officer in line.officers] == [own.pk, general.pk]


def test_the_roster_of_another_district_is_not_called(clock: Clock, roster: list[Duty]) -> None:
    assert next_on(danger(clock, district="s2"), clock) is None


def test_who_acknowledged_has_it_and_gives_it_back_when_he_is_not_coming(
    clock: Clock, roster: list[Duty]
) -> None:
    found = danger(clock)
    call(found, "radio", clock, roster[0])
    assert Dispatch.objects.get().acknowledged_at == clock.now
    clock.forward(hours=1)
    assert DispatchCall.objects.count() == 1, "nobody is passed over while somebody goes"
    with pytest.raises(Refusal, match="dispatch_moved_on"):
        call(found, "phone", clock, roster[1])
    call(found, "not_coming", clock)
    assert (next_on(found, clock), Dispatch.objects.get().state) == (roster[1].pk, "calling")


@pytest.mark.parametrize("reply", ["", "passed", "carrier-pigeon"])
def test_a_call_comes_to_something_people_can_say(clock: Clock, roster: list[Duty], reply: str) -> None:
    with pytest.raises(Refusal, match="outcome_missing"):
        call(danger(clock), reply, clock, roster[0])


def test_only_those_on_duty_for_it_are_recorded(clock: Clock, roster: list[Duty]) -> None:
    found = danger(clock)
    elsewhere = turn(clock, district="s2")
    over = turn(clock, 3, from_at=clock.now - timedelta(hours=9), to_at=clock.now - timedelta(hours=1))
    for duty in (elsewhere, over, None):
        with pytest.raises(Refusal, match="officer_not_on_duty"):
            call(found, "phone", clock, duty)


# --- help goes, and the danger is over ------------------------------------------------------------


def test_help_goes_step_by_step_and_every_step_has_its_time(clock: Clock, roster: list[Duty]) -> None:
    found = danger(clock)
    clock.now += timedelta(minutes=2)
    call(found, "phone", clock, roster[0])
    times = []
    for state in ("en_route", "on_site", "made_safe"):
        clock.now += timedelta(minutes=5)
        times.append(clock.now)
        move_dispatch(found.pk, to=state, by=operator(), now=clock.now)
    done = Dispatch.objects.get()
    assert [done.en_route_at, done.on_site_at, done.ended_at] == times
    told = [kind for kind in kinds(found.case) if kind.startswith(("dispatch", "case.made"))]
    assert told == [
        "dispatch.opened", "dispatch.called", "dispatch.moved", "dispatch.moved", "case.made_safe",
        "dispatch.ended",
    ]  # fmt: skip
    assert broken_links() == []


def test_a_step_that_does_not_follow_is_refused(clock: Clock, roster: list[Duty]) -> None:
    found = danger(clock)
    for state in ("en_route", "on_site", "calling", "acknowledged", "nonsense"):
        with pytest.raises(Refusal, match="dispatch_moved_on"):
            move_dispatch(found.pk, to=state, by=operator(), now=clock.now)
    with pytest.raises(Refusal, match="reason_missing"):
        move_dispatch(found.pk, to="cancelled", reason="  ", by=operator(), now=clock.now)
    move_dispatch(found.pk, to="made_safe", by=operator(), now=clock.now)
    with pytest.raises(Refusal, match="dispatch_moved_on"):
        move_dispatch(found.pk, to="cancelled", reason="دیر شد", by=operator(), now=clock.now)


def test_what_was_cancelled_stays_off_the_board_in_this_round(clock: Clock, roster: list[Duty]) -> None:
    found = danger(clock)
    move_dispatch(found.pk, to="cancelled", reason="آتش‌نشانی در محل است.", by=operator(), now=clock.now)
    assert follow_case(found.case_id, now=clock.now) is None
    assert count_open(operator()) == 0
    assert fresh(found.case).safe_at is None
    Case.objects.filter(pk=found.case_id).update(cycle=2)
    assert follow_case(found.case_id, now=clock.now) is not None


def test_made_safe_meets_the_danger_and_promises_the_repair(clock: Clock, roster: list[Duty]) -> None:
    found = danger(clock)
    clock.forward(minutes=75)
    make_safe(found.case_id, by=operator(), now=clock.now)
    first, repair = Promise.objects.filter(case=found.case, kind="answer").order_by("id")
    assert (first.policy["policy"], first.met_at, first.ended_at) == ("open-manhole", clock.now, clock.now)
    assert (repair.policy["policy"], repair.started_at) == ("default", clock.now)
    assert repair.promised_at == clock.now + timedelta(hours=72)
    case = fresh(found.case)
    assert (case.status, case.safe_at, case.late_minutes) == ("assigned", clock.now, 15)
    assert Rung.objects.get(promise=first, n=1).late_minutes == 15
    clock.run()
    assert board(operator(), now=clock.now) == []
    assert Dispatch.objects.get().state == "made_safe"


def test_the_ladder_of_the_repair_runs_and_lateness_stays(clock: Clock, roster: list[Duty]) -> None:
    found = danger(clock)
    clock.forward(minutes=75)
    make_safe(found.case_id, by=operator(), now=clock.now)
    repair = answer_clocks([found.case_id])[found.case_id]
    assert list(Rung.objects.filter(promise=repair)) == []
    clock.forward(days=6)
    assert [rung.n for rung in Rung.objects.filter(promise=repair)] == [1, 2]
    head = actor("s1-roads-head")
    accept_case(found.case_id, by=head, now=clock.now)
    answer_case(found.case_id, answer=DONE, by=head, now=clock.now)
    approve_answer(found.case_id, by=actor("centre-s1-follow-up"), now=clock.now)
    assert fresh(found.case).late_minutes == 15 + 3 * 24 * 60


def test_the_citizen_is_told_that_the_danger_is_over(clock: Clock, roster: list[Duty]) -> None:
    found = danger(clock)
    make_safe(found.case_id, by=operator(), now=clock.now)
    clock.run()
    text = OutboundMessage.objects.get(purpose="made_safe").text
    assert "رفع شد" in text and "۲۸ مهر ساعت ۱۰" in text


def test_the_repair_waits_for_morning_and_offices_and_what_is_safe_is_told_at_once(
    clock: Clock, roster: list[Duty], quiet_nights: None
) -> None:
    at(clock, 23)
    found = danger(clock)
    assert fresh(found.case).in_danger
    make_safe(found.case_id, by=operator(), now=clock.now)
    clock.run()
    assert not fresh(found.case).in_danger
    assert OutboundMessage.objects.get(purpose="made_safe").not_before is None
    repair = answer_clocks([found.case_id])[found.case_id]
    fires = [moment.astimezone(book().zone).hour for moment in repair.rung_at[1:]]
    assert fires and all(7 <= hour < 17 for hour in fires), "the deputy is told while he is there"
    text_reporter(
        fresh(found.case), "due_moved", values={"reason": "سرما"}, due=clock.now, event_id=1, now=clock.now
    )
    assert OutboundMessage.objects.get(purpose="due_moved").not_before is not None


def test_only_the_centre_makes_an_urgent_case_safe_and_only_once(clock: Clock, roster: list[Duty]) -> None:
    calm, found = reported_case(clock.now), danger(clock)
    for unit in ("s1-roads-head", "s1-roads-user", "s1-deputy-tech"):
        with pytest.raises(Refusal, match="step_not_yours"):
            make_safe(found.case_id, by=actor(unit), now=clock.now)
    with pytest.raises(Refusal, match="not_urgent"):
        make_safe(calm.pk, by=operator(), now=clock.now)
    make_safe(found.case_id, by=operator(), now=clock.now)
    with pytest.raises(Refusal, match="safe_already"):
        make_safe(found.case_id, by=operator(), now=clock.now)
    assert Promise.objects.filter(case=found.case, kind="answer").count() == 2


# --- danger again ---------------------------------------------------------------------------------


def test_made_safe_and_dangerous_again_has_minutes_from_then_and_its_lateness_stands(
    clock: Clock, roster: list[Duty]
) -> None:
    found = danger(clock)
    clock.forward(minutes=75)
    move_dispatch(found.pk, to="made_safe", by=operator(), now=clock.now)
    assert fresh(found.case).late_minutes == 15
    clock.forward(hours=3)
    report_danger(found.case_id, words="سرپوش دوباره افتاده است.", by=operator(), now=clock.now)
    clock.run()
    case, promise = fresh(found.case), answer_clocks([found.case_id])[found.case_id]
    assert (case.in_danger, promise.due_at, case.late_minutes) == (True, clock.now + timedelta(hours=1), 15)
    assert promise.policy["ladder"] == "urgent"
    again = Dispatch.objects.get(case=case, ended_at__isnull=True)
    assert again.pk != found.pk and [one.dispatch for one in board(operator(), now=clock.now)] == [again]
    told = Event.objects.get(stream=f"case:{case.pk}", kind="case.danger_reported")
    assert told.body["again"] is True and told.by == str(operator())
    assert Note.objects.get(pk=told.body["note"]).text == "سرپوش دوباره افتاده است."
    assert Notice.objects.filter(
        case=case, kind="case.turned_urgent", position__code="s1-roads-head", told_at=clock.now
    ).exists()
    clock.forward(minutes=90)
    make_safe(case.pk, by=operator(), now=clock.now)
    assert fresh(case).late_minutes == 15 + 30


def test_an_ordinary_case_that_a_second_caller_calls_dangerous_stands_on_the_board(
    clock: Clock, roster: list[Duty]
) -> None:
    case = reported_case(clock.now)
    due = answer_clocks([case.pk])[case.pk].promised_at
    clock.forward(hours=5)
    report_danger(case.pk, words="سیم لخت بیرون است.", by=operator(), now=clock.now)
    clock.run()
    promise = answer_clocks([case.pk])[case.pk]
    assert (promise.due_at, promise.promised_at) == (clock.now + timedelta(hours=1), due)
    assert count_open(operator()) == 1


def test_what_was_taken_off_the_board_comes_back_when_danger_is_reported_again(
    clock: Clock, roster: list[Duty]
) -> None:
    found = danger(clock)
    move_dispatch(found.pk, to="cancelled", reason="خطری نیست", by=operator(), now=clock.now)
    clock.forward(minutes=5)
    due = answer_clocks([found.case_id])[found.case_id].due_at
    assert count_open(operator()) == 0
    report_danger(found.case_id, words="باز هم باز است.", by=operator(), now=clock.now)
    clock.run()
    assert count_open(operator()) == 1
    assert answer_clocks([found.case_id])[found.case_id].due_at == due, "nothing is gained"


def test_danger_that_one_who_is_helped_with_another_reports_again_brings_that_other_back(
    clock: Clock, roster: list[Duty]
) -> None:
    main, other = danger(clock), danger(clock)
    join_incident(other.case_id, main_case_id=main.case_id, by=actor("centre-triage"), now=clock.now)
    clock.run()
    move_dispatch(main.pk, to="cancelled", reason="خطری نیست", by=operator(), now=clock.now)
    clock.forward(minutes=5)
    assert count_open(operator()) == 0
    report_danger(other.case_id, words="باز هم باز است.", by=operator(), now=clock.now)
    clock.run()
    assert [one.case.pk for one in board(operator(), now=clock.now)] == [main.case_id]


def test_the_board_has_the_words_of_the_latest_report_also_of_one_helped_with_it(
    clock: Clock, roster: list[Duty]
) -> None:
    main, other, calm = danger(clock), danger(clock), danger(clock)
    join_incident(other.case_id, main_case_id=main.case_id, by=actor("centre-triage"), now=clock.now)
    report_danger(main.case_id, words="حصار را باد برده است.", by=operator(), now=clock.now)
    clock.run()
    [line, alone] = board(operator(), now=clock.now)
    assert line.told is not None and line.told.text == "حصار را باد برده است."
    assert (alone.case.pk, alone.told) == (calm.case_id, None)
    report_danger(other.case_id, words="کسی در چاله افتاد.", by=operator(), now=clock.now)
    clock.run()
    told = get_line(main.pk, by=operator(), now=clock.now).told
    assert told is not None and told.text == "کسی در چاله افتاد."


def test_words_about_a_confidential_part_stand_on_no_board_of_those_from_whom_it_is_hidden(
    clock: Clock, roster: list[Duty]
) -> None:
    whole, part = danger(clock), reported_case(clock.now, service="staff-conduct")
    Case.objects.filter(pk=part.pk).update(parent=whole.case_id, code=None)
    report_danger(part.pk, words="تهدید شده‌ام.", by=actor("centre-supervisor"), now=clock.now)
    assert get_line(whole.pk, by=operator(), now=clock.now).told is None
    told = get_line(whole.pk, by=actor("centre-supervisor"), now=clock.now).told
    assert told is not None and told.text == "تهدید شده‌ام."


def test_danger_is_reported_by_the_centre_and_in_words(clock: Clock) -> None:
    case = reported_case(clock.now)
    for unit in ("s1-roads-head", "s1-deputy-tech"):
        with pytest.raises(Refusal, match="step_not_yours"):
            report_danger(case.pk, words="خطر", by=actor(unit), now=clock.now)
    with pytest.raises(Refusal, match="words_missing"):
        report_danger(case.pk, words=" ", by=operator(), now=clock.now)
    assert not fresh(case).in_danger


# --- what only a few may know of --------------------------------------------------------------------


def test_help_for_a_confidential_danger_calls_nobody_from_whom_it_is_hidden(clock: Clock) -> None:
    turn(clock, 1, group="", post="", position="s1-roads-head", phone="02138001111")
    turn(clock, 2, group="")
    case = reported_case(clock.now, service="staff-conduct", urgent=True)
    clock.run()
    assert count_open(operator()) == 0 and board(operator(), now=clock.now) == []
    [line] = board(actor("centre-supervisor"), now=clock.now)
    assert (line.case.pk, line.officers, line.left) == (case.pk, [], [])
    exhausted = Notice.objects.filter(case=case, kind="dispatch.exhausted", user__isnull=False)
    assert [one.position.code for one in exhausted] == ["centre-supervisor"]
    with pytest.raises(Refusal, match="case_unknown"):
        move_dispatch(line.dispatch.pk, to="made_safe", by=operator(), now=clock.now)
    clock.forward(minutes=30)
    assert not DispatchCall.objects.exists()


def test_nobody_who_may_not_see_it_hears_of_a_confidential_danger_however_long_it_lasts(
    clock: Clock,
) -> None:
    case = reported_case(clock.now, service="staff-conduct", urgent=True)
    for hours in (0, 1, 2, 30, 200):
        clock.forward(hours=hours)
    told = Notice.objects.filter(case=case, user__isnull=False).select_related("position", "user")
    assert {one.rung for one in told} >= {1, 2}
    for one in told:
        assert may_see(fresh(case), actor(one.position.code)), one.position.code
    assert {one.position.code for one in told} <= {
        "inspection-head",
        "inspection-inspector",
        "centre-supervisor",
        "centre-head",
    }


def test_made_safe_an_ordinary_subject_has_its_own_time_and_ladder_again(clock: Clock) -> None:
    """A matter for inspection only climbs to the inspector and the head of the centre, singly."""
    case = reported_case(clock.now, service="staff-conduct", urgent=True)
    clock.run()
    assert Promise.objects.get(case=case, kind="answer").policy["ladder"] == "urgent"
    clock.now += timedelta(minutes=30)
    make_safe(case.pk, by=actor("centre-supervisor"), now=clock.now)
    clock.forward(hours=97)
    told = Notice.objects.filter(case=case, kind="rung.fired", user__isnull=False).order_by("rung")
    assert [(one.position.code, one.style) for one in told] == [
        ("inspection-inspector", "single"),
        ("centre-head", "single"),
    ]


def test_danger_in_a_unit_without_a_deputy_is_told_to_the_next_rung_in_time(clock: Clock) -> None:
    case = reported_case(clock.now, service="thanks", kind="request", urgent=True)
    assert case.department.code == "inspection"
    assert book().positions_for(case.department_id, Role.DEPUTY) == ()
    clock.forward(minutes=60)
    told = Notice.objects.filter(case=case, kind="rung.fired", user__isnull=False)
    assert [(one.position.code, one.rung, one.told_at) for one in told] == [
        ("inspection-inspector", 1, clock.now)
    ]


def test_a_clock_that_stood_still_stands_still_for_the_repair(clock: Clock, roster: list[Duty]) -> None:
    found, head = danger(clock), actor("s1-roads-head")
    accept_case(found.case_id, by=head, now=clock.now)
    clock.now += timedelta(minutes=10)
    Promise.objects.filter(case=found.case, kind="answer").update(
        stop="paused", stopped_at=clock.now, next_at=None
    )
    Case.objects.filter(pk=found.case_id).update(status="waiting")
    clock.now += timedelta(hours=2)
    make_safe(found.case_id, by=operator(), now=clock.now)
    first, repair = Promise.objects.filter(case=found.case, kind="answer").order_by("id")
    assert (first.met_at, fresh(found.case).late_minutes) == (clock.now, 0)
    assert (repair.stop, repair.stopped_at, repair.next_at) == ("paused", clock.now, None)


def test_those_joined_are_safe_with_the_main_case_and_told(clock: Clock, roster: list[Duty]) -> None:
    main, other = danger(clock), danger(clock)
    join_incident(other.case_id, main_case_id=main.case_id, by=actor("centre-triage"), now=clock.now)
    move_dispatch(main.pk, to="made_safe", by=operator(), now=clock.now)
    clock.run()
    assert fresh(other.case).safe_at == clock.now
    repair = answer_clocks([other.case_id])[other.case_id]
    assert (repair.policy["policy"], repair.stop) == ("default", "held")
    assert OutboundMessage.objects.filter(purpose="made_safe").count() == 2
    leave_incident(other.case_id, by=actor("centre-triage"), now=clock.now)
    clock.run()
    assert count_open(operator()) == 0


# --- two at once, and at night --------------------------------------------------------------------


def together(*works: Callable[[], Any]) -> list[Any]:
    barrier, results = threading.Barrier(len(works)), [None] * len(works)

    def run(n: int, work: Callable[[], Any]) -> None:
        try:
            barrier.wait()
            results[n] = work()
        except Exception as error:
            results[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.mark.django_db(transaction=True)
def test_two_officers_acknowledge_at_once_and_one_has_it(clock: Clock, roster: list[Duty]) -> None:
    found, by = danger(clock), operator()
    results = together(
        *[
            lambda duty=duty: record_call(found.pk, reply="phone", duty=duty.pk, by=by, now=clock.now)
            for duty in roster
        ]
    )
    assert sorted(type(result) for result in results if isinstance(result, Refusal)) == [Refusal], results
    assert DispatchCall.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_operators_who_reach_nobody_pass_over_one(clock: Clock, roster: list[Duty]) -> None:
    found, by = danger(clock), operator()
    together(*[lambda: record_call(found.pk, reply="no_answer", duty=roster[0].pk, by=by, now=clock.now)] * 2)
    assert next_on(found, clock) == roster[1].pk


@pytest.mark.django_db(transaction=True)
def test_two_clocks_pass_over_one(clock: Clock, roster: list[Duty]) -> None:
    found = danger(clock)
    late = clock.now + timedelta(minutes=11)
    assert sum(together(*[lambda: pass_unanswered(now=late)] * 3)) == 1
    assert DispatchCall.objects.filter(dispatch=found).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_make_it_safe_at_once_and_one_repair_is_promised(clock: Clock, roster: list[Duty]) -> None:
    found, by = danger(clock), operator()
    results = together(*[lambda: move_dispatch(found.pk, to="made_safe", by=by, now=clock.now)] * 3)
    assert sum(isinstance(result, Dispatch) for result in results) == 1, results
    assert Promise.objects.filter(case=found.case, kind="answer").count() == 2


def test_the_shift_supervisor_approves_an_urgent_answer_at_night(clock: Clock, roster: list[Duty]) -> None:
    at(clock, 2)
    found, head = danger(clock), actor("s1-roads-head")
    accept_case(found.case_id, by=head, now=clock.now)
    answer_case(found.case_id, answer=DONE, by=head, now=clock.now)
    given = approve_answer(found.case_id, by=actor("centre-supervisor"), now=clock.now)
    assert given.decision == "approved"
    assert fresh(found.case).status == "approved"


def test_an_erased_case_leaves_no_words_on_the_board(clock: Clock, roster: list[Duty]) -> None:
    found = danger(clock)
    withdraw_case(found.case_id, by=citizen(citizen_ref(found.case_id)), now=clock.now)
    move_dispatch(found.pk, to="cancelled", reason="خود گزارش‌دهنده گفت.", by=operator(), now=clock.now)
    clock.run()
    erasing.forget(case_ids=[found.case_id], by=system("test"), now=clock.now)
    clock.run()
    assert (Dispatch.objects.get().reason, Dispatch.objects.get().state) == ("", "cancelled")
    assert broken_links() == []
