"""Accounts to try the software with: one per position that matters, named by office only."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher, get_hasher, make_password
from django.db import transaction

from pol137.city.queries.book import book, local_day
from pol137.lib.refusal import Refusal
from pol137.staff.models import Appointment, User

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def _password() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3))


def _stored(password: str) -> str:
    """The hash of a demo password. It is random, so it needs none of the rounds a chosen one needs."""
    hasher = get_hasher()
    if not isinstance(hasher, PBKDF2PasswordHasher):
        return make_password(password)
    return hasher.encode(password, hasher.salt(), iterations=1000)


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if "\t" in line)
    return {username: password for username, password, *_ in rows}


@transaction.atomic
def ensure_demo_accounts(*, now: datetime) -> list[tuple[str, str, str]]:
    """One account per position, and `admin`; (user name, password, office) of each.

    The user name is the position's code. Passwords are made for this installation and kept in
    `demo-accounts.txt` under the data folder (0600), so the same ones are shown every time.
    Refuses when demo mode is off or the server listens beyond this machine.
    """
    if not settings.DEMO:
        raise Refusal("demo_is_off")
    if not settings.LOOPBACK:
        raise Refusal("demo_beyond_loopback", host=settings.HOST)
    path = settings.DATA_DIR / "demo-accounts.txt"
    known = _read(path)
    city = book()
    wanted = [(position.code, position.name_fa, position.id) for position in city.positions]
    have = {user.username: user for user in User.objects.filter(is_demo=True)}
    rows = [
        _ensure_account(code, title, position_id, known.get(code), have, now)
        for code, title, position_id in [*wanted, ("admin", "مدیر سامانه", None)]
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=True)
    path.chmod(0o600)
    path.write_text("".join(f"{code}\t{word}\t{title}\n" for code, word, title in rows), encoding="utf-8")
    return rows


def _ensure_account(
    code: str, title: str, position_id: int | None, password: str | None, have: dict[str, User], now: datetime
) -> tuple[str, str, str]:
    user = have.get(code)
    if user is None or password is None:
        password = password or _password()
        user = user or User(username=code, is_demo=True)
        user.display_name = title
        user.is_staff = user.is_superuser = position_id is None
        user.password = _stored(password)
        user.save()
    if position_id is not None:
        Appointment.objects.get_or_create(
            user=user,
            position_id=position_id,
            to_date=None,
            defaults={"from_date": local_day(now) - timedelta(days=365)},
        )
    return code, password, title
