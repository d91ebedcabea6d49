"""A case's page, and what its reporter can do on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext

from pol137.cases.operations import (
    accept_plan,
    close_case,
    nudge_case,
    object_to_answer,
    rate_case,
    resume_case,
    support_case,
    withdraw_case,
)
from pol137.cases.queries import attachment, find_by_code
from pol137.cases.vocabulary import Action, CloseReason, Side
from pol137.lib import tracking_code
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal
from pol137.portal import proofs
from pol137.portal.forms import (
    CHANNEL,
    ObjectForm,
    ProofForm,
    RateForm,
    ReplyForm,
    SupportForm,
    WithdrawForm,
)
from pol137.portal.seen import OUTSIDER, CaseView, view_of
from pol137.web import refusals, uploads
from pol137.web.access import access
from pol137.web.forms import Form
from pol137.web.ratelimit import allow, limited, visitor
from pol137.web.request import Request
from pol137.web.templatetags.fa import language

NUDGES_A_DAY = 3


def _case_id(code: str) -> int | None:
    found = find_by_code(code)
    return found.pk if found else None


def _address(code: str) -> str:
    return reverse("portal:case", args=[code])


@access(public=True)
@limited("portal.case", limit=60, per=timedelta(minutes=15))
def show(request: Request, code: str) -> HttpResponse:
    """Public facts, or all of it to whoever proved it is his; a code that is not public or does not exist
    only offers the proof."""
    clean = tracking_code.clean(code)
    if clean is not None and clean != code:
        return HttpResponseRedirect(_address(clean))
    form = ProofForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            proofs.prove(request, code=code, proof=form.cleaned_data["proof"])
            return HttpResponseRedirect(_address(clean or code))
        except Refusal as refusal:
            form.refuse(refusal)
    return _page(request, code, proof=form)


def _page(request: Request, code: str, **forms: Form) -> HttpResponse:
    """The case's page with these forms as they were filled in, or the closed door."""
    case_id = _case_id(code)
    by = proofs.proven(request, case_id) if case_id is not None else None
    wrong = any(form.errors for form in forms.values())
    try:
        if case_id is None:
            raise Refusal("case_unknown")
        view = view_of(case_id, by=by, language=language(), now=request.now)
    except Refusal:
        context = {"form": forms.get("proof") or ProofForm(), "code": tracking_code.clean(code) or ""}
        return render(request, "portal/closed_door.html", context, status=422 if wrong else 404)
    context = {
        "view": view,
        "proof": forms.get("proof") or ProofForm(),
        "reply": forms.get("reply") or ReplyForm(prefix="reply"),
        "objection": forms.get("objection") or ObjectForm(prefix="object"),
        "rating": forms.get("rating") or RateForm(prefix="rate"),
        "support": forms.get("support") or SupportForm(prefix="support"),
    }
    response = render(request, "portal/case.html", context, status=422 if wrong else 200)
    if view.mine:
        patch_cache_control(response, no_store=True)
    return response


Own = Callable[[Request, str, int, Actor], HttpResponseBase]


def own(view: Own) -> Callable[[Request, str], HttpResponseBase]:
    """Only for the proven reporter: others are asked for their proof. A refusal becomes a message."""

    @wraps(view)
    def run(request: Request, code: str) -> HttpResponseBase:
        case_id = _case_id(code)
        by = proofs.proven(request, case_id) if case_id is not None else None
        if case_id is None or by is None:
            messages.warning(request, gettext("Please show once more that this request is yours."))
            return HttpResponseRedirect(f"{reverse('portal:track')}?code={tracking_code.clean(code) or ''}")
        try:
            return view(request, code, case_id, by)
        except Refusal as refusal:
            messages.error(request, refusals.words(refusal))
            return HttpResponseRedirect(_address(code))

    return run


def _posted(view: Own) -> Own:
    """A step is taken by POST; who comes by its address is led to the case."""

    @wraps(view)
    def run(request: Request, code: str, case_id: int, by: Actor) -> HttpResponseBase:
        if request.method != "POST":
            return HttpResponseRedirect(_address(code))
        return view(request, code, case_id, by)

    return run


def _said(request: Request, code: str, words: str) -> HttpResponse:
    messages.success(request, words)
    return HttpResponseRedirect(_address(code))


@access(public=True)
@own
@_posted
def reply(request: Request, code: str, case_id: int, by: Actor) -> HttpResponseBase:
    """Reply to the question of the unit, or of one that works on a part: its clock runs again."""
    form = ReplyForm(request.POST, prefix="reply")
    if not form.is_valid():
        return _page(request, code, reply=form)
    view = view_of(case_id, by=by, language=language(), now=request.now)
    _check_open(view, Action.RESUME)
    resume_case(view.asked_about or case_id, reply=form.cleaned_data["words"], by=by, now=request.now)
    return _said(request, code, gettext("Thank you. Your reply went to the unit and its time runs again."))


def _check_open(view: CaseView, action: Action) -> None:
    """Refuse a step for which there is nothing to do: a pause granted to the unit is not the citizen's."""
    if action not in view.actions:
        raise Refusal("step_not_now", action=action, status=view.status)


@access(public=True)
@own
@_posted
def accept(request: Request, code: str, case_id: int, by: Actor) -> HttpResponseBase:
    """«برطرف شد»: the citizen is content, and the follow-up ends."""
    close_case(case_id, reason=CloseReason.ACCEPTED, by=by, now=request.now)
    return _said(request, code, gettext("We are glad it is solved. Thank you for telling us."))


