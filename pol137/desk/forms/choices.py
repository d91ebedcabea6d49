"""Choices of the city's rows, as forms show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from pol137.city.queries import book
from pol137.city.rules.entries import DepartmentEntry, ServiceEntry
from pol137.city.vocabulary import DepartmentKind, Role
from pol137.web.templatetags.fa import language

Options = list[tuple[str, Any]]

STARS = (
    ("5", _("Five stars: very content")),
    ("4", _("Four stars: content")),
    ("3", _("Three stars: so-so")),
    ("2", _("Two stars: not content")),
    ("1", _("One star: not content at all")),
)
"""How content somebody is, from very to not at all."""


def _led() -> set[int]:
    """Departments somebody leads, so that a case sent there has an owner."""
    return {one.department_id for one in book().positions if one.role in (Role.UNIT_HEAD, Role.MANAGER)}


def _top_of(department: DepartmentEntry) -> DepartmentEntry:
    """The body right below the municipality that the department belongs to."""
    line = list(book().climb(department.id))
    return line[-2] if len(line) > 1 else line[-1]


def departments(*, but: int | None = None) -> Options:
    """Every unit a case can be sent to, `but` one, under the body it belongs to."""
    led, groups = _led(), dict[str, Options]()
    for one in book().departments:
        if one.id in led and one.id != but and one.kind is not DepartmentKind.CITY:
            groups.setdefault(_top_of(one).name(language()), []).append((one.code, one.name(language())))
    return list(groups.items())


def departments_inside(department_id: int | None) -> Options:
    """The parts of a unit."""
    if department_id is None:
        return []
    return [
        (one.code, one.name(language()))
        for one in book().within(department_id)
        if one.active and one.id != department_id
    ]


def services() -> Options:
    """Every subject, under its group."""
    city, speech = book(), language()
    groups = {group.id: (group.name(speech), Options()) for group in city.groups}
    for one in city.services:
        if one.group_id in groups:
            groups[one.group_id][1].append((one.code, one.name(speech)))
    return [group for group in groups.values() if group[1]]


def legal_grounds(service: ServiceEntry | None) -> Options:
    """The articles and rules an answer about this subject can cite."""
    return [
        (one.code, one.name(language()))
        for one in book().legal_grounds
        if not one.services or (service is not None and service.code in one.services)
    ]


def agencies() -> Options:
    """The bodies a matter can be sent to; emergency numbers are for callers only."""
    return named(one for one in book().agencies if not one.emergency)


def channels() -> Options:
    """The ways by which somebody reached us."""
    return named(book().channels)


def named(entries: Iterable[Any]) -> Options:
    """Code and name of rows."""
    return [(one.code, one.name(language())) for one in entries]
