"""Who says what, where and by which channel, and how the contact ends: the part nobody has decided yet."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from pol137.cases.vocabulary import NEEDS_NO_ANSWER
from pol137.city.rules.entries import Question
from pol137.city.vocabulary import Datatype
from pol137.simulation.rules.calibration import Calibration, Speech, dice_of, happens, pick, weighted
from pol137.simulation.rules.rhythm import Day, day_of, moment_of
from pol137.simulation.rules.town import Spot, Subject, Town

DIRECT = frozenset({"web", "open311"})
"""Channels by which people register by themselves: nobody answers there on the spot."""
TYPED = DIRECT | {"sms", "app", "messenger", "email", "letter"}
"""Channels whose words are the citizen's own; on the others an operator notes them down."""
OPENED, JOINED, NUDGED = "opened", "joined", "nudged"
NOBODY = -1


@dataclass(frozen=True)
class Arrival:
    """A contact to come: `ending` is how it will end if nothing speaks against it."""

    key: str
    at: datetime
    channel: str
    ending: str
    person: int = NOBODY
    subject: str = ""
    kind: str = ""
    words: str = ""
    address: str = ""
    district: str = ""
    neighbourhood: str = ""
    lat: float | None = None
    lon: float | None = None
    questions: Mapping[str, object] = field(default_factory=dict)
    wish: str = "sms"
    language: str = "fa"
    fault: str = ""
    source: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class World:
    """What arrivals are drawn from: the city, the calibration, the words and the shares that follow."""

    town: Town
    cal: Calibration
    speech: Speech
    seed: int
    per_day: float
    followed: Mapping[str, float]
    asked: Mapping[str, float]

    @property
    def rain_topics(self) -> dict[str, float]:
        """Of a hundred contacts of a dry day so many are about each topic that rain lets grow, weighed by how
        much of it does."""
        rain, spot = self.cal.table("rain")["topics"], self.cal.number("on_the_spot") / 100
        return {
            code: rain[code] * ((1 - spot) * self.followed[code] + spot * self.asked[code])
            for code in rain
            if code in self.followed
        }


def world_of(town: Town, cal: Calibration, speech: Speech, *, seed: int, per_day: float) -> World:
    """The world of a city: a share for every service, as the sources say or as an estimate."""
    told = [code for code, one in town.subjects.items() if one.kind not in NEEDS_NO_ANSWER]
    followed = weighted(cal.table("topics"), told, rest=100, also=cal.table("weights"), floor=0.6)
    asked = weighted({}, told, rest=100, also=cal.table("asked"), floor=1)
    return World(town, cal, speech, seed, per_day, followed, asked)


def arrivals_on(day: date, world: World, *, people: int) -> tuple[list[Arrival], int]:
    """Everybody who turns to the centre on a day, in order of time, and how many people are known after it.

    Guarantees: the same seed gives the same day; numbers of people count up as they are met first.
    """
    share = sum(world.rain_topics.values()) / 100
    plan = day_of(
        day, cal=world.cal, town=world.town, per_day=world.per_day, rain_share=share, seed=world.seed
    )
    found = [_ordinary(world, plan, f"{day}:{n}", rain=False) for n in range(plan.contacts)]
    found += [_ordinary(world, plan, f"{day}:r{n}", rain=True) for n in range(plan.rain_contacts)]
    found += _shared(world, plan)
    found.sort(key=lambda one: (one.at, one.key))
    named = []
    for one in found:
        dice = dice_of(world.seed, one.key, "person")
        if happens(world.cal.number("withheld_number"), dice) or one.channel == "letter":
            named.append(one)
            continue
        new = people == 0 or (one.ending != NUDGED and happens(world.cal.number("first_time"), dice))
        last = int(world.cal.number("repeat_from_last"))
        who = people if new else dice.randrange(max(0, people - last), people)
        people += new
        named.append(replace(one, person=who))
    return named, people


def _ordinary(world: World, day: Day, key: str, *, rain: bool) -> Arrival:
    dice, cal = dice_of(world.seed, key), world.cal
    at = moment_of(day.on, cal, world.town, dice)
    channels = {code: part for code, part in cal.table("channels").items() if code in world.town.channels}
    channel = pick(channels, dice)
    void = cal.table("void")
    if channel in ("phone", "ivr") and happens(sum(void.values()), dice):
        return Arrival(key, at, channel, pick(void, dice))
    ending = _ending(world, channel, channels, dice)
    if ending in (OPENED, JOINED, NUDGED):
        shares = world.rain_topics if rain else _today(world.followed, day)
        return _told(world, key, at, channel, ending, pick(shares, dice), dice)
    shares = world.rain_topics if rain else _today(world.asked, day)
    return _on_the_spot(world, key, at, channel, ending, pick(shares, dice), dice)


def _today(shares: Mapping[str, float], day: Day) -> dict[str, float]:
    return {code: share * day.topics.get(code, 1) for code, share in shares.items()}


def _ending(world: World, channel: str, channels: Mapping[str, float], dice: random.Random) -> str:
    """On the spot, as often as the sources say over all channels; else a case, one joined, or a nudge."""
    cal, direct = world.cal, sum(part for code, part in channels.items() if code in DIRECT)
    likely = cal.number("on_the_spot") * sum(channels.values()) / (sum(channels.values()) - direct)
    if channel not in DIRECT and happens(likely, dice):
        return pick(cal.table("on_the_spot_as"), dice)
    if channel in DIRECT:
        return OPENED
    rest = {NUDGED: cal.number("nudge"), JOINED: cal.number("known_fault")}
    return pick({**rest, OPENED: 100 - sum(rest.values())}, dice)


