"""What many people share: proposals to join, answers that go back to other portals."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from pol137.cases.queries import (
    answer_clocks,
    answers_owed,
    carrier_of,
    join_proposals,
    pictures_of,
    shared,
)
from pol137.cases.rules.steps import STEPS
from pol137.cases.vocabulary import Action
from pol137.desk.forms.step_form import About
from pol137.desk.places import JOIN_DECIDERS, SENDERS
from pol137.desk.views.shown import ListedCase, listed
from pol137.web.access import access
from pol137.web.request import Request

if TYPE_CHECKING:
    from pol137.cases.models import Attachment, Case, JoinProposal
    from pol137.cases.queries import Owed, Shared


@dataclass(frozen=True, slots=True)
class Side:
    """One of two cases side by side."""

    row: ListedCase
    case: Case
    pictures: list[Attachment]
    shared: Shared | None


@dataclass(frozen=True, slots=True)
class Pair:
    """What a unit proposes: this case is the same fault as that one."""

    proposal: JoinProposal
    one: Side
    main: Side
    stand: str
    possible: bool


@access(roles=JOIN_DECIDERS)
@require_GET
def joins(request: Request) -> HttpResponse:
    """What units propose as one fault, both cases side by side: one click joins them."""
    found = join_proposals(request.actor)
    ids = {one.case_id for one in found} | {carrier_of(one.main_case).pk for one in found}
    clocks, pictures, counts = answer_clocks(ids), pictures_of(ids), shared(ids)

    def side(case: Case) -> Side:
        row = listed(case, by=request.actor, clock=clocks.get(case.pk))
        return Side(row, case, pictures.get(case.pk, [])[:3], counts.get(case.pk))

    pairs = [
        Pair(
            proposal=one,
            one=side(one.case),
            main=side(carrier_of(one.main_case)),
            stand=About(case=one.case, by=request.actor, now=request.now).stand,
            possible=carrier_of(one.main_case).status in STEPS[Action.JOIN_INCIDENT].sources,
        )
        for one in found
    ]
    return render(request, "desk/joins.html", {"pairs": pairs, "here": reverse("desk:joins")})


@access(roles=SENDERS)
@require_GET
def senders(request: Request) -> HttpResponse:
    """Announced answers that other portals wait for, each with its text to copy."""
    owed = answers_owed(request.actor)
    rows = [
        {
            "row": listed(one.case, by=request.actor),
            "case": one.case,
            "text": one.announcement.text,
            "at": one.announcement.announced_at,
            "stand": About(case=one.case, by=request.actor, now=request.now).stand,
        }
        for one in owed
    ]
    return render(request, "desk/senders.html", {"rows": rows, "here": reverse("desk:senders")})


@access(roles=SENDERS)
@require_GET
def senders_sheet(request: Request) -> HttpResponse:
    """The same answers as a sheet, for portals that take one."""
    heads = [
        _("Number there"),
        _("Tracking code"),
        _("Subject"),
        _("Answer due there"),
        _("Announced"),
        _("Answer"),
    ]
    return sheet("answers", heads, (_sender_line(one, request) for one in answers_owed(request.actor)))


def _sender_line(one: Owed, request: Request) -> list[object]:
    row, due, told = (
        listed(one.case, by=request.actor),
        one.case.external_due_at,
        one.announcement.announced_at,
    )
    return [
        one.case.external_ref,
        row.code,
        row.service,
        due.isoformat() if due else "",
        told.isoformat() if told else "",
        one.announcement.text,
    ]


FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With these a program of sheets would take a cell for a formula."""


def sheet(name: str, heads: Sequence[str], lines: Iterable[Sequence[object]]) -> HttpResponse:
    """A table as a CSV file that programs of sheets open with Persian letters; no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heads)
    for line in lines:
        writer.writerow([_cell(value) for value in line])
    response = HttpResponse(f"\ufeff{out.getvalue()}", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
