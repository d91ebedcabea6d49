"""The duty roster: its holes, its places held by one at a time, its month in a file."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from pol137.city.queries.book import book
from pol137.commands.checkup import Level, roster
from pol137.dispatch.models import Duty
from pol137.dispatch.operations import add_turn, copy_week, ensure_demo_roster, remove_turn, replace_month
from pol137.dispatch.queries import find_holes, turns_beginning
from pol137.dispatch.rules.roster import TurnDraft, read_file, read_moment, write_file
from pol137.dispatch.rules.turns import Span, holes
from pol137.journal.models import Event
from pol137.lib.refusal import Refusal
from tests.dispatch.conftest import turn
from tests.factories import Clock, actor

NOON = datetime(2026, 10, 17, 8, 30, tzinfo=UTC)


def hours(begin: float, end: float) -> Span:
    return Span(NOON + timedelta(hours=begin), NOON + timedelta(hours=end))


@pytest.mark.parametrize(
    ("covered", "left"),
    [
        ([], [(0, 24)]),
        ([(0, 24)], []),
        ([(-5, 30)], []),
        ([(0, 8), (8, 24)], []),
        ([(8, 24), (0, 8)], []),
        ([(0, 10), (2, 4), (12, 24)], [(10, 12)]),
        ([(3, 5)], [(0, 3), (5, 24)]),
        ([(30, 40), (-9, -1)], [(0, 24)]),
    ],
)
def test_holes_are_the_hours_nobody_covers(
    covered: list[tuple[int, int]], left: list[tuple[int, int]]
) -> None:
    found = holes([hours(*one) for one in covered], within=hours(0, 24))
    assert found == [hours(*one) for one in left]


@pytest.mark.django_db
def test_a_turn_for_every_danger_fills_the_hole_of_each_group(clock: Clock) -> None:
    day = Span(clock.now, clock.now + timedelta(hours=24))
    turn(clock, group="", from_at=clock.now, to_at=clock.now + timedelta(hours=20))
    [mine] = find_holes(day, district_id=book().districts.by_code["s1"].id)
    assert mine.span == Span(clock.now + timedelta(hours=20), day.to_at)
    assert {hole.district_id for hole in find_holes(day)} == {one.id for one in book().districts}


@pytest.mark.django_db
def test_the_doctor_tells_of_hours_with_nobody_on_duty(clock: Clock) -> None:
    found = roster(clock.now)
    assert (found.level, "s1" in found.says) == (Level.WARN, True)
    for district in ("s1", "s2"):
        turn(clock, district=district, from_at=clock.now, to_at=clock.now + timedelta(days=7))
    assert roster(clock.now).level is Level.OK


@pytest.mark.django_db
def test_a_place_is_held_by_one_at_a_time(clock: Clock) -> None:
    turn(clock, 1)
    turn(clock, 2)
    turn(clock, 1, district="s2")
    turn(clock, 1, group="")
    turn(clock, 1, from_at=clock.now + timedelta(hours=10), to_at=clock.now + timedelta(hours=12))
    for clash in ({}, {"group": ""}):
        with pytest.raises(Refusal, match="turns_overlap"):
            turn(clock, 1, from_at=clock.now + timedelta(hours=9), **clash)
    assert Duty.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_two_who_put_somebody_in_one_place_at_once(clock: Clock) -> None:
    by, barrier, results = actor("centre-supervisor"), threading.Barrier(3), list[Any]()
    draft = TurnDraft(
        district="s1", post="اکیپ", phone="05138001111", from_at=clock.now,
        to_at=clock.now + timedelta(hours=8),
    )  # fmt: skip

    def put() -> None:
        try:
            barrier.wait()
            results.append(add_turn(draft, by=by, now=clock.now))
        except Refusal as refusal:
            results.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=put) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(map(str, results)) == ["1", "turns_overlap", "turns_overlap"]
    assert Duty.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"district": "s9"}, "district_unknown"),
        ({"group": "x"}, "group_unknown"),
        ({"post": "", "position": "nobody"}, "position_unknown"),
        ({"post": ""}, "post_or_position"),
        ({"position": "s1-roads-head"}, "post_or_position"),
        ({"phone": "12"}, "duty_phone_impossible"),
        ({"phone": ""}, "duty_phone_impossible"),
        ({"order": 0}, "order_impossible"),
        ({"order": 10}, "order_impossible"),
        ({"post": "ا" * 121}, "post_too_long"),
        ({"radio": "ا" * 41}, "radio_too_long"),
        ({"to_at": datetime(2026, 10, 17, tzinfo=UTC)}, "duty_ends_too_early"),
        ({"to_at": datetime(2027, 10, 17, tzinfo=UTC)}, "duty_too_long"),
    ],
)
def test_an_impossible_turn_is_refused(clock: Clock, changed: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        turn(clock, **changed)
    assert code in [one.code for one in refused.value.every]
    assert not Duty.objects.exists()


@pytest.mark.django_db
def test_an_inner_number_is_a_phone_too(clock: Clock) -> None:
    assert turn(clock, phone="۴۱۲۰").phone == "4120"


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["centre-operator", "centre-feedback", "s1-manager"])
def test_only_keepers_write_the_roster_and_every_change_is_written_down(clock: Clock, code: str) -> None:
    duty, by = turn(clock), actor(code)
    for change in (
        lambda: remove_turn(duty.pk, by=by, now=clock.now),
        lambda: copy_week("s1", to=clock.now, by=by, now=clock.now),
        lambda: replace_month("", month=hours(0, 24), by=by, now=clock.now),
    ):
        with pytest.raises(Refusal, match="roster_not_yours"):
            change()
    remove_turn(duty.pk, by=actor("centre-supervisor"), now=clock.now)
    told = Event.objects.filter(stream="roster").order_by("id").values_list("body__why", flat=True)
    assert list(told) == ["turn", "removed"]


@pytest.mark.django_db
def test_copying_a_week_fills_only_free_places(clock: Clock) -> None:
    supervisor = actor("centre-supervisor")
    start = clock.now
    turn(clock, 1, from_at=start, to_at=start + timedelta(hours=12))
    turn(clock, 2, from_at=start, to_at=start + timedelta(hours=12))
    turn(
        clock, 2, post="اکیپ دیگر", from_at=start + timedelta(days=7, hours=3),
        to_at=start + timedelta(days=7, hours=5),
    )  # fmt: skip
    week = start + timedelta(days=7)
    assert copy_week("s1", to=week, by=supervisor, now=clock.now) == 1
    assert copy_week("s1", to=week, by=supervisor, now=clock.now) == 0
    copied = Duty.objects.get(order=1, from_at__gte=week)
    assert (copied.from_at, copied.to_at) == (week, week + timedelta(hours=12))
    with pytest.raises(Refusal, match="week_before_empty"):
        copy_week("s2", to=week, by=supervisor, now=clock.now)


MONTH = Span(datetime(2026, 9, 22, 20, 30, tzinfo=UTC), datetime(2026, 10, 22, 20, 30, tzinfo=UTC))
HEAD = "district,group,order,position,post,phone,radio,from,to\n"


@pytest.mark.django_db
def test_a_file_takes_the_place_of_its_districts_month_only(clock: Clock) -> None:
    supervisor = actor("centre-supervisor")
    turn(clock, 1)
    elsewhere = turn(clock, 1, district="s2")
    after = turn(clock, 1, from_at=MONTH.to_at, to_at=MONTH.to_at + timedelta(hours=8))
    text = HEAD + "s1,streets,1,,اکیپ تازه,05138003333,,1405-07-20 20:00,1405-07-21 08:00\n"
    assert replace_month(text, month=MONTH, by=supervisor, now=clock.now) == 1
    assert {one.post for one in Duty.objects.exclude(pk__in=[elsewhere.pk, after.pk])} == {"اکیپ تازه"}
    assert Duty.objects.count() == 3


@pytest.mark.django_db
def test_a_file_that_meets_a_turn_of_another_month_leaves_everything_as_it_was(clock: Clock) -> None:
    turn(clock, 1, from_at=MONTH.from_at - timedelta(hours=4), to_at=MONTH.from_at + timedelta(hours=4))
    kept = turn(clock, 1)
    text = HEAD + "s1,streets,1,,اکیپ تازه,05138003333,,1405-07-01 02:00,1405-07-01 08:00\n"
    with pytest.raises(Refusal, match="turns_overlap"):
        replace_month(text, month=MONTH, by=actor("centre-supervisor"), now=clock.now)
    assert Duty.objects.filter(pk=kept.pk).exists()
    assert Duty.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("in_jalali", [True, False])
def test_a_file_says_the_same_by_both_calendars(clock: Clock, in_jalali: bool) -> None:
    turn(clock, 1)
    turn(clock, 2, post="", position="s1-roads-head", group="", radio="")
    turns = turns_beginning(MONTH)
    text = write_file(turns, city=book(), in_jalali=in_jalali)
    assert ("1405-07-25" in text) is in_jalali
    assert read_file(text, month=MONTH, city=book()) == turns
    assert read_file(text.replace(",", ";"), month=MONTH, city=book()) == turns


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("1405-07-25 08:00", datetime(2026, 10, 17, 4, 30, tzinfo=UTC)),
        ("۱۴۰۵/۷/۲۵ ۸:۰۰", datetime(2026, 10, 17, 4, 30, tzinfo=UTC)),
        ("2026-10-17T08:00:00", datetime(2026, 10, 17, 4, 30, tzinfo=UTC)),
        ("1405-07-25 24:00", datetime(2026, 10, 17, 20, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_by_the_citys_clocks(written: str, utc: datetime) -> None:
    assert read_moment(written, book(), field="from") == utc


@pytest.mark.django_db
@pytest.mark.parametrize(
    "written",
    ["", "امروز", "1405-07-31 08:00", "1405-07-25", "1405-07-25 25:00", "2026-02-30 08:00", "9" * 40],
)
def test_what_is_no_moment_is_refused(written: str) -> None:
    with pytest.raises(Refusal, match="moment_unreadable"):
        read_moment(written, book(), field="from")


@pytest.mark.django_db
def test_a_demonstration_has_a_roster_and_the_second_start_adds_nothing(settings: Any, clock: Clock) -> None:
    settings.DEMO = True
    assert ensure_demo_roster(now=clock.now) == Duty.objects.count() > 0
    assert ensure_demo_roster(now=clock.now) == 0
    assert find_holes(Span(clock.now, clock.now + timedelta(days=30))) == []


@pytest.mark.django_db
def test_no_other_installation_gets_one(settings: Any, clock: Clock) -> None:
    settings.DEMO = False
    with pytest.raises(Refusal, match="demo_is_off"):
        ensure_demo_roster(now=clock.now)
