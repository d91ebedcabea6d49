"""What makes two messages about one service the same matter, besides the spot: its line, its number."""

from __future__ import annotations

from collections.abc import Mapping

from pol137.city.rules.entries import ServiceEntry
from pol137.city.vocabulary import IdentifiedBy
from pol137.lib.persian import ascii_digits, clean_text, persian_digits


def named_thing(service: ServiceEntry, answers: Mapping[str, object]) -> tuple[str, list[str]] | None:
    """The question that names the matter and every way its answer may be on file; None: it goes by its spot.

    A numbered thing whose number nobody knew goes by its spot too. No way at all: nothing is the same.
    """
    by = service.identified_by
    if by is IdentifiedBy.PLACE:
        return None
    if by is IdentifiedBy.NONE:
        return str(by), []
    said = clean_text(str(answers.get(by) or "")).strip()
    if not said:
        return None if by is IdentifiedBy.ASSET else (str(by), [])
    plain = ascii_digits(said)
    return str(by), sorted({said, plain, persian_digits(plain), plain.upper(), plain.lower()})
