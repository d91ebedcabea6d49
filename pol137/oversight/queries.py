"""Reading the weekly list, the second looks and the centre's own figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, F, Q, QuerySet

from pol137.cases.models import Case, Promise, Rung
from pol137.cases.permissions import visible_to
from pol137.cases.vocabulary import ENDED, PromiseKind, Status, Stop
from pol137.city.queries.book import book
from pol137.city.vocabulary import Role
from pol137.lib.actor import Actor
from pol137.oversight.models import Finding, Recheck, WeeklyTold
from pol137.oversight.permissions import FINDING_READERS, OVERSEERS, RECHECKERS, acting_as
from pol137.staff.queries import display_names

CENTRE_CLOCKS = (
    PromiseKind.TRIAGE,
    PromiseKind.APPROVAL,
    PromiseKind.ANNOUNCEMENT,
    PromiseKind.REVIEW,
)
"""The clocks that the centre itself must keep."""


def after_last_rung() -> QuerySet[Promise]:
    """The promises of an answer or of a planned work whose whole ladder was climbed and that nobody has
    answered since."""
    kinds = [str(PromiseKind.ANSWER), str(PromiseKind.PLAN)]
    standing = Promise.objects.filter(kind__in=kinds, ended_at__isnull=True, next_at__isnull=True)
    return standing.filter(next_rung__gte=F("rung_due__len")).exclude(stop=str(Stop.HELD))


def weekly_list(by: Actor) -> QuerySet[Promise]:
    """What of it concerns somebody above: a manager's own units, the whole city for inspection (what its
    ladders name it for) and the mayor's office. The oldest due first."""
    above = acting_as(by, OVERSEERS)
    living = [str(status) for status in Status if status not in ENDED]
    found = after_last_rung()
    if seen := visible_to(above):
        found = found.filter(case__in=Case.objects.filter(seen, status__in=living))
    if above.roles == {Role.INSPECTOR}:
        found = found.filter(policy__rungs__contains=[{"roles": [str(Role.INSPECTOR)]}])
    return found.select_related("case__parent").order_by("due_at", "id")


def weekly_count(by: Actor) -> int:
    """How many cases stand on his list."""
    return weekly_list(by).count()


def last_rungs(promise_ids: Iterable[int]) -> dict[int, datetime]:
    """When the last rung of each promise fired (one query)."""
    found = Rung.objects.filter(promise_id__in=list(promise_ids)).order_by("n")
    return dict(found.values_list("promise_id", "fired_at"))


def findings_on(case_ids: Iterable[int]) -> dict[int, list[Finding]]:
    """What inspection found, by case, oldest first (one query)."""
    found: dict[int, list[Finding]] = {}
    for one in Finding.objects.filter(case_id__in=list(case_ids)).select_related("by").order_by("id"):
        found.setdefault(one.case_id, []).append(one)
    return found


def findings_for(case_id: int, *, by: Actor) -> list[Finding]:
    """What inspection found about a case, for those above the unit; nothing for anybody else."""
    return findings_on([case_id]).get(case_id, []) if by.roles & FINDING_READERS else []


def last_told(user_id: int) -> WeeklyTold | None:
    """When this member of staff was last told of his weekly list."""
    return WeeklyTold.objects.filter(user_id=user_id).order_by("-week").first()


def rechecks_for(by: Actor) -> QuerySet[Recheck]:
    """The second looks this expert may take, the oldest first: of answers in other districts than his own,
    not approved or given by himself."""
    if not RECHECKERS & by.roles:
        return Recheck.objects.none()
    city = book()
    stations = {
        city.departments[seat.department_id].district_id for seat in by.seats if seat.role in RECHECKERS
    }
    waiting = Recheck.objects.filter(decided_at__isnull=True).select_related("answer", "case")
    elsewhere = Q(case__district_id__isnull=True) | ~Q(case__district_id__in=stations - {None})
    own = Q(answer__decided_by_id=by.staff_id) | Q(answer__answered_by_id=by.staff_id)
    return waiting.filter(elsewhere).exclude(own).order_by("drawn_at", "id")


def find_recheck(recheck_id: int, *, by: Actor) -> Recheck | None:
    """A second look that this expert may take now."""
    return rechecks_for(by).filter(pk=recheck_id).first()


@dataclass(frozen=True, slots=True)
class RecheckFigures:
    """Second looks of a month: how many were taken and how many disagreed; and how many wait today."""

    decided: int
    disagreed: int
    waiting: int
    by_approver: list[tuple[str, int, int]]

    @property
    def share(self) -> int:
        """Disagreements per hundred."""
        return round(100 * self.disagreed / self.decided) if self.decided else 0


def recheck_figures(*, since: datetime, until: datetime) -> RecheckFigures:
    """What second looks decided between two moments came to, by who had approved."""
    decided = Recheck.objects.filter(decided_at__gte=since, decided_at__lt=until)
    rows = decided.values("answer__decided_by").annotate(
        n=Count("pk"), no=Count("pk", filter=Q(agrees=False))
    )
    found = [(row["answer__decided_by"], row["n"], row["no"]) for row in rows]
    names = display_names(user for user, _, _ in found)
    named = ((names.get(user, ""), n, no) for user, n, no in found)
    return RecheckFigures(
        decided=sum(n for _, n, _ in found),
        disagreed=sum(no for _, _, no in found),
        waiting=Recheck.objects.filter(decided_at__isnull=True).count(),
        by_approver=sorted(named, key=lambda one: (-one[2], -one[1], one[0])),
    )


def disagreements(*, since: datetime, until: datetime) -> list[Recheck]:
    """The second looks of a time that disagreed, latest first."""
    found = Recheck.objects.filter(agrees=False, decided_at__gte=since, decided_at__lt=until)
    return list(found.select_related("case__parent", "decided_by").order_by("-decided_at")[:100])


@dataclass(frozen=True, slots=True)
class ClockFigures:
    """How one clock of the centre was kept: those that fell due in a time, and how long they usually took."""

    kind: str
    due: int
    in_time: int
    late: int
    median: timedelta | None

    @property
    def running(self) -> int:
        """Those still running inside their time."""
        return self.due - self.in_time - self.late

    @property
    def share(self) -> int:
        """Kept in time, per hundred of those that ended or ran out."""
        ended = self.in_time + self.late
        return round(100 * self.in_time / ended) if ended else 0


_FIGURES = """
SELECT kind, count(*),
    count(*) FILTER (WHERE coalesce(met_at, ended_at) <= due_at),
    count(*) FILTER (WHERE coalesce(met_at, ended_at) > due_at OR (ended_at IS NULL AND due_at < %(now)s)),
    percentile_cont(0.5) WITHIN GROUP (
        ORDER BY extract(epoch FROM coalesce(met_at, ended_at) - started_at)
    ) FILTER (WHERE ended_at IS NOT NULL)
FROM cases_promise WHERE kind = ANY(%(kinds)s) AND due_at >= %(since)s AND due_at < %(until)s GROUP BY kind
"""


def centre_figures(*, since: datetime, until: datetime, now: datetime) -> list[ClockFigures]:
    """The centre's own row: its clocks that fell due between two moments, in the order of the work."""
    kinds = [str(kind) for kind in CENTRE_CLOCKS]
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, {"now": now, "kinds": kinds, "since": since, "until": until})
        rows = {row[0]: row for row in cursor.fetchall()}
    found = []
    for kind in kinds:
        _, due, in_time, late, median = rows.get(kind, (kind, 0, 0, 0, None))
        usual = None if median is None else timedelta(seconds=float(median))
        found.append(ClockFigures(kind, due, in_time, late, usual))
    return found
