"""Persian addresses: what people type for a place, and which of a city's places they mean.

One street, one square has many spellings: «بل», «بلوار» or «بولوار», «فلکه» or «میدان», «۱۷» or «هفده», with
spaces or without, with a plate and the way there behind it. Both sides are brought into one form and
compared in three ways: as a whole name inside of what was typed, as pieces, and by their pairs of letters.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from pol137.lib.persian import search_words


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TENS = ["ده", "بیست", "سی", "چهل", "پنجاه", "شصت", "هفتاد", "هشتاد", "نود"]
_ONES = ["یک", "دو", "سه", "چهار", "پنج", "شش", "هفت", "هشت", "نه"]
_TEENS = ["یازده", "دوازده", "سیزده", "چهارده", "پانزده", "شانزده", "هفده", "هجده", "نوزده"]
_NUMBERS = (
    {word: n for n, word in enumerate(_ONES, 1)}
    | {word: n for n, word in enumerate(_TEENS, 11)}
    | {word: n * 10 for n, word in enumerate(_TENS, 1)}
    | {"صد": 100, "هیجده": 18, "پونزده": 15, "شونزده": 16, "هفتصد": 700}
)
_ORDINALS = {f"{word}م": n for word, n in _NUMBERS.items()} | {"اول": 1, "سوم": 3}

_SAME = {
    "بل": "بولوار", "بلوار": "بولوار", "فلکه": "میدان", "میدون": "میدان", "م": "میدان", "ش": "شهید",
    "بوستان": "پارک", "خیابون": "خیابان", "بزرگراه": "اتوبان", "آزادراه": "اتوبان",
    "ازادراه": "اتوبان", "فرعی": "کوچه", "بن": "کوچه", "بیمارستون": "بیمارستان", "کوی": "شهرک",
}  # fmt: skip
_KINDS = _words("خیابان کوچه بولوار میدان پارک اتوبان شهرک محله ایستگاه جاده بست")
"""What sort of place it is: said or left out, and the same place all the same."""

_TITLES = _words("شهید ایت الله دکتر سردار استاد حجت الاسلام سرلشکر مهندس حضرت ع ص س ره عج")
_UNSAID = _KINDS | _TITLES
_ASIDE = _words(
    "نبش بین روبروی روبه روی رو جنب داخل ابتدای انتهای تقاطع مقابل پشت بعد از قبل نرسیده به در سر و تا "
    "شماره حاشیه ضلع طبقه واحد پلاک کد پستی منطقه ناحیه"
)
"""Words that lead there and name nothing."""

_PLATES = _words("پلاک واحد طبقه پستی منطقه ناحیه")
"""The number behind these is none of an alley."""

_WAYS = re.compile(r"(?<![^ ])(یک|دو|سه|چهار|پنج|شش|هفت) ?راه(?![^ ])")
_JOINT = re.compile(r"(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])")

_SETTLED = "اباد"
"""Ends the names of hundreds of places and is none by itself."""

ALIKE = 0.6
"""From this share of common pairs of letters on, a name may be what was meant."""

WITH_ITS_NUMBER = 1.1
"""What it is worth that a number is of the name itself, «کارمندان دوم»: more than an alley of that number."""

NEAR_BEST = 0.9
"""What scores less than the best by more than this is not what was meant."""

MOST_HELD = 100
"""So many names that hold what was typed are weighed: one letter stands in nearly all of them."""

_Tokens = tuple[str, ...]


def address_words(text: str) -> _Tokens:
    """An address in words of one spelling: numbers in digits, kinds of places by one name each."""
    folded = _WAYS.sub(lambda match: f"{_NUMBERS[match[1]]} راه", _JOINT.sub(" ", search_words(text)))
    words = [_SAME.get(word, word) for word in folded.split()]
    return tuple(_with_numbers(words))


def _with_numbers(words: Sequence[str]) -> Iterable[str]:
    """«بیست و سه» and «بیست و سوم» become 23."""
    place = 0
    while place < len(words):
        value, used = _number_at(words, place)
        yield str(value) if used else words[place]
        place += used or 1


def _number_at(words: Sequence[str], place: int) -> tuple[int, int]:
    value = _NUMBERS.get(words[place], _ORDINALS.get(words[place], 0))
    used = 1 if value else 0
    while value and value % 10 == 0 and place + used + 1 < len(words) and words[place + used] == "و":
        more = _NUMBERS.get(words[place + used + 1], _ORDINALS.get(words[place + used + 1], 0))
        if not 0 < more < (100 if value % 100 == 0 else 10):
            break
        value, used = value + more, used + 2
    return value, used


# --- the index ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Named:
    """A place to be found: its number, its names, the runs of numbered alleys it speaks for."""

    key: int
    names: tuple[str, ...]
    alleys: tuple[Container[int], ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A place that was found and the number of its alley that was asked for."""

    key: int
    alley: int | None = None


@dataclass(frozen=True, slots=True)
class _Name:
    place: int
    kinds: frozenset[str]
    core: str
    whole: str
    pairs: int


