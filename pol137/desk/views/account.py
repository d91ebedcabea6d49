"""Entering and leaving the desk, and one's own account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from pol137.city.vocabulary import Role
from pol137.desk.forms.account import LoginForm, LookForm, PasswordForm, PhoneForm
from pol137.lib.actor import Actor, ActorKind
from pol137.staff.operations import (
    change_password,
    record_login,
    record_login_failure,
    set_language,
    set_phone,
)
from pol137.staff.queries import demo_accounts
from pol137.web import labels
from pol137.web.access import access
from pol137.web.context import THEMES
from pol137.web.pieces import Words
from pol137.web.ratelimit import limited
from pol137.web.request import Request

YEAR = 365 * 24 * 60 * 60


@dataclass
class DemoGroup:
    """The demonstration accounts of one role."""

    words: Words
    accounts: list[Any] = field(default_factory=list)


@access(public=True)
@sensitive_post_parameters("password")
@limited("desk login", limit=60, per=timedelta(minutes=10))
def log_in(request: Request) -> HttpResponse:
    """Let a member of staff in. Every failure says the same, whichever half was wrong."""
    _speak(request)
    target = _target(request)
    if request.user.is_authenticated and request.method == "GET":
        return redirect(target)
    form = LoginForm(request.POST or None, initial={"username": request.GET.get("user", "")})
    if request.method == "POST" and form.is_valid():
        if _enter(request, form.cleaned_data["username"].strip(), form.cleaned_data["password"]):
            return redirect(target)
        form.add_error(
            None,
            _(
                "User name and password do not belong together, or the account is resting."
                " After five wrong tries an account rests for a quarter of an hour."
            ),
        )
    context = {"form": form, "next": target, "groups": _demo_groups(request.now)}
    return render(request, "desk/login.html", context, status=422 if form.errors else 200)


def _enter(request: Request, username: str, password: str) -> bool:
    user = authenticate(request, username=username, password=password)
    if user is None:
        record_login_failure(username=username, by=request.actor, now=request.now)
        return False
    if user.locked_until is not None and user.locked_until > request.now:
        return False
    login(request, user)
    record_login(by=Actor(ActorKind.STAFF, str(user.pk)), now=request.now)
    return True


def _speak(request: Request) -> None:
    """The language asked for on the log-in page; the desk's own afterwards is the account's."""
    asked = request.GET.get("lang", "")
    if asked in dict(settings.LANGUAGES):
        translation.activate(asked)
        request.LANGUAGE_CODE = asked


def _target(request: Request) -> str:
    """Where to go after entering: only a path of this very site."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    local = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if local else reverse("desk:home")


def _demo_groups(now: datetime) -> list[DemoGroup]:
    if not settings.DEMO:
        return []
    groups: Mapping[Role | None, DemoGroup] = {
        **{role: DemoGroup(labels.LABELS[Role][role]) for role in Role},
        None: DemoGroup(_("Administration of the site")),
    }
    for user, role in demo_accounts(now=now):
        groups[role].accounts.append(user)
    return [group for group in groups.values() if group.accounts]


@access(public=True)
def admin_door(request: Request) -> HttpResponse:
    """The configuration has no door of its own, which would not count wrong tries: in by the desk's.

    Refuses whoever is in already and was sent here because the configuration is not his.
    """
    if request.user.is_authenticated:
        raise PermissionDenied
    wanted = request.GET.get("next") or reverse("admin:index")
    return redirect(f"{reverse('desk:login')}?{urlencode({'next': wanted})}")


@access(public=True)
@require_POST
def log_out(request: Request) -> HttpResponse:
    """Leave the desk."""
    logout(request)
    return redirect("desk:login")


@access(staff=True)
def account(request: Request) -> HttpResponse:
    """One's own language, look and password."""
    return _account(request)


def _account(
    request: Request, *, password_form: PasswordForm | None = None, phone_form: PhoneForm | None = None
) -> HttpResponse:
    chosen = request.COOKIES.get("theme", "")
    speech = translation.get_language()
    look_form = LookForm(initial={"language": speech, "theme": chosen if chosen in THEMES else ""})
    context = {
        "look": look_form,
        "password": password_form or PasswordForm(user=request.user),
        "phone": phone_form or PhoneForm(initial={"phone": getattr(request.user, "phone", "")}),
    }
    wrong = password_form or phone_form
    return render(request, "desk/account.html", context, status=422 if wrong else 200)


def _me(request: Request) -> int:
    """The number of whoever is logged in."""
    number = request.actor.staff_id
    if number is None:
        raise PermissionDenied
    return number


@access(staff=True)
@require_POST
def look(request: Request) -> HttpResponse:
    """Set the desk's language and light for this person."""
    form = LookForm(request.POST)
    response = redirect("desk:account")
    if not form.is_valid():
        return response
    language, theme = form.cleaned_data["language"], form.cleaned_data["theme"]
    set_language(user_id=_me(request), language=language)
    if theme:
        response.set_cookie("theme", theme, max_age=YEAR, samesite="Lax")
    else:
        response.delete_cookie("theme", samesite="Lax")
    with translation.override(language):
        messages.success(request, _("Saved."))
    return response


@access(staff=True)
@require_POST
def phone(request: Request) -> HttpResponse:
    """Set one's own mobile, on which one is told of what climbs to one."""
    form = PhoneForm(request.POST)
    if not form.is_valid():
        return _account(request, phone_form=form)
    set_phone(user_id=_me(request), phone=form.number())
    messages.success(request, _("Saved."))
    return redirect("desk:account")


@access(staff=True)
@require_POST
@sensitive_post_parameters()
@limited("desk password", limit=10, per=timedelta(minutes=10))
def password(request: Request) -> HttpResponse:
    """Change one's own password; other sessions of this account end."""
    form = PasswordForm(request.POST, user=request.user)
    if not form.is_valid():
        return _account(request, password_form=form)
    user = change_password(user_id=_me(request), password=form.cleaned_data["new"])
    update_session_auth_hash(request, user)
    messages.success(request, _("The new password holds from now on."))
    return redirect("desk:account")
