"""What a simulated centre is like, as the calibration says it: shares, rhythms, tempers."""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp
from typing import Any, TypeVar

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Temper:
    """How a unit is: its pace in hours, and in a hundred answers how many are bad, dated and so on."""

    name: str
    share: float
    take_up: float
    answer: float
    spread: float
    bad: float
    dated: float
    asks: float
    more_time: float
    errands: float


@dataclass(frozen=True)
class Calibration:
    """Everything `calibration.toml` says, its tables by name."""

    told: Mapping[str, Any]
    tempers: tuple[Temper, ...]

    def table(self, name: str) -> Mapping[str, Any]:
        """A table of the calibration. Raises KeyError for one it has not."""
        found: Mapping[str, Any] = self.told[name]
        return found

    def number(self, name: str, table: str = "") -> float:
        """A number of the calibration, of a table of it when named."""
        return float((self.told[table] if table else self.told)[name])


@dataclass(frozen=True)
class Speech:
    """The sentences of `speech.toml`."""

    told: Mapping[str, Any]

    def say(self, name: str, dice: random.Random, *, about: Sequence[str] = (), **named: str) -> str:
        """One of the sentences of that name, filled in; of those for the first of what it is `about` that has
        sentences of its own."""
        own = self.told.get(f"{name}_about", {})
        found = next((own[one] for one in about if one in own), None)
        return str(dice.choice(found or self.told["replies"].get(name) or self.told[name])).format(**named)

    def place(self, address: str) -> str:
        """The place of an address such as “near the park”, as a unit names it in its answer."""
        sides = (f"{one} " for one in self.told["side"])
        return address.removeprefix(next((one for one in sides if address.startswith(one)), "")) or "محل"


def read_calibration(told: Mapping[str, Any]) -> Calibration:
    """The calibration from its file's tables."""
    return Calibration(told, tuple(Temper(name, **row) for name, row in told["units"].items()))


def dice_of(*parts: object) -> random.Random:
    """Dice for one matter: the same seed and matter give the same throws, whatever was thrown elsewhere."""
    return random.Random(":".join(map(str, parts)))


def pick(weights: Mapping[Key, float] | Sequence[tuple[Key, float]], dice: random.Random) -> Key:
    """One of the keys, as often as its weight says."""
    rows = list(weights.items()) if isinstance(weights, Mapping) else list(weights)
    heights = list(accumulate(weight for _, weight in rows))
    return rows[min(bisect(heights, dice.random() * heights[-1]), len(rows) - 1)][0]


def happens(percent: float, dice: random.Random) -> bool:
    """Whether something of that chance in a hundred happens."""
    return dice.random() * 100 < percent


def hours_about(median: float, spread: float, dice: random.Random) -> float:
    """So many hours as things of this kind take: mostly near the median, now and then much longer."""
    return median * exp(dice.gauss(0, spread))


def weighted(
    known: Mapping[str, float], codes: Iterable[str], *, rest: float, also: Mapping[str, float], floor: float
) -> dict[str, float]:
    """A share for every code: as `known`, the others sharing what is left to `rest` by `also`, or `floor`."""
    wanted = list(codes)
    shares = {code: float(known[code]) for code in wanted if code in known}
    others = {code: float(also.get(code, floor)) for code in wanted if code not in known}
    left, whole = max(rest - sum(shares.values()), 0.0), sum(others.values())
    return shares | {code: left * weight / whole for code, weight in others.items()}


def tempers_of(codes: Iterable[str], tempers: Sequence[Temper], seed: int) -> Callable[[str], Temper]:
    """Which unit is how: by the shares of the calibration, each temper at least once where there are enough
    units, the same for the same seed. Any other unit is as most are."""
    order = sorted(codes, key=lambda code: dice_of(seed, "temper", code).random())
    heights = list(accumulate(one.share for one in tempers))
    given = {
        code: tempers[min(bisect(heights, (n + 0.5) / len(order) * heights[-1]), len(tempers) - 1)]
        for n, code in enumerate(order)
    }
    for n, temper in enumerate(tempers):
        if temper not in given.values() and n < len(order):
            given[order[-1 - n]] = temper
    usual = max(tempers, key=lambda one: one.share)
    return lambda code: given.get(code, usual)
