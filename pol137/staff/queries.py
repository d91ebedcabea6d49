"""Who holds which position now, and which program a key belongs to."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from datetime import datetime

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, QuerySet

from pol137.city.queries.book import Book, book, local_day
from pol137.city.vocabulary import UNIT_ROLES, Role
from pol137.lib.actor import Actor, ActorKind, Seat, client
from pol137.staff.models import ApiKey, Appointment, Delegation, User
from pol137.staff.vocabulary import SIGNER


def _current(now: datetime) -> QuerySet[Appointment]:
    today = local_day(now)
    return Appointment.objects.filter(
        Q(to_date__isnull=True) | Q(to_date__gt=today), from_date__lte=today, user__is_active=True
    )


def actor_for(user: User, *, now: datetime) -> Actor:
    """The user as an actor, with the seats he holds today (one query; two for a 137 user of a unit)."""
    city = book()
    position_ids = _current(now).filter(user=user).values_list("position_id", flat=True).distinct()
    seats = tuple(seat_of(position_id, city) for position_id in position_ids)
    users = [seat.position_id for seat in seats if seat.role == Role.UNIT_USER]
    signing = _signing_seats(users, city, now) if users else ()
    return Actor(ActorKind.STAFF, str(user.pk), (*seats, *signing))


def _signing_seats(position_ids: Iterable[int], city: Book, now: datetime) -> tuple[Seat, ...]:
    """What these positions may sign today: a seat for each delegation, limited to its services."""
    given = (
        _in_force(now)
        .filter(position_id__in=list(position_ids))
        .annotate(service_ids=ArrayAgg("services__id"))
        .order_by("id")
    )
    return tuple(
        Seat(
            SIGNER,
            one.position_id,
            one.department_id,
            city.subtree(one.department_id),
            frozenset(one.service_ids),
        )
        for one in given
    )


def _in_force(now: datetime) -> QuerySet[Delegation]:
    today = local_day(now)
    return Delegation.objects.filter(from_date__lte=today, to_date__gte=today, revoked_at__isnull=True)


def delegations_under(by: Actor) -> list[Delegation]:
    """The delegations of signing in the units this head leads, the latest first, past ones too."""
    led = [seat.department_id for seat in by.seats if seat.role == Role.UNIT_HEAD]
    found = Delegation.objects.filter(department_id__in=led).select_related("granted_by", "revoked_by")
    return list(found.prefetch_related("services").order_by("-id")[:200])


def seat_of(position_id: int, city: Book) -> Seat:
    """The seat that goes with a position."""
    position = city.positions[position_id]
    reach: frozenset[int] | None = None
    if position.role == Role.DEPUTY:
        reach = frozenset(
            one.id
            for one in city.departments
            if (deputy := city.deputy_of(one.id)) and deputy.id == position_id
        )
    elif position.role in UNIT_ROLES:
        reach = frozenset(one.id for one in city.within(position.department_id))
    return Seat(str(position.role), position_id, position.department_id, reach)


def holders(position_ids: Iterable[int], *, now: datetime) -> dict[int, list[User]]:
    """The present holders of these positions by position, one that nobody holds left out (one query).

    A substitute holds the position for his days beside its holder: both are told and both may act, so that an
    absence nobody ended leaves nothing lying.
    """
    found: dict[int, list[User]] = {}
    for held in _current(now).filter(position_id__in=list(position_ids)).select_related("user"):
        found.setdefault(held.position_id, []).append(held.user)
    return found


def appointments(*, position_ids: Iterable[int], now: datetime) -> list[Appointment]:
    """The appointments to these positions that last or are to come, holders before substitutes."""
    lasting = Appointment.objects.filter(Q(to_date__isnull=True) | Q(to_date__gt=local_day(now)))
    found = lasting.filter(position_id__in=list(position_ids), user__is_active=True)
    return list(found.select_related("user", "substitute_for__user").order_by("from_date", "id"))


def appointment(appointment_id: int) -> Appointment | None:
    """The appointment of this number."""
    found = Appointment.objects.filter(pk=appointment_id)
    return found.select_related("user", "substitute_for__user").first()


def accounts() -> list[User]:
    """Every account that may log in, in the order of their names."""
    return list(User.objects.filter(is_active=True).order_by("username"))


def display_names(user_ids: Iterable[int]) -> dict[int, str]:
    """Names to show for these members of staff."""
    return {user.pk: str(user) for user in User.objects.filter(pk__in=list(user_ids))}


def locked_accounts(*, now: datetime) -> list[User]:
    """The accounts that rest after too many wrong tries, the latest first."""
    return list(User.objects.filter(locked_until__gt=now, is_active=True).order_by("-locked_until", "pk"))


def offices_of(user_ids: Iterable[int], *, now: datetime) -> dict[int, list[int]]:
    """The positions these members of staff hold today, by staff number (one query)."""
    found: dict[int, list[int]] = {}
    for held in _current(now).filter(user_id__in=list(user_ids)).order_by("pk"):
        found.setdefault(held.user_id, []).append(held.position_id)
    return found


def demo_accounts(*, now: datetime) -> list[tuple[User, Role | None]]:
    """The accounts for trying the software out, each with its role; None for who holds no position."""
    city, roles = book(), dict[int, Role]()
    for held in _current(now).filter(user__is_demo=True).order_by("-id"):
        roles[held.user_id] = city.positions[held.position_id].role
    users = User.objects.filter(is_demo=True, is_active=True).order_by("pk")
    return [(user, roles.get(user.pk)) for user in users]


def digest_of(secret: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(secret.encode()).hexdigest()


KEY_FRESH_SECONDS = 2.0
_seen_keys: dict[tuple[str, str], tuple[float, Actor]] = {}


def client_for_key(secret: str, *, scope: str) -> Actor | None:
    """The program this key belongs to, or None when it is unknown, revoked or of another scope.

    A key found good is taken for good for two seconds more: a revoked one ends at the latest then.
    """
    digest, moment = digest_of(secret), time.monotonic()
    seen, actor = _seen_keys.get((digest, scope), (0.0, None))
    if actor is not None and moment - seen < KEY_FRESH_SECONDS:
        return actor
    key = ApiKey.objects.filter(digest=digest, scope=scope, revoked_at__isnull=True).first()
    if key is None:
        _seen_keys.pop((digest, scope), None)
        return None
    _seen_keys[digest, scope] = moment, client(key.name)
    return client(key.name)


def forget_keys() -> None:
    """Make this process look at every key again (after one was revoked, between tests)."""
    _seen_keys.clear()


def api_keys() -> list[ApiKey]:
    """All keys, revoked ones too."""
    return list(ApiKey.objects.all())
