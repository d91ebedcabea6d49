"""Where a place lies, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from pol137.city.queries import FoundPlace, book
from pol137.web.templatetags.fa import language


def where(place: FoundPlace) -> str:
    """«منطقه ۱، ناحیه ۲، احمدآباد»; of a boundary street also the districts on its other side."""
    city, parts = book(), list[str]()
    for shelf, code in (
        (city.districts, place.district),
        (city.sub_districts, place.sub_district),
        (city.neighbourhoods, place.neighbourhood),
    ):
        parts += [shelf.by_code[code].name(language())] if code else []
    others = [city.districts.by_code[code].name(language()) for code in place.shared_with]
    if others:
        parts.append(_("on the border of %(districts)s") % {"districts": _(", ").join(others)})
    return _(", ").join(parts)
