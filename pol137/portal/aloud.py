"""A tracking code as one reads it out on the phone."""

from __future__ import annotations

TENS = ("", "", "بیست", "سی", "چهل", "پنجاه", "شصت", "هفتاد", "هشتاد", "نود")
SMALL = (
    "صفر", "یک", "دو", "سه", "چهار", "پنج", "شش", "هفت", "هشت", "نه", "ده",
    "یازده", "دوازده", "سیزده", "چهارده", "پانزده", "شانزده", "هفده", "هجده", "نوزده",
)  # fmt: skip
ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def aloud(code: str, language: str) -> str:
    """«چهل و هشت، بیست و یک، صفر هفت …»: pair by pair in Persian, digit by digit in English."""
    if not language.startswith("fa"):
        return ", ".join(
            " ".join(ENGLISH[int(digit)] for digit in code[place : place + 2])
            for place in range(0, len(code), 2)
        )
    return "، ".join(_pair(code[place : place + 2]) for place in range(0, len(code), 2))


def _pair(pair: str) -> str:
    if len(pair) == 2 and pair.startswith("0"):
        return f"{SMALL[0]} {SMALL[int(pair[1])]}"
    number = int(pair)
    if number < len(SMALL):
        return SMALL[number]
    tens, ones = divmod(number, 10)
    return f"{TENS[tens]} و {SMALL[ones]}" if ones else TENS[tens]
