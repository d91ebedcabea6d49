"""Judging answers and objections: who may, and what he is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import BigIntegerField, CharField, Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Concat

from pol137.cases.models import Answer, Attachment, Case, Objection, Review
from pol137.cases.permissions import roles_on
from pol137.cases.rules.answers import DATED
from pol137.cases.rules.looks import alike
from pol137.cases.rules.sameness import named_thing
from pol137.cases.rules.steps import STEPS
from pol137.cases.vocabulary import (
    Action,
    AnswerDecision,
    AnswerType,
    CloseReason,
    Outcome,
    PhotoDoubt,
    Side,
    Status,
    Verdict,
)
from pol137.city.queries.book import book
from pol137.city.vocabulary import Role
from pol137.journal.models import Event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor
from pol137.lib.geo import Point, distance_m
from pol137.lib.persian import search_key
from pol137.lib.refusal import Refusal

LOOKED_AT = 500
"""So many of a unit's latest pictures are compared with a new one: what a page can look through at once."""

TOLD_AND_OPEN = (Status.ANNOUNCED, Status.PLANNED, Status.UNDER_REVIEW)


# --- who may judge --------------------------------------------------------------------------------


def approval_fault(case: Case, answer: Answer | None, by: Actor) -> Refusal | None:
    """Why this actor does not decide about this answer, whatever the table of steps says: he gave it, or he
    is the shift supervisor and nobody is in danger."""
    if answer is not None and by.staff_id is not None and answer.answered_by_id == by.staff_id:
        return Refusal("approver_answered_it")
    if not case.urgent and _only_supervises(roles_on(case, by)):
        return Refusal("supervisor_urgent_only")
    return None


def approvable_by(by: Actor) -> Q:
    """The cases whose answer this actor may decide about, as a filter on promises: twin of
    `approval_fault`."""
    own = Answer.objects.filter(case_id=OuterRef("case_id"), decision="", answered_by_id=by.staff_id)
    found = ~Q(Exists(own))
    return found & Q(case__urgent=True) if _only_supervises(by.roles) else found


def _only_supervises(roles: Iterable[str]) -> bool:
    return STEPS[Action.APPROVE].roles & frozenset(roles) == {Role.SHIFT_SUPERVISOR}


def review_fault(case: Case, objection: Objection, by: Actor) -> Refusal | None:
    """Why this actor does not decide this objection: of the unit, the approver, stationed in the district,
    or the reviewer of the objection before. After two verdicts only the head of the centre decides."""
    reviews = Review.objects.filter(objection__case=case)
    if reviews.count() >= book().city.verdicts_before_final:
        return None if Role.CENTRE_HEAD in by.roles else Refusal("review_is_the_heads")
    unit = book().departments.get(case.department_id)
    district = case.district_id or (unit.district_id if unit else None)
    held = {case.department_id, objection.answer.department_id}
    if any(seat.reach is not None and seat.reach & held for seat in by.seats):
        return Refusal("reviewer_of_the_unit")
    if objection.answer.decided_by_id is not None and objection.answer.decided_by_id == by.staff_id:
        return Refusal("reviewer_approved_it")
    if district is not None and district in _stations(by):
        return Refusal("reviewer_stationed_there")
    if reviews.filter(reviewer_id=by.staff_id).exists():
        return Refusal("reviewer_decided_before")
    return None


def reviewable_by(by: Actor) -> Q:
    """The cases whose objection this actor may decide, as a filter on promises: twin of `review_fault`."""
    case = OuterRef("case_id")
    waiting = Objection.objects.filter(case_id=case, review__isnull=True)
    decided = Review.objects.filter(objection__case_id=case).order_by("pk")
    before = book().city.verdicts_before_final
    last = Q(Exists(decided[before - 1 : before]))
    reach = frozenset[int]().union(*(seat.reach for seat in by.seats if seat.reach is not None))
    there = Q(case__district_id__in=_stations(by))
    there |= Q(case__district_id__isnull=True, case__department__district_id__in=_stations(by))
    own = Exists(waiting.filter(Q(answer__decided_by_id=by.staff_id) | Q(answer__department_id__in=reach)))
    mine = ~there & ~Q(case__department_id__in=reach) & ~Q(own)
    mine &= ~Q(Exists(decided.filter(reviewer_id=by.staff_id)))
    return last | mine if Role.CENTRE_HEAD in by.roles else ~last & mine


