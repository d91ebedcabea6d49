"""What people of the loaded city call about, in which words, and from which doors."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from dataclasses import dataclass

from bench.words import ADDRESSES, TROUBLES


@dataclass
class Kinds:
    """The subjects, how often each is told, in which words, and whose they are where."""

    services: list[object]
    weights: list[float]
    words: dict[int, list[tuple[str, str]]]
    nobodys: object
    routed: dict[tuple[int, int], int | None]

    def department(self, service_id: int, district_id: int) -> int | None:
        """The unit that has this subject there."""
        return self.routed[service_id, district_id]


def kinds_told(rng: random.Random) -> Kinds:
    """Subjects, a few of them told far more often than the others, and how people put them."""
    from django.utils import timezone

    from pol137.cases.permissions import inspection_departments
    from pol137.cases.rules.routing import choose_department
    from pol137.city.queries import book
    from pol137.city.queries.book import local_day
    from pol137.city.rules.subjects import catch_all
    from pol137.lib.persian import search_words

    city, words, routed = book(), defaultdict(list), dict[tuple[int, int], int | None]()
    for service in city.services:
        for _ in range(60):
            about = rng.choice([service.name_fa, *service.keywords])
            text = rng.choice(TROUBLES).format(about=about, name=service.name_fa)
            words[service.id].append((text, search_words(text)))
        for district in city.districts:
            choice = choose_department(
                city, service_id=service.id, district_id=district.id, day=local_day(timezone.now())
            ).department_id
            if service.confidential and choice not in inspection_departments():
                choice = min(inspection_departments())
            routed[service.id, district.id] = choice
    services = [one for one in city.services if all(routed[one.id, d.id] for d in city.districts)]
    rng.shuffle(services)
    weights = list(itertools.accumulate(1 / (n + 1) ** 0.8 for n in range(len(services))))
    return Kinds(services, weights, words, catch_all(city), routed)


@dataclass
class Spot:
    """A door: where it lies and how people write it."""

    district: int
    neighbourhood: int | None
    lat: float
    lon: float
    h3: str
    address: str
    folded: str


def spots_of(rng: random.Random) -> list[Spot]:
    """Forty thousand doors, denser towards the middle of each district."""
    from pol137.city.queries import book
    from pol137.lib import geo
    from pol137.lib.persian import persian_digits, search_words

    city, found = book(), []
    middle = {one.id: (36.25 + 0.018 * n, 59.50 + 0.02 * (n % 5)) for n, one in enumerate(city.districts)}
    hoods = defaultdict(list)
    for hood in city.neighbourhoods:
        hoods[hood.district_id].append(hood)
    weights = list(itertools.accumulate(max(one.population or 1, 1) for one in city.districts))
    for _ in range(40_000):
        district = rng.choices(list(city.districts), cum_weights=weights)[0]
        hood = rng.choice(hoods[district.id]) if hoods[district.id] else None
        lat, lon = (at + rng.gauss(0, 0.012) for at in middle[district.id])
        address = rng.choice(ADDRESSES).format(
            hood=hood.name_fa if hood else district.name_fa, n=persian_digits(str(rng.randrange(1, 60))),
            plate=persian_digits(str(rng.randrange(1, 300))),
        )  # fmt: skip
        cell, folded = geo.h3_cell(lat, lon), search_words(address)
        found.append(Spot(district.id, hood.id if hood else None, lat, lon, cell, address, folded))
    return found
