"""A danger comes onto the board and leaves it; two at once, and at night."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from pol137.cases.models import Promise
from pol137.cases.operations import (
    accept_case,
    answer_case,
    approve_answer,
    erasing,
    join_incident,
    leave_incident,
    reclassify_case,
    return_answer,
    split_case,
    withdraw_case,
)
from pol137.cases.permissions import citizen_ref
from pol137.dispatch.models import Dispatch, DispatchCall, Duty
from pol137.dispatch.operations import (
    follow_case,
    move_dispatch,
    pass_unanswered,
    record_call,
)
from pol137.dispatch.queries import board, count_open
from pol137.journal.queries import broken_links
from pol137.lib.actor import citizen, system
from pol137.lib.refusal import Refusal
from tests.dispatch.conftest import at, call, danger, kinds, next_on, operator
from tests.factories import DONE, Clock, actor, fresh, reported_case

pytestmark = pytest.mark.django_db


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