def _stations(by: Actor) -> set[int]:
    """The districts in which an actor is stationed."""
    units = (book().departments.get(seat.department_id) for seat in by.seats)
    return {one.district_id for one in units if one is not None and one.district_id is not None}


def final_review(case_id: int) -> Review | None:
    """The final answer of the head of the centre, after which nobody reviews another objection."""
    return Review.objects.filter(objection__case_id=case_id, final=True).first()


# --- what the judge is shown ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Doubt:
    """What speaks against a unit's picture: the case it was used on before, how many metres off it was."""

    doubt: PhotoDoubt
    case_id: int | None = None
    metres: int = 0


def returned_answers(case_ids: Iterable[int]) -> dict[int, list[Answer]]:
    """The answers of the present round that went back to the unit, by case (one query)."""
    found: dict[int, list[Answer]] = {}
    gone_back = Answer.objects.filter(case_id__in=list(case_ids)).select_related("case").order_by("id")
    for one in gone_back.exclude(decision__in=["", AnswerDecision.APPROVED]):
        if one.cycle == one.case.cycle:
            found.setdefault(one.case_id, []).append(one)
    return found


def photo_doubts(cases: Iterable[Case], pictures: Iterable[Attachment]) -> dict[int, list[Doubt]]:
    """What speaks against the units' pictures of these cases, by picture: the same or nearly the same one was
    used before, it was taken before the report, or elsewhere (two queries)."""
    of = {case.pk: case for case in cases}
    shown = [one for one in pictures if one.side == Side.STAFF and one.case_id in of]
    found: dict[int, list[Doubt]] = defaultdict(list)
    earlier = _earlier_pictures(shown, {of[one.case_id].department_id for one in shown}) if shown else []
    for one in shown:
        case = of[one.case_id]
        same = [row for row in earlier if row.stands_for(one)]
        exact = [row for row in same if row.sha256 == one.sha256]
        if same:
            doubt = PhotoDoubt.USED_BEFORE if exact else PhotoDoubt.ALIKE
            found[one.pk].append(Doubt(doubt, case_id=(exact or same)[0].case_id))
        if one.taken_at is not None and one.taken_at < case.registered_at:
            found[one.pk].append(Doubt(PhotoDoubt.TAKEN_BEFORE))
        if None not in (one.lat, one.lon, case.lat, case.lon):
            away = distance_m(Point(one.lat or 0.0, one.lon or 0.0), Point(case.lat or 0.0, case.lon or 0.0))
            if away > book().city.photo_elsewhere_metres:
                found[one.pk].append(Doubt(PhotoDoubt.ELSEWHERE, metres=round(away)))
    return dict(found)


@dataclass(frozen=True, slots=True)
class _Earlier:
    id: int
    case_id: int
    side: str
    sha256: str
    look: str

    def stands_for(self, picture: Attachment) -> bool:
        """Whether it shows the same and came before, from another case or from the citizen himself."""
        other = self.case_id != picture.case_id or self.side == Side.CITIZEN
        same = self.sha256 == picture.sha256 or alike(self.look, picture.look)
        return self.id < picture.pk and other and same


