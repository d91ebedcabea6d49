"""A single change by hand, between loads."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from pol137.city.models import City, Dated, Department, Place
from pol137.city.operations.versions import bump_version
from pol137.lib.persian import search_key


@transaction.atomic
def save_row(row: City | Dated) -> None:
    """Store a row edited on the configuration pages.

    Guarantees: what is worked out from it (paths, search keys) follows, and every Book renews itself.
    """
    if isinstance(row, Place):
        row.search_key = place_key(row.name_fa, row.aliases)
    row.save()
    if isinstance(row, Department):
        _renew_paths()
    bump_version()


def place_key(name: str, aliases: Iterable[str]) -> str:
    """What searching compares: the normalised name and other names of a place."""
    return " | ".join(search_key(one) for one in (name, *aliases))


def _renew_paths() -> None:
    """Work out the paths of the whole tree again; a ring of parents ends where it closes."""
    departments = {one.pk: one for one in Department.objects.all()}
    changed = []
    for one in departments.values():
        path, above, seen = f"{one.code}/", one.parent_id, {one.pk}
        while above is not None and above not in seen:
            seen.add(above)
            path = f"{departments[above].code}/{path}"
            above = departments[above].parent_id
        if one.path != f"/{path}":
            one.path = f"/{path}"
            changed.append(one)
    Department.objects.bulk_update(changed, ["path"])
