"""Finding cases by their number and by what was said on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Value, When
from django.db.models import Case as Either

from pol137.cases.models import Case, CaseText
from pol137.cases.permissions import reads_all, visible_to
from pol137.cases.rules.searching import Reads, Sought
from pol137.lib import tracking_code
from pol137.lib.actor import Actor
from pol137.lib.persian import ascii_digits

NEWEST = (2_000, 6_000)
"""So many of the newest are looked through, then so many, for words that stand in so many cases that the
index would gather more than that."""

COMMON = 0.008
"""The share of cases that makes a word such a one: the newest hold a page of it."""

RANKED = 100
"""So many of the newest that are found are ranked: those that say it just as it was asked come first."""

FORMS = """
SELECT word, coalesce(sum(share), 0), coalesce(array_agg(known) FILTER (WHERE known <> word), '{}')
FROM unnest(%s::text[]) word LEFT JOIN (
    SELECT unnest(most_common_elems::text::text[]) known, unnest(most_common_elem_freqs) share FROM pg_stats
    WHERE schemaname = current_schema() AND tablename = 'cases_casetext' AND attname = 'words'
) stands ON starts_with(known, word) GROUP BY word
"""
"""In what share of the texts a word begins with each of these, and which do, by the database's statistics."""


def numbered(by: Actor, text: str) -> list[Case]:
    """The cases of exactly this tracking code, or of this number in another portal or a former system, among
    those this actor may see (one query)."""
    return list(Case.objects.filter(visible_to(by), _number(text)).order_by("-id")[:RANKED])


def _number(text: str) -> Q:
    named = Q(external_ref__in={text.strip(), ascii_digits(text.strip())} - {""}) & ~Q(external_ref="")
    code = tracking_code.clean(text)
    return named | Q(code=code) if code else named


def search(by: Actor, text: str, *, limit: int = 50) -> list[Case]:
    """Cases by their number, by the beginning of their code, or by words of problem, place and reply, among
    those this actor may see: what says it as it was asked first, then the newest (nine queries at most).

    Every word must begin a word of the case; where that finds too few, pieces of words count too.
    Guarantees: only what he may read is searched, so that no search tells a hidden number.
    """
    exact, sought = numbered(by, text), Sought.of(text)
    if tracking_code.clean(text):
        return exact
    found = [case.pk for case in exact]
    if sought.code:
        begun = Case.objects.filter(visible_to(by), code__startswith=sought.code).order_by("-id")
        found += begun.values_list("pk", flat=True)[:limit]
    for rows in _said(by, sought, limit=limit):
        found += [pk for pk, _ in sorted(rows, key=lambda row: not row[1]) if pk not in found]
        if len(found) >= limit:
            break
    cases = Case.objects.in_bulk(found[:limit])
    return [cases[pk] for pk in found[:limit]]


def _said(by: Actor, sought: Sought, *, limit: int) -> Iterator[list[tuple[int, bool]]]:
    """The newest cases that say it, way by way, and whether they say it just as it was asked.

    Where a word is not common the index is asked for such words only, and what it finds for the rest. Where
    all are, the newest are looked through; then it is asked for the forms in which they mostly stand.
    """
    if not sought.words:
        return
    forms, just = _forms(sought.words), _whether(Q(letters__contains=sought.piece))
    rare = [word for word in sought.words if forms[word][0] < COMMON]
    words, *pieces = _ways(sought)
    for many in () if rare else NEWEST:
        latest = _newest(by, many).values_list("case_id", just, _whether(words))
        hits = [(pk, as_asked) for pk, as_asked, hit in latest if hit][:RANKED]
        if len(hits) >= limit:
            yield hits
            return
    seen = _texts(by).filter(case__in=Case.objects.filter(visible_to(by)))
    if rare:
        by_words, *inside = _by_index(seen, sought, rare)
        gathered = by_words.order_by((F("case_id") + Value(0)).desc())
    else:
        gathered = seen.filter(words=_standing(forms)).order_by("-case_id")
        inside = [seen.filter(way) for way in pieces or [words]]
    for one in (gathered, *(way.order_by("-case_id") for way in inside)):
        yield list(one.values_list("case_id", just)[:RANKED])


