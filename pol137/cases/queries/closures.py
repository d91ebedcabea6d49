"""Open promises that a closure of offices makes later."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import DateTimeField, F, Func, Q, QuerySet

from pol137.cases.models import Promise
from pol137.cases.vocabulary import UNIT_CLOCKS, PromiseKind, Status


def promises_touched(
    *, departments: Collection[int | None], from_at: datetime, to_at: datetime, joined: bool = False
) -> QuerySet[Promise]:
    """Open promises of these departments' cases (None: of cases without one) with a moment still to come that
    closed offices make later; `joined`: of cases joined to theirs, and of those who share a dated plan of
    theirs. Where somebody is in danger nothing waits."""
    rungs = Func(
        F("rung_due"), template="(%(expressions)s)[cardinality(rung_due)]", output_field=DateTimeField()
    )
    holder = "case__incident__main_case__department" if joined else "case__department"
    theirs = Q(**{f"{holder}__in": [one for one in departments if one is not None]})
    if None in departments:
        theirs |= Q(**{f"{holder}__isnull": True})
    if joined:
        theirs &= Q(case__status=Status.JOINED) | Q(kind=PromiseKind.PLAN, case__incident__isnull=False)
    return (
        Promise.objects.alias(last_rung=rungs)
        .filter(theirs, ended_at__isnull=True, kind__in=[str(kind) for kind in UNIT_CLOCKS])
        .filter(Q(due_at__gt=from_at) | Q(last_rung__gt=from_at) | Q(next_at__gt=from_at))
        .filter(started_at__lt=to_at)
        .exclude(case__urgent=True, case__safe_at__isnull=True)
    )


def count_promises_touched(*, departments: Collection[int | None], from_at: datetime, to_at: datetime) -> int:
    """How many promises such a closure would make later, those joined to a case with them."""
    own, theirs = (
        promises_touched(departments=departments, from_at=from_at, to_at=to_at, joined=joined).values("pk")
        for joined in (False, True)
    )
    return own.union(theirs).count()
