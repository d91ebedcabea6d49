"""What a text costs as SMS, how to fit it into so many parts, and how to prepare it for the wire.

Persian travels in UCS-2: 70 units in a single message, 67 in each part of a longer one. Text made only of
the GSM-7 alphabet has 160 and 153. Nothing that is one character to a phone is ever cut between two parts.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import Literal

from pol137.lib.persian import ARABIC_DIGITS, PERSIAN_DIGITS, ascii_digits

_GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM = _GSM_BASIC | _GSM_EXTENSION
_LIMITS = {"gsm7": (160, 153), "ucs2": (70, 67)}

Encoding = Literal["gsm7", "ucs2"]


@dataclass(frozen=True)
class Segments:
    """The alphabet a text needs, its length in that alphabet's units, and the parts it is billed for."""

    encoding: Encoding
    units: int
    parts: int


def count(text: str) -> Segments:
    """What sending `text` costs. An escape or surrogate pair that would be cut moves into the next part."""
    encoding, widths = _widths(text)
    single, each = _LIMITS[encoding]
    units = sum(widths)
    if units <= single:
        return Segments(encoding, units, 1 if units else 0)
    parts, filled = 1, 0
    for width in widths:
        if filled + width > each:
            parts, filled = parts + 1, 0
        filled += width
    return Segments(encoding, units, parts)


def _widths(text: str) -> tuple[Encoding, list[int]]:
    if all(char in _GSM for char in text):
        return "gsm7", [2 if char in _GSM_EXTENSION else 1 for char in text]
    return "ucs2", [2 if ord(char) > 0xFFFF else 1 for char in text]


_EMOJI_TAIL = "\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
_VOWELS = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670"
_CLUSTER = re.compile(
    rf"[\U0001f1e6-\U0001f1ff]{{2}}|\r\n|.[{_EMOJI_TAIL}{_VOWELS}]*(?:\u200d.[{_EMOJI_TAIL}{_VOWELS}]*)*\u200d?",
    re.DOTALL,
)
_TRAILING = " \t\r\n\u00a0\u200c\u200d،,؛;:-–—("


def fit(text: str, max_parts: int) -> str:
    """The text itself when it fits in `max_parts`, else what fits of it, cut between words, with «…».

    A text of the GSM-7 alphabet ends in three dots, since «…» would double its price. A word longer than half
    of the room is cut inside, never inside an emoji. Refuses (ValueError) fewer than one part.
    """
    if max_parts < 1:
        raise ValueError("a text needs at least one part")
    if count(text).parts <= max_parts:
        return text
    ends = [match.end() for match in _CLUSTER.finditer(text)]
    too_long = bisect_left(ends, True, key=lambda end: count(_shortened(text[:end])).parts > max_parts)
    if too_long == 0:
        return _shortened("")
    end = ends[too_long - 1]
    if not text[end].isspace():
        between_words = max((place for place in range(end) if text[place].isspace()), default=0)
        end = between_words if between_words * 2 >= end else end
    return _shortened(text[:end])


def _shortened(start: str) -> str:
    kept = start.rstrip(_TRAILING)
    return kept + ("..." if all(char in _GSM for char in kept) else "…")


_HALF_SPACE = "\u200c"
_LOOSE_HALF_SPACE = re.compile(r"(?<![^\W\d_])\u200c+|\u200c+(?![^\W\d_]|\u200c)")
_UNSEEN = re.compile("[\u00ad\u0640\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPACES = re.compile(r"[^\S\n\u00a0]+")
_ARABIC_TO_PERSIAN = str.maketrans(ARABIC_DIGITS, PERSIAN_DIGITS)


def prepare(text: str) -> str:
    """The text as it goes on the wire: no tatweel or invisible marks, single spaces; half-spaces stay between
    letters where the text costs no further part by them, else all of them go.

    Arabic-Indic digits become Persian; in a text otherwise of the GSM-7 alphabet all digits become ASCII.
    ASCII digits in a Persian text stay, since they may belong to an address. Idempotent.
    """
    seen = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    spelled = _squeezed(_LOOSE_HALF_SPACE.sub("", seen))
    bare = spelled.replace(_HALF_SPACE, "")
    latin = _squeezed(ascii_digits(bare).replace("\u00a0", " "))
    if all(char in _GSM for char in latin):
        return latin
    chosen = spelled if count(spelled).parts == count(bare).parts else bare
    return chosen.translate(_ARABIC_TO_PERSIAN)


def _squeezed(text: str) -> str:
    return "\n".join(_SPACES.sub(" ", line).strip(" ") for line in text.split("\n")).strip()