def _shared(world: World, day: Day) -> list[Arrival]:
    """Faults that many report: the first opens a case, the others tell of the same."""
    told, found = world.cal.table("shared_fault"), []
    services = [code for code in told["services"] if code in world.town.subjects]
    dice = dice_of(world.seed, day.on, "faults")
    wanted = day.contacts / 1000 * told["per_thousand"]
    for n in range(int(wanted) + happens(100 * (wanted % 1), dice) if services else 0):
        key = f"{day.on}:f{n}"
        first = _told(world, key, moment_of(day.on, world.cal, world.town, dice), "phone", OPENED,
                      dice.choice(services), dice)  # fmt: skip
        found.append(replace(first, fault=key))
        for m in range(dice.randint(*told["told_by"])):
            own = dice_of(world.seed, key, m)
            at = first.at + timedelta(hours=told["hours"] * own.random() ** 2, seconds=1)
            also = _told(world, f"{key}:{m}", at, "phone", JOINED, first.subject, own)
            found.append(
                replace(
                    also,
                    fault=key,
                    address=first.address,
                    district=first.district,
                    neighbourhood=first.neighbourhood,
                    lat=first.lat,
                    lon=first.lon,
                )
            )
    return found


def _told(
    world: World, key: str, at: datetime, channel: str, ending: str, code: str, dice: random.Random
) -> Arrival:
    """A problem as it is told, with its place and what is asked about it."""
    subject, spot = world.town.subjects[code], _spot(world.town, dice)
    wish = "call" if happens(world.cal.number("wish_call", "citizen"), dice) else "sms"
    return Arrival(
        key,
        at,
        channel,
        ending,
        subject=code,
        kind=subject.kind,
        words=words_about(subject, spot, world.speech, dice, typed=channel in TYPED),
        address=f"{dice.choice(world.speech.told['side'])} {spot.name}" if subject.placed else "",
        district=spot.district,
        neighbourhood=spot.neighbourhood,
        lat=None if spot.lat is None else round(spot.lat + dice.gauss(0, 0.0009), 6),
        lon=None if spot.lon is None else round(spot.lon + dice.gauss(0, 0.0009), 6),
        questions={one.code: _reply(one, at, dice) for one in subject.questions if one.required},
        wish=wish,
        language="en" if happens(world.cal.number("english", "citizen"), dice) else "fa",
    )


def _on_the_spot(
    world: World, key: str, at: datetime, channel: str, ending: str, code: str, dice: random.Random
) -> Arrival:
    """A question answered, a caller handed on, a demand explained, praise taken down."""
    town, subject = world.town, world.town.subjects[code]
    source: dict[str, str] = {"service": code}
    if ending == "answered":
        source["article"] = dice.choice(subject.articles or town.articles or ("",))
    bodies = {"handed_to_agency": town.agencies, "handed_to_emergency": town.emergencies}.get(ending)
    if bodies is not None:
        source = {"agency": dice.choice(bodies)} if bodies else source
        ending = ending if bodies else "answered"
    if ending == "unlawful_explained":
        grounds = subject.grounds or town.grounds
        source["legal_ground"] = dice.choice(grounds) if grounds else ""
        ending = ending if grounds else "answered"
    spot, speech = _spot(town, dice), world.speech
    words = speech.say("guided", dice)
    if ending == "praise_or_opinion":
        told = dice.choice([*speech.told["services"]["praise"], *speech.told["services"]["opinion"]])
        words, source = told.format(place=spot.name, thing="", service=""), {}
    return Arrival(key, at, channel, ending, subject=code, words=words, source=source)


def _spot(town: Town, dice: random.Random) -> Spot:
    """A place, as often as people live in its district."""
    return dice.choice(town.spots[pick({code: town.people[code] for code in town.spots}, dice)])


def words_about(subject: Subject, spot: Spot, speech: Speech, dice: random.Random, *, typed: bool) -> str:
    """What is said about a problem: the citizen's own words, or what an operator notes of them."""
    words = speech.told["words"]
    cores = speech.told["services"].get(subject.code) or words.get(subject.group) or words["general"]
    if subject.keywords and happens(15, dice):
        cores = words["general"]
    core = dice.choice(cores).format(
        place=spot.name, thing=dice.choice(subject.keywords or (subject.name,)), service=subject.name
    )
    if not typed:
        said = f"{dice.choice(speech.told['notes'])}: {core} {dice.choice(speech.told['since'])}"
    else:
        parts = [dice.choice(speech.told[part]) for part in ("openings", "since", "feelings")]
        said = f"{parts[0]} {core} {parts[1]} {parts[2]}"
    return " ".join(said.split())


def _reply(question: Question, at: datetime, dice: random.Random) -> object:
    """What somebody replies to a question about the service; dangers are told by subjects of their own."""
    if question.values:
        chosen = dice.choice([one.key for one in question.values if not question.tells_danger(one.key)])
        return [chosen] if question.datatype == Datatype.MULTI else chosen
    if question.datatype == Datatype.NUMBER or question.code == "line":
        return str(dice.randint(2, 90))
    if question.datatype == Datatype.DATETIME:
        return at.replace(microsecond=0).isoformat()
    return str(dice.randint(100, 999))
