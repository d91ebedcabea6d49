"""«عود»: the same problem at the same place once more."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pol137.cases.models import Case
from pol137.cases.operations.steps import lock_case
from pol137.cases.queries.judging import same_problem_before
from pol137.city.queries.book import book


@transaction.atomic
def link_recurrence(case_id: int, *, now: datetime) -> Case:
    """Link a new case with the one before it, if the same problem was answered at the same place within the
    city's window. Whoever approves the answer is shown it."""
    case = lock_case(case_id)
    if case.recurs_id is None:
        case.recurs = same_problem_before(case, since=now - book().city.recurrence_window)
        case.save(update_fields=["recurs"])
    return case
