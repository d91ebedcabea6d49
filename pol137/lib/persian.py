"""Persian text: cleaning at the doors, two levels of folding for search, digits, redaction."""

import re
import unicodedata
from collections.abc import Collection

ASCII_DIGITS = "0123456789"
PERSIAN_DIGITS = "۰۱۲۳۴۵۶۷۸۹"
ARABIC_DIGITS = "٠١٢٣٤٥٦٧٨٩"
FULL_WIDTH_DIGITS = "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19"


def _complete(table: dict[int, str | None]) -> dict[int, str | None]:
    """The same table with the usual letters named too: str.translate is slow on what a table lacks."""
    return {code: chr(code) for code in range(0x0700)} | table


# --- cleaning -------------------------------------------------------------------------------------


def _removed_code_points() -> dict[int, str | None]:
    """What no stored text may hold: controls, bidi overrides, code points XML refuses."""
    ranges = [
        (0x00, 0x08),
        (0x0E, 0x1F),
        (0x7F, 0x84),
        (0x86, 0x9F),
        (0x202A, 0x202E),
        (0x2066, 0x206F),
        (0xFFF9, 0xFFFB),
        (0xFEFF, 0xFEFF),
        (0xFFFE, 0xFFFF),
    ]
    table: dict[int, str | None] = {code: None for low, high in ranges for code in range(low, high + 1)}
    table |= {plane * 0x10000 + end: None for plane in range(1, 17) for end in (0xFFFE, 0xFFFF)}
    return table | dict.fromkeys((0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029), "\n")


