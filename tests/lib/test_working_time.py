"""Deadlines in open hours, held against counting minute by minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pol137.lib.working_time import WEEKDAYS, Window, WorkingWeek, add, between, is_open, next_open

MINUTE = timedelta(minutes=1)
OFFICE = {day: ["07:30-14:15"] for day in ("sat", "sun", "mon", "tue", "wed")} | {"thu": ["07:30-13:00"]}
TEHRAN = ZoneInfo("Asia/Tehran")


def tehran(month, day, hour=0, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=TEHRAN)


class TestAnOfficeInMashhad:
    week = WorkingWeek.of("Asia/Tehran", OFFICE, closed_dates=[date(2026, 10, 19)])

    def test_hours_run_over_friday_and_a_closed_day(self):
        # Thursday noon, one hour left; Friday shut; Saturday and Sunday 6:45 each; Monday closed; Tuesday.
        due = add(tehran(10, 15, 12), timedelta(hours=16), self.week)
        assert due == tehran(10, 20, 9)
        assert due.tzinfo is UTC

    def test_a_deadline_used_up_at_closing_ends_at_closing(self):
        assert add(tehran(10, 17, 7, 30), timedelta(hours=6, minutes=45), self.week) == tehran(10, 17, 14, 15)

    def test_two_hours_after_opening(self):
        assert next_open(tehran(10, 15, 20), self.week) == tehran(10, 17, 7, 30)
        assert add(tehran(10, 15, 20), timedelta(hours=2), self.week) == tehran(10, 17, 9, 30)

    def test_closing_is_closed_and_opening_open(self):
        assert is_open(tehran(10, 17, 7, 30), self.week)
        assert not is_open(tehran(10, 17, 14, 15), self.week)
        assert not is_open(tehran(10, 16, 10), self.week)
        assert not is_open(tehran(10, 19, 10), self.week)
        assert next_open(tehran(10, 17, 8, 1), self.week) == tehran(10, 17, 8, 1)

    def test_years_are_counted_by_days(self):
        due = add(tehran(1, 1), timedelta(hours=20_000), self.week)
        assert between(tehran(1, 1), due, self.week) == timedelta(hours=20_000)

    def test_seconds_count(self):
        assert add(tehran(10, 17, 14, 14), timedelta(seconds=75), self.week) == tehran(
            10, 18, 7, 30
        ) + timedelta(seconds=15)


class TestClocksThatChange:
    def test_a_night_of_seven_and_of_nine_hours(self):
        week = WorkingWeek.of("Europe/Berlin", {day: ["00:00-08:00"] for day in WEEKDAYS})
        berlin = ZoneInfo("Europe/Berlin")
        for day, hours in (
            (datetime(2026, 3, 29, tzinfo=berlin), 7),
            (datetime(2026, 10, 25, tzinfo=berlin), 9),
        ):
            assert between(day, day + timedelta(hours=12), week) == timedelta(hours=hours)

    def test_round_the_clock_is_plain_addition(self):
        week = WorkingWeek.of("America/New_York", {day: ["00:00-24:00"] for day in WEEKDAYS})
        start = datetime(2026, 10, 30, 12, tzinfo=UTC)
        assert add(start, timedelta(hours=72), week) == start + timedelta(hours=72)


class TestRefusals:
    @pytest.mark.parametrize(
        ("hours", "message"),
        [
            ({}, "never opens"),
            ({"sat": []}, "never opens"),
            ({"sat": ["07:30"]}, "not a window"),
            ({"sat": ["۰۷:۳۰-۱۴:۰۰"]}, "not a window"),
            ({"sat": ["07:60-14:00"]}, "sixty minutes"),
            ({"sat": ["14:00-07:30"]}, "passes midnight"),
            ({"sat": ["07:30-24:01"]}, "24:00"),
            ({"sat": ["08:00-12:00", "11:59-13:00"]}, "08:00-12:00 and 11:59-13:00"),
            ({"saturday": ["07:30-14:00"]}, "unknown weekday saturday"),
        ],
    )
    def test_weeks_that_cannot_be(self, hours, message):
        with pytest.raises(ValueError, match=message):
            WorkingWeek.of("Asia/Tehran", hours)

    def test_a_closure_needs_length_and_zone(self):
        with pytest.raises(ValueError, match="after it starts"):
            WorkingWeek.of("Asia/Tehran", OFFICE, closures=[(tehran(1, 2), tehran(1, 2))])
        with pytest.raises(ValueError, match="zone"):
            naive = tehran(1, 1).replace(tzinfo=None)
            WorkingWeek.of("Asia/Tehran", OFFICE, closures=[(naive, tehran(1, 2))])

    def test_nothing_is_counted_backwards(self):
        week = WorkingWeek.of("Asia/Tehran", OFFICE)
        with pytest.raises(ValueError, match="backwards"):
            add(tehran(1, 1), -MINUTE, week)

    def test_an_office_shut_for_ever_is_named(self):
        week = WorkingWeek.of(
            "Asia/Tehran", OFFICE, closures=[(tehran(1, 1), datetime(2200, 1, 1, tzinfo=UTC))]
        )
        for call in (lambda: add(tehran(2, 1), MINUTE, week), lambda: next_open(tehran(2, 1), week)):
            with pytest.raises(ValueError, match="ten years"):
                call()
        assert between(tehran(2, 1), tehran(12, 1), week) == timedelta(0)


# --- against brute force ----------------------------------------------------------------------------

# Starts stand near clock changes (Tehran's last ones, Lord Howe's half hour) and in plain weeks.
AROUND = [
    ("Asia/Tehran", datetime(2022, 3, 19, tzinfo=UTC)),
    ("Asia/Tehran", datetime(2022, 9, 19, tzinfo=UTC)),
    ("Asia/Tehran", datetime(2026, 3, 18, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 3, 27, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 23, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 10, 30, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 3, tzinfo=UTC)),
    ("America/St_Johns", datetime(2008, 11, 1, tzinfo=UTC)),
]
HORIZON = 4 * 24 * 60


@st.composite
def windows(draw):
    cuts = sorted(draw(st.sets(st.integers(0, 48), min_size=0, max_size=6)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    return tuple(Window(opens * 30, closes * 30) for opens, closes in pairs)


@st.composite
def situations(draw):
    zone, around = draw(st.sampled_from(AROUND))
    hours = tuple(draw(windows()) for _ in WEEKDAYS)
    assume(any(hours))
    closed = draw(st.sets(st.integers(0, 4), max_size=2))
    closed_dates = frozenset((around + timedelta(days=day)).date() for day in closed)
    week = WorkingWeek(ZoneInfo(zone), hours, closed_dates, tuple(draw(closures(around))))
    return week, around + MINUTE * draw(st.integers(0, 1440))


@st.composite
def closures(draw, around):
    starts = draw(st.lists(st.integers(0, HORIZON), max_size=3))
    return [
        (around + MINUTE * start, around + MINUTE * (start + draw(st.integers(1, 1500)))) for start in starts
    ]


def open_minutes(week, start, minutes):
    """One flag a minute, straight from the definition."""
    flags = []
    for step in range(minutes):
        at = start + MINUTE * step
        local = at.astimezone(week.zone)
        minute = local.hour * 60 + local.minute
        day = WEEKDAYS.index(local.strftime("%a").lower())
        flags.append(
            any(window.opens <= minute < window.closes for window in week.hours[day])
            and local.date() not in week.closed_dates
            and not any(shut <= at < opens for shut, opens in week.closures)
        )
    return flags


@settings(max_examples=60, deadline=None)
@given(situations(), st.integers(0, HORIZON), st.integers(1, 2000))
def test_counting_agrees_with_counting_by_minutes(situation, span, needed):
    week, start = situation
    flags = open_minutes(week, start, HORIZON)
    assert between(start, start + MINUTE * span, week) == MINUTE * sum(flags[:span])
    assert between(start + MINUTE * span, start, week) == -MINUTE * sum(flags[:span])
    for step in range(0, HORIZON, 97):
        assert is_open(start + MINUTE * step, week) == flags[step]
    if any(flags):
        assert next_open(start, week) == start + MINUTE * flags.index(True)
    open_steps = [step for step, flag in enumerate(flags) if flag]
    if len(open_steps) >= needed:
        assert add(start, MINUTE * needed, week) == start + MINUTE * (open_steps[needed - 1] + 1)


@settings(deadline=None)
@given(situations(), st.timedeltas(timedelta(0), timedelta(hours=40)))
def test_what_is_added_lies_between(situation, duration):
    week, start = situation
    assert between(start, add(start, duration, week), week) == duration


@settings(deadline=None)
@given(situations(), st.timedeltas(timedelta(0), timedelta(hours=40)), st.data())
def test_a_closure_can_only_make_a_deadline_later(situation, duration, more):
    week, start = situation
    extra = more.draw(closures(start))
    stricter = WorkingWeek(week.zone, week.hours, week.closed_dates, week.closures + tuple(extra))
    assert add(start, duration, stricter) >= add(start, duration, week)


@settings(deadline=None)
@given(situations(), st.timedeltas(timedelta(0), timedelta(hours=40)), st.sets(st.integers(0, 4), max_size=3))
def test_a_holiday_can_only_make_a_deadline_later(situation, duration, days):
    week, start = situation
    holidays = {(start + timedelta(days=day)).date() for day in days}
    stricter = WorkingWeek(week.zone, week.hours, week.closed_dates | holidays, week.closures)
    assert add(start, duration, stricter) >= add(start, duration, week)
    assert next_open(start, stricter) >= next_open(start, week)


@settings(deadline=None)
@given(
    situations(),
    st.timedeltas(timedelta(0), timedelta(hours=40)),
    st.timedeltas(timedelta(0), timedelta(hours=40)),
)
def test_two_stretches_one_after_the_other_are_one(situation, first, second):
    week, start = situation
    assert add(add(start, first, week), second, week) == add(start, first + second, week)
    middle, end = start + first, start + first + second
    assert between(start, middle, week) + between(middle, end, week) == between(start, end, week)
