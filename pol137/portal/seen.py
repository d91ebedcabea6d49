"""What a case's page shows: public facts to everybody, more to whoever has proved the case is his."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pol137.cases.queries import (
    Dossier,
    Shared,
    allowed_actions,
    asked_now,
    carrier_of,
    dossier,
    get_case,
    plans_of,
    public_answer,
    shared,
)
from pol137.cases.vocabulary import ENDED, Action, PromiseKind, Side, Status
from pol137.city.queries import book
from pol137.city.rules.book import Book
from pol137.lib.actor import Actor, client
from pol137.lib.geo import Point, snap
from pol137.lib.persian import redact_personal
from pol137.lib.refusal import Refusal
from pol137.portal import progress, story
from pol137.portal.progress import PromiseView
from pol137.referrals.queries import referrals_of
from pol137.web.pieces import Line, Stage, Words

if TYPE_CHECKING:
    from pol137.cases.models import Case

TOLD = ENDED | {Status.ANNOUNCED, Status.PLANNED, Status.UNDER_REVIEW}
"""The answer told last stands, or is under review; in the other states a new one is awaited."""

OUTSIDER = client("portal")
"""With whose eyes anybody reads: public cases, never confidential ones."""


@dataclass(frozen=True, slots=True)
class PartView:
    """A part that another unit works on."""

    service: str
    unit: str
    status: str
    plan: str


@dataclass(frozen=True, slots=True)
class PhotoView:
    """A photo and what it shows."""

    id: int
    from_unit: bool


@dataclass(frozen=True, slots=True)
class BodyReply:
    """What another body replied to the letter of the centre."""

    body: str
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as one page shows it; `mine` to the reporter himself."""

    case_id: int
    code: str
    mine: bool
    service: str
    status: str
    status_words: Words
    unit: str
    place: str
    point: Point | None
    registered_at: datetime
    stages: list[Stage]
    story: list[Line]
    promise: PromiseView | None
    taken_to: str
    plan: str
    review: str
    answer: str
    answered_at: datetime | None
    answer_stands: bool
    words: str = ""
    address: str = ""
    photos: list[PhotoView] = field(default_factory=list)
    parts: list[PartView] = field(default_factory=list)
    question: str = ""
    asked_about: int | None = None
    object_until: datetime | None = None
    final: str = ""
    agreed: bool | None = None
    actions: frozenset[str] = frozenset()
    score: int = 0
    objection: str = ""
    has_phone: bool = False
    in_danger: bool = False
    erased_at: datetime | None = None
    told_by_sms: bool = False
    people: int = 1
    supporters: int = 0
    supportable: bool = False
    replies: list[BodyReply] = field(default_factory=list)


def view_of(case_id: int, *, by: Actor | None, language: str, now: datetime) -> CaseView:
    """The case for its proven reporter, or with `by` None for everybody.

    Refuses (Refusal case_unknown) what this reader may not know of.
    """
    case = get_case(case_id, by=by or OUTSIDER)
    if case.code is None:
        raise Refusal("case_unknown")
    found, city, mine, worked = dossier(case), book(), by is not None, carrier_of(case)
    unit = city.name(city.departments.get(worked.department_id), language)
    leads = found if worked is case else dossier(worked)
    announced = public_answer(case)
    open_words = mine or case.published_at is not None
    guard = str if mine else redact_personal
    asked = next(filter(None, map(asked_now, (case, *found.parts))), None) if mine else None
    window, last = found.clock(PromiseKind.OBJECTION_WINDOW), _last_word(found) if mine else None
    behind = shared([worked.pk]).get(worked.pk, Shared())
    return CaseView(
        case_id=case.pk,
        code=case.code,
        erased_at=case.erased_at,
        mine=mine,
        in_danger=case.in_danger,
        service=city.name(city.services[case.service_id], language),
        status=case.status,
        status_words=progress.status_words(found, mine=mine),
        unit=unit,
        place=place_of(city, case.district_id, case.neighbourhood_id, language),
        point=_point(case.lat, case.lon, mine=mine),
        registered_at=case.registered_at,
        stages=progress.stages(found, unit=unit),
        story=story.story(found, mine=mine),
        promise=progress.promise(found, leads=leads, now=now),
        taken_to=progress.taken_to(leads),
        plan=progress.plan_words(found),
        review=progress.review_words(found),
        answer=guard(announced.text) if announced else "",
        answered_at=announced.announced_at if announced else None,
        answer_stands=case.status in TOLD,
        words=guard(case.words) if open_words else "",
        address=guard(case.address) if open_words else "",
        photos=_photos(found, mine=mine, told=announced is not None),
        parts=_parts(found, city, language),
        question=asked.text if asked else "",
        asked_about=asked.case_id if asked else None,
        object_until=window.due_at if window and window.ended_at is None and not last else None,
        final=last.citizen_text if last else "",
        agreed=progress.agreed(found, now=now) if mine else None,
        actions=_actions(found, by, asked is not None) if by else frozenset(),
        score=_score(found),
        objection=found.objections[-1].words if mine and found.objections else "",
        has_phone=bool(mine and found.reporter and found.reporter.phone),
        told_by_sms=bool(mine and found.reporter and found.reporter.dialable and found.reporter.mobile),
        people=behind.people,
        supporters=behind.supporters,
        supportable=not mine and case.status not in TOLD,
        replies=_replies(case, city, language) if mine else [],
    )


