"""Finding the subject of a report from the words people use for it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pol137.city.rules.book import Book
from pol137.city.rules.entries import GroupEntry, ServiceEntry
from pol137.lib.persian import normalise, search_key

NAME, KEYWORD, GROUP, DESCRIPTION = 4.0, 3.0, 1.5, 1.0
SHORTEST = 3
ALIKE = 0.55
GOOD_ENOUGH = 0.45
"""A subject is shown when it scores at least this share of the best one."""

FILLERS = (
    "است هست نیست شده شد شود که در از به با را این آن ما من برای می نمی و یا هم یک خیلی بی تو سر روی زیر "
    "پس کی چه چرا هنوز کنید کنم بود دارد ندارد هر همه تا اگر مثل آقا خانم شما "
    "the an is are of in on to my our it and or not has have been"
)
EMPTY_WORDS = frozenset(map(search_key, FILLERS.split()))


@dataclass(frozen=True, slots=True)
class Subject:
    """A service with the words it can be found by, and how much each says."""

    entry: ServiceEntry
    words: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Index:
    """The subjects of a city, how many pairs of letters each of their words has, and whose each pair is."""

    subjects: tuple[Subject, ...]
    sizes: Mapping[str, int]
    having: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Group:
    """A group of services as a tile."""

    entry: GroupEntry
    services: tuple[ServiceEntry, ...]


def groups(city: Book) -> list[Group]:
    """The groups that have something to report, in the city's order."""
    found = [
        Group(group, tuple(one for one in city.services if one.group_id == group.id)) for group in city.groups
    ]
    return [group for group in found if group.services]


def catch_all(city: Book) -> ServiceEntry | None:
    """The subject for what fits nowhere: the one that no rule routes, so that triage finds its unit."""
    return next(
        (
            one
            for one in city.services
            if not any(
                rule.service_id in (None, one.id) and rule.group_id in (None, one.group_id)
                for rule in city.rules
            )
        ),
        None,
    )


def find_subjects(text: str, *, city: Book, limit: int = 8) -> list[ServiceEntry]:
    """Services for what somebody typed, the likeliest first; forgiving of spelling and order."""
    asked = list(dict.fromkeys(_keys(text)))
    if not asked:
        return []
    index = _index_of(city)
    subjects = index.subjects
    alike = [_alike(key, pairs, index) for key, pairs in asked]
    table = [[_best(likeness, subject) for likeness in alike] for subject in subjects]
    weights = [_rarity(column, len(subjects)) for column in zip(*table, strict=True)]
    scored = [
        (_score(row, weights), -place, subject.entry)
        for place, (row, subject) in enumerate(zip(table, subjects, strict=True))
    ]
    ranked = sorted(scored, key=lambda one: one[:2], reverse=True)
    best = ranked[0][0] if ranked else 0.0
    return [entry for score, _, entry in ranked[:limit] if score > 0 and score >= best * GOOD_ENOUGH]


def _score(row: Sequence[float], weights: Sequence[float]) -> float:
    """A subject that knows several of the words stands before one that knows a single one."""
    hits = sum(1 for hit in row if hit > 0)
    return hits * sum(hit * weight for hit, weight in zip(row, weights, strict=True))


def _rarity(column: Iterable[float], subjects: int) -> float:
    """A word that finds few subjects says more than one that finds many."""
    hits = sum(1 for hit in column if hit > 0)
    return math.log(1 + subjects / hits) if hits else 0.0


def _keys(text: str) -> list[tuple[str, frozenset[str]]]:
    words = [search_key(word) for word in normalise(text.lower()).split()]
    return [(key, _pairs(key)) for key in words if len(key) >= 2 and key not in EMPTY_WORDS]


def _pairs(key: str) -> frozenset[str]:
    padded = f"^{key}$"
    return frozenset(padded[place : place + 2] for place in range(len(padded) - 1))


def _best(likeness: Mapping[str, float], subject: Subject) -> float:
    words = subject.words
    return max((alike * words[key] for key, alike in likeness.items() if key in words), default=0.0)


def _alike(key: str, pairs: frozenset[str], index: Index) -> dict[str, float]:
    """The words of the city that are like this one; each is compared once, however many subjects use it."""
    shared = Counter(word for pair in pairs for word in index.having.get(pair, ()))
    found = (
        (word, _likeness(key, word, 2 * both / (len(pairs) + index.sizes[word])))
        for word, both in shared.items()
    )
    return {word: likeness for word, likeness in found if likeness}


def _likeness(key: str, word: str, alike: float) -> float:
    """1 for the same word, less for one inside the other, less still for one mistyped."""
    if key == word:
        return 1.0
    if min(len(key), len(word)) < SHORTEST:
        return 0.0
    if key in word or word in key:
        return 0.8
    return 0.7 * alike if alike >= ALIKE else 0.0


_index: tuple[Book, Index] | None = None


def _index_of(city: Book) -> Index:
    """The index of a city, made once for each Book."""
    global _index
    held = _index
    if held is None or held[0] is not city:
        subjects = tuple(Subject(one, _words(one, city.groups[one.group_id])) for one in city.services)
        pairs = {key: _pairs(key) for subject in subjects for key in subject.words}
        having: dict[str, list[str]] = {}
        for key, those in pairs.items():
            for pair in those:
                having.setdefault(pair, []).append(key)
        sizes = {key: len(those) for key, those in pairs.items()}
        held = _index = (city, Index(subjects, sizes, having))
    return held[1]


def _words(entry: ServiceEntry, group: GroupEntry) -> dict[str, float]:
    texts = [
        (NAME, (entry.name_fa, entry.name_en)),
        (KEYWORD, entry.keywords),
        (GROUP, (group.name_fa, group.name_en)),
        (DESCRIPTION, (entry.description_fa, entry.description_en)),
    ]
    found: dict[str, float] = {}
    for weight, said in texts:
        for text in said:
            for key, _ in _keys(text):
                found.setdefault(key, weight)
    return found
