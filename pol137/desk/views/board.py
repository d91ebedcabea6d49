"""The dispatch board («تابلوی رفع خطر»): whom to call for a danger now, and how far help has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from pol137.cases.queries import answer_clocks
from pol137.city.queries import book
from pol137.desk.forms.roster import CancelForm, ElsewhereForm
from pol137.desk.views.shown import ListedCase, listed, words_for
from pol137.dispatch.operations import call_elsewhere, move_dispatch, record_call
from pol137.dispatch.permissions import DISPATCHERS
from pol137.dispatch.queries import Line, get_line, post_name
from pol137.dispatch.queries import board as dangers_for
from pol137.dispatch.rules.turns import MOVES, Officer
from pol137.dispatch.vocabulary import CallReply, DispatchState
from pol137.lib.actor import ActorKind
from pol137.lib.refusal import Refusal
from pol137.staff.queries import display_names
from pol137.web import labels, refusals
from pol137.web.access import access
from pol137.web.htmx import go, show
from pol137.web.pieces import Words
from pol137.web.request import Request
from pol137.web.templatetags.fa import language
from pol137.web.timeline import by_words

if TYPE_CHECKING:
    from pol137.cases.models import Promise
    from pol137.dispatch.models import DispatchCall

PAGE = "desk/board.html"
TONES = {
    DispatchState.CALLING: ("late", "phone"),
    DispatchState.ACKNOWLEDGED: ("accent", "check"),
    DispatchState.EN_ROUTE: ("accent", "next"),
    DispatchState.ON_SITE: ("accent", "pin"),
    DispatchState.MADE_SAFE: ("good", "done"),
    DispatchState.CANCELLED: ("quiet", "close"),
}
STEPS = (DispatchState.EN_ROUTE, DispatchState.ON_SITE, DispatchState.MADE_SAFE)


@dataclass(frozen=True, slots=True)
class Post:
    """One who is called, as he is drawn: his turn, name, phone and radio, what came of the last call."""

    duty: int
    name: str
    phone: str
    radio: str
    order: int = 0
    reply: str = ""
    due: bool = False


@dataclass(frozen=True, slots=True)
class Danger:
    """A danger as it is drawn."""

    line: Line
    row: ListedCase
    minutes: int
    tone: str
    icon: str
    next: Post | None
    gone: Post | None
    steps: list[tuple[str, Words]]
    told: str

    @property
    def exhausted(self) -> bool:
        """Whether somebody is needed and nobody is left to call."""
        return self.line.dispatch.state == DispatchState.CALLING and self.next is None


@access(roles=DISPATCHERS)
@require_GET
def board(request: Request) -> HttpResponse:
    """Every danger, the oldest first. The page asks for its list again by itself."""
    lines = dangers_for(request.actor, now=request.now)
    clocks = answer_clocks([line.case.pk for line in lines])
    found = [_danger(line, request, clocks.get(line.case.pk)) for line in lines]
    context = {"dangers": found, "next_after": book().city.duty_next_after}
    return show(request, PAGE, context, fragment="dangers")


def _danger(line: Line, request: Request, clock: Promise | None) -> Danger:
    state = DispatchState(line.dispatch.state)
    tone, icon = TONES[state]
    return Danger(
        line=line,
        row=listed(line.case, by=request.actor, clock=clock),
        minutes=int((request.now - line.dispatch.opened_at).total_seconds() // 60),
        tone=tone,
        icon=icon,
        next=_post(line.next, line) if line.next else None,
        gone=_post(line.gone, line) if line.gone else None,
        steps=[(str(one), labels.LABELS[DispatchState][one]) for one in STEPS if one in MOVES[state]],
        told=words_for(line.told.text, by=request.actor) if line.told else "",
    )


def _post(one: Officer | DispatchCall, line: Line) -> Post:
    who = (one.position_id, one.post, one.phone)
    replies = [call.reply for call in line.calls if (call.position_id, call.post, call.phone) == who]
    return Post(
        duty=one.duty if isinstance(one, Officer) else 0,
        name=post_name(one, language()),
        phone=one.phone,
        radio=one.radio,
        order=one.order if isinstance(one, Officer) else 0,
        reply=replies[-1] if replies else "",
        due=line.next is one,
    )


@access(roles=DISPATCHERS)
@require_GET
def danger(request: Request, dispatch_id: int) -> HttpResponse:
    """One danger: everybody on duty for it, every call so far, and the way off the board."""
    return _page(request, dispatch_id)


def _page(
    request: Request,
    dispatch_id: int,
    *,
    cancel: CancelForm | None = None,
    elsewhere: ElsewhereForm | None = None,
) -> HttpResponse:
    try:
        line = get_line(dispatch_id, by=request.actor, now=request.now)
    except Refusal as refusal:
        raise Http404 from refusal
    one = _danger(line, request, answer_clocks([line.case.pk]).get(line.case.pk))
    names = display_names(_staff_in(line.calls))
    context = {
        "one": one,
        "officers": [_post(officer, line) for officer in line.officers],
        "calls": [(_post(call, line), call, by_words(call.by, names)) for call in reversed(line.calls)],
        "cancel": cancel or CancelForm(),
        "elsewhere": elsewhere or ElsewhereForm(),
        "elsewhere_open": elsewhere is not None,
        "calling": line.dispatch.state == DispatchState.CALLING,
        "ended": line.dispatch.ended_at is not None,
    }
    return render(request, "desk/danger.html", context, status=422 if cancel or elsewhere else 200)


def _staff_in(calls: list[DispatchCall]) -> set[int]:
    parties = (call.by.partition(":") for call in calls)
    return {int(ref) for kind, _colon, ref in parties if kind == ActorKind.STAFF}


@access(roles=DISPATCHERS)
@require_POST
def call(request: Request, dispatch_id: int) -> HttpResponse:
    """What came of calling somebody on duty."""
    duty = request.POST.get("duty", "")
    number = int(duty) if duty.isascii() and duty.isdigit() and len(duty) < 18 else None
    reply = request.POST.get("reply", "")
    try:
        record_call(dispatch_id, reply=reply, duty=number, by=request.actor, now=request.now)
        messages.success(request, str(labels.LABELS[CallReply][CallReply(reply)]))
    except Refusal as refusal:
        messages.error(request, refusals.words(refusal))
    return go(request, _back(request, dispatch_id))


@access(roles=DISPATCHERS)
@require_POST
def elsewhere(request: Request, dispatch_id: int) -> HttpResponse:
    """What came of calling a post that is on no roster."""
    form, reply = ElsewhereForm(request.POST), request.POST.get("reply", "")
    if not form.is_valid():
        return _page(request, dispatch_id, elsewhere=form)
    try:
        call_elsewhere(dispatch_id, reply=reply, **form.cleaned_data, by=request.actor, now=request.now)
        messages.success(request, str(labels.LABELS[CallReply][CallReply(reply)]))
    except Refusal as refusal:
        if refusal.field in form.fields:
            form.refuse(refusal)
            return _page(request, dispatch_id, elsewhere=form)
        messages.error(request, refusals.words(refusal))
    return go(request, reverse("desk:danger", args=[dispatch_id]))


@access(roles=DISPATCHERS)
@require_POST
def move(request: Request, dispatch_id: int) -> HttpResponse:
    """How far help has come; the danger is over, or nobody need go."""
    to, form = request.POST.get("to", ""), CancelForm(request.POST)
    if to == DispatchState.CANCELLED and not form.is_valid():
        return _page(request, dispatch_id, cancel=form)
    reason = form.cleaned_data["reason"] if to == DispatchState.CANCELLED else ""
    try:
        move_dispatch(dispatch_id, to=to, reason=reason, by=request.actor, now=request.now)
        messages.success(request, str(labels.LABELS[DispatchState][DispatchState(to)]))
    except Refusal as refusal:
        messages.error(request, refusals.words(refusal))
    return go(request, _back(request, dispatch_id))


def _back(request: Request, dispatch_id: int) -> str:
    if request.POST.get("stay"):
        return reverse("desk:danger", args=[dispatch_id])
    return reverse("desk:board")
