"""The numbered alleys of a street, as places.csv writes them: «1-45 odd», «2-30 even», «12-40», «7»."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_RANGE = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4})(?: (odd|even))?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Alleys:
    """A run of numbers of one side of a street, or of both; both ends belong to it."""

    first: int
    last: int
    step: int = 1

    def __contains__(self, number: int) -> bool:
        return self.first <= number <= self.last and (number - self.first) % self.step == 0

    def overlaps(self, other: Alleys) -> bool:
        """Whether a number stands in both."""
        return any(number in other for number in range(self.first, self.last + 1, self.step))


def read_alleys(text: str) -> Alleys:
    """The run a piece of the column means. Refuses (ValueError) what is none."""
    found = _RANGE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no run of alleys")
    first, last = int(found[1]), int(found[2] or found[1])
    if last < first:
        raise ValueError(f"{text!r} runs downward")
    if found[3] is None:
        return Alleys(first, last)
    odd = found[3] == "odd"
    if first % 2 != odd or last % 2 != odd:
        raise ValueError(f"{text!r} does not begin and end with {found[3]} numbers")
    return Alleys(first, last, 2)


def holds_alley(ranges: Iterable[str], number: int) -> bool:
    """Whether one of the runs holds the alley of this number."""
    return any(number in read_alleys(one) for one in ranges)
