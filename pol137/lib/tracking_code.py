"""The tracking code: nine random digits and a check digit, easy to say on the phone, hard to mistype.

The check digit is Damm's: it finds every single wrong digit and every swap of neighbours.
"""

import random
import re

from pol137.lib.persian import ascii_digits, persian_digits

LENGTH = 10

# A totally anti-symmetric quasigroup of order ten (H. M. Damm, 2004).
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
_NEXT = {(str(state), str(digit)): row[digit] for state, row in enumerate(_DAMM) for digit in range(10)}
_CODE = re.compile(r"[1-9][0-9]{9}")
_SEPARATORS = re.compile(
    r"[\s\-_.\u00ad\u061c\u0640\u200b-\u200f\u2010-\u2015\u2212\u202a-\u202e\u2060-\u2069\ufeff]+"
)


def new_code(rng: random.Random) -> str:
    """A code from `rng` (in earnest a `secrets.SystemRandom`); whether it is taken is for storage to say."""
    digits = str(rng.randrange(100_000_000, 1_000_000_000))
    return digits + str(_interim(digits))


def is_valid(code: str) -> bool:
    """Whether these are ten ASCII digits that begin with no zero and agree with their check digit."""
    return _CODE.fullmatch(code) is not None and _interim(code) == 0


def clean(text: str) -> str | None:
    """The code somebody typed or pasted, in any digits, with spaces or dashes; None when it is none."""
    code = _SEPARATORS.sub("", ascii_digits(text))
    return code if is_valid(code) else None


def beginning(text: str) -> str:
    """The digits somebody typed of a code, in ASCII, without spaces or dashes; empty where there is more."""
    code = _SEPARATORS.sub("", ascii_digits(text))
    return code if code.isascii() and code.isdigit() else ""


def spoken(code: str) -> str:
    """«۱۲ ۳۴ ۵۶ ۷۸ ۹۰»: in pairs, as it is read out and written in messages.

    The gaps are no-break spaces: they keep the pairs on one line and in their order inside Persian text,
    where ordinary spaces would show the last pair first.
    """
    pairs = [code[place : place + 2] for place in range(0, len(code), 2)]
    return persian_digits("\u00a0".join(pairs))


def _interim(digits: str) -> int:
    state = "0"
    for digit in digits:
        state = _NEXT[state, digit]
    return int(state)
