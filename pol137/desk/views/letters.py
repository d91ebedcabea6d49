"""Matters handed to other bodies: the letters, their replies, what each body was sent in a month."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from pol137.city.queries import book
from pol137.city.queries.book import local_day
from pol137.contacts.queries import handed_over
from pol137.desk.forms.many import LettersForm, PaperReplyForm, SendForm
from pol137.desk.months import Month, month_asked
from pol137.desk.places import MONTH_READERS
from pol137.desk.views.many import sheet
from pol137.desk.views.shown import ListedCase, listed
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal
from pol137.referrals.operations import HANDLERS, reply_referral, send_referral
from pol137.referrals.queries import (
    MonthRow,
    counts_by_state,
    get_referral,
    month_list,
    month_rows,
    overdue,
    referrals,
)
from pol137.referrals.vocabulary import ReferralState
from pol137.web import labels
from pol137.web.access import access
from pol137.web.htmx import go
from pol137.web.pieces import Chip, Words
from pol137.web.request import Request
from pol137.web.templatetags.fa import language

if TYPE_CHECKING:
    from pol137.cases.models import Case
    from pol137.referrals.models import Referral

PAGE = 50
READERS = HANDLERS | MONTH_READERS
"""Who reads what bodies were sent in a month; only handlers open a letter."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A letter as a row shows it."""

    letter: Referral
    row: ListedCase
    agency: str
    late: bool


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic in a district handed to a body in a month, by letter and on the phone."""

    service: str
    district: str
    opened: int
    sent: int
    replied: int
    told: int


@dataclass(frozen=True, slots=True)
class Body:
    """What one body was handed in a month."""

    code: str
    name: str
    topics: list[Topic]
    opened: int
    replied: int
    told: int


@access(roles=HANDLERS)
@require_GET
def letters(request: Request) -> HttpResponse:
    """The letters of one state and body, the latest first."""
    form = LettersForm(request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    state = given.get("state") if given.get("state") in set(ReferralState) else ""
    agency = book().agencies.find(given.get("agency") or "")
    found = referrals(
        request.actor,
        state=state or "",
        agency_id=agency.id if agency else None,
        before=given.get("before"),
        limit=PAGE + 1,
    )
    counts = counts_by_state(request.actor, agency_id=agency.id if agency else None)
    query = request.GET.copy()
    query.pop("before", None)
    context = {
        "rows": [_listed(one, request) for one in found[:PAGE]],
        "older": found[PAGE - 1].pk if len(found) > PAGE else None,
        "query": query.urlencode(),
        "states": _state_chips(request, state or "", counts),
        "agencies": list(book().agencies),
        "agency": agency,
        "state": state,
    }
    return render(request, "desk/letters.html", context)


def _listed(one: Referral, request: Request) -> Listed:
    return Listed(
        letter=one,
        row=listed(one.case, by=request.actor),
        agency=book().name(book().agencies.get(one.agency_id), language()),
        late=overdue(one, local_day(request.now)),
    )


def _state_chips(request: Request, state: str, counts: dict[str, int]) -> list[Chip]:
    def address(value: str) -> str:
        query = request.GET.copy()
        query.pop("before", None)
        query["state"] = value
        return f"?{query.urlencode()}"

    every = Chip(_("All"), address(""), state == "", sum(counts.values()))
    named = labels.LABELS[ReferralState]
    return [
        every,
        *(Chip(named[one], address(one), one == state, counts.get(one, 0)) for one in ReferralState),
    ]


@access(roles=HANDLERS)
@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: Request, letter_id: int) -> HttpResponse:
    """One letter: read, changed, printed, sent; its reply. The reply link is shown once, when it is made."""
    try:
        found = get_referral(letter_id, by=request.actor)
    except Refusal as refusal:
        raise Http404 from refusal
    sending = SendForm(_posted(request, "send"), initial=_as_it_stands(found))
    replying = PaperReplyForm(_posted(request, "reply"), prefix="paper")
    link = ""
    if request.method == "POST":
        if "reply" in request.POST:
            if _replied(replying, found, request):
                messages.success(request, _("The reply was written down; the citizen is told."))
                return go(request, reverse("desk:letter", args=[found.pk]))
        elif (token := _sent(sending, found, request)) is not None:
            messages.success(request, _("The letter is marked as sent."))
            if not token:
                return go(request, reverse("desk:letter", args=[found.pk]))
            link = request.build_absolute_uri(reverse("portal:letter", args=[token]))
            found = get_referral(letter_id, by=request.actor)
    wrong = bool(sending.errors or replying.errors)
    response = render(
        request,
        "desk/letter.html",
        {
            **_shown(found, request),
            "sending": SendForm(initial=_as_it_stands(found)) if link else sending,
            "replying": replying,
            "link": link,
            "open": found.state in (ReferralState.READY, ReferralState.SENT),
        },
        status=422 if wrong else 200,
    )
    patch_cache_control(response, no_store=True)
    return response


def _posted(request: Request, name: str) -> object:
    return request.POST if request.method == "POST" and name in request.POST else None


def _as_it_stands(found: Referral) -> dict[str, object]:
    return {"letter": found.letter, "medium": found.medium or "link", "due_date": found.due_date}


def _shown(found: Referral, request: Request) -> dict[str, object]:
    city = book()
    return {
        "letter": found,
        "row": listed(found.case, by=request.actor),
        "agency": city.name(city.agencies.get(found.agency_id), language()),
        "late": overdue(found, local_day(request.now)),
    }


def _sent(form: SendForm, found: Referral, request: Request) -> str | None:
    """The token of the link, empty on paper; None when it was not sent and the form says why."""
    if not form.is_valid():
        return None
    try:
        return send_referral(found.pk, **form.cleaned_data, by=request.actor, now=request.now)
    except Refusal as refusal:
        form.refuse(refusal)
        return None


def _replied(form: PaperReplyForm, found: Referral, request: Request) -> bool:
    if not form.is_valid():
        return False
    try:
        reply_referral(found.pk, **form.cleaned_data, by=request.actor, now=request.now)
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True


@access(roles=READERS)
@require_GET
def month(request: Request) -> HttpResponse:
    """What each body was handed in a Jalali month, by topic and district; one body by itself to print."""
    asked = month_asked(request)
    agency = book().agencies.find(request.GET.get("agency", ""))
    context = {
        "month": asked,
        "bodies": _bodies(request.actor, asked, agency.id if agency else None),
        "agency": agency,
        "agencies": list(book().agencies),
        "opens": bool(request.actor.roles & HANDLERS),
        "query": request.GET.urlencode(),
    }
    return render(request, "desk/letters_month.html", context)


def _bodies(by: Actor, asked: Month, agency_id: int | None) -> list[Body]:
    city, speech = book(), language()
    rows: dict[tuple[int, int | None, int | None], MonthRow] = {
        (row.agency_id, row.service_id, row.district_id): row
        for row in month_rows(by, since=asked.since, until=asked.until, agency_id=agency_id)
    }
    told = handed_over(since=asked.since, until=asked.until, agency_id=agency_id)
    topics: dict[int, list[Topic]] = defaultdict(list)
    for key in dict.fromkeys([*rows, *told]):
        body, service, district = key
        row = rows.get(key)
        topics[body].append(
            Topic(
                service=city.name(city.services.get(service), speech) or _("not known"),
                district=city.name(city.districts.get(district), speech) or _("not known"),
                opened=row.opened if row else 0,
                sent=row.sent if row else 0,
                replied=row.replied if row else 0,
                told=told.get(key, 0),
            )
        )
    return [
        Body(
            code=one.code,
            name=one.name(speech),
            topics=sorted(topics[one.id], key=lambda topic: -(topic.opened + topic.told)),
            opened=sum(topic.opened for topic in topics[one.id]),
            replied=sum(topic.replied for topic in topics[one.id]),
            told=sum(topic.told for topic in topics[one.id]),
        )
        for one in city.agencies
        if one.id in topics
    ]


@access(roles=READERS)
@require_GET
def month_sheet(request: Request) -> HttpResponse:
    """The letters of a month as a sheet: body, topic and place, never a person."""
    asked = month_asked(request)
    agency = book().agencies.find(request.GET.get("agency", ""))
    found = month_list(
        request.actor, since=asked.since, until=asked.until, agency_id=agency.id if agency else None
    )
    heads = [
        _("Responsible body"), _("Tracking code"), _("Subject"), _("District"), _("Neighbourhood"),
        _("Opened"), _("Sent"), _("Replied"), _("State"),
    ]  # fmt: skip
    return sheet(f"letters-{asked.name}", heads, (_line(one) for one in found))


def _line(one: Referral) -> list[object]:
    city, speech = book(), language()
    case: Case = one.case
    words: Words = labels.LABELS[ReferralState][ReferralState(one.state)]
    return [
        city.name(city.agencies.get(one.agency_id), speech),
        (case.parent or case).code,
        city.name(city.services.get(case.service_id), speech),
        city.name(city.districts.get(case.district_id), speech),
        city.name(city.neighbourhoods.get(case.neighbourhood_id), speech),
        *(at.isoformat() if at else "" for at in (one.opened_at, one.sent_at, one.replied_at)),
        str(words),
    ]
