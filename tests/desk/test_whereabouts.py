"""Where a case lies: its sub-district, a map that admits it is drawn, a season that decided."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pol137.cases.models import Case
from pol137.city.models import City, RoutingRule, Season, Service
from pol137.city.operations import bump_version
from pol137.city.queries import forget
from tests.desk.test_case import at_desk, page
from tests.factories import reported_case

pytestmark = pytest.mark.django_db

DRAWN = "مرز منطقه‌ها تقریبی کشیده شده و مرز رسمی نیست."
BY_MAP = "منطقه از روی نقشهٔ تقریبی"
AT = {"lat": 36.3, "lon": 59.55}


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def official() -> None:
    City.objects.update(outlines_are_synthetic=False)
    bump_version()
    forget()


def because(case: Case) -> dict[str, Any]:
    return case.assignments.get().because


def test_the_sub_district_stands_between_district_and_neighbourhood(now: datetime) -> None:
    shown = page(reported_case(now, neighbourhood="s1-bagh", address=""), "centre-triage")
    assert "منطقه ۱ · ناحیه ۱ · باغ" in shown
    assert "باغ، ناحیه ۱، منطقه ۱" in at_desk("s1-roads-head").get("/desk/q/inbox/").content.decode()


def test_every_map_admits_that_it_is_drawn_until_the_borders_are_official(now: datetime) -> None:
    case = reported_case(now, **AT)
    portal = "/report/about/light-out"
    assert DRAWN in page(case, "centre-triage")
    assert DRAWN in at_desk("centre-triage").get(f"/desk/case/{case.pk}/do/edit_place/").content.decode()
    assert DRAWN in Client().get(portal).content.decode()
    official()
    assert DRAWN not in page(case, "centre-triage")
    assert DRAWN not in Client().get(portal).content.decode()


def test_a_district_that_only_the_drawing_tells_is_marked_as_such(now: datetime) -> None:
    by_map = reported_case(now, district="", neighbourhood="", **AT)
    by_name = reported_case(now, district="s1", **AT)
    assert because(by_map)["drawn"] is True
    assert "drawn" not in because(by_name)
    assert BY_MAP in page(by_map, "centre-triage")
    assert BY_MAP not in page(by_name, "centre-triage")
    official()
    assert "drawn" not in because(reported_case(now, district="", neighbourhood="", **AT))


def test_a_name_routes_and_the_drawn_border_does_not(now: datetime) -> None:
    """The point lies in the first district's drawing; the citizen said the second."""
    case = reported_case(now, district="s2", neighbourhood="", **AT)
    assert case.district is not None and case.district.code == "s2"
    assert case.department is not None and case.department.code == "s2-roads"


def test_a_rule_of_a_season_says_its_season_in_the_history(now: datetime) -> None:
    day = now.date()
    Season.objects.create(
        code="now", from_date=day - timedelta(days=2), until_date=day + timedelta(days=2),
        name_fa="دههٔ پایانی صفر", name_en="Last days of Safar", active_from=day - timedelta(days=9),
    )  # fmt: skip
    RoutingRule.objects.create(
        n=900, service=Service.objects.get(code="light-out"), season="now", department="s2-roads",
        active_from=day - timedelta(days=9),
    )  # fmt: skip
    bump_version()
    forget()
    case = reported_case(now, service="light-out", district="s1")
    assert case.department is not None and case.department.code == "s2-roads"
    assert because(case) == {"why": "rule", "rule": 900, "season": "now"}
    assert "دههٔ پایانی صفر" in page(case, "centre-triage")
