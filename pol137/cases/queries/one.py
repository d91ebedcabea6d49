"""One case: found, whole, and what stands near it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection
from django.db.models import Exists, FloatField, Model, OuterRef, QuerySet, Subquery, prefetch_related_objects
from django.db.models.functions import Coalesce

from pol137.cases.models import (
    Announcement,
    Answer,
    Assignment,
    Attachment,
    Case,
    CaseText,
    JoinProposal,
    Note,
    Notice,
    Objection,
    Promise,
    Question,
    Rating,
    Reporter,
    Reveal,
    Rung,
    TimeRequest,
)
from pol137.cases.permissions import allowed_actions, may_see, visible_to
from pol137.cases.queries.incidents import Shared, carrier_of, open_proposal, shared
from pol137.cases.queries.searching import texts_for
from pol137.cases.rules.sameness import named_thing
from pol137.cases.rules.steps import sources_of
from pol137.cases.vocabulary import (
    ENDED,
    Action,
    PromiseKind,
    Status,
)
from pol137.city.queries.book import book
from pol137.journal.models import Event
from pol137.lib import tracking_code
from pol137.lib.actor import Actor, ActorKind
from pol137.lib.geo import neighbours
from pol137.lib.persian import search_key
from pol137.lib.refusal import Refusal

WEIGHED = 200
"""So many candidates are compared by their words at most."""

Kept = TypeVar("Kept", bound=Model)

NEAR_RINGS = 1
"""The cell of a case and those around it: about as far as two people point at the same thing."""


def get_case(case_id: int, *, by: Actor) -> Case:
    """The case, if this actor may see it. Refuses (Refusal) otherwise, without saying whether it exists."""
    case = Case.objects.filter(pk=case_id).first()
    if case is None or not may_see(case, by):
        raise Refusal("case_unknown")
    return case


def find_by_code(code: str) -> Case | None:
    """The case of a tracking code as anybody may write it: any digits, spaces, dashes."""
    clean = tracking_code.clean(code)
    return Case.objects.filter(code=clean).first() if clean else None


@dataclass(frozen=True, slots=True)
class Dossier:
    """All of a case that its page shows."""

    case: Case
    reporter: Reporter | None
    clocks: list[Promise]
    rungs: list[Rung]
    answers: list[Answer]
    announcements: list[Announcement]
    objections: list[Objection]
    ratings: list[Rating]
    asked: list[Question]
    pictures: list[Attachment]
    events: list[Event]
    parts: list[Case]
    joined: list[Case] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    reveals: list[Reveal] = field(default_factory=list)
    time_requests: list[TimeRequest] = field(default_factory=list)
    proposal: JoinProposal | None = None
    many: Shared | None = None

    def clock(self, kind: PromiseKind) -> Promise | None:
        """The latest clock of this kind."""
        return next((one for one in reversed(self.clocks) if one.kind == kind), None)

    @property
    def answer(self) -> Answer | None:
        """The latest answer given."""
        return next((one for one in reversed(self.answers) if one.answered_at is not None), None)

    @property
    def draft(self) -> Answer | None:
        """The unit's draft, if one waits."""
        return next((one for one in self.answers if one.answered_at is None), None)


_THERE = """
SELECT 'rung' WHERE EXISTS (SELECT FROM cases_rung r JOIN cases_promise p ON p.id = r.promise_id
                            WHERE p.case_id = %(case)s)
UNION ALL SELECT 'announcement' WHERE EXISTS (SELECT FROM cases_announcement WHERE case_id = %(case)s)
UNION ALL SELECT 'objection' WHERE EXISTS (SELECT FROM cases_objection WHERE case_id = %(case)s)
UNION ALL SELECT 'rating' WHERE EXISTS (SELECT FROM cases_rating WHERE case_id = %(case)s)
UNION ALL SELECT 'question' WHERE EXISTS (SELECT FROM cases_question WHERE case_id = %(case)s)
UNION ALL SELECT 'note' WHERE EXISTS (SELECT FROM cases_note WHERE case_id = %(case)s)
UNION ALL SELECT 'reveal' WHERE EXISTS (SELECT FROM cases_reveal WHERE case_id = %(case)s)
UNION ALL SELECT 'timerequest' WHERE EXISTS (SELECT FROM cases_timerequest WHERE case_id = %(case)s)
UNION ALL SELECT 'joinproposal' WHERE EXISTS (SELECT FROM cases_joinproposal WHERE case_id = %(case)s)
UNION ALL SELECT 'supporter' WHERE EXISTS (SELECT FROM cases_supporter WHERE case_id = %(case)s)
UNION ALL SELECT 'picture' WHERE EXISTS (SELECT FROM cases_attachment WHERE case_id IN (%(case)s, %(whole)s))
UNION ALL SELECT 'part' WHERE EXISTS (SELECT FROM cases_case WHERE parent_id = %(case)s)
UNION ALL SELECT 'joined' WHERE EXISTS (SELECT FROM cases_case WHERE incident_id =
                                        (SELECT id FROM cases_incident WHERE main_case_id = %(case)s))
"""
"""What few cases have is asked for by one statement; only what there is, is then read. No tables are joined
for it: of an empty one the database knows nothing, and would read all cases."""