_REMOVED = _complete(_removed_code_points())
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Make a text safe to store, to print and to write as XML, without changing a word of it.

    NUL and control characters, bidi embeddings, overrides and isolates, byte order marks, lone surrogates
    and noncharacters are dropped; every kind of line end becomes one line feed; outer white space goes.
    Half-spaces, tabs, line breaks and emoji stay. Cleaning twice changes nothing more.
    """
    if text.isprintable():
        return text.strip()
    text = _LONE_SURROGATE.sub("", text.replace("\r\n", "\n"))
    return text.translate(_REMOVED).strip()


# --- digits ---------------------------------------------------------------------------------------

_OTHERS = ARABIC_DIGITS + FULL_WIDTH_DIGITS
_PERSIAN_OF = dict(zip(map(ord, ASCII_DIGITS + _OTHERS), PERSIAN_DIGITS * 3, strict=True))
_ASCII_OF = dict(zip(map(ord, PERSIAN_DIGITS + _OTHERS), ASCII_DIGITS * 3, strict=True))
_TO_PERSIAN = _complete({**_PERSIAN_OF})
_TO_ASCII = _complete({**_ASCII_OF})


def persian_digits(text: str) -> str:
    """The same text with every ASCII or Arabic digit written as a Persian one."""
    return text.translate(_TO_PERSIAN)


def ascii_digits(text: str) -> str:
    """The same text with every Persian, Arabic-Indic or full-width digit written in ASCII."""
    return text if text.isascii() else text.translate(_TO_ASCII)


# --- level 1 --------------------------------------------------------------------------------------

_MARK_RANGES = [
    (0x0610, 0x061A),
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x06D6, 0x06DC),
    (0x06DF, 0x06E8),
    (0x06EA, 0x06ED),
    (0x08D3, 0x08E1),
    (0x08E3, 0x08FF),
]
_INVISIBLE = (
    "\u0640\u00ad\u061c\u200b\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2066\u2067\u2068\u2069\ufeff"
)


def _folding() -> dict[int, str | None]:
    groups = {"ی": "يىېۍےۓئ", "ک": "كڪ", "ه": "ةۀەہھۂۃ", "ا": "أإٱ", "و": "ؤ"}
    table: dict[int, str | None] = {ord(form): letter for letter, forms in groups.items() for form in forms}
    table |= _ASCII_OF
    table |= {code: None for low, high in _MARK_RANGES for code in range(low, high + 1)}
    table |= {ord(sign): None for sign in _INVISIBLE}
    signs: dict[int, str | None] = {code: " " for code in range(0x2100) if not chr(code).isalnum()}
    return _complete(signs | table)


_FOLDING = _folding()
_NOT_WORD = re.compile(r"[^\w ]|_")


def normalise(text: str) -> str:
    """Level 1, stored beside the raw text: one spelling for what a keyboard or a scanner writes in many.

    Arabic letters become Persian, digits ASCII, vowel signs and invisible characters vanish, half-spaces
    and punctuation become single spaces. «آ» and «ء» stay (`search_key` folds them). Idempotent.
    """
    text = _fold(unicodedata.normalize("NFKC", text))
    while not unicodedata.is_normalized("NFKC", text):
        text = _fold(unicodedata.normalize("NFKC", text))
    return text


def _fold(text: str) -> str:
    words = text.translate(_FOLDING).split()
    if not "".join(words).isalnum():
        words = _NOT_WORD.sub(" ", " ".join(words)).split()
    return " ".join(words)


# --- level 2 --------------------------------------------------------------------------------------

_COURTESY = [
    "سلام علیکم",
    "با عرض سلام",
    "عرض سلام",
    "با سلام",
    "سلام",
    "درود",
    "وقت بخیر",
    "وقت به خیر",
    "روز بخیر",
    "صبح بخیر",
    "شب بخیر",
    "خسته نباشید",
    "خدا قوت",
    "با احترام",
    "احتراما",
    "با عرض ادب",
    "عرض ادب",
    "لطفا",
    "لطف کنید",
    "لطف فرمایید",
    "بی زحمت",
    "خواهشمند است",
    "خواهشمندم",
    "خواهشمندیم",
    "خواهش می کنم",
    "خواهش میکنم",
    "با تشکر",
    "با سپاس",
    "تشکر",
    "متشکرم",
    "متشکر",
    "ممنونم",
    "ممنون",
    "سپاسگزارم",
    "سپاس",
]
_SHORT_FORMS = {"خ": "خیابان", "ک": "کوچه", "پ": "پلاک"}
# Words whose hamza has two seats in common writing, after level 1.
_TWO_SEATS = {
    "مسوول": "مسیول",
    "هیات": "هییت",
    "مساله": "مسیله",
    "جرات": "جریت",
    "نشات": "نشیت",
    "شوون": "شیون",
}

_COURTESY_PHRASE = re.compile(
    r"(?<![^ ])(?:" + "|".join(sorted(_COURTESY, key=len, reverse=True)) + r")(?![^ ])"
)
_COURTESY_WORDS = frozenset(phrase.split()[0] for phrase in _COURTESY)
_SHORT_FORM = re.compile(r"(?<![^ ])[" + "".join(_SHORT_FORMS) + r"](?=[ 0-9]|$)")
_TWO_SEAT_WORD = re.compile(r"(?<![^ ])(?:" + "|".join(_TWO_SEATS) + ")")


def search_words(text: str) -> str:
    """Level 2, for finding words: level 1 in small letters, without courtesy words.

    «خ» «ک» «پ» are read as street, lane and plate; words with two usual spellings get one. A text of
    nothing but courtesy keeps its words, so that only a text without letters is empty.
    """
    body = folded = normalise(text.lower())
    if not _COURTESY_WORDS.isdisjoint(folded.split()):
        spoken = _COURTESY_PHRASE.sub("", folded)
        body = spoken if spoken.strip() else folded
    body = _SHORT_FORM.sub(lambda match: _SHORT_FORMS[match[0]], body)
    if any(map(body.__contains__, _TWO_SEATS)):
        body = _TWO_SEAT_WORD.sub(lambda match: _TWO_SEATS[match[0]], body)
    return " ".join(body.replace("آ", "ا").replace("ء", "").split())


def search_key(text: str) -> str:
    """Level 2 without spaces, for nearness and ranking: `search_words` in one piece."""
    return search_words(text).replace(" ", "")


# --- redaction ------------------------------------------------------------------------------------

REDACTED = "•••"

_INVISIBLE_CLASS = "\u00ad\u0640\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_DASHES = "\\-\u2010-\u2015\u2212_"
_GAP = rf"[\s{_DASHES}.,،/\\()*{_INVISIBLE_CLASS}]{{0,3}}"
_NARROW_GAP = rf"[ \u00a0{_DASHES}{_INVISIBLE_CLASS}]?"
_NUMBERS_WITH_PREFIX = re.compile(
    rf"""(?<!\d)(?:
      (?:(?:\+|00){_GAP})?9{_GAP}8{_GAP}(?:0{_GAP})?\d(?:{_GAP}\d){{9}}   # Iran, with the country code
    | (?:\+|00){_GAP}[1-9](?:{_GAP}\d){{7,13}}                        # any other country
    | \(?0{_GAP}9(?:{_GAP}\d){{9}}                                    # a mobile, 09...
    | \(?0[1-8]\d(?:{_GAP}\d){{8}}                                    # a landline with its area code
    | 9[0-39]\d(?:{_NARROW_GAP}\d){{7}}                               # a mobile without its zero
    )\d*""",
    re.VERBOSE,
)
_LOCAL_LANDLINES = re.compile(
    rf"(?<![\d.,/])(?!(?:19|20)\d\d{_NARROW_GAP}[01]\d{_NARROW_GAP}[0-3]\d)"
    rf"[2-8]\d(?:\d{_NARROW_GAP}\d{{5}}|\d\d{_NARROW_GAP}\d{{4}}|{_NARROW_GAP}\d\d{_NARROW_GAP}\d\d{_NARROW_GAP}\d\d)(?!\d)"
)
_OTHER_DIGIT = re.compile(r"[^\D0-9]")


def redact_phones(text: str, *, mark: str = REDACTED, keep: Collection[str] = ()) -> str:
    """The text with every phone number in it replaced by `mark`.

    Mobiles and landlines of Iran with or without country code, zero or area code, and numbers of other
    countries that begin with + or 00, in any script of digits and with spaces, dashes, dots, slashes or
    invisible characters between them. In doubt a number is hidden: this guards what the public may read. The
    numbers to `keep`, written in ASCII digits, stay.
    """
    for numbers in (_NUMBERS_WITH_PREFIX, _LOCAL_LANDLINES):
        twin = _OTHER_DIGIT.sub(lambda digit: str(unicodedata.digit(digit[0])), text)
        pieces, end = [], 0
        for match in numbers.finditer(twin):
            if re.sub(r"\D", "", match[0]) in keep:
                continue
            pieces += [text[end : match.start()], mark]
            end = match.end()
        text = "".join(pieces) + text[end:]
    return text


_MAIL = re.compile(
    rf"[\w.+%{_INVISIBLE_CLASS}-]+\s?@\s?[\w{_INVISIBLE_CLASS}-]+(?:\.[\w{_INVISIBLE_CLASS}-]+)*"
)
_DIGIT, _FEWEST_DIGITS = re.compile(r"\d"), 8
_TEN_DIGITS = re.compile(rf"(?<!\d)\d(?:{_NARROW_GAP}\d){{9}}(?!\d)")
_CARD = re.compile(
    rf"(?<!\d)(?:IR{_NARROW_GAP}\d\d{_NARROW_GAP})?\d(?:{_NARROW_GAP}\d){{15,23}}(?!\d)", re.IGNORECASE
)


def redact_personal(text: str, *, mark: str = REDACTED, keep: Collection[str] = ()) -> str:
    """The text without what leads to a person: every phone number, national id, bank card and account number
    and mail address in it becomes `mark`, but for those to `keep`. In doubt a number is hidden; names stay,
    no program knows them.
    """
    if "@" not in text and len(_DIGIT.findall(text)) < _FEWEST_DIGITS:
        return text
    text = _MAIL.sub(lambda found: found[0] if found[0] in keep else mark, text)
    for numbers, is_one in ((_CARD, _anything), (_TEN_DIGITS, is_national_id)):
        twin = _OTHER_DIGIT.sub(lambda digit: str(unicodedata.digit(digit[0])), text)
        pieces, end = [], 0
        for match in numbers.finditer(twin):
            digits = re.sub(r"\D", "", match[0])
            if digits not in keep and is_one(digits):
                pieces += [text[end : match.start()], mark]
                end = match.end()
        text = "".join(pieces) + text[end:]
    return redact_phones(text, mark=mark, keep=keep)


def is_national_id(digits: str) -> bool:
    """Whether ten ASCII digits are a national id («کد ملی»): the last one checks the nine before it."""
    if len(digits) != 10 or not digits.isdecimal() or len(set(digits)) == 1:
        return False
    left = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return int(digits[9]) == (left if left < 2 else 11 - left)


def _anything(digits: str) -> bool:
    return True
