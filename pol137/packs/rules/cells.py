"""Reading and writing one cell of a pack."""

from __future__ import annotations

import difflib
import math
import re
from datetime import date, time
from typing import Any

from pol137.city.rules.alleys import read_alleys
from pol137.lib.durations import parse_duration
from pol137.packs.rules.tables import Cell, Column

CODE = re.compile(r"[A-Za-z0-9_.~-]{1,40}")
LONGEST_TEXT = 200
SEPARATOR = "; "
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_WRONG_LETTERS = re.compile("[يىك٠-٩]")


class CellFault(ValueError):
    """A value that cannot stand in its column: what is wrong and how to mend it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend


def read_cell(column: Column, text: str) -> Any:
    """The value of a cell; "" , None or () for an empty one that may be empty. Refuses with CellFault."""
    text = text.strip()
    if not text:
        if not column.optional:
            raise CellFault(f"{column.name} is empty", "fill it in: it is required")
        return () if column.lists else None if column.cell in (Cell.COUNT, Cell.DEGREES) else ""
    if column.lists:
        return tuple(_single(column, part.strip()) for part in text.split(SEPARATOR.strip()) if part.strip())
    return _single(column, text)


def write_cell(value: Any) -> str:
    """The one way a value is written."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        return SEPARATOR.join(str(one) for one in value)
    if isinstance(value, date):
        return value.isoformat()
    return repr(value) if isinstance(value, float) else str(value)


def nearest(word: str, known: list[str]) -> str:
    """Advice for an unknown word: the nearest known one, else all of them."""
    close = difflib.get_close_matches(word, known, 1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"use one of: {', '.join([*dict.fromkeys(known)][:20])}" if known else "there is none yet"


def _single(column: Column, text: str) -> Any:
    match column.cell:
        case Cell.CODE | Cell.REFERENCE | Cell.REFERENCES:
            return _code(column, text)
        case Cell.WORD | Cell.WORDS:
            return _word(column, text)
        case Cell.ALLEYS:
            return _alleys(column, text)
        case Cell.YES:
            return _yes(column, text)
        case Cell.COUNT:
            return _count(column, text)
        case Cell.DEGREES:
            return _degrees(column, text)
        case Cell.DURATION:
            return _duration(column, text)
        case Cell.DATE:
            return _date(column, text)
        case Cell.TIME:
            return _time(column, text)
        case _:
            return _text(column, text)


def _code(column: Column, text: str) -> str:
    if not CODE.fullmatch(text):
        raise CellFault(
            f"{column.name} {text!r} is not a code", "use at most 40 of A-Z a-z 0-9 _ . ~ - without spaces"
        )
    return text


def _word(column: Column, text: str) -> str:
    known = [word.value for word in column.words or () if word.value]
    if text not in known:
        raise CellFault(f"{column.name} {text!r} is unknown", nearest(text, known))
    return text


def _alleys(column: Column, text: str) -> str:
    try:
        read_alleys(text)
    except ValueError as error:
        raise CellFault(
            f"{column.name}: {error}", "write it like 1-45 odd; 2-30 even, or 12-40, or 7"
        ) from None
    return text


def _yes(column: Column, text: str) -> bool:
    if text not in ("yes", "no"):
        raise CellFault(f"{column.name} {text!r} is neither yes nor no", "write yes or no")
    return text == "yes"


def _count(column: Column, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise CellFault(f"{column.name} {text!r} is not a whole number", "write ASCII digits, like 120000")
    return int(text)


def _degrees(column: Column, text: str) -> float:
    limit = 90 if column.name == "lat" else 180
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not -limit <= value <= limit:
        raise CellFault(f"{column.name} {text!r} is not a degree of WGS 84", "write a number like 36.2974")
    return value


def _duration(column: Column, text: str) -> str:
    try:
        parse_duration(text)
    except ValueError:
        raise CellFault(
            f"{column.name} {text!r} is not a duration", "write a number and a unit, like 10s, 90m, 72h, 7d"
        ) from None
    return text


def _date(column: Column, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CellFault(
            f"{column.name} {text!r} is not a date", "write a Gregorian date like 2026-03-21"
        ) from None


def _time(column: Column, text: str) -> time:
    if _CLOCK.fullmatch(text):
        return time.fromisoformat(text)
    raise CellFault(f"{column.name} {text!r} is not a time of day", "write it like 07:30, up to 23:59")


def _text(column: Column, text: str) -> str:
    if column.cell is not Cell.LONG_TEXT and len(text) > LONGEST_TEXT:
        raise CellFault(f"{column.name} has {len(text)} characters", f"shorten it to {LONGEST_TEXT}")
    check_letters(column.name, text)
    return text


def check_letters(name: str, text: str) -> None:
    """Refuse (CellFault) a Persian text with the Arabic letters or digits that search cannot match."""
    if found := _WRONG_LETTERS.search(text):
        raise CellFault(f"{name} has an Arabic {found.group()!r}", "write the Persian ی ک ۰-۹ instead")
