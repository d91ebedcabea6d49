"""What a simulated centre is like: shares, rhythms, weather, people and units, without a database."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

import pytest

from pol137.lib.persian import redact_personal
from pol137.simulation.adapters import calibration, speech
from pol137.simulation.operations.centre import number_of
from pol137.simulation.rules.arrivals import Arrival, World, arrivals_on, world_of
from pol137.simulation.rules.calibration import dice_of, tempers_of
from pol137.simulation.rules.rhythm import day_of, topics_on, weather_on
from pol137.simulation.rules.town import Spot, Subject, Town
from pol137.simulation.rules.units import doing_of

TOPICS = {
    "construction-supervision": "construction",
    "sweeping": "cleaning",
    "bus-fleet": "transit",
    "green-upkeep": "green",
    "obstruction": "order",
    "asphalt": "roads",
    "gutter-dredging": "cleaning",
    "flooding": "danger",
    "pilgrim-services": "public-places",
    "stray-dogs": "cleaning",
    "renovation-dues": "dues",
    "staff-conduct": "voice",
}
WINTER = date(2026, 1, 3)
VOID = {"silent", "wrong_number", "nuisance"}
SPOT = {
    "answered",
    "handed_to_agency",
    "handed_to_emergency",
    "unlawful_explained",
    "praise_or_opinion",
}


def town() -> Town:
    subjects = {
        code: Subject(code, group, "request", code, ("آسفالت",), (), placed=True, urgent=False)
        for code, group in TOPICS.items()
    }
    spots = {
        "d1": (Spot("میدان شهدا", "d1", "", 36.3, 59.6),),
        "d2": (Spot("بولوار نمونه", "d2"), Spot("بوستان ملت", "d2")),
    }
    return Town(
        zone=ZoneInfo("Asia/Tehran"),
        subjects=subjects,
        spots=spots,
        people={"d1": 100.0, "d2": 300.0},
        channels=frozenset(calibration().table("channels")),
        agencies=("metro",),
        emergencies=("police",),
        grounds=("g",),
        articles=("a",),
    )


def world(seed: int = 137, per_day: float = 400) -> World:
    return world_of(town(), calibration(), speech(), seed=seed, per_day=per_day)


@pytest.fixture(scope="module")
def season() -> list[Arrival]:
    """Sixty days of winter and spring."""
    found, people, here = [], 0, world()
    for n in range(60):
        day, people = arrivals_on(WINTER + timedelta(days=n), here, people=people)
        found += day
    return found


def test_the_same_seed_makes_the_same_day_and_another_another() -> None:
    assert arrivals_on(WINTER, world(), people=5) == arrivals_on(WINTER, world(), people=5)
    assert arrivals_on(WINTER, world(), people=5) != arrivals_on(WINTER, world(seed=1), people=5)


def test_six_in_ten_are_answered_on_the_spot(season: list[Arrival]) -> None:
    counted = [one for one in season if one.ending not in VOID]
    share = 100 * sum(one.ending in SPOT for one in counted) / len(counted)
    assert 58 <= share <= 61.5


def test_the_followable_speak_of_what_the_sources_say(season: list[Arrival]) -> None:
    opened = [one for one in season if one.ending == "opened" and not one.fault]
    rainless = [one for one in opened if ":r" not in one.key]
    came = Counter(one.subject for one in rainless)
    for code, stated in calibration().table("topics").items():
        assert abs(100 * came[code] / len(rainless) - stated) < 1.5, code


def test_the_first_time_callers_are_about_as_many_as_stated(season: list[Arrival]) -> None:
    seen: set[int] = set()
    first = 0
    named = [one for one in season if one.person >= 0]
    for one in named:
        first += one.person not in seen
        seen.add(one.person)
    assert 55 <= 100 * first / len(named) <= 60


def test_the_busiest_hours_lie_before_noon_and_friday_is_the_quietest_day(season: list[Arrival]) -> None:
    hours = Counter(one.at.hour for one in season)
    assert hours.most_common(1)[0][0] in (10, 11)
    assert hours[3] < hours[10] / 10
    days = Counter(one.at.weekday() for one in season if ":r" not in one.key)
    assert min(days, key=lambda day: days[day]) == 4


def test_thirteen_channels_and_the_phone_first(season: list[Arrival]) -> None:
    channels = Counter(one.channel for one in season)
    assert len(channels) == 13
    assert 0.74 < channels["phone"] / len(season) < 0.86


def test_rain_brings_several_times_as_many_about_gutters() -> None:
    cal, here = calibration(), world()
    days = [WINTER + timedelta(days=n) for n in range(700)]
    heavy = next(day for day in days if weather_on(day, cal, 137).name == "heavy")
    dry = [day for day in days if weather_on(day, cal, 137).name == "dry"][:20]

    def about_gutters(day: date) -> int:
        return sum(one.subject == "gutter-dredging" for one in arrivals_on(day, here, people=9)[0])

    usual = sum(map(about_gutters, dry)) / len(dry)
    assert 4 * usual < about_gutters(heavy) < 9 * usual


def test_a_storm_is_a_day_as_tehran_once_had_it() -> None:
    cal = calibration()
    storm = next(
        day
        for day in (WINTER + timedelta(days=n) for n in range(4000))
        if weather_on(day, cal, 137).name == "storm"
    )
    rain = sum(world().rain_topics.values()) / 100
    plan = day_of(storm, cal=cal, town=town(), per_day=2000, rain_share=rain, seed=137)
    assert 7000 < plan.contacts + plan.rain_contacts < 30000


def test_nowruz_brings_pilgrims_and_few_builders() -> None:
    here = world(per_day=1500)
    nowruz = list(chain(*(arrivals_on(date(2026, 3, 23 + n), here, people=9)[0] for n in range(4))))
    usual = list(chain(*(arrivals_on(date(2026, 5, 2 + n), here, people=9)[0] for n in range(4))))

    def share(found: list[Arrival], code: str) -> float:
        told = [one for one in found if one.ending == "opened"]
        return sum(one.subject == code for one in told) / len(told)

    assert share(nowruz, "pilgrim-services") > 3 * share(usual, "pilgrim-services")
    assert share(nowruz, "construction-supervision") < 0.7 * share(usual, "construction-supervision")


def test_nobody_speaks_of_nowruz_guests_but_in_nowruz() -> None:
    cal, here = calibration(), town()
    assert topics_on(date(2026, 11, 22), cal, here)["spring-guests"] == 0
    assert topics_on(date(2026, 3, 24), cal, here)["spring-guests"] > 1


def test_many_tell_of_one_fault_within_hours_and_at_one_place(season: list[Arrival]) -> None:
    faults: dict[str, list[Arrival]] = {}
    for one in season:
        if one.fault:
            faults.setdefault(one.fault, []).append(one)
    assert faults
    for told in faults.values():
        assert [one.ending for one in told] == ["opened"] + ["joined"] * (len(told) - 1)
        assert len({(one.subject, one.district, one.address) for one in told}) == 1
        assert told[-1].at - told[0].at <= timedelta(hours=8)


def test_words_vary_name_places_and_nobody(season: list[Arrival]) -> None:
    told = [one for one in season if one.ending == "opened" and one.words]
    assert len({one.words for one in told}) > 0.3 * len(told)
    assert all("{" not in one.words and redact_personal(one.words) == one.words for one in told)
    places = ("میدان شهدا", "بولوار نمونه", "بوستان ملت")
    assert all(any(place in one.words for place in places) for one in told)


def test_an_answer_speaks_of_its_own_subject_and_names_the_place_without_its_side() -> None:
    here, dice = speech(), dice_of("answers")
    assert here.place("روبه‌روی بوستان ملت") == here.place("بوستان ملت") == "بوستان ملت"
    assert here.place("") == "محل"
    told = {
        about: {here.say("done_told", dice, about=about, place="بوستان ملت", service="x") for _ in range(90)}
        for about in (("sweeping", "cleaning"), ("watercourse", "cleaning"), ("construction-supervision", ""))
    }
    assert all(
        len(sentences) >= 2 and not any("{" in one for one in sentences) for sentences in told.values()
    )
    assert not set.intersection(*told.values())
    assert set(here.told["done_about"]) == set(here.told["done_told_about"])


def test_numbers_lie_in_the_reserved_range_and_apart_from_the_demos_offices() -> None:
    assert number_of(0) == "+989701000000"
    assert number_of(-1) == ""


def test_units_differ_and_every_temper_is_there() -> None:
    codes = [f"unit-{n}" for n in range(40)]
    temper = tempers_of(codes, calibration().tempers, 137)
    found = Counter(temper(code).name for code in codes)
    assert set(found) == {"swift", "steady", "slow", "careless", "hiding"}
    assert found["steady"] > found["hiding"]
    assert tempers_of(codes, calibration().tempers, 137)("unit-3") == temper("unit-3")


def test_those_who_hide_are_later_than_the_ladder_and_danger_is_answered_in_hours() -> None:
    tempers = {one.name: one for one in calibration().tempers}
    dice = [dice_of("pace", n) for n in range(200)]
    hiding = sorted(doing_of(tempers["hiding"], urgent=False, dice=one).answer for one in dice)
    swift = sorted(doing_of(tempers["swift"], urgent=False, dice=one).answer for one in dice)
    urgent = sorted(doing_of(tempers["swift"], urgent=True, dice=one).answer for one in dice)
    assert hiding[100] > 72 > 24 > swift[100] > urgent[100]
