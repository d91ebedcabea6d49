"""Seasons: rules and bodies that hold for some days of the year, and what becomes of a case by them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from pol137.cases.rules.routing import choose_department
from pol137.city.queries import book, forget
from pol137.commands import city
from tests.packs.conftest import BY, NOW
from tests.packs.test_command import pol137_city

Replace = Callable[[str, str, str], None]
BEFORE, FIRST, LAST, AFTER = date(2027, 3, 14), date(2027, 3, 15), date(2027, 4, 3), date(2027, 4, 4)


@pytest.fixture
def nowruz(loaded: None, pack: Path, replace: Replace) -> None:
    """The sample with a seasonal row for waste in s1, and a seasonal headquarters."""
    replace(
        "routing.csv",
        "30,waste-missed,,,,org-waste-collection\n",
        "30,waste-missed,,,,org-waste-collection\n35,waste-missed,,,nowruz,s1-clean\n",
    )
    replace("agencies.csv", "telecom,no,,", "telecom,no,nowruz,")
    city.load(city.read(str(pack)), by=BY, now=NOW)


@pytest.mark.usefixtures("nowruz")
@pytest.mark.parametrize(
    ("day", "department", "because"),
    [
        (BEFORE, "org-waste-collection", {"why": "rule", "rule": 30}),
        (FIRST, "s1-clean", {"why": "rule", "rule": 35, "season": "nowruz"}),
        (LAST, "s1-clean", {"why": "rule", "rule": 35, "season": "nowruz"}),
        (AFTER, "org-waste-collection", {"why": "rule", "rule": 30}),
        (date(2028, 3, 20), "s1-clean", {"why": "rule", "rule": 35, "season": "nowruz"}),
    ],
)
def test_a_row_of_a_season_wins_while_it_lasts_and_says_so(
    day: date, department: str, because: dict[str, object]
) -> None:
    here = book()
    service, district = here.services.by_code["waste-missed"].id, here.districts.by_code["s1"].id
    choice = choose_department(here, service_id=service, district_id=district, day=day)
    assert choice.department_id == here.departments.by_code[department].id
    assert choice.because == because


@pytest.mark.usefixtures("nowruz")
def test_a_more_specific_row_wins_over_the_season(pack: Path, replace: Replace) -> None:
    replace("routing.csv", "90,thanks", "85,waste-missed,,s2,,s2-clean\n90,thanks")
    city.load(city.read(str(pack)), by=BY, now=NOW)
    here = book()
    service = here.services.by_code["waste-missed"].id
    found = {
        code: choose_department(
            here, service_id=service, district_id=here.districts.by_code[code].id, day=FIRST
        )
        for code in ("s1", "s2")
    }
    assert {code: here.departments[one.department_id or 0].code for code, one in found.items()} == {
        "s1": "s1-clean",
        "s2": "s2-clean",
    }


@pytest.mark.usefixtures("nowruz")
def test_a_body_of_a_season_is_offered_only_then_and_keeps_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "telecom" not in [one.code for one in book().agencies]
    assert book().agencies.find("telecom") is None
    assert book().agencies.by_code["telecom"].name_fa == "مخابرات"
    in_season = NOW + timedelta(days=(FIRST - NOW.date()).days)
    monkeypatch.setattr("django.utils.timezone.now", lambda: in_season)
    forget()
    assert book().agencies.find("telecom") is not None


def test_a_season_that_will_not_come_again_is_warned(
    pack: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pol137_city("check", str(pack)) == 0
    assert "season" not in capsys.readouterr().out
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW.replace(year=2028))
    assert pol137_city("check", str(pack)) == 0
    assert "seasons.csv:3: warning: season 'nowruz' is past (2028-04-02)" in capsys.readouterr().out


def test_a_seasonal_department_nobody_leads_is_a_fault(pack: Path, replace: Replace) -> None:
    replace("routing.csv", "90,thanks", "85,waste-missed,,,nowruz,dep-urban\n90,thanks")
    faults = [str(fault) for fault in city.read(str(pack)).faults if not fault.warning]
    assert any("'waste-missed' in 'dep-urban': nobody is unit_head" in fault for fault in faults)
