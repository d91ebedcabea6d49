"""Who may open a view: a mark on every view, and the middleware that runs no view without one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.views.generic.base import RedirectView

from pol137.lib.actor import Actor, citizen
from pol137.staff.queries import actor_for, client_for_key
from pol137.web.request import Access, Request
from pol137.web.templatetags.fa import asked_at

log = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

UNMARKED = {
    "django.contrib.admin": "superusers only, by its own checks",
    "django.contrib.auth.views": "reached through the admin site only",
    "django.contrib.contenttypes": "reached through the admin site only",
    "django.contrib.staticfiles": "files everybody may read",
    "django.views.static": "files everybody may read",
    "django.views.i18n": "changes the visitor's own language",
    "django.views.defaults": "error pages",
}
"""Modules whose views carry no mark, with the reason."""

ANONYMOUS = citizen("anonymous")


def access(
    *, public: bool = False, staff: bool = False, roles: Iterable[str] = (), scope: str = ""
) -> Callable[[View], View]:
    """Mark a view with who may open it.

    `public`: everybody, as the anonymous citizen. `staff`: whoever is logged in. `roles`: whoever holds one
    of these roles now. `scope`: machines; `request.actor` is the program whose key came along, else the
    anonymous citizen, and the view itself refuses in its own protocol.
    Refuses (ValueError) none or more than one of the four.
    """
    mark = Access(public=public, staff=staff, roles=frozenset(str(role) for role in roles), scope=scope)
    if [mark.public, mark.staff, bool(mark.roles), bool(mark.scope)].count(True) != 1:
        raise ValueError("an access mark says exactly one of public, staff, roles, scope")

    def put(view: View) -> View:
        view.__dict__["access"] = mark
        return view

    return put


def mark_of(view: Callable[..., Any]) -> Access | None:
    """The view's access mark, if it has one."""
    return getattr(view, "access", None)


def needs_no_mark(view: Callable[..., Any]) -> bool:
    """Whether the view stands in the list of modules with reasons, or only sends elsewhere."""
    if getattr(view, "view_class", None) is RedirectView:
        return True
    module = getattr(view, "__module__", "")
    return any(module == known or module.startswith(f"{known}.") for known in UNMARKED)


class AccessMiddleware:
    """Sets `request.now`, `request.actor` and `request.access`, and refuses whoever may not enter."""

    def __init__(self, get_response: Callable[[Request], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: Request) -> HttpResponseBase:
        request.now = timezone.now()
        request.actor = ANONYMOUS
        request.access = None
        with asked_at(request.now):
            return self.get_response(request)

    def process_view(
        self,
        request: Request,
        view: Callable[..., Any],
        args: tuple[object, ...],
        kwargs: dict[str, object],
    ) -> HttpResponseBase | None:
        mark = mark_of(view)
        request.access = mark
        if mark is None:
            if needs_no_mark(view):
                return None
            log.error("view %s.%s has no access mark and was not run", view.__module__, _name(view))
            raise PermissionDenied
        if mark.scope:
            request.actor = cast(Actor, SimpleLazyObject(lambda: _program(request, mark.scope)))
        elif mark.for_staff:
            return _admit_staff(request, mark)
        return None


def _admit_staff(request: Request, mark: Access) -> HttpResponse | None:
    user = request.user
    if not user.is_authenticated or not user.is_active:
        return _to_login(request)
    translation.activate(user.language)
    request.LANGUAGE_CODE = translation.get_language()
    actor = actor_for(user, now=request.now)
    request.actor = actor
    if mark.roles and not actor.roles & mark.roles:
        raise PermissionDenied
    return None


def _to_login(request: Request) -> HttpResponse:
    """To the log-in page and, after a plain visit, back to where one wanted to go."""
    url = settings.LOGIN_URL
    if request.method == "GET" and not request.headers.get("HX-Request"):
        url = f"{url}?next={quote(request.get_full_path())}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def _program(request: Request, scope: str) -> Actor:
    return client_for_key(_key(request), scope=scope) or ANONYMOUS


def _key(request: Request) -> str:
    """The key that came along: as a bearer token, else as `api_key` in the form or the address."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    return str(request.POST.get("api_key") or request.GET.get("api_key") or "")


def _name(view: Callable[..., Any]) -> str:
    return str(getattr(view, "__qualname__", type(view).__qualname__))
