"""The living page: every part in all its states, with the tag that makes it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from pol137.cases.vocabulary import Status
from pol137.city.vocabulary import MessageKind
from pol137.lib.refusal import Refusal
from pol137.web.access import access
from pol137.web.forms import Day, Form, Number, PhoneNumber, Photos, TrackingCode, Words, choose
from pol137.web.paging import Leaf
from pol137.web.pieces import Chip, Line, Stage
from pol137.web.request import Request


class SampleForm(Form):
    """One field of each kind."""

    words = Words(
        lines=4, label=_("What is the matter?"), help_text=_("Write as you would say it on the phone.")
    )
    phone = PhoneNumber(label=_("Phone"), help_text=_("For the answer; nobody else sees it."))
    code = TrackingCode(label=_("Tracking code"), required=False)
    count = Number(label=_("How many"), required=False, min_value=1)
    day = Day(label=_("Date of the work"), required=False)
    unit = choose(label=_("Unit"), options=[("m10-green", _("Green space")), ("m10-lights", _("Lighting"))])
    wish = choose(
        label=_("How shall we tell you?"), options=[("sms", _("By SMS")), ("call", _("By phone"))], radio=True
    )
    agree = forms.BooleanField(label=_("The photo may be shown to the public"), required=False)
    photos = Photos(label=_("Photos"), help_text=_("At most five, each up to ten megabytes."))


@access(staff=True)
def living(request: Request) -> HttpResponse:
    """Shows what pages are built from; a test photographs it and looks for barriers."""
    now: datetime = request.now
    wrong = SampleForm({"words": "", "phone": "12", "code": "1234", "wish": "sms"})
    wrong.refuse(Refusal("place_missing"))
    for level, text in (
        (messages.SUCCESS, _("The answer was approved and will be announced.")),
        (messages.WARNING, _("The clock of this case ends in two hours.")),
        (messages.ERROR, _("The answer was not sent: the clock is paused.")),
    ):
        messages.add_message(request, level, text)
    context = {
        "now": now,
        "statuses": list(Status),
        "kinds": list(MessageKind),
        "tones": ("quiet", "accent", "soon", "late", "good", "note", "plain"),
        "clocks": _clocks(now),
        "form": SampleForm(initial={"day": now.date()}),
        "wrong": wrong,
        "story": _story(now),
        "stages": _stages(now),
        "chips": [
            Chip(_("All"), "#chips", True, 40),
            Chip(_("Late"), "#chips", False, 3),
            Chip(_("Today"), "#chips", False, 9),
            Chip(_("Clock paused"), "#chips", False, 0),
        ],
        "leaf": Leaf(rows=[], next="-", first=False),
        "facts": [
            (_("Place"), _("Vakil Abad Boulevard, beside park 12")),
            (_("District"), _("District 10")),
            (_("Channel"), _("Phone")),
        ],
        "hour_ago": now - timedelta(hours=1),
        "due_soon": now + timedelta(hours=3, minutes=12),
        "due_calm": now + timedelta(days=2, hours=6),
        "due_late": now - timedelta(hours=5, minutes=40),
        "started": now - timedelta(days=2, hours=20),
        "length": timedelta(hours=2, minutes=15),
        "demo_code": "4821936057",
        "demo_phone": "+989700001234",
    }
    return render(request, "web/living.html", context)


def _clocks(now: datetime) -> list[dict[str, object]]:
    started = now - timedelta(hours=60)
    return [
        {"due": now + timedelta(hours=50), "started": started, "state": ""},
        {"due": now + timedelta(hours=3, minutes=12), "started": started, "state": ""},
        {"due": now + timedelta(seconds=75), "started": started, "state": ""},
        {"due": now - timedelta(hours=5, minutes=40), "started": started, "state": ""},
        {"due": now + timedelta(hours=20), "started": started, "state": "paused"},
        {"due": now + timedelta(hours=20), "started": started, "state": "held"},
        {"due": now + timedelta(hours=20), "started": started, "state": "met"},
    ]


def _story(now: datetime) -> list[Line]:
    return [
        Line(now - timedelta(hours=80), _("Registered by phone"), "plus", "accent", _("Operator")),
        Line(
            now - timedelta(hours=80),
            _("Sent to the green space office of district 10"),
            "next",
            "accent",
            _("Routing"),
            _("Green space in district 10 belongs to this office."),
        ),
        Line(now - timedelta(hours=8), _("No answer in 72 hours: the deputy was told"), "stairs", "soon"),
        Line(
            now - timedelta(hours=5), _("The unit answered: done"), "message", "note", _("Head of the unit")
        ),
        Line(now - timedelta(hours=4), _("The answer was approved"), "check", "good", _("Follow-up expert")),
        Line(now - timedelta(hours=1), _("Objection: the work was not done"), "scale", "late", _("Citizen")),
    ]


def _stages(now: datetime) -> list[Stage]:
    return [
        Stage(_("Registered"), "done", now - timedelta(days=2)),
        Stage(_("With the unit"), "now", None, _("We answer by Saturday at ten.")),
        Stage(_("Answer checked"), "later"),
        Stage(_("Told to you"), "later"),
    ]
