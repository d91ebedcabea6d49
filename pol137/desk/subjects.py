"""Finding a subject (a type of service) by what a caller says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pol137.city.queries import book
from pol137.city.rules.entries import ServiceEntry
from pol137.lib.persian import normalise, search_key

SHORTEST = 2


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

    Words are compared with names, synonyms and descriptions, letters and half-spaces written either way.
    Subjects that every word points to come before those only some do, so a whole sentence finds something.
    """
    words = [key for word in normalise(text).split() if len(key := search_key(word)) >= SHORTEST]
    if not words:
        return []
    city = book()
    ranked = []
    for place, keyed in enumerate(_index(city.version)):
        weights = [_weight(word, keyed) for word in words]
        if any(weights):
            whole = _weight(search_key(text), keyed) if len(words) > 1 else 0
            hits = sum(1 for weight in weights if weight)
            ranked.append((-hits, -(sum(weights) + 2 * whole), place, keyed.service_id))
    return [city.services[service_id] for *_, service_id in sorted(ranked)[:limit]]


def _weight(word: str, keyed: _Keyed) -> int:
    return max(
        _best(word, keyed.names, same=9, begins=7, holds=5),
        _best(word, keyed.synonyms, same=8, begins=6, holds=3),
        1 if len(word) > SHORTEST and word in keyed.description else 0,
    )


def _best(word: str, keys: Sequence[str], *, same: int, begins: int, holds: int) -> int:
    best = 0
    for key in keys:
        if key == word:
            return same
        if key.startswith(word):
            best = max(best, begins)
        elif word in key:
            best = max(best, holds)
    return best
