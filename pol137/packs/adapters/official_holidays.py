"""Iran's official holidays, as the library `holidays` knows them: a seed to be edited."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from pol137.lib.jalali import year_of
from pol137.lib.persian import clean_text, persian_digits

_MOURNING = re.compile("شهادت|رحلت|تاسوعا|عاشورا|اربعین")


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day, whether citizens are left in peace on it, and its Persian title."""

    date: date
    mourning: bool
    title_fa: str


def official_holidays(jalali_year: int) -> list[Holiday]:
    """The holidays of a Jalali year in order, of the sun and of the moon; estimated ones say so («تخمینی»).

    Lunar days can move by one when the moon is seen: the city corrects the rows.
    """
    import holidays

    first = jalali_year + 621
    found = holidays.country_holidays("IR", years=[first, first + 1], language="fa_IR")
    return [
        Holiday(day, bool(_MOURNING.search(found[day])), _title(found[day]))
        for day in sorted(found)
        if year_of(day) == jalali_year
    ]


def _title(text: str) -> str:
    spaced = re.sub(r"\s*[;؛]\s*", "؛ ", text.replace("عیدنوروز", "عید نوروز"))
    return persian_digits(clean_text(spaced)).strip()
