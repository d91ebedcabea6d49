"""Calendars of departments, holidays, mourning, and closures declared from the desk."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from pol137.city.models import Closure
from pol137.city.operations import declare_closure, end_closure
from pol137.city.queries import book
from pol137.city.vocabulary import DepartmentKind, Retained
from pol137.journal.models import Event
from pol137.lib import working_time
from pol137.lib.refusal import Refusal
from tests.city.conftest import BY, NOW

pytestmark = pytest.mark.usefixtures("loaded")
DAY = timedelta(days=1)


def id_of(code: str) -> int:
    return book().departments.by_code[code].id


def declare(**changed: Any) -> int:
    given: dict[str, Any] = {
        "title": "سرمای شدید",
        "from_at": NOW + DAY,
        "to_at": NOW + 2 * DAY,
        "by": BY,
        "now": NOW,
    }
    return declare_closure(**(given | changed))


def concerned(closure_id: int) -> set[str]:
    city = book()
    return {city.departments[id_].code for id_ in city.closed_by(city.closures[closure_id])}


def test_the_city_says_its_numbers_hours_and_what_it_keeps() -> None:
    city = book().city
    assert (city.grace_after_opening, city.question_not_in_last) == (
        timedelta(hours=2),
        timedelta(hours=12),
    )
    assert (city.call_tries, city.recheck_percent, city.shortest_reply) == (3, 5, 15)
    assert f"{city.calls_from:%H:%M}-{city.calls_until:%H:%M}" == "09:00-20:00"
    assert f"{city.quiet_from:%H:%M}-{city.quiet_until:%H:%M}" == "22:00-07:00"
    assert city.ladder_waits_for_opening is True
    assert set(city.keep) == set(Retained)
    assert city.keep[Retained.RAW_TEXTS] == timedelta(days=180)


def test_a_department_keeps_the_hours_of_the_nearest_above_it_else_the_citys_first() -> None:
    hours = {
        code: book().calendar_of(id_of(code)).code
        for code in ("centre", "centre-s1", "s1-green", "s1-green-contractor", "inspection")
    }
    assert hours == {
        "centre": "always",
        "centre-s1": "office",
        "s1-green": "office",
        "s1-green-contractor": "office",
        "inspection": "office",
    }
    assert book().calendar_of(None).code == "office"


def test_hours_know_holidays_and_closures() -> None:
    city = book()
    office = city.hours_of(id_of("s1-green"))
    assert office is not None
    ashura = datetime(2026, 6, 25, 6, tzinfo=UTC)
    assert working_time.between(ashura - DAY / 4, ashura + DAY / 4, office) == timedelta(0)
    assert working_time.between(NOW, NOW + 3 * DAY, office) == timedelta(hours=21)
    declare()
    shut = book().hours_of(id_of("s1-green"))
    assert shut is not None
    assert working_time.between(NOW, NOW + 3 * DAY, shut) == timedelta(hours=14)


def test_a_closure_of_everything_leaves_the_operational_open() -> None:
    shut = concerned(declare())
    assert {"s1-green", "s2-roads", "inspection", "org-waste-collection", "centre-s1"} <= shut
    assert "centre" not in shut
    assert book().closures_of(id_of("centre")) == ()
    assert len(book().closures_of(None)) == 1


def test_a_closure_is_of_districts_and_of_kinds() -> None:
    s1 = book().districts.by_code["s1"].id
    assert concerned(declare(districts=[s1])) == {
        "centre-s1",
        *(one.code for one in book().within(id_of("s1"))),
    }
    assert concerned(declare(kinds=[DepartmentKind.ORGANISATION])) == {"org-waste", "org-waste-collection"}
    both = concerned(declare(districts=[s1], kinds=[DepartmentKind.CONTRACTOR]))
    assert both == {"s1-green-contractor"}
    assert len(book().closures_of(id_of("s1-green-contractor"))) == 2
    assert len(book().closures_of(id_of("s2-green"))) == 0
    assert book().closures_of(None) == ()


def test_a_closure_is_an_event_with_who_declared_it() -> None:
    closure = declare()
    event = Event.objects.latest("id")
    assert (event.stream, event.kind, event.body) == ("city", "city.closure_declared", {"closure": closure})
    assert book().closures[closure].declared_by == str(BY)


def test_ended_early_it_is_over_at_that_moment_and_is_an_event() -> None:
    closure = declare()
    end_closure(closure, by=BY, now=NOW + DAY + timedelta(hours=3))
    assert book().closures[closure].to_at == NOW + DAY + timedelta(hours=3)
    event = Event.objects.latest("id")
    assert (event.kind, event.body) == ("city.closure_ended", {"closure": closure})
    with pytest.raises(Refusal, match="closure_is_over"):
        end_closure(closure, by=BY, now=NOW + DAY + timedelta(hours=4))


def test_ended_before_it_began_it_never_was() -> None:
    closure = declare()
    end_closure(closure, by=BY, now=NOW)
    assert closure not in book().closures
    assert book().closures_of(id_of("s1-green")) == ()


def test_a_closure_that_is_over_stays_in_the_arithmetic() -> None:
    declare(from_at=NOW - 3 * DAY, to_at=NOW + timedelta(hours=1))
    office = book().hours_of(id_of("s1-green"))
    assert office is not None
    assert working_time.between(NOW - 2 * DAY, NOW, office) == timedelta(0)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"title": "  "}, "reason_missing"),
        ({"to_at": NOW + DAY}, "closure_ends_too_early"),
        ({"from_at": NOW - 2 * DAY, "to_at": NOW}, "closure_ends_too_early"),
        ({"to_at": NOW + 400 * DAY}, "closure_too_long"),
        ({"districts": [0]}, "district_unknown"),
    ],
)
def test_what_cannot_be_declared(changed: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        declare(**changed)
    assert refused.value.code == code
    assert not Closure.objects.exists()


def test_the_database_refuses_a_closure_of_no_length_and_of_unknown_kinds() -> None:
    row = Closure(title_fa="x", from_at=NOW, to_at=NOW, declared_at=NOW, declared_by="x")
    with pytest.raises(IntegrityError, match="city_closure_ends_after_it_begins"):
        row.save()


def test_nobody_is_called_on_a_day_of_mourning() -> None:
    city = book()
    assert city.no_calls_on(date(2026, 6, 25))
    assert not city.no_calls_on(date(2026, 3, 21))
    declare(mourning=True, from_at=NOW + DAY, to_at=datetime(2026, 11, 24, 20, 30, tzinfo=UTC))
    told = [book().no_calls_on(date(2026, 11, day)) for day in (22, 23, 24, 25)]
    assert told == [False, True, True, False]
    declare(from_at=NOW + 5 * DAY, to_at=NOW + 6 * DAY)
    assert not book().no_calls_on(date(2026, 11, 27))
