"""What is due to be told to members of staff is told, on the desk and by SMS to a mobile; and is read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from pol137.cases.models import Notice, Promise
from pol137.cases.operations.promises import last_promise
from pol137.cases.operations.telling import TELLER, text_values
from pol137.cases.rules.texts import fill
from pol137.cases.vocabulary import PromiseKind
from pol137.city.queries.book import book
from pol137.city.vocabulary import TextEvent
from pol137.journal.queries import get_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor
from pol137.lib.persian import persian_digits
from pol137.lib.phones import parse_phone
from pol137.messaging.operations import queue_message
from pol137.staff.models import User

PEOPLE_AT_ONCE = 100


def tell(*, now: datetime) -> int:
    """Tell every member of staff what is due to be told him by now; how many notices.

    Guarantees: each notice once, by however many this is called at a time; of several rungs of one case a
    person is told the highest only; several cases that climbed to him come as one text with their number.
    """
    done = 0
    while told := _tell_some(now=now):
        done += told
    return done


@transaction.atomic
def _tell_some(*, now: datetime) -> int:
    due = Notice.objects.filter(tell_at__lte=now, told_at__isnull=True, user__isnull=False)
    waiting = User.objects.select_for_update(skip_locked=True, no_key=True)
    people = {one.pk: one for one in waiting.filter(pk__in=due.values("user_id"))[:PEOPLE_AT_ONCE]}
    rows = due.filter(user_id__in=people).select_related("case__parent")
    kept: dict[int, list[Notice]] = {}
    climbed: set[tuple[int | None, int]] = set()
    lower = []
    for row in rows.order_by(F("rung").desc(nulls_last=True), "id"):
        mark = (row.user_id, row.case_id)
        if row.kind == EventKind.RUNG_FIRED and mark in climbed:
            lower.append(row.pk)
            continue
        if row.kind == EventKind.RUNG_FIRED:
            climbed.add(mark)
        kept.setdefault(row.user_id or 0, []).append(row)
    Notice.objects.filter(pk__in=lower).delete()
    Notice.objects.filter(pk__in=[row.pk for mine in kept.values() for row in mine]).update(told_at=now)
    for user_id, mine in kept.items():
        _text(people[user_id], mine, now=now)
    return sum(map(len, kept.values())) + len(lower)


def _text(user: User, rows: Sequence[Notice], *, now: datetime) -> None:
    """The texts that carry these notices to a mobile; the rest he reads on the desk."""
    number = parse_phone(user.phone, book().city.phone_region) if user.phone else None
    if number is None or not number.mobile or not number.e164:
        return
    climbed = [row for row in rows if row.kind == EventKind.RUNG_FIRED]
    if len(climbed) > 1:
        last = max(climbed, key=lambda row: row.event_id)
        _send(user, number.e164, TextEvent.RUNG_DIGEST, last, due=None, count=len(climbed), now=now)
    for row in rows:
        if row.kind == EventKind.CASE_ROUTED:
            _send(user, number.e164, TextEvent.CASE_ASSIGNED, row, due=_due(row), now=now)
        elif row.kind == EventKind.RUNG_FIRED and len(climbed) == 1:
            promise = Promise.objects.get(pk=get_event(row.event_id).body["promise"])
            _send(user, number.e164, TextEvent.RUNG_FIRED, row, due=promise.due_at, now=now)
        elif row.kind == EventKind.CASE_NUDGED and _calls_for_more(row):
            _send(user, number.e164, TextEvent.NUDGE_THIRD, row, due=_due(row), now=now)


def _calls_for_more(row: Notice) -> bool:
    """Whether this nudge is the one at which the centre acts, the third in most cities."""
    return bool(get_event(row.event_id).body["nudges"] == book().city.nudges_before_call)


def _due(row: Notice) -> datetime | None:
    promise = last_promise(row.case, PromiseKind.ANSWER)
    return promise.due_at if promise else None


def _send(
    user: User,
    address: str,
    event: TextEvent,
    row: Notice,
    *,
    due: datetime | None,
    count: int = 0,
    now: datetime,
) -> None:
    city, language = book(), user.language
    if not city.has_text(event, "sms"):
        return
    values = {
        **text_values(row.case, language=language, due=due, now=now),
        "role": city.positions[row.position_id].name(language),
        "count": persian_digits(str(count)) if language == "fa" else str(count),
    }
    queue_message(
        medium="sms",
        address=address,
        text=fill(city.text(event, "sms", language), values, language=language, most=city.city.sms_max_parts),
        language=language,
        purpose=event,
        case_ref=None if count else row.case_id,
        event_id=row.event_id,
        urgent=row.case.in_danger and not count,
        by=TELLER,
        now=now,
    )


def read_notices(*, case_id: int | None = None, kind: str = "", by: Actor, now: datetime) -> int:
    """A member of staff has read what he was told, of one case, of one kind or all; how many were new."""
    if by.staff_id is None:
        return 0
    unread = Notice.objects.filter(user_id=by.staff_id, read_at__isnull=True, told_at__isnull=False)
    if case_id is not None:
        unread = unread.filter(case_id=case_id)
    if kind:
        unread = unread.filter(kind=kind)
    return unread.update(read_at=now)
