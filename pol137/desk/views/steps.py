"""One view for every step: its form as a page or a dialog, and the one operation it calls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from pol137.cases.permissions import check_step
from pol137.cases.queries import dossier, get_case, near, same_thing
from pol137.cases.vocabulary import Action
from pol137.city.queries.book import local_day
from pol137.desk.forms.step_form import About, StepForm
from pol137.desk.forms.steps import FORMS, offered
from pol137.desk.views.judging import judged
from pol137.desk.views.shown import ICONS, words_for
from pol137.lib.refusal import Refusal
from pol137.web import labels, refusals
from pol137.web.access import access
from pol137.web.forms import Day
from pol137.web.htmx import go, show
from pol137.web.request import Request
from pol137.web.templatetags.fa import jalali, language, largest

if TYPE_CHECKING:
    from pol137.cases.models import Case
    from pol137.cases.queries import Dossier

HIDDEN = frozenset({"csrfmiddlewaretoken", "stand", "next", "frame"})

LOOKS_BACK = (Action.DECIDE_REVIEW, Action.CLASSIFY)
"""Steps that judge what was answered and objected to."""


@access(staff=True)
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: Request, case_id: int, action: str) -> HttpResponse:
    """The form of a step and, when it is sent, its operation. What was written is never lost: a refusal,
    or a case that has moved on, shows the form again with its words.
    """
    form_class = _form_of(action)
    try:
        case = get_case(case_id, by=request.actor)
    except Refusal:
        return _gone(request)
    known = dossier(case)
    about = about_of(known, request, form_class.action)
    if request.method == "POST":
        form = form_class(request.POST, request.FILES, about=about)
        if took(form, request):
            messages.success(request, str(form.done))
            return go(request, next_page(request, case))
        return step_page(request, known, form, status=422)
    if fault := fault_of(form_class, about):
        return _closed(request, form_class, about, fault)
    return step_page(request, known, form_class(about=about))


def fault_of(form_class: type[StepForm], about: About) -> Refusal | None:
    """Why this step cannot be taken here and now, by the table of steps or by the case itself."""
    try:
        check_step(about.case, form_class.action, about.by)
    except Refusal as refusal:
        return refusal
    return form_class.fault(about)


def _closed(request: Request, form_class: type[StepForm], about: About, fault: Refusal) -> HttpResponse:
    """The reason instead of a form: nobody writes what would be refused."""
    context = {
        "case": about.case,
        "code": code_of(about.case),
        "service": about.service.name(language()),
        "title": labels.LABELS[Action][form_class.action],
        "closed": refusals.words(fault),
    }
    return show(request, "desk/step_closed.html", context, fragment="form", status=409)


def _form_of(action: str) -> type[StepForm]:
    if action not in set(Action) or Action(action) not in FORMS:
        raise Http404
    return FORMS[Action(action)]


def about_of(known: Dossier, request: Request, action: Action | None = None) -> About:
    """What a form needs to know of this case, and what its reader may do with it."""
    about = About.of(known, by=request.actor, now=request.now)
    case = known.case
    close = []
    pairing = action in (Action.JOIN_INCIDENT, Action.PROPOSE_JOIN)
    if pairing:
        told: dict[str, Any] = {
            "service_id": case.service_id,
            "words": case.words,
            "now": request.now,
            "by": request.actor,
        }
        found = same_thing(answers=case.questions, **told)
        if found is None:
            found = near(cell=case.h3, **told) if case.h3 else []
        close = [one for one in found if one.pk != case.pk and one.code]
    return About.of(known, by=request.actor, now=request.now, can=offered(about), near=close)


def took(form: StepForm, request: Request) -> bool:
    """Whether the step was taken; if not, the form says why.

    A form drawn for another state of the case is not acted on: it tells how the case stands now.
    """
    valid = form.is_valid()
    if form.moved_on:
        form.add_error(None, _moved_on(form, request))
        form.renewed()
        return False
    if not valid:
        return False
    try:
        form.perform(by=request.actor, now=request.now)
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True


def _moved_on(form: StepForm, request: Request) -> str:
    """How the case stands now, and whether the step is still possible."""
    case = form.about.case
    stands = _("The case has moved on meanwhile: it now stands at “%(status)s”.") % {
        "status": labels.status(case.status)
    }
    more = _("Please look again; what you wrote is kept below.")
    try:
        check_step(case, form.action, request.actor)
    except Refusal:
        more = _("This step is no longer possible; what you wrote is kept below, to copy.")
    return f"{stands} {more}"


def step_page(request: Request, known: Dossier, form: StepForm, *, status: int = 200) -> HttpResponse:
    """The form as a whole page, or by itself for a dialog."""
    case = known.case
    try:
        check_step(case, form.action, request.actor)
        closed = ""
    except Refusal as refusal:
        closed = refusals.words(refusal)
    context = {
        "case": case,
        "code": code_of(case),
        "service": form.about.service.name(language()),
        "here": reverse("desk:step", args=[case.pk, form.action]),
        "draft_url": reverse("desk:step", args=[case.pk, Action.DRAFT]),
        "sign": ICONS[form.action],
        "form": form,
        "action": form.action,
        "title": labels.LABELS[Action][form.action],
        "closed": closed,
        "answer": form.about.answer,
        "words": words_for(case.words, by=request.actor) if form.wide else "",
        "can_draft": Action.DRAFT in form.about.can,
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "pictures": known.pictures if form.action is Action.PUBLISH else (),
        "judged": judged([case], known.pictures, by=request.actor)[case.pk]
        if form.action in (Action.APPROVE, Action.RETURN_ANSWER)
        else None,
        "given": known.answer if form.action in LOOKS_BACK else None,
        "objections": known.objections if form.action in LOOKS_BACK else (),
    }
    return show(request, "desk/step.html", context, fragment="form", status=status)


def _gone(request: Request) -> HttpResponse:
    """The case is not, or no longer, to be seen. What somebody was writing on it is given back to him."""
    kept = written(request.POST)
    if request.method != "POST" or not kept:
        raise Http404
    return show(request, "desk/step_gone.html", {"kept": kept}, fragment="kept", status=409)


def written(post: Mapping[str, Any]) -> list[str]:
    """The words somebody wrote in a form, longest first."""
    texts = {str(value).strip() for name, value in post.items() if name not in HIDDEN}
    return sorted((text for text in texts if " " in text), key=len, reverse=True)


def next_page(request: Request, case: Case) -> str:
    """Where to go after a step: back to the list one came from, else to the case; home, once it is gone."""
    asked = request.POST.get("next", "")
    if asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None):
        return asked
    try:
        get_case(case.pk, by=request.actor)
    except Refusal:
        return reverse("desk:home")
    return reverse("desk:case", args=[case.pk])


def code_of(case: Case) -> str:
    """The tracking code of a case; a part goes by the code of its whole."""
    whole = case.parent or case
    return whole.code or ""


@access(staff=True)
@require_GET
def day(request: Request) -> HttpResponse:
    """Which day was typed, with its weekday and how far off it is; empty while it is no date."""
    try:
        found = Day(required=False).clean(request.GET.get("text", "")[:20])
    except ValidationError:
        found = None
    if found is None:
        return HttpResponse("")
    away = found - local_day(request.now)
    far = largest(away) if away > timedelta(0) else ""
    context = {"day": jalali(found), "far": far, "past": away < timedelta(0)}
    return render(request, "desk/step_day.html", context)
