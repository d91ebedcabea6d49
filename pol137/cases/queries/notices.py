"""What members of staff were told."""

from __future__ import annotations

from pol137.cases.models import (
    Notice,
)


def notices_for(
    user_id: int, *, read: bool | None = None, before: int | None = None, limit: int = 50
) -> list[Notice]:
    """What this member of staff was told, latest first; `before` is the number of the last row seen."""
    found = Notice.objects.filter(user_id=user_id).select_related("case__parent")
    if read is not None:
        found = found.filter(read_at__isnull=not read)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-id")[:limit])


def unread_notices(user_id: int) -> int:
    """How many notices wait to be read."""
    return Notice.objects.filter(user_id=user_id, read_at__isnull=True).count()
