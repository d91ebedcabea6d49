"""The calendar on screen."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pol137.lib.jalali import (
    MONTHS,
    WEEKDAYS,
    format_clock,
    format_date,
    format_datetime,
    parse_date,
    year_of,
)
from pol137.lib.persian import ascii_digits

TEHRAN = ZoneInfo("Asia/Tehran")
DAYS = st.dates(date(1900, 1, 1), date(2150, 12, 31))


def test_long_and_short():
    assert format_date(date(2026, 10, 16)) == "جمعه ۲۴ مهر ۱۴۰۵"
    assert format_date(date(2026, 10, 16), style="short") == "۱۴۰۵/۰۷/۲۴"


def test_the_day_is_that_of_the_zone():
    late = datetime(2026, 3, 20, 20, 45, tzinfo=UTC)
    assert format_date(late, TEHRAN) == "شنبه ۱ فروردین ۱۴۰۵"
    assert format_date(late, UTC) == "جمعه ۲۹ اسفند ۱۴۰۴"
    assert (year_of(late, TEHRAN), year_of(late, UTC)) == (1405, 1404)


def test_moments_name_minutes_only_when_there_are_any():
    assert format_datetime(datetime(2026, 10, 17, 6, 30, tzinfo=UTC), TEHRAN) == "شنبه ۲۵ مهر ساعت ۱۰"
    assert format_datetime(datetime(2026, 10, 17, 7, 5, tzinfo=UTC), TEHRAN) == "شنبه ۲۵ مهر ساعت ۱۰:۳۵"
    assert format_datetime(datetime(2026, 10, 17, 7, 5, tzinfo=UTC), TEHRAN, "short") == "۱۴۰۵/۰۷/۲۵ ۱۰:۳۵"


def test_clock():
    assert format_clock(time(7, 5)) == "۰۷:۰۵"
    assert format_clock(datetime(2026, 1, 1, 20, 30, tzinfo=UTC), TEHRAN) == "۰۰:۰۰"


def test_leap_day_of_a_leap_year_only():
    assert parse_date("1403/12/30") == date(2025, 3, 20)
    with pytest.raises(ValueError, match="no such day"):
        parse_date("1404/12/30")


@pytest.mark.parametrize("written", ["۱۴۰۵/۷/۲۴", "1405/07/24", " ۱۴۰۵-۰۷-۲۴ ", "١٤٠٥/٧/٢٤", "1405.7.24"])
def test_forms_people_type(written):
    assert parse_date(written) == date(2026, 10, 16)


@pytest.mark.parametrize(
    "written",
    ["", "فردا", "05/07/24", "2026/10/16", "1405/13/01", "1405/07/31", "1405/0/1", "1405/07-24", "14050724"],
)
def test_anything_else_is_refused_with_the_text_in_the_message(written):
    with pytest.raises(ValueError, match=r"Jalali|form 1405/07/24") as refusal:
        parse_date(written)
    assert repr(written) in str(refusal.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda: format_date(datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None), TEHRAN),
        lambda: format_date(datetime(2026, 1, 1, tzinfo=UTC)),
        lambda: format_clock(datetime(2026, 1, 1, tzinfo=UTC)),
        lambda: format_date(date(2026, 1, 1), style="medium"),
        lambda: format_datetime(datetime(2026, 1, 1, tzinfo=UTC), TEHRAN, "medium"),
    ],
)
def test_a_moment_needs_zones_and_a_style_must_be_known(call):
    with pytest.raises(ValueError, match=r"zone|style"):
        call()


@given(DAYS)
def test_short_form_is_read_back(day):
    assert parse_date(format_date(day, style="short")) == day


@given(DAYS)
def test_names_agree_with_the_gregorian_week_and_with_the_day_before(day):
    weekday, number, month, year = format_date(day).split(" ")
    assert WEEKDAYS.index(weekday) == (day.weekday() + 2) % 7
    assert month in MONTHS
    before = format_date(day - timedelta(days=1)).split(" ")
    assert int(ascii_digits(number)) in (int(ascii_digits(before[1])) + 1, 1)
    assert int(ascii_digits(year)) == year_of(day)