def _there(case: Case) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_THERE, {"case": case.pk, "whole": case.parent_id})
        return {name for (name,) in cursor.fetchall()}


def dossier(case: Case) -> Dossier:
    """Everything about a case, in a constant number of queries."""
    there = _there(case)

    def kept(model: type[Kept]) -> list[Kept]:
        if model._meta.model_name not in there:
            return []
        return list(model._default_manager.filter(case=case).order_by("id"))

    joined = [case.incident.main_case] if case.incident else []
    if not joined and "joined" in there:
        joined = list(Case.objects.filter(incident__main_case=case).order_by("id"))
    pictures = Attachment.objects.filter(case_id__in=[case.pk, case.parent_id]).order_by("id")
    objections = kept(Objection)
    prefetch_related_objects(objections, "review")
    return Dossier(
        case=case,
        reporter=Reporter.objects.filter(case_id=case.parent_id or case.pk).first(),
        clocks=list(Promise.objects.filter(case=case).order_by("id")),
        rungs=list(Rung.objects.filter(promise__case=case)) if "rung" in there else [],
        answers=list(Answer.objects.filter(case=case).order_by("id")),
        announcements=kept(Announcement),
        objections=objections,
        ratings=kept(Rating),
        asked=kept(Question),
        pictures=list(pictures) if "picture" in there else [],
        events=list(Event.objects.filter(stream=f"case:{case.pk}").order_by("seq")),
        parts=list(Case.objects.filter(parent=case).order_by("id")) if "part" in there else [],
        joined=joined,
        assignments=list(Assignment.objects.filter(case=case).order_by("from_at", "id")),
        notes=kept(Note),
        reveals=kept(Reveal),
        time_requests=kept(TimeRequest),
        proposal=open_proposal(case.pk) if "joinproposal" in there else None,
        many=_many(case, alone=not joined and "supporter" not in there),
    )


def _many(case: Case, *, alone: bool) -> Shared | None:
    """Who stands behind the work on a case; of a part only its whole tells."""
    if alone:
        return Shared(nudges=case.nudges) if case.parent_id is None else None
    main = carrier_of(case).pk
    return shared([main]).get(main)


def reporter_of(case_id: int) -> Reporter | None:
    """Who reported a case, or the whole whose part it is."""
    whole = Case.objects.filter(pk=case_id).values(whole=Coalesce("parent", "pk"))
    return Reporter.objects.filter(case_id=whole[:1]).first()


def waiting_announcement(case_id: int) -> Announcement | None:
    """The answer a case's reporter is still to be told, while the case stands where it can be told."""
    found = Announcement.objects.filter(case_id=case_id, announced_at__isnull=True)
    return found.filter(case__status__in=sources_of(Action.ANNOUNCE)).order_by("-id").first()


def latest_announcement(case_id: int) -> Announcement | None:
    """The last announcement begun for a case."""
    return Announcement.objects.filter(case_id=case_id).select_related("answer").order_by("-id").first()


def near(
    *, service_id: int, cell: str, now: datetime, by: Actor, words: str = "", limit: int = 10
) -> list[Case]:
    """Recent open cases close by, those told in the likest words first: candidates for the same fault, never
    a global search (two queries)."""
    found = _recent(service_id, now=now, by=by).filter(h3__in=list(neighbours(cell, NEAR_RINGS)))
    return _likest(found, words, by=by, limit=limit)


