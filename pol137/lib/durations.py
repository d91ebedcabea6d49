"""Lengths of time as the city pack writes them (`72h`, `1h30m`) and as people read them."""

import re
from datetime import timedelta

from pol137.lib.persian import persian_digits

_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_WRITTEN = re.compile(r"(?=\d)(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?", re.ASCII)

_NAMES = {
    "fa": (("روز", "روز"), ("ساعت", "ساعت"), ("دقیقه", "دقیقه"), ("ثانیه", "ثانیه")),
    "en": (("day", "days"), ("hour", "hours"), ("minute", "minutes"), ("second", "seconds")),
}
_AND = {"fa": " و ", "en": " and "}


def parse_duration(text: str) -> timedelta:
    """Read `72h`, `90m`, `10s`, `7d` or a sequence of them from the largest unit down, `1h30m`.

    Refuses (ValueError) anything else: no sign, no fraction, no spaces inside, no bare number.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"not a length of time: {text!r}; write it as 72h, 90m, 10s, 7d or 1h30m")
    amounts = zip(found.groups(), _SECONDS.values(), strict=True)
    return timedelta(seconds=sum(int(amount) * seconds for amount, seconds in amounts if amount))


def words(duration: timedelta, language: str) -> str:
    """«۲ ساعت و ۱۵ دقیقه», "3 days": the largest unit and the next one, rounded down.

    The sign is left out: whether it is time left or time late is for the caller to say.
    Refuses (ValueError) a language without words here.
    """
    code = language.partition("-")[0]
    if code not in _NAMES:
        raise ValueError(f"no words for lengths of time in {language!r}")
    left, amounts = int(abs(duration).total_seconds()), []
    for seconds in _SECONDS.values():
        amount, left = divmod(left, seconds)
        amounts.append(amount)
    largest = next((place for place, amount in enumerate(amounts) if amount), len(amounts) - 1)
    shown = [
        f"{amounts[place]} {_NAMES[code][place][amounts[place] != 1]}"
        for place in range(largest, min(largest + 2, len(amounts)))
        if amounts[place] or place == largest
    ]
    text = _AND[code].join(shown)
    return persian_digits(text) if code == "fa" else text