def _newest(by: Actor, many: int) -> QuerySet[CaseText]:
    """What the newest cases this actor may see say: of a unit by the index of units, else by walking back."""
    seen = Case.objects.filter(visible_to(by))
    reach = {one for seat in by.seats for one in seat.reach or ()}
    if not reach or any(seat.reach is None for seat in by.seats):
        return _texts(by).filter(case__in=seen).order_by("-case_id")[:many]
    held, inner = (
        Case.objects.filter(**{f"{lies}__in": reach}).order_by("-id").values("pk")[:many]
        for lies in ("department", "inner_department")
    )
    return _texts(by).filter(case__in=seen.filter(pk__in=held.union(inner))).order_by("-case_id")[:many]


def _forms(words: Sequence[str]) -> dict[str, tuple[float, list[str]]]:
    """How common each of these is, and which known words begin with it."""
    with connection.cursor() as cursor:
        cursor.execute(FORMS, [list(words)])
        return {word: (share, [one for one in known if one.isalnum()]) for word, share, known in cursor}


def _standing(forms: dict[str, tuple[float, list[str]]]) -> SearchQuery:
    """Texts in which each of these stands in one of its known forms."""
    either = (" | ".join(f"'{one}'" for one in (word, *known)) for word, (_, known) in forms.items())
    return SearchQuery(" & ".join(f"({one})" for one in either), config="simple", search_type="raw")


def _whether(said: Q) -> ExpressionWrapper[Q]:
    return ExpressionWrapper(said, output_field=BooleanField())


def _asked_of_each(said: Q) -> Q:
    """The same filter in words an index does not answer: it would gather all that is common in it."""
    return Q(Either(When(said, then=True), default=False, output_field=BooleanField()))


def saying(by: Actor, text: str) -> Q:
    """The cases that have this number or say this in words the actor may read, as a filter.

    A rare word is looked up in the index; where all are common, the texts of the cases at hand are read.
    """
    sought, number = Sought.of(text), _number(text)
    if tracking_code.clean(text):
        return number
    if sought.code:
        number |= Q(code__startswith=sought.code)
    forms = _forms(sought.words) if sought.words else {}
    if rare := [word for word in sought.words if forms[word][0] < COMMON]:
        found: list[QuerySet[Any, Any]] = [Case.objects.filter(number).values("pk")]
        found += [one.values("case_id") for one in _by_index(_texts(by), sought, rare)]
        return Q(pk__in=found[0].union(*found[1:]))
    said = Q(pk__in=[])
    for way in _ways(sought):
        said |= way
    return Q(Exists(_texts(by).filter(_asked_of_each(said), case_id=OuterRef("pk")))) | number


def _by_index(texts: QuerySet[CaseText], sought: Sought, rare: Sequence[str]) -> list[QuerySet[CaseText]]:
    """Way by way the texts that say it: the index is asked for the rare words, what it finds for the rest."""
    words, *pieces = _ways(sought)
    keys = [Q(letters__contains=word) for word in sought.pieces if word in rare]
    by_words = texts.filter(_asked_of_each(words), words=_beginning(rare))
    return [by_words, *(texts.filter(*keys, _asked_of_each(way) if keys else way) for way in pieces)]


def texts_for(by: Actor) -> list[str]:
    """Which texts of a case this actor may read: one of each at most."""
    return [Reads.ANY, Reads.ALL if reads_all(by) else Reads.REST]


def _texts(by: Actor) -> QuerySet[CaseText]:
    return CaseText.objects.filter(reads__in=texts_for(by))


def _ways(sought: Sought) -> list[Q]:
    """How texts can say it: every word begins a word; all in one piece, or every word in a piece of one."""
    if not sought.words:
        return []
    ways = [Q(words=_beginning(sought.words))]
    if sought.pieces:
        inside = Q(*[("letters__contains", piece) for piece in sought.pieces])
        inside &= Q(words=_beginning(sought.short)) if sought.short else Q()
        ways.append(Q(letters__contains=sought.piece) | inside)
    return ways


def _beginning(words: Iterable[str]) -> SearchQuery:
    """Texts in which each of these begins a word."""
    return SearchQuery(" & ".join(f"'{word}':*" for word in words), config="simple", search_type="raw")
