"""The first page and the page about the centre."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import render

from pol137.cases.queries import counts_today, latest_public_answers
from pol137.city.queries import book, local_day
from pol137.city.rules.subjects import groups
from pol137.contacts.queries import day_so_far
from pol137.lib.persian import redact_personal
from pol137.portal.seen import place_of
from pol137.web.access import access
from pol137.web.request import Request
from pol137.web.templatetags.fa import language

if TYPE_CHECKING:
    from pol137.cases.models import Announcement

FIGURES_FRESH = 30
MOST_ANSWERS = 5


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An approved answer anybody may read."""

    code: str
    service: str
    place: str
    text: str
    at: datetime | None


@access(public=True)
def home(request: Request) -> HttpResponse:
    """What 137 is, the two ways in, today's figures and the latest answers."""
    context = {
        "groups": groups(book()),
        "today": today(request.now),
        "answers": [_answer(one) for one in latest_public_answers(limit=MOST_ANSWERS)],
    }
    return render(request, "portal/home.html", context)


@access(public=True)
def about(request: Request) -> HttpResponse:
    """What is kept of whoever writes, who sees it, and for what."""
    return render(request, "portal/about.html", {"city": book().city})


def today(now: datetime) -> dict[str, int]:
    """Figures of the day so far, from the rows themselves, counted again at most twice a minute."""
    since = datetime.combine(local_day(now), time(0), tzinfo=book().zone)
    key = f"portal.today.{since.isoformat()}"
    found: dict[str, int] | None = cache.get(key)
    if found is None:
        day = day_so_far(since=since)
        found = {**counts_today(since=since), "contacts": day.contacts, "solved": day.solved}
        cache.set(key, found, FIGURES_FRESH)
    return found


def _answer(told: Announcement) -> AnswerView:
    city, case = book(), told.case
    return AnswerView(
        code=case.code or "",
        service=city.name(city.services[case.service_id], language()),
        place=place_of(city, case.district_id, case.neighbourhood_id, language()),
        text=redact_personal(told.text),
        at=told.announced_at,
    )
