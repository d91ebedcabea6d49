"""Help goes, the danger is over, and comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pol137.cases.models import Case, Note, Notice, Promise, Rung
from pol137.cases.operations import (
    accept_case,
    answer_case,
    approve_answer,
    join_incident,
    make_safe,
    report_danger,
)
from pol137.cases.operations.telling import text_reporter
from pol137.cases.queries import answer_clocks
from pol137.city.queries.book import book
from pol137.dispatch.models import Dispatch, Duty
from pol137.dispatch.operations import (
    follow_case,
    move_dispatch,
)
from pol137.dispatch.queries import board, count_open, get_line
from pol137.journal.models import Event
from pol137.journal.queries import broken_links
from pol137.lib.refusal import Refusal
from pol137.messaging.models import OutboundMessage
from tests.dispatch.conftest import at, call, danger, kinds, operator
from tests.factories import DONE, Clock, actor, fresh, reported_case

pytestmark = pytest.mark.django_db


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