class PlaceIndex:
    """A city's places, to be found by what people type. Built once, asked often; it changes nothing."""

    def __init__(self, places: Iterable[Named]) -> None:
        self._places = list(places)
        self._names: list[_Name] = []
        self._by_core: dict[str, list[int]] = defaultdict(list)
        self._by_pair: dict[str, list[int]] = defaultdict(list)
        for place, named in enumerate(self._places):
            for text in named.names:
                self._add(place, address_words(text))

    def _add(self, place: int, words: _Tokens) -> None:
        core = _core(words)
        pairs = _pairs(core)
        for pair in pairs:
            self._by_pair[pair].append(len(self._names))
        if not _KINDS.issuperset(words):
            self._by_core[core].append(len(self._names))
        self._names.append(_Name(place, frozenset(words) & _KINDS, core, "".join(words), len(pairs)))

    def find(self, text: str, *, limit: int = 8) -> list[Hit]:
        """The places somebody may mean, the likeliest first; of a street with places for its alleys the one
        that holds the number asked for, none of them when no number is. Nothing asked, nothing found."""
        words = _without_plates(address_words(text))
        if not words:
            return []
        scores: dict[int, tuple[float, int | None]] = {}
        for place, score, alley in [*self._named_in(words), *self._holding(words)]:
            if score > scores.get(place, (0.0, None))[0]:
                scores[place] = (score, alley)
        if not scores:
            scores = {place: (score, alley) for place, score, alley in self._resembling(words)}
        best = max((score for score, _ in scores.values()), default=0.0)
        likely = [place for place in scores if scores[place][0] >= best - NEAR_BEST]
        ranked = sorted(likely, key=lambda place: (-round(scores[place][0], 3), place))
        return [Hit(self._places[place].key, scores[place][1]) for place in ranked][:limit]

    def _named_in(self, words: _Tokens) -> Iterable[tuple[int, float, int | None]]:
        """Places whose whole name stands in what was typed."""
        spoken = [place for place, word in enumerate(words) if word not in _ASIDE | _KINDS]
        letters = sum(len(words[place]) for place in spoken if not words[place].isdigit()) or 1
        kinds = frozenset(words) & _KINDS
        for run, used in _runs(words):
            for number in self._by_core.get(run, ()):
                name = self._names[number]
                named = sum(len(words[place]) for place in used if not words[place].isdigit())
                part = min(1.0, (named or len(run)) / letters)
                share = 2 + part
                if kinds and name.kinds:
                    share += 0.2 if kinds & name.kinds else -0.2
                if any(words[place].isdigit() for place in used) and set(spoken) <= set(used):
                    share += WITH_ITS_NUMBER
                yield from self._at_alley(name.place, share, _alley(words, used), worth=part)

    def _holding(self, words: _Tokens) -> Iterable[tuple[int, float, int | None]]:
        """Places whose names hold everything that was typed, perhaps not to its end."""
        said = [word for word in words if word not in _ASIDE] or list(words)
        numberless = [word for word in said if not word.isdigit()] or said
        start = _core(numberless)
        held = self._names
        for word in sorted(numberless, key=len, reverse=True):
            held = [name for name in held if word in name.whole]
        held.sort(key=lambda name: not name.core.startswith(start))
        for name in held[:MOST_HELD]:
            score = 2.4 if name.core.startswith(start) else 2.1
            missing = [int(word) for word in said if word.isdigit() and word not in name.whole]
            yield from self._at_alley(name.place, score, missing[0] if missing else None)

    def _resembling(self, words: _Tokens) -> Iterable[tuple[int, float, int | None]]:
        """Places whose names are written much like what was typed."""
        core = _core([word for word in words if word not in _ASIDE and not word.isdigit()])
        wanted = _pairs(core)
        common = Counter[int]()
        for pair in wanted:
            common.update(self._by_pair.get(pair, ()))
        alley = next((int(word) for word in words if word.isdigit()), None)
        for number, n in common.items():
            score = 2 * n / (len(wanted) + self._names[number].pairs)
            if score >= ALIKE:
                yield from self._at_alley(self._names[number].place, score, alley)

    def _at_alley(
        self, place: int, score: float, alley: int | None, *, worth: float = 1.0
    ) -> Iterable[tuple[int, float, int | None]]:
        ranges = self._places[place].alleys
        if alley is None:
            yield place, score - (1 if ranges else 0), None
        elif not ranges:
            yield place, score, alley
        elif any(alley in one for one in ranges):
            yield place, score + worth, alley
        else:
            yield place, score - 1, alley


def _core(words: Sequence[str]) -> str:
    """What makes a name that name, in one piece: without kinds and titles, unless nothing else is there."""
    names = (word for place, word in enumerate(words) if _names(words, place))
    return "".join(names) or "".join(words)


def _names(words: Sequence[str], place: int) -> bool:
    """Whether a word is of the name itself: no kind and no title, but «حجت» is one in «حجت‌آباد»."""
    before = words[place + 1 : place + 2]
    return words[place] not in _UNSAID or (words[place] in _TITLES and tuple(before) == (_SETTLED,))


def _without_plates(words: _Tokens) -> _Tokens:
    kept = [
        word
        for place, word in enumerate(words)
        if word not in _PLATES and not (word.isdigit() and place and words[place - 1] in _PLATES)
    ]
    return tuple(kept)


def _runs(words: _Tokens) -> Iterable[tuple[str, tuple[int, ...]]]:
    """Every run of words in one piece, whole or without kinds and titles, with the places of its words."""
    for kinds in (frozenset[str](), _UNSAID):
        said = [place for place, word in enumerate(words) if word not in kinds]
        for start in range(len(said)):
            run = ""
            for end in range(start, min(start + 6, len(said))):
                run += words[said[end]]
                yield run, tuple(said[start : end + 1])


def _alley(words: _Tokens, used: tuple[int, ...]) -> int | None:
    """The first number that is not of the name: behind it, else before it."""
    numbers = [place for place, word in enumerate(words) if word.isdigit() and place not in used]
    behind = [place for place in numbers if place > used[-1]]
    return int(words[(behind or numbers)[0]]) if numbers else None


def _pairs(text: str) -> frozenset[str]:
    padded = f"^{text}$"
    return frozenset(padded[place : place + 2] for place in range(len(padded) - 1))
