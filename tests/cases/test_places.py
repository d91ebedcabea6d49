"""A place that is put right leaves nothing of the wrong one behind."""

from __future__ import annotations

from typing import Any

import pytest

from pol137.cases.models import Case
from pol137.cases.operations import edit_place
from pol137.lib import geo
from tests.factories import Clock, actor, fresh, reported_case

pytestmark = pytest.mark.django_db

AT = {"lat": 36.3, "lon": 59.55}


def put_right(case: Case, clock: Clock, **place: Any) -> Case:
    given = {"address": case.address, "lat": None, "lon": None, **place}
    edit_place(case.pk, **given, by=actor("centre-triage"), now=clock.now)
    return fresh(case)


def placed(clock: Clock, **place: Any) -> Case:
    """A case of the first neighbourhood, told by name."""
    case = reported_case(clock.now, neighbourhood="s1-bagh", **place)
    assert case.neighbourhood_id is not None
    return case


def test_a_point_taken_away_is_gone_with_its_cell(clock: Clock) -> None:
    case = put_right(placed(clock, **AT), clock, address="میدان دیگر")
    assert (case.lat, case.lon, case.h3) == (None, None, "")
    assert case.neighbourhood_id is None and case.district_id is not None


def test_a_place_far_off_is_not_in_the_old_neighbourhood_and_one_next_door_is(clock: Clock) -> None:
    case = placed(clock, **AT)
    near = put_right(case, clock, lat=36.3001, lon=59.55)
    assert near.neighbourhood_id == case.neighbourhood_id and near.h3 == geo.h3_cell(36.3001, 59.55)
    far = put_right(case, clock, lat=36.31, lon=59.55)
    assert far.neighbourhood_id is None


def test_words_that_stay_keep_the_neighbourhood(clock: Clock) -> None:
    case = placed(clock)
    assert put_right(case, clock).neighbourhood_id == case.neighbourhood_id
    assert put_right(case, clock, address="جای دیگر").neighbourhood_id is None
