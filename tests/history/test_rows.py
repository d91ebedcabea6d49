"""What a row says, and what is refused of it: nothing is guessed."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pol137.city.queries import book
from pol137.history.rules.mapping import HistoryMap, check_map, read_map
from pol137.history.rules.rows import Past, parse_time, read_row
from pol137.lib.refusal import Refusal
from tests.factories import SATURDAY
from tests.history.conftest import COLUMNS, MAP, row

pytestmark = pytest.mark.django_db

TEHRAN = ZoneInfo("Asia/Tehran")


def plan(text: str = MAP) -> HistoryMap:
    found = check_map(read_map(text, open311=False), city=book(), header=COLUMNS)
    assert found is not None
    return found


def read(text: str = MAP, *, line: int = 2, **changed: str) -> Past:
    return read_row(row(**changed), line=line, plan=plan(text), city=book(), now=SATURDAY)


def refusal(text: str = MAP, **changed: str) -> Refusal:
    with pytest.raises(Refusal) as refused:
        read(text, **changed)
    return refused.value


@pytest.mark.parametrize(
    ("said", "form", "moment"),
    [
        ("1404/07/12 08:30", "jalali", datetime(2025, 10, 4, 5, 0, tzinfo=UTC)),
        ("1404-7-12", "jalali", datetime(2025, 10, 3, 20, 30, tzinfo=UTC)),
        ("1404/07/12 - 8:30:05", "jalali", datetime(2025, 10, 4, 5, 0, 5, tzinfo=UTC)),
        ("2025-10-04T08:30:00+03:30", "iso", datetime(2025, 10, 4, 5, 0, tzinfo=UTC)),
        ("2025-10-04T05:00:00Z", "iso", datetime(2025, 10, 4, 5, 0, tzinfo=UTC)),
        ("2025-10-04", "iso", datetime(2025, 10, 3, 20, 30, tzinfo=UTC)),
        ("04.10.2025 08:30", "%d.%m.%Y %H:%M", datetime(2025, 10, 4, 5, 0, tzinfo=UTC)),
        ("1759554000", "unix", datetime(2025, 10, 4, 5, 0, tzinfo=UTC)),
        ("1759554000000", "unix", datetime(2025, 10, 4, 5, 0, tzinfo=UTC)),
        ("2025-10-04", "jalali", None),
        ("1404/13/01", "jalali", None),
        ("1404/07/12 25:00", "jalali", None),
        ("yesterday", "iso", None),
        ("99999999999999999999", "unix", None),
    ],
)
def test_times_are_read_in_the_forms_a_map_names(said: str, form: str, moment: datetime | None) -> None:
    found = parse_time(said, form, zone=TEHRAN, own_zone=TEHRAN)
    assert (found and found.at) == moment


@pytest.mark.parametrize(
    ("said", "form"),
    [("1404/07/12", "jalali"), ("2025-10-04", "iso"), ("20251004", "iso"), ("04.10.2025", "%d.%m.%Y")],
)
def test_a_day_without_an_hour_is_that_day_here_whatever_zone_the_file_is_of(said: str, form: str) -> None:
    found = parse_time(said, form, zone=ZoneInfo("America/Toronto"), own_zone=TEHRAN)
    assert found == (datetime(2025, 10, 4, tzinfo=TEHRAN), True)
    assert parse_time("2025-10-04 00:00", "iso", zone=TEHRAN, own_zone=TEHRAN) == (
        datetime(2025, 10, 4, tzinfo=TEHRAN), False,
    )  # fmt: skip


def test_what_was_over_the_day_it_was_told_is_not_over_before_it_began() -> None:
    past = read(**{"تاریخ ثبت": "۱۴۰۴/۰۷/۱۲ ۰۸:۳۰", "تاریخ پاسخ": "", "تاریخ پایان": "۱۴۰۴/۰۷/۱۲"})
    assert past.closed_at == datetime(2025, 10, 4, tzinfo=TEHRAN)
    assert past.ended_at == past.opened_at == datetime(2025, 10, 4, 8, 30, tzinfo=TEHRAN)
    early = {"تاریخ ثبت": "۱۴۰۴/۰۷/۱۲ ۰۸:۳۰", "تاریخ پایان": "۱۴۰۴/۰۷/۱۲ ۰۸:۲۹"}
    assert refusal(**early).code == "row_ends_before_it_begins"


def test_a_row_becomes_a_case_of_the_past() -> None:
    past = read()
    assert (past.service.code, past.district and past.district.code) == ("light-out", "s1")
    assert past.opened_at == datetime(2025, 10, 4, 5, 0, tzinfo=UTC)
    assert past.ended_at == past.closed_at == datetime(2025, 10, 11, 20, 30, tzinfo=UTC)
    assert (past.words, past.reply, past.external_ref) == ("چراغ کوچه خاموش است", "لامپ تعویض شد", "۱۴۰۴-۱")
    assert (past.outcome, past.point) == ("", (36.3, 59.55))


def test_spelling_does_not_matter_where_a_map_names_values() -> None:
    """The map says «لكه گيري» with Arabic letters, the file with Persian ones."""
    assert read(موضوع="لکه‌گیری آسفالت").service.code == "pothole"
    assert read(منطقه="منطقه 2").district.code == "s2"
    assert read(وضعیت="انجام‌شد").outcome == "solved"


def test_the_name_of_a_district_wins_over_the_point_and_an_unknown_one_does_not() -> None:
    assert read(منطقه="District 2").district.code == "s2"
    assert read(منطقه="منطقه ۹۹").district.code == "s1"
    assert read(طول="", عرض="").district is None


def test_a_point_never_set_is_no_point() -> None:
    assert read(طول="0", عرض="0.0").point is None
    assert read(طول="۵۹٫۵۵", عرض="۳۶٫۳").point == (36.3, 59.55)


def test_a_point_far_outside_the_city_is_left_out_and_the_words_stay() -> None:
    past = read(طول="51.39", عرض="35.70")
    assert (past.point, past.astray, past.district) == (None, True, None)
    assert past.words == "چراغ کوچه خاموش است"
    assert read(طول="51.39", عرض="35.70", منطقه="منطقه 2").district is not None
    assert not read().astray and not read(طول="", عرض="").astray
    wide = MAP.replace("[place]", "[place]\nmargin_km = 900")
    assert read(wide, طول="51.39", عرض="35.70").point == (35.70, 51.39)


def test_projected_coordinates_are_converted() -> None:
    text = MAP.replace('lon = "طول"', 'east = "طول"').replace('lat = "عرض"', 'north = "عرض"')
    text = text.replace("[place]", '[place]\nsystem = "utm40n"')
    point = read(text, طول="724484.065", عرض="4020124.115").point
    assert point is not None and abs(point.lat - 36.3) < 1e-6 and abs(point.lon - 59.5) < 1e-6
    assert refusal(text, طول="59.55", عرض="36.3").code == "row_point_impossible"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"موضوع": "چیز دیگر"}, "row_value_unknown"),
        ({"موضوع": ""}, "row_value_missing"),
        ({"موضوع": "تقدیر"}, "kind_needs_no_case"),
        ({"شماره": " "}, "row_value_missing"),
        ({"شماره": "9" * 101}, "row_too_long"),
        ({"تاریخ ثبت": ""}, "row_value_missing"),
        ({"تاریخ ثبت": "دیروز"}, "row_time_unreadable"),
        ({"تاریخ ثبت": "0001-01-01"}, "row_time_unreadable"),
        ({"تاریخ ثبت": "۱۴۰۹/۰۱/۰۱"}, "row_in_the_future"),
        ({"تاریخ پایان": "۱۴۰۴/۰۷/۰۱"}, "row_ends_before_it_begins"),
        ({"وضعیت": "نامعلوم"}, "row_value_unknown"),
        ({"وضعیت": "در دست اقدام"}, "row_still_open"),
        ({"وضعیت": "آزمایشی"}, "row_left_out"),
        ({"طول": "590.55"}, "row_point_impossible"),
        ({"طول": "nan"}, "row_point_impossible"),
        ({"عرض": ""}, "row_point_impossible"),
        ({"شرح": "\udc98\udce1"}, "row_encoding"),
    ],
)
def test_what_cannot_be_taken_in_says_why(changed: dict[str, str], code: str) -> None:
    assert refusal(**changed).code == code


def test_a_default_takes_what_no_value_names() -> None:
    text = MAP.replace('column = "موضوع"', 'column = "موضوع"\ndefault = "other"')
    assert read(text, موضوع="چیز دیگر").service.code == "other"
    text = MAP.replace('column = "وضعیت"', 'column = "وضعیت"\ndefault = "not_solved"')
    assert read(text, وضعیت="نامعلوم").outcome == "not_solved"


def test_a_code_of_this_city_means_itself() -> None:
    assert read(موضوع="pothole").service.code == "pothole"


def test_a_file_without_numbers_goes_by_line_or_by_content() -> None:
    by_line = MAP.replace('external_id = "شماره"', 'external_id = "#line"')
    assert read(by_line, line=7).external_ref == "7"
    mended = row() | {"pol137_line": "۳"}
    assert read_row(mended, line=7, plan=plan(by_line), city=book(), now=SATURDAY).external_ref == "3"
    for place, code in (("3\x00", "row_value_unknown"), ("9" * 101, "row_too_long")):
        with pytest.raises(Refusal) as refused:
            read_row(row() | {"pol137_line": place}, line=7, plan=plan(by_line), city=book(), now=SATURDAY)
        assert refused.value.code == code
    by_content = MAP.replace('external_id = "شماره"', 'external_id = "#content"')
    assert read(by_content, line=7).external_ref == read(by_content, line=8).external_ref
    assert read(by_content).external_ref != read(by_content, شرح="دیگر").external_ref
