"""Shared problems: who shares one, what units propose, people and faults counted apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from pol137.cases.models import Case, Incident, JoinProposal, Supporter
from pol137.cases.permissions import visible_to
from pol137.cases.vocabulary import BEFORE_ANSWER, Status
from pol137.lib.actor import Actor


@dataclass(frozen=True, slots=True)
class Shared:
    """How many people stand behind a case, how often they asked again, how many support it besides."""

    people: int = 1
    nudges: int = 0
    supporters: int = 0


def those_joined(main: Case) -> list[Case]:
    """The cases that wait with this one for its answer, or for the day of its plan."""
    waiting = [str(Status.JOINED), str(Status.PLANNED)]
    return list(Case.objects.filter(incident__main_case=main, status__in=waiting).order_by("id"))


def shared(case_ids: Iterable[int]) -> dict[int, Shared]:
    """People, nudges and supporters of cases with those that share their fault (three queries)."""
    ids = list(case_ids)
    incidents = dict(Incident.objects.filter(main_case__in=ids).values_list("pk", "main_case"))
    cases = Case.objects.filter(Q(pk__in=ids) | Q(incident__in=list(incidents)), parent__isnull=True)
    behind, nudged = dict[int, int](), Counter[int]()
    for pk, incident, nudges in cases.order_by().values_list("pk", "incident", "nudges"):
        if incident is None or incident in incidents:
            behind[pk] = incidents.get(incident, pk)
            nudged[behind[pk]] += nudges
    supporting = (
        Supporter.objects.filter(case__in=behind).order_by().values_list("case").annotate(Count("pk"))
    )
    people, support = Counter(behind.values()), Counter[int]()
    for case_id, n in supporting:
        support[behind[case_id]] += n
    return {pk: Shared(people[pk], nudged[pk], support[pk]) for pk in ids if pk in people}


@dataclass(frozen=True, slots=True)
class OpenCount:
    """What is open: faults, and the people who reported them; supporters are neither."""

    faults: int
    people: int


def open_people_and_faults() -> OpenCount:
    """Open faults and the people who wait for an answer to one, parts counted with their whole (a query)."""
    waiting = [str(status) for status in {*BEFORE_ANSWER, Status.JOINED}]
    found = Case.objects.filter(status__in=waiting, parent__isnull=True).aggregate(
        people=Count("pk"), faults=Count("pk", filter=~Q(status=Status.JOINED))
    )
    return OpenCount(faults=found["faults"], people=found["people"])


def _proposals(by: Actor) -> Q:
    return Q(settled_at__isnull=True, case__in=Case.objects.filter(visible_to(by)))


def join_proposals(by: Actor, *, limit: int = 50) -> list[JoinProposal]:
    """What units propose to join, with both cases, oldest first (one query)."""
    found = JoinProposal.objects.filter(_proposals(by), case__status__in=_undecided())
    return list(found.select_related("case", "main_case", "proposed_by").order_by("at", "id")[:limit])


def count_proposals(by: Actor) -> int:
    """How many proposals wait for the centre."""
    return JoinProposal.objects.filter(_proposals(by), case__status__in=_undecided()).count()


def _undecided() -> list[str]:
    return [str(status) for status in BEFORE_ANSWER]


def open_proposal(case_id: int) -> JoinProposal | None:
    """What a unit proposed of this case and nobody has decided."""
    found = JoinProposal.objects.filter(case_id=case_id, settled_at__isnull=True)
    return found.select_related("main_case").first()


def carrier_of(case: Case) -> Case:
    """The case on which the work is done: the main case of one that has joined, else itself."""
    return case.incident.main_case if case.status == Status.JOINED and case.incident else case
