"""Phone numbers as people and exchanges write them, kept in E.164 of any country.

Numbers of simulated citizens lie in one reserved range, +98 970 000 0000 to +98 970 999 9999 (`0970 ...`):
Iran's numbering plan, as `phonenumbers` knows it, assigns nothing under 97, so nobody can be reached there.
Such a number parses as a dialable mobile, so that the whole path can be lived through in simulation, and
every adapter of a real gateway must refuse it by `is_reserved`.
"""

import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

from pol137.lib.persian import ascii_digits, clean_text, persian_digits

RESERVED_PREFIX = "+98970"
_RESERVED = re.compile(r"\+98970\d{7}", re.ASCII)
# Iran hands out new prefixes inside these blocks faster than metadata is released.
_IRANIAN_MOBILE = re.compile(r"9(?:[0-3]|9)\d{8}", re.ASCII)
_MOBILE_TYPES = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_NOT_CALLED_BACK = (PhoneNumberType.UAN, PhoneNumberType.SHARED_COST, PhoneNumberType.PREMIUM_RATE)
_IRAN = 98
_LONGEST_WRITTEN = 64
_MARKS = re.compile("[\u00ad\u0640\u200b-\u200f\u2060]")
# Most callers' numbers: what such a number means needs no table of the world's numbering plans.
_PLAIN_MOBILE = re.compile(r"(?:\+98|0098|0)(9(?:[0-3]\d|9\d|70)\d{7})", re.ASCII)


@dataclass(frozen=True)
class Phone:
    """A number as it was written (`raw`) and, when we can call it, in E.164."""

    raw: str
    e164: str | None
    dialable: bool
    mobile: bool


def parse_phone(raw: str, region: str = "IR", *, area_code: str = "") -> Phone:
    """Read a number in any usual form: 0915..., 98915..., +98 915..., 0098..., Persian digits, dashes.

    `area_code` completes a landline whose caller id came without one (Mashhad: "51"). Numbers of other
    countries begin with + or 00; without either they are believed only from twelve digits on, so that a
    mistyped Iranian number does not become a stranger's. Never refuses: short, withheld and impossible
    caller ids come back raw, with no E.164 and not dialable.
    """
    written = _MARKS.sub("", ascii_digits(clean_text(raw)))
    if region == "IR" and (found := _PLAIN_MOBILE.fullmatch(written.replace(" ", "").replace("-", ""))):
        return Phone(raw, f"+98{found[1]}", dialable=True, mobile=True)
    if len(written) <= _LONGEST_WRITTEN:
        for candidate in _candidates(written, area_code):
            number = _parsed(candidate, region)
            if number is not None:
                e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
                return Phone(raw, e164, dialable=True, mobile=_is_mobile(number, e164))
    return Phone(raw, None, dialable=False, mobile=False)


def is_reserved(e164: str) -> bool:
    """Whether the number is a simulated citizen's: no real gateway may be given it."""
    return _RESERVED.fullmatch(e164) is not None


def reserved_number(serial: int) -> str:
    """The simulated citizen's number of a serial from 0 to 9,999,999. Refuses (ValueError) any other."""
    if not 0 <= serial <= 9_999_999:
        raise ValueError(f"the reserved range holds ten million numbers, not number {serial}")
    return f"{RESERVED_PREFIX}{serial:07d}"


def last_four(e164: str) -> str:
    """The last four digits, in ASCII: the second factor of tracking."""
    return e164[-4:]


def local_form(e164: str, region: str = "IR") -> str:
    """As dialled inside `region` («09151234567»); a number of another country stays in E.164."""
    number = phonenumbers.parse(e164, None)
    if number.country_code != phonenumbers.country_code_for_region(region):
        return e164
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return re.sub(r"[^0-9]", "", national)


def mask(e164: str) -> str:
    """«۰۹۱۵۱۲۳••••»: enough to tell numbers apart. The last four digits are never shown: beside a tracking
    code they prove that a case is one's own. Show it left to right (`dir="ltr"`)."""
    number = phonenumbers.parse(e164, None)
    national = str(number.national_number)
    start = "0" if number.country_code == _IRAN else f"+{number.country_code}"
    return persian_digits(f"{start}{national[:-4]}••••")


def _candidates(written: str, area_code: str) -> list[str]:
    digits = re.sub(r"[^0-9]", "", written)
    if len(digits) < 4:
        return []
    candidates = [written]
    if area_code and len(digits) == 8 and digits[0] in "2345678":
        candidates.append(f"0{area_code.lstrip('0')}{digits}")
    if len(digits) >= 12 and not written.lstrip().startswith(("+", "0")):
        candidates.append(f"+{digits}")
    return candidates


def _parsed(written: str, region: str) -> PhoneNumber | None:
    if re.search(r"[^\W\d_]", re.sub(r"(?i)^tel:|;.*$|\s*(?:ext\.?|x)\s*\d+$", "", written)):
        return None
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    number.extension = None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if is_reserved(e164) or _is_new_iranian_mobile(number):
        return number
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) in _NOT_CALLED_BACK:
        return None
    return number


def _is_new_iranian_mobile(number: PhoneNumber) -> bool:
    return number.country_code == _IRAN and _IRANIAN_MOBILE.fullmatch(str(number.national_number)) is not None


def _is_mobile(number: PhoneNumber, e164: str) -> bool:
    return (
        is_reserved(e164)
        or _is_new_iranian_mobile(number)
        or phonenumbers.number_type(number) in _MOBILE_TYPES
    )
