"""Finding citizens."""

from __future__ import annotations

from pol137.citizens.models import Citizen
from pol137.lib.persian import search_key


def citizen_of(*, kind: str, value: str, name: str) -> Citizen | None:
    """The citizen with this number or address under this name.

    Without a name: the only citizen it belongs to, or None when it belongs to several or nobody.
    """
    known = list(
        Citizen.objects.filter(contact_points__kind=kind, contact_points__value=value).order_by("-id")[:50]
    )
    if name:
        key = search_key(name)
        return next((one for one in known if search_key(one.name) == key), None)
    return known[0] if len(known) == 1 else None
