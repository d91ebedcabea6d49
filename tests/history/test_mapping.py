"""A map is checked as a whole: every fault with its line, and nothing is taken in."""

from __future__ import annotations

import pytest

from pol137.cases.vocabulary import Outcome
from pol137.city.queries import book
from pol137.history.rules.mapping import check_map, read_map
from pol137.lib.refusal import Refusal
from tests.history.conftest import COLUMNS, MAP, words

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
        ('channel = "phone"', 'channel = "telegraph"', "map_code_unknown"),
        ('channel = "phone"', "channel = 137", "map_not_a_text"),
        ('channel = "phone"', 'chanel = "phone"', "map_key_unknown"),
        ('channel = "phone"', 'channel = "phone"\nencoding = "ebcdic"', "map_value_unknown"),
        ('channel = "phone"', 'channel = "phone"\nzone = "Asia/Mashad"', "map_zone_unknown"),
        ('channel = "phone"', 'channel = "phone"\ndelimiter = "||"', "map_delimiter_impossible"),
        ('"روشنایی معابر" = "light-out"', '"روشنایی معابر" = "light-off"', "map_code_unknown"),
        ('"مختومه" = "closed"', '"مختومه" = "done"', "map_end_unknown"),
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
        "map_code_unknown",
        "map_column_missing",
        "map_source_impossible",
    ]


def refused(text: str) -> Refusal:
    drawn = read_map(text, open311=False)
    check_map(drawn, city=book(), header=COLUMNS)
    [fault] = drawn.faults
    return fault.refusal


@pytest.mark.parametrize(
    ("written", "first"),
    [("light-off", "light-out"), ("hole", "pothole"), ("خرابی چراغ خیابان", "light-out")],
)
def test_a_code_that_is_none_is_answered_with_the_nearest_few(written: str, first: str) -> None:
    found = refused(MAP.replace('"روشنایی معابر" = "light-out"', f'"روشنایی معابر" = "{written}"'))
    near = str(found.values["near"]).split(", ")
    assert near[0].split(" ")[0] == first and 2 <= len(near) <= 5
    assert book().services.find(first).name_fa in near[0]


def test_a_state_that_is_none_is_answered_with_all_that_may_stand_there() -> None:
    said = words(refused(MAP.replace('"مختومه" = "closed"', '"مختومه" = "done"')), "en")
    for word in ("closed", "open", "leave_out", *Outcome):
        assert word in said


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