def _earlier_pictures(shown: list[Attachment], units: set[int | None]) -> list[_Earlier]:
    """Pictures of the same content or look anywhere, and the latest of these units."""
    columns = ("id", "case_id", "side", "sha256", "look")
    looks = {one.look for one in shown} - {""}
    same = Attachment.objects.filter(Q(sha256__in={one.sha256 for one in shown}) | Q(look__in=looks))
    rows = list(same.order_by("id").values_list(*columns))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id, a.case_id, a.side, a.sha256, a.look FROM unnest(%s::bigint[]) AS unit(id),"
            " LATERAL (SELECT p.* FROM cases_attachment p JOIN cases_case c ON c.id = p.case_id"
            " WHERE c.department_id = unit.id AND p.side = 'staff' AND p.look <> ''"
            " ORDER BY p.id DESC LIMIT %s) a ORDER BY a.id",
            [[one for one in units if one is not None], LOOKED_AT],
        )
        rows += cursor.fetchall()
    return [_Earlier(*row) for row in rows]


def same_problem_before(case: Case, *, since: datetime) -> Case | None:
    """The latest case of the same service at the same place whose answer was told, or that ended, since then:
    «عود». The place is the same cell of the map, or the same address; of a line or a numbered thing, it."""
    told = Q(status__in=TOLD_AND_OPEN, status_since__gte=since) | Q(closed_at__gte=since)
    before = Case.objects.filter(told, service_id=case.service_id, parent__isnull=True, pk__lt=case.pk)
    before = before.exclude(close_reason=CloseReason.WITHDRAWN).order_by("-id")
    thing = named_thing(book().services[case.service_id], case.questions)
    if thing is not None:
        return before.filter(**{f"questions__{thing[0]}__in": thing[1]}).first() if thing[1] else None
    if case.h3 and (found := before.filter(h3=case.h3).first()):
        return found
    address = search_key(case.address)
    if not address or case.district_id is None:
        return None
    near = before.filter(district_id=case.district_id).exclude(address="")[:LOOKED_AT]
    return next((one for one in near if search_key(one.address) == address), None)


# --- what it came to ------------------------------------------------------------------------------


def likely_outcome(case: Case) -> Outcome:
    """What a closed case came to, as its last answer and the last verdict on it say."""
    if case.close_reason == CloseReason.WITHDRAWN:
        return Outcome.WITHDRAWN
    holder = case.incident.main_case_id if case.incident else case.pk
    approved = Answer.objects.filter(case_id=holder, decision=AnswerDecision.APPROVED).order_by("-id")
    answer, review = approved.first(), Review.objects.filter(objection__case=case).order_by("-id").first()
    if answer is None:
        return Outcome.NOT_SOLVED
    if answer.type == AnswerType.DONE:
        if review is not None and review.verdict == Verdict.NOT_UPHELD:
            return Outcome.EXPLAINED
        earlier = approved[1:2]
        kept = any(one.cycle == answer.cycle and one.type in DATED for one in earlier)
        return Outcome.PLAN_KEPT if kept else Outcome.SOLVED
    return Outcome.HANDED_ON if answer.type == AnswerType.NOT_OURS else Outcome.NOT_FEASIBLE


@dataclass(frozen=True, slots=True)
class Renamed:
    """A case that turned out to be about another service than it was registered for."""

    case: Case
    first_service_id: int
    last_service_id: int


def renamed_cases(*, since: datetime, until: datetime, limit: int = 500) -> list[Renamed]:
    """The cases classified between two moments whose final service is not the one first chosen, the latest
    first (one query)."""
    registered = Event.objects.filter(
        stream=Concat(Value("case:"), Cast(OuterRef("pk"), CharField())), kind=EventKind.CASE_REGISTERED
    )
    first = Subquery(registered.values(service=Cast(KT("body__service"), BigIntegerField()))[:1])
    found = Case.objects.filter(classified_at__gte=since, classified_at__lt=until)
    found = found.annotate(first=first, last=Coalesce("final_service_id", "service_id"))
    found = found.filter(first__isnull=False).exclude(first=F("last")).order_by("-classified_at")
    return [Renamed(case, case.first, case.last) for case in found[:limit]]
