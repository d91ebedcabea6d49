"""Iran's official holidays, as the library `holidays` knows them: a seed to be edited."""

from __future__ import annotations

import re
from datetime import date

from pol137.lib.jalali import year_of
from pol137.lib.persian import clean_text, persian_digits


def official_holidays(jalali_year: int) -> list[tuple[date, str]]:
    """Days and Persian titles of a Jalali year, in order; estimated ones say so («تخمینی»).

    Lunar days can move by one when the moon is seen: the city corrects the rows.
    """
    import holidays

    first = jalali_year + 621
    found = holidays.country_holidays("IR", years=[first, first + 1], language="fa_IR")
    return [(day, _title(found[day])) for day in sorted(found) if year_of(day) == jalali_year]


def _title(text: str) -> str:
    spaced = re.sub(r"\s*[;؛]\s*", "؛ ", text.replace("عیدنوروز", "عید نوروز"))
    return persian_digits(clean_text(spaced)).strip()
