"""Where a case of the past came from, and which of the past were told more than once."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Exists, OuterRef

from pol137.cases.models import Case
from pol137.cases.permissions import visible_to
from pol137.cases.queries.one import NEAR_RINGS
from pol137.city.queries.book import book
from pol137.history.models import Origin
from pol137.lib.actor import Actor
from pol137.lib.geo import Point, cell_number, distance_m, neighbours, numbers_near

_FIRST_RING_M, _RING_M = 70, 110
"""All within 70 m of a point lies in its cell or the first ring of cells; each ring more holds 110 m more."""


class Told(NamedTuple):
    """A case with a point, and its place in the order of services and times."""

    n: int
    pk: int
    service_id: int
    at: datetime
    point: Point
    cell: int


@dataclass(frozen=True, slots=True)
class Nearness:
    """What counts as told twice: the same service, so near (None: as near as the desk asks), so soon."""

    metres: float | None
    window: timedelta

    @property
    def rings(self) -> int:
        """So many rings of cells around a point hold all that is near enough."""
        if self.metres is None:
            return NEAR_RINGS
        return 1 + max(0, math.ceil((self.metres - _FIRST_RING_M) / _RING_M))

    def holds(self, a: Told, b: Told) -> bool:
        """Whether two cases of one service and of cells within the rings are near enough."""
        return self.metres is None or distance_m(a.point, b.point) <= self.metres


@dataclass(frozen=True, slots=True)
class NearGroups:
    """Groups of cases that tell the same, each the numbers of its cases in the order they were told.

    `repeats` had one before them; `placed` are those with a point, all that could be compared.
    """

    groups: list[list[int]]
    placed: int
    repeats: int

    @property
    def members(self) -> int:
        """How many cases stand in a group."""
        return sum(map(len, self.groups))


@dataclass(frozen=True, slots=True)
class NearCase:
    """A case of a group, as the list shows it."""

    group: int
    code: str
    external_ref: str
    service_id: int
    registered_at: datetime


def nearness(*, metres: float | None, days: float | None) -> Nearness:
    """What a map says of being near, and what the city says where it is silent."""
    return Nearness(metres, timedelta(days=days) if days else book().city.near_window)


def origin_of(case_id: int) -> Origin | None:
    """Where a case came from, if it was brought along."""
    return Origin.objects.filter(case=case_id).select_related("run").first()


def twins_of(case: Case, *, by: Actor, limit: int = 10) -> list[Case]:
    """Cases of the same service close by, told a little before or after this one, that `by` may see; the
    earliest first."""
    if not case.h3:
        return []
    window = book().city.near_window
    found = Case.objects.filter(
        visible_to(by),
        service=case.service_id,
        h3__in=list(neighbours(case.h3, NEAR_RINGS)),
        registered_at__range=(case.registered_at - window, case.registered_at + window),
        parent__isnull=True,
    )
    return list(found.exclude(pk=case.pk).order_by("registered_at", "pk")[:limit])


def near_groups(source: str, *, near: Nearness) -> NearGroups:
    """Which cases of a source tell the same as another: read once, in order, keeping one window in memory."""
    leads: dict[int, int] = {}
    pks: dict[int, int] = {}
    placed = repeats = 0
    for told, before in _with_those_before(source, near):
        placed += 1
        repeats += bool(before)
        for one in before:
            leads[_lead(leads, told.n)] = _lead(leads, one.n)
            pks[told.n], pks[one.n] = told.pk, one.pk
    groups: dict[int, list[int]] = {}
    for n in sorted(pks):
        groups.setdefault(_lead(leads, n), []).append(pks[n])
    return NearGroups(list(groups.values()), placed, repeats)


def _lead(leads: dict[int, int], n: int) -> int:
    """The case a group is named by, found along ever shorter ways."""
    while leads.setdefault(n, n) != n:
        leads[n] = leads[leads[n]]
        n = leads[n]
    return n


def _with_those_before(source: str, near: Nearness) -> Iterator[tuple[Told, list[Told]]]:
    """Every placed case, and those of its service near it within the window before."""
    cells: dict[int, deque[Told]] = {}
    recent: deque[Told] = deque()
    service = 0
    for told in _told(source):
        if told.service_id != service:
            service, cells, recent = told.service_id, {}, deque()
        while recent and recent[0].at < told.at - near.window:
            old = recent.popleft()
            cells[old.cell].popleft()
            if not cells[old.cell]:
                del cells[old.cell]
        around = (one for cell in numbers_near(told.cell, near.rings) for one in cells.get(cell, ()))
        yield told, [one for one in around if near.holds(one, told)]
        recent.append(told)
        cells.setdefault(told.cell, deque()).append(told)


def _told(source: str) -> Iterator[Told]:
    of_source = Origin.objects.filter(case=OuterRef("pk"), source=source)
    found = Case.objects.filter(Exists(of_source), lat__isnull=False).exclude(h3="")
    found = found.order_by("service_id", "registered_at", "pk")
    columns = ("pk", "service_id", "registered_at", "lat", "lon", "h3")
    rows = found.values_list(*columns).iterator(chunk_size=5000)
    for n, (pk, service_id, at, lat, lon, cell) in enumerate(rows):
        yield Told(n, pk, service_id, at, Point(lat, lon), cell_number(cell))


def near_cases(found: NearGroups, *, at_once: int = 1000) -> Iterator[NearCase]:
    """The cases of the groups, group by group, read so many at once."""
    placed = [(n, pk) for n, group in enumerate(found.groups, 1) for pk in group]
    for begin in range(0, len(placed), at_once):
        part = placed[begin : begin + at_once]
        rows = Case.objects.in_bulk([pk for _, pk in part])
        for n, pk in part:
            case = rows[pk]
            yield NearCase(n, case.code or "", case.external_ref, case.service_id, case.registered_at)
