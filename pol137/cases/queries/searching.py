"""Finding cases by their code and by what was said on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.contrib.postgres.search import SearchQuery
from django.db.models import BooleanField, ExpressionWrapper, Q

from pol137.cases.models import Case, CaseText
from pol137.cases.permissions import reads_all, visible_to
from pol137.cases.rules.searching import Reads, Sought
from pol137.lib import tracking_code
from pol137.lib.actor import Actor

RECENT = 2000
"""So many of the newest are looked through first: words common together need no index, and mislead it."""

RANKED = 100
"""So many of the newest that are found are ranked: those that say it just as it was asked come first."""


def search(by: Actor, text: str, *, limit: int = 50) -> list[Case]:
    """Cases by tracking code or its beginning, or by words of problem, place and reply, among those this
    actor may see: those that say it as it was asked first, then the newest (five queries at most).

    Every word must begin a word of the case; where that finds too few, pieces of words count too.
    Guarantees: only what he may read is searched, so that no search tells a hidden number.
    """
    seen, sought = Case.objects.filter(visible_to(by)), Sought.of(text)
    if code := tracking_code.clean(text):
        return list(seen.filter(code=code))
    found: list[int] = []
    if sought.code:
        begun = seen.filter(code__startswith=sought.code).order_by("-id")
        found += begun.values_list("pk", flat=True)[:limit]
    readable, ways = Q(texts__reads__in=texts_for(by)), _ways(sought, "texts__")
    exact = Q(texts__letters__contains=sought.piece)
    if len(sought.words) > 1:
        newest = seen.filter(readable).order_by("-id")
        latest = newest.values_list("pk", _whether(ways[0]), _whether(exact))[:RECENT]
        hits = [(pk, just) for pk, hit, just in latest if hit][:RANKED]
        ways = [] if len(hits) >= limit else ways
        found += _exact_first(hits) if not ways else []
    for way in ways:
        if len(found) < limit:
            said = seen.filter(readable & way).order_by("-id")
            rows = said.values_list("pk", _whether(exact))[:RANKED]
            found += [pk for pk in _exact_first(rows) if pk not in found]
    cases = Case.objects.in_bulk(found[:limit])
    return [cases[pk] for pk in found[:limit]]


def _whether(said: Q) -> ExpressionWrapper[Q]:
    return ExpressionWrapper(said, output_field=BooleanField())


def _exact_first(rows: Iterable[tuple[int, bool]]) -> list[int]:
    return [pk for pk, _ in sorted(rows, key=lambda row: not row[1])]


def saying(by: Actor, text: str) -> Q:
    """The cases that have this code or say this in words the actor may read, as a filter."""
    if code := tracking_code.clean(text):
        return Q(code=code)
    sought, said = Sought.of(text), Q(pk__in=[])
    for way in _ways(sought):
        said |= way
    found = Q(pk__in=CaseText.objects.filter(said, reads__in=texts_for(by)).values("case_id"))
    return found | Q(code__startswith=sought.code) if sought.code else found


def texts_for(by: Actor) -> list[str]:
    """Which texts of a case this actor may read: one of each at most."""
    return [Reads.ANY, Reads.ALL if reads_all(by) else Reads.REST]


def _ways(sought: Sought, to: str = "") -> list[Q]:
    """How texts can say it: every word begins a word; all in one piece, or every word in a piece of one."""
    if not sought.words:
        return []
    ways = [Q(**{f"{to}words": _beginning(sought.words)})]
    if sought.pieces:
        inside = Q(*[(f"{to}letters__contains", piece) for piece in sought.pieces])
        inside &= Q(**{f"{to}words": _beginning(sought.short)}) if sought.short else Q()
        ways.append(Q(**{f"{to}letters__contains": sought.piece}) | inside)
    return ways


def _beginning(words: Sequence[str]) -> SearchQuery:
    """Texts in which each of these begins a word."""
    return SearchQuery(" & ".join(f"'{word}':*" for word in words), config="simple", search_type="raw")
