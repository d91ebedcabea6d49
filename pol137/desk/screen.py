"""What the contact desk shows beside its form: subjects, articles, places, like cases, the caller's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pol137.cases.permissions import may_see
from pol137.cases.queries import alike, answer_clocks, cases_of_phone, near, same_thing
from pol137.cases.vocabulary import BEFORE_ANSWER, ENDED
from pol137.city.queries import FoundPlace, book, find_places, place_of_code
from pol137.city.rules.entries import AgencyEntry, GroundEntry, ServiceEntry
from pol137.city.rules.subjects import find_subjects
from pol137.contacts.queries import contacts_of_phone, find_articles, get_article
from pol137.desk.reading import rich_text
from pol137.lib import geo
from pol137.lib.actor import Actor
from pol137.lib.persian import search_key
from pol137.lib.phones import Phone, parse_phone
from pol137.lib.tracking_code import clean
from pol137.web.templatetags.fa import is_persian, language
from pol137.web.whereabouts import where

ASK = "ask-"
"""What stands before a question's code in the name of its field."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in a list beside the form."""

    case: Any
    service: str
    due: datetime | None
    open: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """An article open for reading out."""

    code: str
    title: str
    body: str
    owner: str
    stale: bool
    review_date: Any


def text_of(article: Any, *, now: datetime) -> Reading:
    """An article in the active language."""
    persian = is_persian() or not article.body_en
    owner = book().departments.get(article.owner_id)
    return Reading(
        code=article.code,
        title=article.title_fa if is_persian() or not article.title_en else article.title_en,
        body=rich_text(article.body_fa if persian else article.body_en),
        owner=book().name(owner, language()),
        stale=article.review_date < now.astimezone(book().zone).date(),
        review_date=article.review_date,
    )


def rows_of(cases: list[Any]) -> list[CaseRow]:
    """Cases with their service's name and when an answer is due (one query)."""
    clocks, city = answer_clocks([case.pk for case in cases]), book()
    return [
        CaseRow(
            case,
            city.services[case.service_id].name(language()),
            clocks[case.pk].due_at if case.pk in clocks and case.status in BEFORE_ANSWER else None,
            case.status not in ENDED,
        )
        for case in cases
    ]


def service_of(given: Mapping[str, Any]) -> ServiceEntry | None:
    """The subject chosen so far."""
    return book().services.find(str(given.get("service") or ""))


def around(given: Mapping[str, Any], *, contact_id: int, by: Actor, now: datetime) -> dict[str, Any]:
    """All that stands around the form, for what was typed and chosen so far."""
    service = service_of(given)
    place = place_of_code(str(given.get("place") or ""), asked=str(given.get("place_q") or ""))
    return {
        "subjects": _subjects(given, service),
        "subject": service,
        "subject_name": service.name(language()) if service else "",
        "subject_said": service.description(language()) if service else "",
        "places": _places(given, place),
        "place": place,
        "articles": _articles(given, service),
        "reading": _reading(given, now),
        "alike": _alike(given, service, place, by=by, now=now),
        **known_to(str(given.get("phone") or ""), contact_id=contact_id, by=by),
    }


def _subjects(given: Mapping[str, Any], chosen: ServiceEntry | None) -> list[tuple[str, str]]:
    asked = str(given.get("q") or "").strip() or ("" if chosen else str(given.get("words") or ""))
    found = find_subjects(asked, city=book())
    if chosen is not None and chosen not in found:
        found = [chosen, *found]
    return [(one.code, one.name(language())) for one in found]


def _places(given: Mapping[str, Any], chosen: FoundPlace | None) -> list[tuple[FoundPlace, str]]:
    found = find_places(str(given.get("place_q") or ""), limit=6)
    if chosen is not None and chosen not in found:
        found = [chosen, *found]
    return [(one, where(one)) for one in found]


def _articles(given: Mapping[str, Any], service: ServiceEntry | None) -> list[tuple[str, str]]:
    asked = str(given.get("q") or "").strip()
    if not asked and service is None:
        return []
    found, persian = find_articles(asked, service_id=service.id if service else None, limit=6), is_persian()
    return [(one.code, one.title_fa if persian or not one.title_en else one.title_en) for one in found]


def _reading(given: Mapping[str, Any], now: datetime) -> Reading | None:
    code = str(given.get("article") or "")
    article = get_article(code) if code else None
    return text_of(article, now=now) if article else None


def _alike(
    given: Mapping[str, Any],
    service: ServiceEntry | None,
    place: FoundPlace | None,
    *,
    by: Actor,
    now: datetime,
) -> list[CaseRow]:
    """Open cases that may be the same fault, to which this one can be joined."""
    if service is None:
        return []
    words = str(given.get("words") or "")
    answers = {name.removeprefix(ASK): value for name, value in given.items() if name.startswith(ASK)}
    same = same_thing(service_id=service.id, answers=answers, words=words, now=now, by=by)
    if same is not None:
        return rows_of([case for case in same if case.status in BEFORE_ANSWER][:6])
    found: list[Any] = []
    if place is not None and place.lat is not None and place.lon is not None:
        cell = geo.h3_cell(place.lat, place.lon)
        found = near(service_id=service.id, cell=cell, words=words, now=now, by=by)
    district = book().districts.find(str(given.get("district") or (place.district if place else "")))
    if district is not None:
        known = {case.pk for case in found}
        more = alike(service_id=service.id, district_id=district.id, words=words, now=now, by=by)
        found += [case for case in more if case.pk not in known]
    return rows_of([case for case in found if case.status in BEFORE_ANSWER][:6])


def known_to(raw: str, *, contact_id: int, by: Actor) -> dict[str, Any]:
    """How a number was understood, and what is known of it: that cases exist, never what they say."""
    number: Phone | None = parse_phone(raw, book().city.phone_region) if raw.strip() else None
    e164 = number.e164 or "" if number else ""
    cases = [case for case in cases_of_phone(e164) if may_see(case, by)] if e164 else []
    earlier = [one for one in contacts_of_phone(e164, by=by) if one.pk != contact_id]
    return {"number": number, "known": rows_of(cases), "earlier": earlier}


def caller_knows(said: str, *, code: str, name: str) -> str:
    """What of a case a caller has shown to know: its "code", the reporter's "name", or nothing ("").

    A name counts when all of it that was said stands in the one on file, or the other way round, letters and
    half-spaces written either way; a fragment of fewer than three letters is no name.
    """
    if clean(said) is not None:
        return "code" if clean(said) == code else ""
    told, filed = search_key(said), search_key(name)
    if min(len(told), len(filed)) < 3:
        return ""
    return "name" if told in filed or filed in told else ""


def agencies(*, emergency: bool) -> list[AgencyEntry]:
    """The bodies a matter can be handed to."""
    return [one for one in book().agencies if one.emergency is emergency]


def grounds(service: ServiceEntry | None) -> list[GroundEntry]:
    """The laws to explain, those of the subject first."""
    mine = service.code if service else ""
    return sorted(book().legal_grounds, key=lambda one: mine not in one.services)
