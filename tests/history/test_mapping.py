"""A map is checked as a whole: every fault with its line, and nothing is taken in."""

from __future__ import annotations

import pytest

from pol137.city.queries import book
from pol137.history.rules.mapping import check_map, read_map
from tests.history.conftest import COLUMNS, MAP

pytestmark = pytest.mark.django_db


def faults(text: str) -> list[tuple[int, str]]:
    drawn = read_map(text, open311=False)
    assert check_map(drawn, city=book(), header=COLUMNS) is None
    return [(fault.line, fault.refusal.code) for fault in drawn.faults]


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


def test_the_map_of_these_tests_is_whole() -> None:
    plan = check_map(read_map(MAP, open311=False), city=book(), header=COLUMNS)
    assert plan is not None
    assert (plan.source, plan.zone.key, plan.formats) == ("sigma", "Asia/Tehran", ("jalali", "iso"))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('source = "sigma"', 'source = "Sigma 2"', "map_source_impossible"),
        ('channel = "phone"', 'channel = "telegraph"', "map_value_unknown"),
        ('channel = "phone"', "channel = 137", "map_not_a_text"),
        ('channel = "phone"', 'chanel = "phone"', "map_key_unknown"),
        ('channel = "phone"', 'channel = "phone"\nencoding = "ebcdic"', "map_value_unknown"),
        ('channel = "phone"', 'channel = "phone"\nzone = "Asia/Mashad"', "map_zone_unknown"),
        ('channel = "phone"', 'channel = "phone"\ndelimiter = "||"', "map_delimiter_impossible"),
        ('"روشنایی معابر" = "light-out"', '"روشنایی معابر" = "light-off"', "map_value_unknown"),
        ('"مختومه" = "closed"', '"مختومه" = "done"', "map_value_unknown"),
        ('words = "شرح"', 'words = "متن"', "map_column_missing"),
        ('words = "شرح"', "words = [1]", "map_not_a_texts"),
        ('formats = ["jalali", "iso"]', 'formats = ["persian"]', "map_format_unknown"),
        ('lat = "عرض"', 'lat = "عرض"\nsystem = "utm99n"', "map_value_unknown"),
        ("[reporter]", "[person]", "map_section_unknown"),
    ],
)
def test_a_fault_names_its_line(old: str, new: str, code: str) -> None:
    text = MAP.replace(old, new)
    named = new.splitlines()[-1]
    assert (line_of(text, named), code) in faults(text)


def test_every_fault_is_told_at_once() -> None:
    text = MAP.replace('source = "sigma"', 'source = "S"').replace('"pothole"', '"hole"')
    text = text.replace('phone = "تلفن"', 'phone = "موبایل"')
    assert sorted(code for _, code in faults(text)) == [
        "map_column_missing",
        "map_source_impossible",
        "map_value_unknown",
    ]


def test_what_is_missing_is_named() -> None:
    assert {code for _, code in faults('source = "x"')} == {"map_key_missing"}
    assert len(faults('source = "x"')) == 4
    text = MAP.replace('lon = "طول"\n', "")
    assert (line_of(text, "[place]"), "map_key_missing") in faults(text)


def test_two_points_are_one_too_many() -> None:
    text = MAP.replace("[place]", '[place]\neast = "طول"\nnorth = "عرض"')
    assert "map_two_points" in {code for _, code in faults(text)}


def test_what_is_no_toml_names_the_line() -> None:
    assert faults("source = \n") == [(1, "map_not_toml")]


def test_an_open311_export_needs_a_map_only_for_what_its_format_does_not_say() -> None:
    from pol137.history.vocabulary import OPEN311_COLUMNS

    plan = check_map(
        read_map('[service.values]\n"006" = "light-out"', open311=True),
        city=book(),
        header=OPEN311_COLUMNS,
    )
    assert plan is not None
    assert (plan.external_id, plan.opened, plan.service.of("006")) == (
        "service_request_id",
        "requested_datetime",
        "light-out",
    )
