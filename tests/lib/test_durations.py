"""Lengths of time, written in packs and read by people."""

from datetime import timedelta

import pytest

from pol137.lib.durations import parse_duration, words


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("72h", timedelta(hours=72)),
        ("90m", timedelta(minutes=90)),
        ("10s", timedelta(seconds=10)),
        ("7d", timedelta(days=7)),
        ("1h30m", timedelta(minutes=90)),
        ("2d1h1m1s", timedelta(days=2, hours=1, minutes=1, seconds=1)),
        (" 0s ", timedelta(0)),
    ],
)
def test_reading(written, meant):
    assert parse_duration(written) == meant


@pytest.mark.parametrize(
    "written", ["", "72", "h", "-1h", "1.5h", "30m1h", "1h 30m", "1h1h", "2w", "۷۲h", "1H", "9999999d"]
)
def test_anything_else_is_refused(written):
    with pytest.raises(ValueError, match="not a length of time"):
        parse_duration(written)


@pytest.mark.parametrize(
    ("duration", "persian", "english"),
    [
        (timedelta(hours=2, minutes=15), "۲ ساعت و ۱۵ دقیقه", "2 hours and 15 minutes"),
        (timedelta(days=3), "۳ روز", "3 days"),
        (timedelta(days=1, hours=1, minutes=59), "۱ روز و ۱ ساعت", "1 day and 1 hour"),
        (timedelta(days=2, minutes=5), "۲ روز", "2 days"),
        (timedelta(minutes=1, seconds=1), "۱ دقیقه و ۱ ثانیه", "1 minute and 1 second"),
        (timedelta(hours=-4), "۴ ساعت", "4 hours"),
        (timedelta(0), "۰ ثانیه", "0 seconds"),
    ],
)
def test_words_for_people(duration, persian, english):
    assert words(duration, "fa") == persian
    assert words(duration, "en-gb") == english


def test_a_language_without_words_is_refused():
    with pytest.raises(ValueError, match="'xx'"):
        words(timedelta(1), "xx")
