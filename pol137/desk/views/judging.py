"""What stands beside an answer for whoever judges it; the report of subjects that turned out others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from pol137.cases.queries import overview
from pol137.cases.queries.judging import Doubt, photo_doubts, renamed_cases, returned_answers
from pol137.cases.vocabulary import PhotoDoubt
from pol137.city.queries import book
from pol137.city.queries.book import local_day
from pol137.desk.places import SUBJECT_READERS
from pol137.desk.views.shown import listed
from pol137.lib import jalali
from pol137.lib.actor import Actor
from pol137.web import labels
from pol137.web.access import access
from pol137.web.pieces import Chip, Words
from pol137.web.request import Request
from pol137.web.templatetags.fa import digits, language
from pol137.web.templatetags.fa import jalali as day_words

if TYPE_CHECKING:
    from pol137.cases.models import Answer, Attachment, Case

MONTHS_BACK = 6


@dataclass(frozen=True, slots=True)
class Warned:
    """What speaks against a picture, in words, with the case it was used on before."""

    picture: Attachment
    words: Words
    href: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What an approver is shown beside the answer itself."""

    recurs: str = ""
    recurs_href: str = ""
    returns: Sequence[Answer] = ()
    warnings: Sequence[Warned] = field(default_factory=tuple)


def judged(cases: Sequence[Case], pictures: Iterable[Attachment], *, by: Actor) -> dict[int, Judged]:
    """Beside each of these cases: the case it repeats, what went back before, doubts about photos (four
    queries)."""
    ids = [case.recurs_id for case in cases if case.recurs_id is not None]
    before = {one.pk: one for one in overview(by).filter(pk__in=ids)}
    shown = list(pictures)
    returns, doubts = returned_answers([case.pk for case in cases]), photo_doubts(cases, shown)
    found = {}
    for case in cases:
        earlier = before.get(case.recurs_id or 0)
        found[case.pk] = Judged(
            recurs=day_words(earlier.registered_at, "short") if earlier else "",
            recurs_href=reverse("desk:case", args=[earlier.pk]) if earlier else "",
            returns=returns.get(case.pk, ()),
            warnings=[
                _warned(one, doubt)
                for one in shown
                if one.case_id == case.pk
                for doubt in doubts.get(one.pk, ())
            ],
        )
    return found


def _warned(picture: Attachment, doubt: Doubt) -> Warned:
    words = labels.LABELS[PhotoDoubt][doubt.doubt]
    if doubt.doubt is PhotoDoubt.ELSEWHERE:
        words = _("Taken %(metres)s metres away") % {"metres": digits(doubt.metres)}
    if doubt.case_id == picture.case_id:
        return Warned(picture, _("The citizen's own photo"))
    return Warned(picture, words, reverse("desk:case", args=[doubt.case_id]) if doubt.case_id else "")


@access(roles=SUBJECT_READERS)
@require_GET
def renamed(request: Request) -> HttpResponse:
    """Which cases turned out to be about another subject than was first chosen, in a month of the Jalali
    year: where the choice of subjects misleads."""
    back = request.GET.get("back", "0")
    months = _months(request.now)
    here = min(int(back), MONTHS_BACK - 1) if back.isdecimal() and len(back) < 3 else 0
    since, until, _words = months[here]
    city, speech = book(), language()

    def name(service_id: int) -> str:
        return city.name(city.services.get(service_id), speech)

    found = renamed_cases(since=since, until=until)
    seen = overview(request.actor).filter(pk__in=[one.case.pk for one in found])
    known = set(seen.values_list("pk", flat=True))
    rows = [one for one in found if one.case.pk in known]
    pairs = Counter((name(one.first_service_id), name(one.last_service_id)) for one in rows)
    context = {
        "rows": [
            (listed(one.case, by=request.actor), name(one.first_service_id), name(one.last_service_id))
            for one in rows
        ],
        "pairs": [(*pair, n) for pair, n in pairs.most_common(20)],
        "chips": [Chip(words, f"?back={n}", here=n == here) for n, (_a, _b, words) in enumerate(months)],
    }
    return render(request, "desk/renamed.html", context)


def _months(now: datetime) -> list[tuple[datetime, datetime, str]]:
    """The present Jalali month and those before it: from, until, and the months as they are written."""
    zone, day, found = book().zone, local_day(now), []
    for _n in range(MONTHS_BACK):
        year, month = jalali.month_of(day)
        first, after = jalali.month_days(year, month)
        since, until = (datetime.combine(one, datetime.min.time(), tzinfo=zone) for one in (first, after))
        found.append((since, until, f"{jalali.MONTHS[month - 1]} {digits(year)}"))
        day = first - timedelta(days=1)
    return found
