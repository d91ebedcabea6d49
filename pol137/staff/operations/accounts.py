"""Accounts: appointments, log-ins and their failures."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor
from pol137.lib.guessing import REST, TRIES
from pol137.lib.refusal import Refusal
from pol137.staff.models import User


@transaction.atomic
def record_login(*, by: Actor, now: datetime) -> None:
    """A log-in that succeeded: the count of failures starts again."""
    User.objects.filter(pk=by.ref).update(failed_logins=0, locked_until=None, last_login=now)
    append_event(stream=f"staff:{by.staff_id}", kind=EventKind.LOGGED_IN, at=now, by=by)


@transaction.atomic
def record_login_failure(*, username: str, by: Actor, now: datetime) -> None:
    """A log-in that failed. After five in a row the account rests for a quarter of an hour."""
    user = User.objects.select_for_update().filter(username=username).first()
    if user is None:
        return
    user.failed_logins += 1
    if user.failed_logins >= TRIES:
        user.failed_logins, user.locked_until = 0, now + REST
    user.save(update_fields=["failed_logins", "locked_until"])
    append_event(stream=f"staff:{user.pk}", kind=EventKind.LOGIN_REFUSED, at=now, by=by)


@transaction.atomic
def unlock_account(user_id: int, *, by: Actor, now: datetime) -> User:
    """Let somebody try again at once whose account rests after wrong tries; the password stays as it is.

    Guarantees: who unlocked it is written down. Refuses an account that does not rest.
    """
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None or user.locked_until is None or user.locked_until <= now:
        raise Refusal("account_not_locked")
    user.failed_logins, user.locked_until = 0, None
    user.save(update_fields=["failed_logins", "locked_until"])
    append_event(stream=f"staff:{user.pk}", kind=EventKind.ACCOUNT_UNLOCKED, at=now, by=by)
    return user


@transaction.atomic
def set_language(*, user_id: int, language: str) -> None:
    """The language the desk speaks to this member of staff."""
    User.objects.filter(pk=user_id).update(language=language)


@transaction.atomic
def set_phone(*, user_id: int, phone: str) -> None:
    """The mobile on which this member of staff is told of what climbs to him, in E.164; empty: no texts."""
    User.objects.filter(pk=user_id).update(phone=phone)


@transaction.atomic
def change_password(*, user_id: int, password: str) -> User:
    """A new password for this member of staff, checked before by the city's rules for passwords."""
    user = User.objects.select_for_update().get(pk=user_id)
    user.set_password(password)
    user.save(update_fields=["password"])
    return user
