"""What waits for the unit and those above it: wishes for time, drafts to sign, delegated signing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pol137.cases.operations import confirm_drafts, imprint
from pol137.cases.queries import drafts_to_sign, pictures_of, time_requests
from pol137.cases.queries.drafts import SIGNS
from pol137.cases.rules.steps import GRANTERS
from pol137.cases.vocabulary import Action, Side
from pol137.city.queries import book
from pol137.city.queries.book import local_day
from pol137.city.vocabulary import Role
from pol137.desk.forms.unit import DelegationForm, signers_under, wish_words
from pol137.desk.views.shown import ICONS, ListedCase, listed
from pol137.lib.refusal import Refusal
from pol137.staff.operations import delegate_signing, revoke_signing
from pol137.staff.queries import delegations_under
from pol137.web import labels, refusals
from pol137.web.access import access
from pol137.web.htmx import go
from pol137.web.pieces import Words
from pol137.web.request import Request
from pol137.web.templatetags.fa import digits, language

if TYPE_CHECKING:
    from pol137.cases.models import Answer, Attachment, TimeRequest
    from pol137.staff.models import Delegation

MOST_AT_ONCE = 100
TICKED = re.compile(r"([0-9]{1,18}):([0-9a-f]{16})")


@dataclass(frozen=True, slots=True)
class Wish:
    """A unit's wish for time as it is drawn, with the step that grants it."""

    row: ListedCase
    request: TimeRequest
    words: str
    grant: Action
    grant_words: Words
    icon: str
    yours: bool


@access(roles=GRANTERS)
@require_GET
def time(request: Request) -> HttpResponse:
    """The units' wishes for time; those this reader decides come first."""
    found = time_requests(request.actor, now=request.now)
    wishes = []
    for one in found:
        grant = GRANTS[Action(one.request.action)]
        wishes.append(
            Wish(
                row=listed(one.case, by=request.actor, clock=one.promise),
                request=one.request,
                words=wish_words(one.request),
                grant=grant,
                grant_words=labels.LABELS[Action][grant],
                icon=ICONS[grant],
                yours=one.yours,
            )
        )
    return render(request, "desk/time.html", {"wishes": wishes, "here": request.get_full_path()})


GRANTS: Mapping[Action, Action] = {
    Action.ASK_MORE_TIME: Action.GIVE_TIME,
    Action.ASK_PAUSE: Action.PAUSE,
}
"""The step that grants each wish."""


# --- drafts ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DraftCard:
    """A draft as it is drawn; `mark` stands for the case and for what was read."""

    row: ListedCase
    draft: Answer
    by: str
    mark: str
    pictures: list[Attachment]


@access(roles=SIGNS)
@require_GET
def drafts(request: Request) -> HttpResponse:
    """The drafts that wait to be given as answers, the soonest due first, each whole."""
    found = drafts_to_sign(request.actor, limit=MOST_AT_ONCE)
    pictures = pictures_of(one.draft.case_id for one in found)
    cards = [
        DraftCard(
            row=listed(one.draft.case, by=request.actor, clock=one.clock),
            draft=one.draft,
            by=str(one.draft.drafted_by or ""),
            mark=f"{one.draft.case_id}:{imprint(one.draft)}",
            pictures=[photo for photo in pictures.get(one.draft.case_id, []) if photo.side == Side.STAFF],
        )
        for one in found
    ]
    return render(request, "desk/drafts.html", {"cards": cards, "here": request.get_full_path()})


@access(roles=SIGNS)
@require_POST
def confirm(request: Request) -> HttpResponse:
    """The drafts ticked are given as answers, each as it was read."""
    marks = [TICKED.fullmatch(one) for one in request.POST.getlist("draft")[:MOST_AT_ONCE]]
    seen = {int(mark[1]): mark[2] for mark in marks if mark}
    given, left = confirm_drafts(seen, by=request.actor, now=request.now)
    if given:
        said = ngettext(
            "%(n)s answer was given and waits for approval.",
            "%(n)s answers were given and wait for approval.",
            given,
        )
        messages.success(request, said % {"n": digits(given)})
    if left:
        said = ngettext(
            "%(n)s draft was left: it was changed meanwhile, or lacks something. Please open it.",
            "%(n)s drafts were left: they were changed meanwhile, or lack something. Please open them.",
            left,
        )
        messages.warning(request, said % {"n": digits(left)})
    if not seen:
        messages.warning(request, _("No draft was ticked."))
    return go(request, reverse("desk:drafts"))


# --- delegated signing ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Delegated:
    """A delegation as it is drawn."""

    made: Delegation
    position: str
    services: list[str]
    running: bool
    to_come: bool


@access(roles=(Role.UNIT_HEAD,))
@require_http_methods(["GET", "HEAD", "POST"])
def delegations(request: Request) -> HttpResponse:
    """Who may sign for the head, and the form to let another sign."""
    form = DelegationForm(request.POST or None, by=request.actor, now=request.now)
    if request.method == "POST" and form.is_valid():
        try:
            delegate_signing(**form.cleaned_data, by=request.actor, now=request.now)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Signing was delegated."))
            return go(request, reverse("desk:delegations"))
    found = [_delegated(one, request) for one in delegations_under(request.actor)]
    context: dict[str, Any] = {
        "form": form,
        "can": bool(signers_under(request.actor)),
        "now_in_force": [one for one in found if one.running],
        "past": [one for one in found if not one.running],
    }
    return render(request, "desk/delegations.html", context, status=422 if form.errors else 200)


def _delegated(made: Delegation, request: Request) -> Delegated:
    city, today = book(), local_day(request.now)
    services = [city.name(city.services.get(one.pk), language()) for one in made.services.all()]
    return Delegated(
        made=made,
        position=city.name(city.positions.get(made.position_id), language()),
        services=services,
        running=made.revoked_at is None and made.to_date >= today,
        to_come=made.from_date > today,
    )


@access(roles=(Role.UNIT_HEAD,))
@require_POST
def revoke(request: Request, delegation_id: int) -> HttpResponse:
    """The delegation ends now."""
    try:
        revoke_signing(delegation_id, by=request.actor, now=request.now)
    except Refusal as refusal:
        if refusal.code == "delegation_unknown":
            raise Http404 from refusal
        messages.warning(request, refusals.words(refusal))
    else:
        messages.success(request, _("The delegation was ended."))
    return go(request, reverse("desk:delegations"))
