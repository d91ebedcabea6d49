"""Messages as they crossed the wire, and the demonstration phone that answers them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import messages as flash
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from pol137.cases.permissions import may_see
from pol137.cases.queries import find_by_code, numbers_kept_from, overview
from pol137.city.queries import book
from pol137.contacts.queries import inbound_kept_from
from pol137.desk.forms.messages import DemoReplyForm
from pol137.desk.occasions import occasion
from pol137.desk.places import MESSAGE_READERS
from pol137.lib.persian import clean_text
from pol137.lib.phones import parse_phone
from pol137.messaging.operations import receive_message
from pol137.messaging.queries import find_message, inbox_page, outbox_page, refused_for_now
from pol137.web.access import access
from pol137.web.paging import cut, read_mark
from pol137.web.pieces import Chip
from pol137.web.request import Request

PAGE = 40
SMS = "sms"


def _before(request: Request) -> int | None:
    start = read_mark(request.GET.get("after", ""))
    return start[1] if start else None


def _tabs(*, received: bool) -> list[Chip]:
    return [
        Chip(_("Sent"), reverse("desk:messages"), not received),
        Chip(_("Received"), reverse("desk:received"), received),
    ]


@access(roles=MESSAGE_READERS)
def messages(request: Request) -> HttpResponse:
    """What went out, latest first; of one case when its code is given."""
    asked = request.GET.get("code", "").strip()
    case = find_by_code(asked) if asked else None
    if case is not None and not may_see(case, request.actor):
        case = None
    rows = (
        []
        if asked and case is None
        else outbox_page(before=_before(request), case_ref=case.pk if case else None, limit=PAGE + 1)
    )
    leaf = cut(rows, size=PAGE, after=request.GET.get("after", ""), key=lambda row: (row.pk, row.pk))
    kept = _kept_from(request, leaf)
    rows_shown = [{"message": one, "occasion": occasion(one.purpose)} for one in leaf if one.pk not in kept]
    context = {
        "leaf": leaf,
        "rows": rows_shown,
        "tabs": _tabs(received=False),
        "refused": refused_for_now(),
        "asked": asked,
        "case": case,
    }
    return render(request, "desk/messages.html", context)


def _kept_from(request: Request, found: Iterable[Any]) -> set[int]:
    """Those of these messages that speak of a case the reader may not know of, or go to a number that has
    one."""
    rows = list(found)
    spoken_of = {one.case_ref for one in rows if one.case_ref is not None}
    seen = set(overview(request.actor).filter(pk__in=spoken_of).values_list("pk", flat=True))
    numbers = numbers_kept_from(request.actor, {one.address for one in rows if one.case_ref is None})
    return {
        one.pk
        for one in rows
        if one.address in numbers or (one.case_ref is not None and one.case_ref not in seen)
    }


@access(roles=MESSAGE_READERS)
def received(request: Request) -> HttpResponse:
    """What came in, latest first; of one number when it is given. What leads to a case that is kept from the
    reader is not there."""
    asked = clean_text(request.GET.get("phone", ""))[:40]
    number = parse_phone(asked, book().city.phone_region) if asked else None
    senders = [asked, *([number.e164] if number and number.e164 else [])] if asked else []
    rows = inbox_page(before=_before(request), senders=senders, limit=PAGE + 1)
    leaf = cut(rows, size=PAGE, after=request.GET.get("after", ""), key=lambda row: (row.pk, row.pk))
    kept = inbound_kept_from(request.actor, leaf)
    context = {
        "leaf": leaf,
        "rows": [one for one in leaf if one.pk not in kept],
        "tabs": _tabs(received=True),
        "asked": asked,
    }
    return render(request, "desk/messages_received.html", context)


def demo_phone() -> bool:
    """Whether texts stay in this software, so that their phone can be played."""
    channel = book().channels.find(SMS)
    return settings.DEMO and channel is not None and channel.adapter == "log"


@access(roles=MESSAGE_READERS)
def message(request: Request, message_id: int) -> HttpResponse:
    """One message; in the demonstration, one can answer it as its phone would."""
    found = find_message(message_id)
    if found is None or _kept_from(request, [found]):
        raise Http404
    playable = demo_phone() and found.medium == SMS
    form = DemoReplyForm(request.POST or None)
    if playable and request.method == "POST" and form.is_valid():
        _play(request, found, form)
        return redirect("desk:received")
    city = book().city
    context = {
        "message": found,
        "occasion": occasion(found.purpose),
        "form": form if playable else None,
        "accept": city.accept_code,
        "objects": city.object_code,
    }
    return render(request, "desk/message.html", context, status=422 if form.errors else 200)


def _play(request: Request, found: Any, form: DemoReplyForm) -> None:
    text = form.cleaned_data["text"]
    receive_message(
        channel=SMS,
        external_id=f"demo-{form.cleaned_data['nonce']}",
        sender=found.address,
        text=text,
        raw=text,
        by=request.actor,
        now=request.now,
    )
    flash.success(
        request, _("The reply came in on the way a gateway would bring it; the worker reads it in a moment.")
    )
