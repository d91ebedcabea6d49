"""Where a place lies, in words."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from pol137.city.queries import FoundPlace, book
from pol137.web.templatetags.fa import language


def once(names: Iterable[str]) -> list[str]:
    """The names there are, without those another one ends with: «منطقه ۱» beside «ناحیه ۲ منطقه ۱»."""
    said = [name for name in names if name]
    return [name for name in said if not any(other.endswith(f" {name}") for other in said)]


def where(place: FoundPlace) -> str:
    """«ناحیه ۲ منطقه ۱، احمدآباد»; of a boundary street also the districts on its other side."""
    city, parts = book(), list[str]()
    for shelf, code in (
        (city.districts, place.district),
        (city.sub_districts, place.sub_district),
        (city.neighbourhoods, place.neighbourhood),
    ):
        parts += [shelf.by_code[code].name(language())] if code else []
    parts = once(parts)
    others = [city.districts.by_code[code].name(language()) for code in place.shared_with]
    if others:
        parts.append(_("on the border of %(districts)s") % {"districts": _(", ").join(others)})
    return _(", ").join(parts)
