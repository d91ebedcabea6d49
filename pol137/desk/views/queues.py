"""The lists people work from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from pol137.cases import queries
from pol137.cases.operations import accept_cases
from pol137.cases.operations.answering import end_of_day
from pol137.cases.permissions import allowed_actions
from pol137.cases.queries import WorkFilter, worklist
from pol137.cases.rules.routing import choose_department
from pol137.cases.vocabulary import Action, Queue
from pol137.city.queries import book
from pol137.city.queries.book import local_day
from pol137.city.rules.entries import DepartmentEntry
from pol137.desk.forms import choices
from pol137.desk.forms.answering import ApproveForm, ReturnForm
from pol137.desk.forms.step_form import About, StepForm
from pol137.desk.views.judging import Judged, judged
from pol137.desk.views.shown import ListedCase, listed, unrouted_words
from pol137.desk.views.steps import about_of, step_page, took
from pol137.lib.persian import clean_text
from pol137.lib.refusal import Refusal
from pol137.web import labels
from pol137.web.access import access
from pol137.web.forms import Form, Words, choose
from pol137.web.htmx import go
from pol137.web.paging import cut, read_mark
from pol137.web.pieces import Chip
from pol137.web.request import Request
from pol137.web.templatetags.fa import digits

if TYPE_CHECKING:
    from pol137.cases.models import Announcement, Answer, Attachment, Case, Objection

ROWS = {Queue.APPROVAL: 15, Queue.TRIAGE: 30}
USUAL_ROWS = 50
MOST_AT_ONCE = 200
ROW_NUMBER = re.compile(r"[0-9]{1,18}")


class NarrowForm(Form):
    """How a list is narrowed."""

    SHOWS = (
        ("", gettext_lazy("All")),
        ("late", gettext_lazy("Past its time")),
        ("today", gettext_lazy("Due by tonight")),
        ("urgent", gettext_lazy("Urgent only")),
    )
    show = forms.ChoiceField(choices=SHOWS, required=False, widget=forms.HiddenInput)
    text = Words(label=gettext_lazy("Code, place or words"), required=False, max_length=100)
    service = choose(label=gettext_lazy("Subject"), options=(), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        subject = self.fields["service"]
        if isinstance(subject, forms.ChoiceField):
            subject.choices = [("", gettext_lazy("All subjects")), *choices.services()]

    def narrow(self, now: datetime) -> WorkFilter:
        """The filter asked for; what cannot be read asks for nothing."""
        given = self.cleaned_data if self.is_valid() else {}
        service = book().services.find(given.get("service", ""))
        bounds = {"late": now, "today": end_of_day(local_day(now))}
        return WorkFilter(
            text=clean_text(given.get("text", "")),
            service_id=service.id if service else None,
            late_by=bounds.get(given.get("show", "")),
            urgent=given.get("show") == "urgent",
        )


class Numbers(forms.Field):
    """Numbers of cases that were ticked."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[int]:
        ticked = [int(one) for one in map(str, value or ()) if ROW_NUMBER.fullmatch(one)]
        return ticked[:MOST_AT_ONCE]


