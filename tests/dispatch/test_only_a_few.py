"""A danger of which only a few may know."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pol137.cases.models import Case, Notice, Promise
from pol137.cases.operations import (
    accept_case,
    join_incident,
    leave_incident,
    make_safe,
)
from pol137.cases.permissions import may_see
from pol137.cases.queries import answer_clocks
from pol137.city.queries.book import book
from pol137.city.vocabulary import Role
from pol137.dispatch.models import DispatchCall, Duty
from pol137.dispatch.operations import (
    move_dispatch,
)
from pol137.dispatch.queries import board, count_open
from pol137.lib.refusal import Refusal
from pol137.messaging.models import OutboundMessage
from tests.dispatch.conftest import danger, operator, turn
from tests.factories import Clock, actor, fresh, reported_case

pytestmark = pytest.mark.django_db


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
