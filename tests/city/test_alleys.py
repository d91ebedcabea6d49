"""Numbered alleys of a street."""

from __future__ import annotations

import pytest

from pol137.city.rules.alleys import holds_alley, read_alleys


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("1-45 odd", {1, 3, 45}, {0, 2, 44, 47}),
        ("2-30 even", {2, 16, 30}, {1, 29, 32}),
        ("12-40", {12, 13, 40}, {11, 41}),
        ("7", {7}, {6, 8}),
    ],
)
def test_a_run_holds_its_numbers_and_both_ends(text: str, inside: set[int], outside: set[int]) -> None:
    assert {n for n in inside | outside if holds_alley([text], n)} == inside


def test_several_runs_are_one_street() -> None:
    assert [n for n in range(1, 9) if holds_alley(["1-5 odd", "2-4 even"], n)] == [1, 2, 3, 4, 5]
    assert not holds_alley([], 1)


@pytest.mark.parametrize("text", ["", "1-", "9-3", "1-44 odd", "2-9 even", "۱-۵", "1-5 uneven", "a", "1 - 5"])
def test_what_is_no_run_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"run|number"):
        read_alleys(text)


@pytest.mark.parametrize(
    ("one", "two", "shared"),
    [
        ("1-45 odd", "2-44 even", False),
        ("1-45 odd", "45-60", True),
        ("1-9", "10-20", False),
        ("7", "1-9 odd", True),
    ],
)
def test_whether_two_runs_share_an_alley(one: str, two: str, shared: bool) -> None:
    assert read_alleys(one).overlaps(read_alleys(two)) is shared
    assert read_alleys(two).overlaps(read_alleys(one)) is shared
