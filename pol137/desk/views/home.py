"""The first page of the desk: what waits for me now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from pol137.cases.permissions import readable
from pol137.cases.queries import (
    WorkFilter,
    counts_today,
    open_people_and_faults,
    queue_count,
    queues_for,
    worklist,
)
from pol137.cases.queries.time import time_requests
from pol137.cases.rules.steps import DESK, GRANTERS
from pol137.cases.vocabulary import Queue
from pol137.city.queries import book
from pol137.city.vocabulary import Role
from pol137.contacts.queries import (
    call_list,
    count_calls,
    day_so_far,
    purposes_of,
    unfinished_contacts,
)
from pol137.lib.actor import Actor
from pol137.web import labels, nav
from pol137.web.access import access
from pol137.web.pieces import Words
from pol137.web.request import Request
from pol137.web.templatetags.fa import language

MOST_PRESSING = 6
SEES_THE_DAY = DESK | {
    Role.TRIAGE, Role.FOLLOW_UP, Role.FEEDBACK, Role.CENTRE_HEAD, Role.MAYOR_OFFICE, Role.STATISTICS,
    Role.ADMINISTRATOR, Role.INSPECTOR,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waiting:
    """One list of this member of staff: how many stand in it, how many are late, which press most."""

    words: Words
    href: str
    count: int
    late: int
    rows: list[dict[str, Any]]


@access(staff=True)
def home(request: Request) -> HttpResponse:
    """What waits for me, most pressing first, and the day so far."""
    by, now, waiting = request.actor, request.now, nav.counts(request)
    lists = sorted(
        (_queue(by, queue, waiting[queue], now) for queue in queues_for(by)),
        key=lambda one: (-one.late, -one.count),
    )
    midnight = now.astimezone(book().zone).replace(hour=0, minute=0, second=0, microsecond=0)
    sees_day = bool(by.roles & SEES_THE_DAY)
    context = {
        "lists": lists,
        "seats": [_seat(one) for one in dict.fromkeys(seat.position_id for seat in by.seats)],
        "dangers": waiting.get("board", 0),
        "on_desk": bool(by.roles & DESK),
        "texts": waiting.get("texts", 0),
        "unfinished": len(unfinished_contacts(by)) if by.roles & DESK else 0,
        "calls": count_calls(now=now, by=by) if purposes_of(by) else None,
        "late_calls": sum(1 for call in call_list(now=now, by=by) if call.due_at < now),
        "wishes": len(time_requests(by, now=now)) if by.roles & GRANTERS else None,
        "drafts": waiting.get("drafts"),
        "day": day_so_far(since=midnight) if sees_day else None,
        "today": counts_today(since=midnight) if sees_day else None,
        "open_now": open_people_and_faults() if sees_day else None,
    }
    return render(request, "desk/home.html", context)


def _seat(position_id: int) -> str:
    return book().positions[position_id].name(language())


def _sub(case: Any, by: Actor) -> str:
    """Unit and address of a case, as far as they are known."""
    city = book()
    parts = (city.name(city.departments.get(case.department_id), language()), readable(case.address, by=by))
    return " · ".join(part for part in parts if part)


def _queue(by: Actor, queue: Queue, count: int, now: datetime) -> Waiting:
    city = book()
    rows = [
        {
            "case": row.case,
            "clock": row.clock,
            "service": city.services[row.case.service_id].name(language()),
            "sub": _sub(row.case, by),
        }
        for row in worklist(by, queue, limit=MOST_PRESSING)
    ]
    return Waiting(
        words=labels.LABELS[Queue][queue],
        href=reverse("desk:queue", args=[str(queue)]),
        count=count,
        late=queue_count(by, queue, narrow=WorkFilter(late_by=now)),
        rows=rows,
    )
