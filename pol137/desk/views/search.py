"""Finding cases: by code straight to the case, by words, for the centre by phone."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from pol137.cases.permissions import may_see
from pol137.cases.queries import cases_of_phone, numbered
from pol137.cases.queries import search as find
from pol137.city.queries import book
from pol137.city.vocabulary import Role
from pol137.desk.views.shown import listed
from pol137.lib import tracking_code
from pol137.lib.actor import Actor
from pol137.lib.persian import clean_text
from pol137.lib.phones import parse_phone
from pol137.web.access import access
from pol137.web.request import Request

LONGEST = 200
SHORTEST = 2
MOST = 50

PHONE_READERS = frozenset({
    Role.OPERATOR, Role.SHIFT_SUPERVISOR, Role.TRIAGE, Role.FOLLOW_UP, Role.FEEDBACK, Role.CENTRE_HEAD,
})  # fmt: skip
"""Who may ask which cases a number has; to a unit that would show its hidden reporter."""


@access(staff=True)
@require_GET
def search(request: Request) -> HttpResponse:
    """What the reader may see of what he asks for; a case's number leads straight to it."""
    text = clean_text(request.GET.get("q", ""))[:LONGEST].strip()
    code = tracking_code.clean(text)
    phone = _phone(text, request.actor) if not code else ""
    exact = numbered(request.actor, text)
    if phone:
        cases = [case for case in cases_of_phone(phone, limit=MOST) if may_see(case, request.actor)]
        cases = list(dict.fromkeys([*exact, *cases]))
    else:
        cases = find(request.actor, text, limit=MOST + 1) if len(text) >= SHORTEST else []
    if exact and len(cases) == 1:
        return redirect("desk:case", cases[0].pk)
    context = {
        "text": text,
        "code": code or "",
        "phone": phone,
        "rows": [listed(case, by=request.actor) for case in cases[:MOST]],
        "more": len(cases) > MOST,
        "too_short": 0 < len(text) < SHORTEST,
    }
    return render(request, "desk/search.html", context)


def _phone(text: str, by: Actor) -> str:
    """The number asked for, when it is one and the reader may ask by number."""
    if not by.roles & PHONE_READERS:
        return ""
    number = parse_phone(text, book().city.phone_region)
    return number.e164 or "" if number.dialable else ""
