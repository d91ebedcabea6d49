"""Reading the duty roster."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from pol137.city.queries.book import book
from pol137.city.rules.entries import GroupEntry
from pol137.dispatch.models import Duty
from pol137.dispatch.rules.roster import Turn
from pol137.dispatch.rules.turns import Officer, Span, holes


@dataclass(frozen=True, slots=True)
class Hole:
    """Hours of a district in which nobody is on duty for a group of dangers."""

    district_id: int
    group_id: int
    span: Span


def urgency_groups() -> list[GroupEntry]:
    """The groups of matters in which somebody may be in danger."""
    city = book()
    urgent = {service.group_id for service in city.services if service.urgent}
    return [group for group in city.groups if group.id in urgent]


def _between(span: Span) -> QuerySet[Duty]:
    return Duty.objects.filter(from_at__lt=span.to_at, to_at__gt=span.from_at)


def duties_between(span: Span, *, district_id: int) -> list[Duty]:
    """The turns of a district that touch a stretch of time, in order."""
    return list(_between(span).filter(district_id=district_id).order_by("from_at", "group_id", "order"))


def turn_of(duty: Duty) -> Turn:
    """The stored turn as a plain value."""
    return Turn(
        district_id=duty.district_id,
        group_id=duty.group_id,
        position_id=duty.position_id,
        post=duty.post,
        phone=duty.phone,
        radio=duty.radio,
        order=duty.order,
        from_at=duty.from_at,
        to_at=duty.to_at,
    )


def turns_beginning(span: Span, *, districts: Collection[int] | None = None) -> list[Turn]:
    """The turns that begin in a stretch of time, of all districts or of these: what a month's file holds."""
    found = Duty.objects.filter(from_at__gte=span.from_at, from_at__lt=span.to_at)
    if districts is not None:
        found = found.filter(district_id__in=districts)
    return [turn_of(one) for one in found.order_by("district_id", "from_at", "group_id", "order")]


def find_holes(span: Span, *, district_id: int | None = None) -> list[Hole]:
    """The hours in which a district has nobody for a group of dangers (one query), by district and group."""
    city, found = book(), _between(span)
    if district_id is not None:
        found = found.filter(district_id=district_id)
    covered: dict[tuple[int, int | None], list[Span]] = {}
    for one in found:
        covered.setdefault((one.district_id, one.group_id), []).append(Span(one.from_at, one.to_at))
    districts = [one.id for one in city.districts if district_id in (None, one.id)]
    return [
        Hole(district, group.id, hole)
        for district in districts
        for group in urgency_groups()
        for hole in holes(
            [*covered.get((district, group.id), []), *covered.get((district, None), [])], within=span
        )
    ]


def officers_on_duty(districts: Iterable[int], *, since: datetime, now: datetime) -> list[Duty]:
    """The turns of these districts that run now or ran since a moment (one query)."""
    return list(
        Duty.objects.filter(
            Q(to_at__gt=now) | Q(to_at__gt=since), district_id__in=set(districts), from_at__lte=now
        )
    )


def officer_of(duty: Duty, *, group_id: int) -> Officer:
    """The post of a turn, as one who is called for a matter of this group."""
    return Officer(
        duty=duty.pk,
        position_id=duty.position_id,
        post=duty.post,
        phone=duty.phone,
        radio=duty.radio,
        order=duty.order,
        own=duty.group_id == group_id,
    )
