"""How many contacts a day brings and when: weekday, month, Nowruz, pilgrims, rain, and faults many report."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from pol137.lib.jalali import month_of, year_of
from pol137.simulation.rules.calibration import Calibration, dice_of, happens, pick
from pol137.simulation.rules.town import Town

DRY = ("dry", 1.0)


@dataclass(frozen=True, slots=True)
class Weather:
    """Whether it rains, and by how many times that lets the topics of rain grow."""

    name: str
    times: float


@dataclass(frozen=True)
class Day:
    """A day to come: so many ordinary contacts, so many more because of rain, and what people speak of."""

    on: date
    contacts: int
    rain_contacts: int
    weather: Weather
    topics: Mapping[str, float]


def weather_on(day: date, cal: Calibration, seed: int) -> Weather:
    """The weather of a day: by the month's chance, the same for the same seed."""
    dice, rain = dice_of(seed, day, "weather"), cal.table("rain")
    if not happens(rain["chance"][month_of(day)[1] - 1], dice):
        return Weather(*DRY)
    name = pick({name: rain[name][0] for name in ("light", "heavy", "storm")}, dice)
    return Weather(name, float(rain[name][1]))


def is_nowruz(day: date, cal: Calibration) -> bool:
    """Whether it is one of the first days of the year."""
    return month_of(day)[1] == 1 and (day - _new_year(day)).days < cal.number("days", "nowruz")


def _new_year(day: date) -> date:
    first = day
    while year_of(first - timedelta(days=1)) == year_of(day):
        first -= timedelta(days=1)
    return first


def topics_on(day: date, cal: Calibration, town: Town) -> dict[str, float]:
    """By how many times each topic is more or less spoken of on that day than on others."""
    times: dict[str, float] = dict(cal.table("usual")["topics"])
    if is_nowruz(day, cal):
        times |= cal.table("nowruz")["topics"]
    if any(begins <= day <= ends for begins, ends in town.seasons):
        times |= cal.table("season")["topics"]
    return times


def day_of(day: date, *, cal: Calibration, town: Town, per_day: float, rain_share: float, seed: int) -> Day:
    """What a day brings. `rain_share` is the part of the topics of rain in all contacts of a dry day."""
    rhythm, dice = cal.table("rhythm"), dice_of(seed, day, "volume")
    weekdays, months = rhythm["weekdays"], rhythm["months"]
    wanted = per_day * weekdays[(day.weekday() + 2) % 7] * 7 / sum(weekdays)
    wanted *= months[month_of(day)[1] - 1] * 12 / sum(months)
    if is_nowruz(day, cal):
        wanted *= cal.number("volume", "nowruz") / 100
    if any(begins <= day <= ends for begins, ends in town.seasons):
        wanted *= cal.number("volume", "season") / 100
    wanted *= max(0.2, dice.gauss(1, rhythm["spread"] / 100))
    weather = weather_on(day, cal, seed)
    more = wanted * rain_share * (weather.times - 1)
    return Day(day, _whole(wanted, dice), _whole(more, dice), weather, topics_on(day, cal, town))


def _whole(wanted: float, dice: random.Random) -> int:
    """A whole number that is `wanted` on the average."""
    return int(wanted) + happens(100 * (wanted % 1), dice)


def moment_of(day: date, cal: Calibration, town: Town, dice: random.Random) -> datetime:
    """When on that day somebody calls: by the hours of the centre's day."""
    hour = pick(list(enumerate(cal.table("rhythm")["hours"])), dice)
    midnight = datetime.combine(day, time(0), tzinfo=town.zone)
    return midnight + timedelta(hours=hour, seconds=dice.randrange(3600))