def _replies(case: Case, city: Book, language: str) -> list[BodyReply]:
    """What bodies replied to letters about this case, or about the fault it shares."""
    ids = {case.pk, case.incident.main_case_id} if case.incident else {case.pk}
    return [
        BodyReply(city.name(city.agencies.get(one.agency_id), language), one.reply, one.replied_at)
        for one in referrals_of(ids)
        if one.replied_at is not None and one.reply
    ]


def place_of(city: Book, district_id: int | None, neighbourhood_id: int | None, language: str) -> str:
    """«منطقه ۱۰، شاهد»."""
    names = (city.name(city.districts.get(district_id), language), _quarter(city, neighbourhood_id, language))
    return ("، " if language.startswith("fa") else ", ").join(name for name in names if name)


def _quarter(city: Book, neighbourhood_id: int | None, language: str) -> str:
    return city.name(city.neighbourhoods.get(neighbourhood_id), language)


def _point(lat: float | None, lon: float | None, *, mine: bool) -> Point | None:
    """The reporter's own point; to others the middle of its square of about 100 m."""
    if lat is None or lon is None:
        return None
    return Point(lat, lon) if mine else snap(lat, lon)


def _photos(found: Dossier, *, mine: bool, told: bool) -> list[PhotoView]:
    return [
        PhotoView(one.pk, one.side == Side.STAFF)
        for one in found.pictures
        if one.public_sha256
        and shows_photo(one.side, mine=mine, published=found.case.published_at is not None, told=told)
    ]


def shows_photo(side: str, *, mine: bool, published: bool, told: bool) -> bool:
    """Whether this reader may see a photo of this side.

    One's own always; a unit's once its answer was told; to the public only after triage opened them.
    """
    if side == Side.STAFF:
        return told and (mine or published)
    return mine or published


def _parts(found: Dossier, city: Book, language: str) -> list[PartView]:
    shown = [part for part in found.parts if not part.confidential]
    plans = plans_of(shown) if shown else {}
    return [
        PartView(
            service=city.name(city.services[part.service_id], language),
            unit=city.name(city.departments.get(part.department_id), language),
            status=part.status,
            plan=progress.planned(plans.get(part.pk), part),
        )
        for part in shown
    ]


def _actions(found: Dossier, by: Actor, asked: bool) -> frozenset[str]:
    """The buttons: what the table of steps opens to the reporter, as far as there is something to do."""
    open_now = set(allowed_actions(found.case, by))
    open_now = open_now | {Action.RESUME} if asked else open_now - {Action.RESUME}
    if _score(found):
        open_now.discard(Action.RATE)
    if _last_word(found) is not None:
        open_now.discard(Action.OBJECT)
    return frozenset(str(action) for action in open_now)


def _last_word(found: Dossier) -> Any:
    """The final answer of the head of the centre to the objections, if it was given."""
    reviews = (one.review for one in found.objections if hasattr(one, "review"))
    return next((one for one in reviews if one.final), None)


def _score(found: Dossier) -> int:
    """The stars given to the answer that was told last; 0 for none."""
    told = [one.answer_id for one in found.announcements if one.announced_at is not None]
    return next((one.score for one in reversed(found.ratings) if told and one.answer_id == told[-1]), 0)
