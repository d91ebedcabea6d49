"""Who is to be told of a case is written down: holders of positions, in their place those above; alarms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from pol137.cases.models import Case, Notice
from pol137.cases.operations.promises import last_promise
from pol137.cases.operations.steps import lock_case, stream_of
from pol137.cases.operations.telling import TELLER
from pol137.cases.permissions import may_be_told
from pol137.cases.vocabulary import NoticeKind, PromiseKind
from pol137.city.queries.book import Book, book, local_day
from pol137.city.vocabulary import CENTRE_LADDER, NoticeStyle, Role
from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
from pol137.notices.rules import Receiver, above, tell_at
from pol137.staff.queries import holders

ALARMED = (Role.ADMINISTRATOR, Role.SHIFT_SUPERVISOR, Role.CENTRE_HEAD)

TURNS_COUNT_FOR = timedelta(days=7)

_ALARM_LOCK = 137_000_002


@transaction.atomic
def notify_roles(
    case: Case,
    roles: Iterable[str],
    *,
    unit: int | None,
    kind: str,
    rung: int | None,
    style: str = "single",
    ladder: Sequence[Sequence[str]] | None = None,
    may: Callable[[int], bool] | None = None,
    event_id: int,
    now: datetime,
) -> None:
    """Let the present holders of these roles for a unit, substitutes too, be told of a case (by `tell`).

    A case without a unit is told to the centre: its triage and those above. A role that nobody holds passes
    to the next rung of its `ladder` (the case's own when not given) at once: the vacancy is written down as a
    notice to nobody and an event, and raises an alarm. Once per event and person.

    With `may`, which says of a member of staff whether he can do this work, one position is told: of those
    whose holder can, the one told least of this kind in a week, so that the work goes round.
    """
    city, wanted = book(), [Role(role) for role in roles]
    if unit is None:
        wanted += [Role.TRIAGE, Role.SHIFT_SUPERVISOR]
    found = _receivers(case, wanted, unit=unit, ladder=ladder, city=city, now=now)
    if may is not None:
        able = [one for one in found if one.user is not None and may(one.user)]
        turn = _whose_turn({one.position.id for one in able}, kind, event_id=event_id, now=now)
        found = [one for one in found if one.user is None or (one in able and one.position.id == turn)]
    vacant = [one.position for one in found if one.user is None]
    known = Notice.objects.filter(event_id=event_id, user=None, position__in=[one.id for one in vacant])
    noted = set(known.values_list("position_id", flat=True)) if vacant else set()
    rows = []
    for one in found:
        how = style if one.instead_of is None else str(NoticeStyle.SINGLE)
        rows.append(
            Notice(
                case=case,
                event_id=event_id,
                kind=kind,
                position_id=one.position.id,
                user_id=one.user,
                rung=rung,
                style=how,
                instead_of_id=one.instead_of,
                at=now,
                tell_at=tell_at(one.position, how, case.in_danger, city, now),
            )
        )
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    for position in vacant:
        if position.id not in noted:
            lock_case(case.pk)
            instead = sorted({one.position.id for one in found if one.instead_of == position.id})
            body = {"position": position.id, "rung": rung, "instead": instead}
            stream, vacancy = stream_of(case.pk), EventKind.POSITION_VACANT
            happened = append_event(stream=stream, kind=vacancy, at=now, by=TELLER, body=body)
            raise_alarm(case, vacant=position.id, event_id=happened, now=now)


def _receivers(
    case: Case,
    roles: Sequence[Role],
    *,
    unit: int | None,
    ladder: Sequence[Sequence[str]] | None,
    city: Book,
    now: datetime,
) -> list[Receiver]:
    """Who is to be told: the holders of these roles and, in the place of a role nobody holds, of those above
    it."""
    found: list[Receiver] = []
    wanted: list[tuple[Role, int | None]] = [(role, None) for role in roles]
    seen: set[Role] = set()
    while wanted:
        role, instead_of = wanted.pop(0)
        if role in seen:
            continue
        seen.add(role)
        positions = [one for one in city.positions_for(unit, role) if may_be_told(case, one)]
        held = holders([position.id for position in positions], now=now)
        for position in positions:
            users: list[int | None] = [user.pk for user in held.get(position.id, ())]
            found += [Receiver(position, user, instead_of) for user in users or [None]]
        if not held:
            place = instead_of or (positions[0].id if positions else None)
            ladder = _own_ladder(case) if ladder is None else ladder
            centre = [[str(role) for role in rung.roles] for rung in city.ladder(CENTRE_LADDER).rungs]
            wanted += [(Role(one), place) for one in above(role, ladder, centre)]
    return found


def _whose_turn(positions: Collection[int], kind: str, *, event_id: int, now: datetime) -> int | None:
    """Of these positions the one told of this event already, else that of the fewest of its kind in a week,
    by however many people it is held."""
    told = Notice.objects.filter(kind=kind, position__in=positions, user__isnull=False)
    if before := told.filter(event_id=event_id).first():
        return before.position_id
    lately = told.filter(at__gt=now - TURNS_COUNT_FOR).values_list("position_id", "event_id").distinct()
    turns = Counter(position for position, _ in lately.order_by())
    return min(positions, key=lambda one: (turns[one], one), default=None)


def _own_ladder(case: Case) -> list[list[str]]:
    promise = last_promise(case, PromiseKind.ANSWER)
    return [rung["roles"] for rung in promise.policy["rungs"]] if promise else []


@transaction.atomic
def raise_alarm(
    case: Case, *, vacant: int | None = None, rule: int | None = None, event_id: int, now: datetime
) -> None:
    """Alarm the administrator, the shift supervisor and the head of the centre: a position that had to be
    told is `vacant`, or a routing `rule` cannot be followed (its number stands where others have a rung).

    Guarantees: once a day for a position or rule, however many cases meet it.
    """
    city = book()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ALARM_LOCK])
    midnight = datetime.combine(local_day(now), datetime.min.time(), tzinfo=city.zone)
    alarms = Notice.objects.filter(kind=NoticeKind.ALARM, at__gte=midnight)
    if alarms.filter(instead_of_id=vacant, rung=rule).exists():
        return
    positions = {p.id: p for role in ALARMED for p in city.positions_for(None, role)}
    rows = [
        Notice(
            case=case,
            event_id=event_id,
            kind=str(NoticeKind.ALARM),
            position_id=position_id,
            user=user,
            rung=rule,
            instead_of_id=vacant,
            at=now,
            tell_at=tell_at(positions[position_id], NoticeStyle.SINGLE, case.in_danger, city, now),
        )
        for position_id, users in holders(positions, now=now).items()
        for user in users
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
