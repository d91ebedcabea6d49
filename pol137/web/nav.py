"""The desk's side navigation: one list, shown by role."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.urls import reverse
from django.utils.functional import Promise

from pol137.lib.actor import Actor
from pol137.web.request import Request

Counts = Callable[[Actor, datetime], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class NavItem:
    """A place on the desk: its url name, words, icon, who sees it, the letter after g, what its url takes."""

    code: str
    url: str
    words: str | Promise
    icon: str
    roles: frozenset[str] = frozenset()
    key: str = ""
    args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NavLink:
    """A place as it is drawn: with its address, its count and whether one is there."""

    code: str
    href: str
    words: str | Promise
    icon: str
    key: str
    here: bool
    count: int


_items: tuple[NavItem, ...] = ()
_counts: Counts | None = None


def install(items: Iterable[NavItem], counts: Counts | None = None) -> None:
    """Set the desk's places, and how to count what waits at each (by item code; "notices" for the bell)."""
    global _items, _counts
    _items, _counts = tuple(items), counts


def counts(request: Request) -> Mapping[str, int]:
    """What waits for this member of staff, by item code; counted once for a request."""
    if "waiting" not in request.__dict__:
        request.waiting = _counts(request.actor, request.now) if _counts else {}
    return request.waiting


@cache
def _address(url: str, args: tuple[str, ...]) -> str:
    return reverse(url, args=args)


def links(request: Request, waiting: Mapping[str, int]) -> list[NavLink]:
    """The places this member of staff may open; one is "here" when its address best begins the path."""
    seen = [item for item in _items if not item.roles or request.actor.roles & item.roles]
    hrefs = {item.code: _address(item.url, item.args) for item in seen}
    around = [href for href in hrefs.values() if request.path.startswith(href)]
    here = max(around, key=len, default="")
    return [
        NavLink(
            code=item.code,
            href=hrefs[item.code],
            words=item.words,
            icon=item.icon,
            key=item.key,
            here=hrefs[item.code] == here,
            count=waiting.get(item.code, 0),
        )
        for item in seen
    ]