def same_thing(
    *,
    service_id: int,
    answers: Mapping[str, object],
    now: datetime,
    by: Actor,
    words: str = "",
    limit: int = 10,
) -> list[Case] | None:
    """Recent open cases of the same line or numbered thing, wherever seen; None: it goes by its spot."""
    thing = named_thing(book().services[service_id], answers)
    if thing is None:
        return None
    found = _recent(service_id, now=now, by=by).filter(**{f"questions__{thing[0]}__in": thing[1]})
    return _likest(found, words, by=by, limit=limit) if thing[1] else []


def alike(
    *, service_id: int, district_id: int, now: datetime, by: Actor, words: str = "", limit: int = 10
) -> list[Case]:
    """Recent open cases of one service in one district, where no point is known, the likest first."""
    found = _recent(service_id, now=now, by=by).filter(district_id=district_id)
    return _likest(found, words, by=by, limit=limit)


def _recent(service_id: int, *, now: datetime, by: Actor) -> QuerySet[Case]:
    since = now - book().city.near_window
    found = Case.objects.filter(
        visible_to(by), service_id=service_id, registered_at__gte=since, parent__isnull=True
    )
    return found.exclude(status__in=[str(status) for status in ENDED])


def _likest(found: QuerySet[Case], words: str, *, by: Actor, limit: int) -> list[Case]:
    """Of the newest, those told in the likest words first. For outsiders the newest: to rank by words they
    may not read would tell them."""
    newest, asked = found.order_by("-registered_at", "-id"), search_key(words)
    if not asked or by.kind is not ActorKind.STAFF:
        return list(newest[:limit])
    texts = CaseText.objects.filter(case=OuterRef("pk"), reads__in=texts_for(by))
    like = Subquery(texts.values_list(TrigramWordSimilarity(asked, "letters")), output_field=FloatField())
    rows = list(newest.annotate(like=like).values_list("pk", "like")[:WEIGHED])
    best = [pk for pk, _ in sorted(rows, key=lambda row: -(row[1] or 0))[:limit]]
    cases = Case.objects.in_bulk(best)
    return [cases[pk] for pk in best]


def cases_of_phone(e164: str, *, limit: int = 20) -> list[Case]:
    """Cases whose contact number this is: that they exist, not what they say."""
    return list(Case.objects.filter(reporter__phone=e164, parent__isnull=True).order_by("-id")[:limit])


def words_of_note(note_id: int | None) -> str:
    """What a note says; empty for none."""
    return Note.objects.filter(pk=note_id or 0).values_list("text", flat=True).first() or ""


def numbers_kept_from(by: Actor, phones: Iterable[str]) -> set[str]:
    """Which of these numbers have a case that `by` may not see."""
    found = Case.objects.filter(reporter__phone__in=[one for one in phones if one])
    seen = Case.objects.filter(visible_to(by), pk=OuterRef("pk"))
    return set(found.filter(~Exists(seen)).values_list("reporter__phone", flat=True))


def open_announcements(e164: str) -> list[Case]:
    """Cases of this number whose answer was announced and may still be accepted or objected to."""
    states = [str(Status.ANNOUNCED), str(Status.PLANNED)]
    return list(
        Case.objects.filter(reporter__phone=e164, status__in=states, parent__isnull=True).order_by("id")
    )


def told_about(case: Case) -> list[Notice]:
    """Who was told of what about a case, oldest first."""
    return list(Notice.objects.filter(case=case).select_related("user").order_by("id"))


def can(case: Case, by: Actor, action: Action) -> bool:
    """Whether this step is open to the actor now."""
    return action in allowed_actions(case, by)


def attachment(attachment_id: int) -> Attachment | None:
    """A picture or paper by its number, with its case."""
    return Attachment.objects.filter(pk=attachment_id).select_related("case").first()


def attachment_for(attachment_id: int, *, by: Actor) -> Attachment:
    """A picture this actor may see: of a case he sees, or of the whole whose part he sees.

    Refuses (Refusal) otherwise, without saying whether it exists.
    """
    found = attachment(attachment_id)
    if found is None:
        raise Refusal("case_unknown")
    if not may_see(found.case, by) and not Case.objects.filter(visible_to(by), parent=found.case_id).exists():
        raise Refusal("case_unknown")
    return found
