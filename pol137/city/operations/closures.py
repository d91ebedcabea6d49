"""Closures («تعطیلی»): declaring that offices are closed, and ending it early."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from pol137.city.models import Closure
from pol137.city.operations.versions import bump_version
from pol137.city.queries.book import book
from pol137.city.vocabulary import DepartmentKind
from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal

_LONGEST = timedelta(days=366)


@transaction.atomic
def declare_closure(
    *,
    title: str,
    from_at: datetime,
    to_at: datetime,
    districts: Collection[int] = (),
    kinds: Collection[DepartmentKind] = (),
    mourning: bool = False,
    by: Actor,
    now: datetime,
) -> int:
    """Close the offices of these districts and kinds (none named = all) for a time; its number.

    Guarantees: every Book counts with it from its next look on; one event. Refuses (Refusal) a closure that
    is over already or ends before it begins, longer than a year, without a reason, or of a district the
    city does not have.
    """
    if not title.strip():
        raise Refusal("reason_missing", field="title")
    if to_at <= from_at or to_at <= now:
        raise Refusal("closure_ends_too_early", field="to_at")
    if to_at - from_at > _LONGEST:
        raise Refusal("closure_too_long", field="to_at", days=_LONGEST.days)
    if not set(districts) <= {one.id for one in book().districts}:
        raise Refusal("district_unknown", field="districts")
    row = Closure.objects.create(
        title_fa=title.strip(),
        from_at=from_at,
        to_at=to_at,
        districts=sorted(set(districts)),
        kinds=sorted(set(kinds)),
        mourning=mourning,
        declared_at=now,
        declared_by=str(by),
    )
    bump_version()
    append_event(stream="city", kind=EventKind.CLOSURE_DECLARED, at=now, by=by, body={"closure": row.pk})
    return row.pk


@transaction.atomic
def end_closure(closure_id: int, *, by: Actor, now: datetime) -> None:
    """End a closure now; one that has not begun yet never happens.

    Guarantees: no promise is moved back: what was made later stays later. Refuses (Refusal) one that is over.
    """
    row = Closure.objects.select_for_update().filter(pk=closure_id).first()
    if row is None or row.ended_at is not None or row.to_at <= now:
        raise Refusal("closure_is_over")
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    bump_version()
    append_event(stream="city", kind=EventKind.CLOSURE_ENDED, at=now, by=by, body={"closure": row.pk})