class AcceptManyForm(Form):
    """The cases a head takes up together."""

    case = Numbers()


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a list with what this list adds to it."""

    row: ListedCase
    tick: bool = False
    held: str = ""
    suggested: DepartmentEntry | None = None
    stand: str = ""
    can: bool = False
    note: str = ""
    answer: Answer | None = None
    announcement: Announcement | None = None
    objection: Objection | None = None
    many: queries.Shared | None = None
    pictures: list[Attachment] = field(default_factory=list)
    approve: StepForm | None = None
    give_back: StepForm | None = None
    judged: Judged | None = None
    way: str = ""


@access(staff=True)
@require_GET
def queue(request: Request, queue: str) -> HttpResponse:
    """A list, the soonest due first, narrowed and in pages."""
    which = _which(request, queue)
    form = NarrowForm(request.GET)
    narrow = form.narrow(request.now)
    size, after = ROWS.get(which, USUAL_ROWS), request.GET.get("after", "")
    found = worklist(request.actor, which, narrow=narrow, after=read_mark(after, of=datetime), limit=size + 1)
    leaf = cut(found, size=size, after=after, key=_place)
    entries = _entries(request, which, [(row.case, row) for row in leaf])
    context = {
        "queue": which,
        "title": labels.LABELS[Queue][which],
        "entries": entries,
        "leaf": leaf,
        "chips": _chips(request, form),
        "form": form,
        "narrowed": any([narrow.text, narrow.service_id, narrow.late_by, narrow.urgent]),
        "ticks": any(entry.tick for entry in entries),
        "here": request.get_full_path(),
        "several_units": len({entry.row.case.department_id for entry in entries}) > 1,
    }
    return render(request, f"desk/{TEMPLATES.get(which, 'queue')}.html", context)


TEMPLATES = {Queue.APPROVAL: "queue_approval", Queue.TRIAGE: "queue_triage"}


def _which(request: Request, name: str) -> Queue:
    if name not in set(Queue):
        raise Http404
    which = Queue(name)
    if which not in queries.queues_for(request.actor):
        raise PermissionDenied
    return which


def _place(row: queries.Row) -> tuple[object, int]:
    if row.clock is None:
        raise ValueError("a row of a list has a clock")
    return row.clock.due_at, row.clock.pk


def _chips(request: Request, form: NarrowForm) -> list[Chip]:
    chips, now = [], form.cleaned_data.get("show", "") if form.is_valid() else ""
    for value, words in NarrowForm.SHOWS:
        asked = request.GET.copy()
        asked.pop("after", None)
        asked["show"] = value
        chips.append(Chip(words, f"?{asked.urlencode()}", here=value == now))
    return chips


def _entries(request: Request, which: Queue, found: list[tuple[Case, queries.Row]]) -> list[Entry]:
    counts = queries.shared(case.pk for case, _row in found)
    return [replace(one, many=counts.get(one.row.case.pk)) for one in _bare(request, which, found)]


def _bare(request: Request, which: Queue, found: list[tuple[Case, queries.Row]]) -> list[Entry]:
    rows = [listed(case, by=request.actor, clock=row.clock) for case, row in found]
    if which is Queue.TRIAGE:
        return _triage(request, rows)
    if which is Queue.APPROVAL:
        return _approval(request, rows)
    ids = [row.case.pk for row in rows]
    if which is Queue.ANNOUNCEMENT:
        begun = queries.begun_announcements(ids)
        return [Entry(row, announcement=begun.get(row.case.pk)) for row in rows]
    if which is Queue.REVIEW:
        objections = queries.open_objections(ids)
        return [Entry(row, objection=objections.get(row.case.pk)) for row in rows]
    if which is Queue.CLASSIFY:
        back = f"?next={request.get_full_path()}"
        return [
            Entry(row, way=reverse("desk:step", args=[row.case.pk, Action.CLASSIFY]) + back) for row in rows
        ]
    if which is Queue.PLANS:
        answers = queries.answers_in_force(ids)
        return [Entry(row, answer=answers.get(row.case.pk)) for row in rows]
    return [Entry(row, tick=Action.ACCEPT in allowed_actions(row.case, request.actor)) for row in rows]


def _triage(request: Request, rows: list[ListedCase]) -> list[Entry]:
    """With why no unit was found and the unit to suggest: what the rules say by now, else where triage sent
    such cases before, in this district or anywhere."""
    day = local_day(request.now)
    held = queries.held_because(row.case.pk for row in rows)
    before = queries.triage_choices({row.case.service_id for row in rows})
    entries = []
    for row in rows:
        case, event = row.case, held.get(row.case.pk)
        by_rule = choose_department(book(), service_id=case.service_id, district_id=case.district_id, day=day)
        used = before.get((case.service_id, case.district_id)) or before.get((case.service_id, None))
        suggested = book().departments.get(by_rule.department_id or used)
        can = Action.ROUTE in allowed_actions(case, request.actor)
        about = About(case=case, by=request.actor, now=request.now)
        entries.append(
            Entry(
                row,
                held=unrouted_words(event.body if event else {}),
                suggested=suggested if can and suggested and suggested.active else None,
                stand=about.stand,
                can=can,
            )
        )
    return entries


def _approval(request: Request, rows: list[ListedCase]) -> list[Entry]:
    """With the answer that waits, its photos, and the two forms that decide it."""
    ids = [row.case.pk for row in rows]
    answers, pictures = queries.waiting_answers(ids), queries.pictures_of(ids)
    languages = queries.languages_of(ids)
    shown = [one for found in pictures.values() for one in found]
    beside = judged([row.case for row in rows], shown, by=request.actor)
    entries = []
    for row in rows:
        case = row.case
        about = About(
            case=case,
            by=request.actor,
            now=request.now,
            answer=answers.get(case.pk),
            language=languages.get(case.pk, "fa"),
            can=frozenset(allowed_actions(case, request.actor)),
        )
        entries.append(_card(row, about, pictures.get(case.pk, []), beside[case.pk]))
    return entries


def _card(
    row: ListedCase,
    about: About,
    pictures: list[Attachment],
    beside: Judged,
    sent: StepForm | None = None,
) -> Entry:
    """A card of the approval list; the form that was sent and refused keeps its words and errors."""
    forms_of = {kind.action: kind(about=about, auto_id=_ids(kind, about.case)) for kind in DECIDING}
    if sent is not None:
        forms_of[sent.action] = sent
    return Entry(
        row,
        answer=about.answer,
        pictures=pictures,
        approve=forms_of[Action.APPROVE],
        give_back=forms_of[Action.RETURN_ANSWER],
        can=Action.APPROVE in about.can and ApproveForm.fits(about),
        judged=beside,
    )


def _ids(kind: type[StepForm], case: Case) -> str:
    return f"{kind.action}-{case.pk}-%s"


DECIDING: tuple[type[StepForm], ...] = (ApproveForm, ReturnForm)


@access(staff=True)
@require_POST
def decide(request: Request, case_id: int, action: str) -> HttpResponse:
    """Approve or return an answer without leaving the list: the card becomes what was done."""
    kind = next((one for one in DECIDING if one.action == action), None)
    if kind is None:
        raise Http404
    try:
        case = queries.get_case(case_id, by=request.actor)
    except Refusal as refusal:
        raise Http404 from refusal
    known = queries.dossier(case)
    form = kind(request.POST, about=about_of(known, request), auto_id=_ids(kind, case))
    done = took(form, request)
    if not request.htmx:
        if not done:
            return step_page(request, known, form, status=422)
        messages.success(request, str(form.done))
        return go(request, reverse("desk:queue", args=[Queue.APPROVAL]))
    row = listed(case, by=request.actor, clock=known.clock(queries.QUEUES[Queue.APPROVAL][1]))
    if done:
        context = {"entry": Entry(row, note=str(form.done))}
        return render(request, "desk/queue_approval.html#done", context)
    beside = judged([case], known.pictures, by=request.actor)[case.pk]
    context = {"entry": _card(row, form.about, known.pictures, beside, sent=form)}
    return render(request, "desk/queue_approval.html#card", context, status=422)


@access(staff=True)
@require_POST
def accept_many(request: Request) -> HttpResponse:
    """The unit takes up all the cases ticked."""
    form = AcceptManyForm(request.POST)
    form.full_clean()
    taken, left = accept_cases(form.cleaned_data["case"], by=request.actor, now=request.now)
    if taken:
        said = ngettext("%(n)s case was taken up.", "%(n)s cases were taken up.", taken)
        messages.success(request, said % {"n": digits(taken)})
    if left:
        said = ngettext(
            "%(n)s case could not be taken up: it has moved on.",
            "%(n)s cases could not be taken up: they have moved on.",
            left,
        )
        messages.warning(request, said % {"n": digits(left)})
    if not taken and not left:
        messages.warning(request, _("No case was ticked."))
    return go(request, reverse("desk:queue", args=[Queue.INBOX]))
