"""Finding a subject (a type of service) by what a caller says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pol137.city.queries import book
from pol137.city.rules.entries import ServiceEntry
from pol137.lib.persian import normalise, search_key

SHORTEST, SHORTEST_INSIDE = 2, 3
GOOD_ENOUGH = 0.4
"""A subject is shown when it scores at least this share of the best one."""

SAID_EVERYWHERE = """
است هست نیست شده شد شود که در از به با را این آن ما من برای می نمی و یا هم یک خیلی بی تو سر روی زیر پس کی چه
چرا هنوز کنید کنم بود دارد ندارد هر همه تا اگر مثل آقا خانم شما
the an is are of in on to my our it and or not has have
"""
FILLERS = frozenset(map(search_key, SAID_EVERYWHERE.split()))


@dataclass(frozen=True, slots=True)
class _Keyed:
    """A service with the folded forms of all that is said of it."""

    service_id: int
    names: tuple[str, ...]
    synonyms: tuple[str, ...]
    description: str


@lru_cache(maxsize=2)
def _index(version: int) -> tuple[_Keyed, ...]:
    return tuple(
        _Keyed(
            one.id,
            (search_key(one.name_fa), search_key(one.name_en)),
            tuple(search_key(word) for word in one.keywords),
            search_key(f"{one.description_fa} {one.description_en}"),
        )
        for one in book().services
    )


def find_subjects(text: str, *, limit: int = 7) -> list[ServiceEntry]:
    """The subjects a text may speak of, the likeliest first.

    Words are compared with names, synonyms and descriptions, letters and half-spaces written either way. A
    word that few subjects know says more than one that many know, and a subject that knows several of the
    words stands before one that knows a single one: a whole sentence finds something too.
    """
    words = [key for word in normalise(text).split() if len(key := search_key(word)) >= SHORTEST]
    words = [word for word in dict.fromkeys(words) if word not in FILLERS]
    city = book()
    index = _index(city.version)
    scores, hits = [0.0] * len(index), [0] * len(index)
    for word in words:
        weights = [_weight(word, keyed) for keyed in index]
        rarity = math.log(1 + len(index) / max(1, sum(1 for weight in weights if weight)))
        scores = [score + weight * rarity for score, weight in zip(scores, weights, strict=True)]
        hits = [count + bool(weight) for count, weight in zip(hits, weights, strict=True)]
    scores = [score * count for score, count in zip(scores, hits, strict=True)]
    least = GOOD_ENOUGH * max(scores, default=0.0)
    ranked = sorted((-score, place) for place, score in enumerate(scores) if score and score >= least)
    return [city.services[index[place].service_id] for _, place in ranked[:limit]]


def _weight(word: str, keyed: _Keyed) -> int:
    return max(
        _best(word, keyed.names, same=9, begins=7, holds=5),
        _best(word, keyed.synonyms, same=8, begins=6, holds=3),
        1 if len(word) >= SHORTEST_INSIDE and word in keyed.description else 0,
    )


def _best(word: str, keys: Sequence[str], *, same: int, begins: int, holds: int) -> int:
    best = 0
    for key in keys:
        if key == word:
            return same
        if key.startswith(word):
            best = max(best, begins)
        elif len(word) >= SHORTEST_INSIDE and word in key:
            best = max(best, holds)
    return best