@access(public=True)
@own
@_posted
def agree(request: Request, code: str, case_id: int, by: Actor) -> HttpResponseBase:
    """The citizen is content with the promised date; the promise goes on."""
    accept_plan(case_id, by=by, now=request.now)
    return _said(request, code, gettext("Recorded: you agree with the date. We tell you when it comes."))


@access(public=True)
@own
@_posted
def object_to(request: Request, code: str, case_id: int, by: Actor) -> HttpResponseBase:
    """Object to the answer: somebody else reviews it."""
    form = ObjectForm(request.POST, prefix="object")
    if not form.is_valid():
        return _page(request, code, objection=form)
    said = form.cleaned_data
    object_to_answer(
        case_id, ground=said["ground"], words=said["words"], channel=CHANNEL, by=by, now=request.now
    )
    return _said(
        request,
        code,
        gettext("Your objection is recorded. Somebody who did not approve the answer reviews it."),
    )


@access(public=True)
@own
@_posted
def rate(request: Request, code: str, case_id: int, by: Actor) -> HttpResponseBase:
    """One to five stars for the answer; a poor score opens a review by itself."""
    form = RateForm(request.POST, prefix="rate")
    if not form.is_valid():
        return _page(request, code, rating=form)
    said = form.cleaned_data
    rate_case(case_id, score=int(said["score"]), words=said["words"], channel=CHANNEL, by=by, now=request.now)
    return _said(request, code, gettext("Thank you, your score is recorded."))


@access(public=True)
@own
@_posted
def nudge(request: Request, code: str, case_id: int, by: Actor) -> HttpResponseBase:
    """«پیگیری مجدد»: counted and shown to head and deputy, a few times a day at most."""
    if not allow(f"portal.nudge {case_id}", NUDGES_A_DAY, timedelta(days=1), now=request.now):
        messages.info(request, gettext("You have asked again today already; the unit and its deputy know."))
        return HttpResponseRedirect(_address(code))
    nudge_case(case_id, by=by, now=request.now)
    said = gettext("Recorded: the head of the unit and the deputy see that you asked again.")
    climbed = view_of(case_id, by=by, language=language(), now=request.now).taken_to
    if climbed:
        said += " " + gettext("It has been taken to %(roles)s by now.") % {"roles": climbed}
    return _said(request, code, said)


@access(public=True)
@own
def withdraw(request: Request, code: str, case_id: int, by: Actor) -> HttpResponseBase:
    """Take the request back, after a page that asks once more."""
    view = view_of(case_id, by=by, language=language(), now=request.now)
    _check_open(view, Action.WITHDRAW)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        withdraw_case(case_id, reason=form.cleaned_data["reason"], by=by, now=request.now)
        return _said(request, code, gettext("Your request is withdrawn."))
    response = render(request, "portal/withdraw.html", {"view": view, "form": form})
    patch_cache_control(response, no_store=True)
    return response


@access(public=True)
@limited("portal.support", limit=10, per=timedelta(hours=1))
def support(request: Request, code: str) -> HttpResponseBase:
    """«من هم این مشکل را دارم»: somebody else stands behind a public case; once a day from one place and
    once for a number."""
    case_id = _case_id(code)
    form = SupportForm(request.POST or None, prefix="support")
    if request.method != "POST" or case_id is None:
        return HttpResponseRedirect(_address(code))
    if not form.is_valid():
        return _page(request, code, support=form)
    if not allow(f"portal.support {case_id} {visitor(request)}", 1, timedelta(days=1), now=request.now):
        messages.info(request, gettext("You were counted already. Thank you."))
        return HttpResponseRedirect(_address(code))
    try:
        phone = form.cleaned_data["phone"]
        support_case(case_id, phone=phone.raw if phone else "", by=OUTSIDER, now=request.now)
    except Refusal as refusal:
        if refusal.code == "case_unknown":
            return _page(request, code)
        form.refuse(refusal)
        return _page(request, code, support=form)
    return _said(request, code, gettext("Counted: the unit sees that you have this problem too."))


@access(public=True)
@own
@_posted
def leave(request: Request, code: str, case_id: int, by: Actor) -> HttpResponseBase:
    """Forget the proof: for whoever shares a computer."""
    proofs.forget(request, case_id)
    messages.success(request, gettext("This device has forgotten your request."))
    return HttpResponseRedirect(reverse("portal:home"))


@access(public=True)
def photo(request: Request, code: str, photo_id: int, *, small: bool = False) -> HttpResponseBase:
    """The clean copy of a photo: to its reporter, to everybody once triage opened it."""
    case_id = _case_id(code)
    if case_id is None:
        raise Http404
    by = proofs.proven(request, case_id)
    try:
        view = view_of(case_id, by=by, language=language(), now=request.now)
    except Refusal as refusal:
        raise Http404 from refusal
    if photo_id not in {one.id for one in view.photos}:
        raise Http404
    found = _attachment(photo_id, case_id)
    return _file(lambda: uploads.send_photo(found.public_sha256, small=small, published=by is None))


@access(public=True)
def original(request: Request, code: str, photo_id: int) -> HttpResponseBase:
    """The photo as it was sent, to its own reporter only."""
    case_id = _case_id(code)
    by = proofs.proven(request, case_id) if case_id is not None else None
    if case_id is None or by is None:
        raise Http404
    found = _attachment(photo_id, case_id)
    if found.side != Side.CITIZEN:
        raise Http404
    return _file(
        lambda: uploads.send_original(found.sha256, content_type=found.content_type, name=found.name)
    )


def _attachment(photo_id: int, case_id: int) -> Any:
    found = attachment(photo_id)
    if found is None or found.case_id != case_id:
        raise Http404
    return found


def _file(send: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    try:
        return send()
    except FileNotFoundError as error:
        raise Http404 from error
