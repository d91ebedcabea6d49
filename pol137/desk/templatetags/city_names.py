"""Names of the city's rows by their numbers."""

from __future__ import annotations

from django import template

from pol137.city.queries import book
from pol137.web.templatetags.fa import language

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
def district_name(district_id: int | None) -> str:
    """The district's name."""
    return book().name(book().districts.get(district_id), language())


@register.filter
def neighbourhood_name(neighbourhood_id: int | None) -> str:
    """The neighbourhood's name."""
    return book().name(book().neighbourhoods.get(neighbourhood_id), language())


@register.filter
def sub_district_name(neighbourhood_id: int | None) -> str:
    """The name of the sub-district the neighbourhood lies in, where the city has some."""
    return book().name(book().sub_district_of(neighbourhood_id), language())


@register.filter
def channel_name(channel_id: int | None) -> str:
    """The channel's name."""
    return book().name(book().channels.get(channel_id), language())


@register.filter
def service_name(service_id: int | None) -> str:
    """The subject's name."""
    return book().name(book().services.get(service_id), language())
