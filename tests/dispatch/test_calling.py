"""Who is called for a danger, and who after him."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pol137.cases.models import Notice
from pol137.dispatch.models import Dispatch, DispatchCall, Duty
from pol137.dispatch.operations import (
    call_elsewhere,
    pass_unanswered,
)
from pol137.dispatch.queries import get_line
from pol137.lib.refusal import Refusal
from tests.dispatch.conftest import call, danger, kinds, next_on, operator, turn
from tests.factories import Clock, actor

pytestmark = pytest.mark.django_db


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
