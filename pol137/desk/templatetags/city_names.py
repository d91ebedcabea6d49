"""Names of the city's rows by their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from pol137.city.queries import book
from pol137.web.templatetags.fa import language
from pol137.web.whereabouts import once

if TYPE_CHECKING:
    from pol137.cases.models import Case

register = template.Library()


@register.filter
def unit_name(department_id: int | None) -> str:
    """The unit's name."""
    return book().name(book().departments.get(department_id), language())


@register.filter
def ground_name(ground_id: int | None) -> str:
    """The title of an article or rule."""
    return book().name(book().legal_grounds.get(ground_id), language())


@register.filter
def agency_name(agency_id: int | None) -> str:
    """The body's name."""
    return book().name(book().agencies.get(agency_id), language())


@register.filter
def part_of_city(case: Case) -> str:
    """District, sub-district and neighbourhood of the case, as far as they are known, each said once."""
    city, speech = book(), language()
    names = (
        city.name(city.districts.get(case.district_id), speech),
        city.name(city.sub_district_of(case.neighbourhood_id), speech),
        city.name(city.neighbourhoods.get(case.neighbourhood_id), speech),
    )
    return " · ".join(once(names))


@register.filter
def urgent_by_word(case: Case) -> bool:
    """Whether the case is urgent because somebody said so: its subject is an ordinary one."""
    service = book().services.get(case.service_id)
    return case.urgent and service is not None and not service.urgent


@register.filter
def channel_name(channel_id: int | None) -> str:
    """The channel's name."""
    return book().name(book().channels.get(channel_id), language())


@register.filter
def service_name(service_id: int | None) -> str:
    """The subject's name."""
    return book().name(book().services.get(service_id), language())
