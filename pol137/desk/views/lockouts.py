"""Accounts that rest after too many wrong tries, and letting somebody in again at night."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from pol137.city.queries import book
from pol137.desk.places import UNLOCKERS
from pol137.journal.queries import events_of
from pol137.journal.vocabulary import EventKind
from pol137.lib.refusal import Refusal
from pol137.staff.operations import unlock_account
from pol137.staff.queries import display_names, locked_accounts, offices_of
from pol137.web import refusals
from pol137.web.access import access
from pol137.web.htmx import go
from pol137.web.pieces import Line
from pol137.web.request import Request
from pol137.web.templatetags.fa import language
from pol137.web.timeline import staff_in, story

LATELY = timedelta(days=1)
SHOWN = frozenset({EventKind.LOGIN_REFUSED, EventKind.LOGGED_IN, EventKind.ACCOUNT_UNLOCKED})


@dataclass(frozen=True, slots=True)
class Locked:
    """An account as it is drawn, with what happened to it since yesterday."""

    user: Any
    offices: list[str]
    story: list[Line]


@access(roles=UNLOCKERS)
@require_GET
def lockouts(request: Request) -> HttpResponse:
    """Who cannot log in now, and the tries that led to it."""
    users = locked_accounts(now=request.now)
    offices = offices_of([user.pk for user in users], now=request.now)
    events = events_of([f"staff:{user.pk}" for user in users], since=request.now - LATELY)
    told = [event for event in events if event.kind in SHOWN]
    names = display_names(staff_in(told))
    city, speech = book(), language()
    context = {
        "locked": [
            Locked(
                user,
                [city.positions[one].name(speech) for one in offices.get(user.pk, [])],
                story([event for event in told if event.stream == f"staff:{user.pk}"], names=names),
            )
            for user in users
        ]
    }
    return render(request, "desk/lockouts.html", context)


@access(roles=UNLOCKERS)
@require_POST
def unlock(request: Request, user_id: int) -> HttpResponse:
    """Let this account try again at once."""
    try:
        user = unlock_account(user_id, by=request.actor, now=request.now)
        messages.success(request, _("%(account)s can log in again.") % {"account": user})
    except Refusal as refusal:
        messages.error(request, refusals.words(refusal))
    return go(request, reverse("desk:lockouts"))
