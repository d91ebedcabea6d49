"""Points whose coordinates are published in metres and in degrees."""

from __future__ import annotations

import pytest

from pol137.lib.geo import Point, distance_m
from pol137.lib.projections import SYSTEMS, lv03, lv95, utm_north


def degrees(whole: int, minutes: int, seconds: float) -> float:
    return whole + minutes / 60 + seconds / 3600


def test_a_published_pair_in_utm() -> None:
    """The tower whose position reference works give as 17T 630084 m E, 4833438 m N, to the metre."""
    known = Point(degrees(43, 38, 33.22), -degrees(79, 23, 13.7))
    assert distance_m(utm_north(630084, 4833438, 17), known) < 1.5


@pytest.mark.parametrize("zone", [38, 39, 40, 41])
def test_utm_agrees_with_an_independent_projection(zone: int) -> None:
    """The metres were computed by PROJ 9."""
    middle = zone * 6 - 183
    for metres, known in (
        ((724484.06461, 4020124.11467), Point(36.3, middle + 2.5)),
        ((208478.34625, 2823491.85755), Point(25.5, middle - 2.9)),
    ):
        assert distance_m(SYSTEMS[f"utm{zone}n"](*metres), known) < 0.01


def test_the_published_example_of_lv95() -> None:
    """E 2 700 000, N 1 100 000 is 46 02 38.86 N, 8 43 49.80 E in the survey's own sheet of formulas."""
    known = Point(degrees(46, 2, 38.86), degrees(8, 43, 49.80))
    assert distance_m(lv95(2_700_000, 1_100_000), known) < 0.2


def test_lv03_is_lv95_in_an_older_frame() -> None:
    assert lv03(700_000, 100_000) == lv95(2_700_000, 1_100_000)


def test_degrees_come_east_first_like_metres() -> None:
    assert SYSTEMS["wgs84"](59.55, 36.3) == (36.3, 59.55)


@pytest.mark.parametrize(
    ("system", "east", "north"),
    [
        ("lv95", 683920, 245604),
        ("lv03", 2683920, 1245604),
        ("utm40n", 59.5, 36.3),
        ("utm40n", 724484, -5),
        ("wgs84", 724484, 4020124),
        ("wgs84", 0, 0),
    ],
)
def test_metres_of_another_system_are_refused(system: str, east: float, north: float) -> None:
    with pytest.raises(ValueError):
        SYSTEMS[system](east, north)
