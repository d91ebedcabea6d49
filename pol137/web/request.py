"""A request as views get it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from pol137.lib.actor import Actor


@dataclass(frozen=True, slots=True)
class Access:
    """One of: everybody, staff of any role, staff of these roles, programs of this scope."""

    public: bool = False
    staff: bool = False
    roles: frozenset[str] = frozenset()
    scope: str = ""

    @property
    def for_staff(self) -> bool:
        """Whether only staff may enter."""
        return self.staff or bool(self.roles)


class Request(HttpRequest):
    """What AccessMiddleware adds: who asks, the one moment this request happens at, and the view's mark.

    `waiting` is what `nav.counts` counted."""

    actor: Actor
    now: datetime
    access: Access | None
    htmx: HtmxDetails
    waiting: Mapping[str, int]
