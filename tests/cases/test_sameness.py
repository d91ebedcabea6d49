"""What makes two messages the same matter: the spot, the line, the numbered thing, or nothing at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pol137.cases.operations.recurring import link_recurrence
from pol137.cases.queries import same_thing
from pol137.cases.rules.sameness import named_thing
from pol137.city.models import Service
from pol137.city.operations import bump_version
from pol137.city.queries.book import book, forget
from tests.factories import Clock, actor, announced_case, reported_case

GoesBy = Callable[[str], None]
HERE, FAR = {"lat": 36.3, "lon": 59.55}, {"lat": 36.34, "lon": 59.52}


@pytest.fixture
def goes_by(sample: None) -> GoesBy:
    """Let the street light be identified by something, and ask for it."""

    def change(by: str) -> None:
        question = {
            "code": by, "datatype": "string", "required": False, "question_fa": "شماره؟",
            "question_en": "Number?", "hint_fa": "", "hint_en": "", "values": [],
        }  # fmt: skip
        Service.objects.filter(code="light-out").update(identified_by=by, questions=[question])
        bump_version()
        forget()

    return change


@pytest.fixture
def sample(db: None) -> Any:
    """The sample city, its Book read anew afterwards."""
    forget()
    yield
    forget()


def found(clock: Clock, **answers: object) -> list[str] | None:
    service = book().services.by_code["light-out"]
    by = actor("centre-operator", clock.now)
    same = same_thing(service_id=service.id, answers=answers, now=clock.now, by=by)
    return None if same is None else [one.code or "" for one in same]


def test_the_same_number_is_the_same_matter_however_it_is_typed_and_wherever_seen(
    clock: Clock, goes_by: GoesBy
) -> None:
    goes_by("asset")
    first = reported_case(clock.now, questions={"asset": "۱۲۳"}, **HERE)
    second = reported_case(clock.now, questions={"asset": "123"}, **FAR)
    reported_case(clock.now, questions={"asset": "124"}, **HERE)
    for typed in ("123", "۱۲۳", " ۱۲۳ ", "١٢٣"):
        assert found(clock, asset=typed) == [second.code, first.code], typed
    assert found(clock, asset="999") == []


def test_a_thing_whose_number_nobody_knows_goes_by_its_spot(clock: Clock, goes_by: GoesBy) -> None:
    goes_by("asset")
    assert found(clock, asset="") is None
    assert found(clock) is None


def test_a_line_goes_by_its_number_alone(clock: Clock, goes_by: GoesBy) -> None:
    goes_by("line")
    one = reported_case(clock.now, questions={"line": "۳۸"}, **FAR)
    assert found(clock, line="38") == [one.code]
    assert found(clock) == []


def test_where_nothing_is_the_same_nothing_is_offered(clock: Clock, goes_by: GoesBy) -> None:
    goes_by("none")
    reported_case(clock.now, **HERE)
    assert found(clock) == []


def test_what_goes_by_its_spot_is_left_to_nearness(clock: Clock, sample: None) -> None:
    assert named_thing(book().services.by_code["light-out"], {"asset": "1"}) is None
    assert found(clock) is None


def test_it_is_one_query(clock: Clock, goes_by: GoesBy) -> None:
    goes_by("line")
    reported_case(clock.now, questions={"line": "38"})
    by, service = actor("centre-operator", clock.now), book().services.by_code["light-out"].id
    with CaptureQueriesContext(connection) as asked:
        assert same_thing(service_id=service, answers={"line": "38"}, now=clock.now, by=by)
    assert len(asked) == 1


def test_the_same_number_again_is_a_recurrence_and_the_same_spot_is_none(
    clock: Clock, goes_by: GoesBy
) -> None:
    goes_by("asset")
    told = announced_case(clock, service="light-out", questions={"asset": "123"}, **HERE)
    again = reported_case(clock.now, service="light-out", questions={"asset": "۱۲۳"}, **FAR)
    other = reported_case(clock.now, service="light-out", questions={"asset": "7"}, **HERE)
    assert link_recurrence(again.pk, now=clock.now).recurs_id == told.pk
    assert link_recurrence(other.pk, now=clock.now).recurs_id is None
