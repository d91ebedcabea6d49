"""What a search looks through, and what it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pol137.lib.persian import redact_personal, search_words
from pol137.lib.tracking_code import LENGTH, beginning

MOST_WORDS = 8
SHORTEST_CODE = 5
"""Fewer digits are no beginning of a tracking code: they would find a case by chance."""

SHORTEST_PIECE = 3
"""Fewer letters are found at the beginning of words only."""

BETWEEN = " | "


class Reads(StrEnum):
    """Who finds a case by a text: everybody, who reads all of what was said, or the rest."""

    ANY = "any"
    ALL = "all"
    REST = "rest"


def searchable(*texts: str) -> list[tuple[Reads, str]]:
    """What these texts are found by: one text for everybody, or, where they hold what leads to a person, one
    for who reads all and one without it for the rest. Nothing for no letters."""
    whole = rest = BETWEEN.join(filter(None, map(search_words, texts)))
    redacted = tuple(map(redact_personal, texts))
    if redacted != texts:
        rest = BETWEEN.join(filter(None, map(search_words, redacted)))
    if whole == rest:
        return [(Reads.ANY, whole)] if whole else []
    return [(reads, text) for reads, text in ((Reads.ALL, whole), (Reads.REST, rest)) if text]


@dataclass(frozen=True, slots=True)
class Sought:
    """What is asked for: the words one by one, all of it in one piece, and as the beginning of a code."""

    words: tuple[str, ...]
    piece: str
    code: str

    @classmethod
    def of(cls, text: str) -> Sought:
        """Read what somebody typed."""
        words = tuple(search_words(text).split()[:MOST_WORDS])
        code = beginning(text)
        return cls(words, "".join(words), code if SHORTEST_CODE <= len(code) < LENGTH else "")

    @property
    def pieces(self) -> list[str]:
        """The words that can be found inside of others."""
        return [word for word in self.words if len(word) >= SHORTEST_PIECE]

    @property
    def short(self) -> list[str]:
        """The words that cannot."""
        return [word for word in self.words if len(word) < SHORTEST_PIECE]
