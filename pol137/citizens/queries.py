"""Finding citizens."""

from __future__ import annotations

from pol137.citizens.models import Citizen
from pol137.journal.queries import prepared
from pol137.lib.persian import search_key

COLUMNS = ("id", "name", "language", "created_at")
KNOWN = """
    SELECT c.id, c.name, c.language, c.created_at FROM citizens_citizen c
    WHERE c.id IN (SELECT citizen_id FROM citizens_contactpoint WHERE kind = $1 AND value = $2)
    ORDER BY c.id DESC LIMIT 50
"""


def has_point(citizen: Citizen, *, kind: str, value: str) -> bool:
    """Whether the citizen is known by this number or address."""
    return citizen.contact_points.filter(kind=str(kind), value=value).exists()


def citizen_of(*, kind: str, value: str, name: str) -> Citizen | None:
    """The citizen with this number or address under this name.

    Without a name: the only citizen it belongs to, or None when it belongs to several or nobody.
    """
    known = [Citizen.from_db("default", COLUMNS, row) for row in prepared(KNOWN, [str(kind), value])]
    if name:
        key = search_key(name)
        return next((one for one in known if search_key(one.name) == key), None)
    return known[0] if len(known) == 1 else None
