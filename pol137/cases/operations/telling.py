"""Texts to the reporter and notices to staff."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from pol137.cases.models import Case, Notice
from pol137.cases.queries import reporter_of
from pol137.cases.rules.texts import fill, moment
from pol137.city.queries.book import book
from pol137.city.vocabulary import Role
from pol137.lib.actor import Actor
from pol137.messaging.operations import queue_message
from pol137.staff.queries import holders


def text_reporter(
    case: Case, event: str, *, values: Mapping[str, str], due: datetime | None, event_id: int, now: datetime
) -> None:
    """Queue a text for the reporter of a case or of its whole, in his language; nothing when no SMS can
    reach him.

    Guarantees: once per event and occasion.
    """
    reporter = reporter_of(case.pk)
    city = book()
    if reporter is None or not reporter.mobile or not reporter.dialable or not city.has_text(event, "sms"):
        return
    language = reporter.language
    given = {**text_values(case, language=language, due=due), **values}
    text = fill(city.text(event, "sms", language), given, language=language, most=city.city.sms_max_parts)
    queue_message(
        medium="sms",
        address=reporter.phone,
        text=text,
        language=language,
        purpose=event,
        case_ref=case.pk,
        event_id=event_id,
        urgent=event == "case_registered" or case.urgent,
        now=now,
    )


def text_values(case: Case, *, language: str, due: datetime | None) -> dict[str, str]:
    """What every text about a case can name: its code, service and unit, a time, and how to reach us."""
    city, whole = book(), case.parent or case
    return {
        "code": whole.code or "",
        "service": city.name(city.services[case.service_id], language),
        "unit": city.name(city.departments.get(case.department_id), language)
        or city.name(city.city, language),
        "due": moment(due, city.zone, language) if due else "",
        "phone": city.city.phone_number,
        "sms_number": city.city.sms_number,
        "accept_code": city.city.accept_code,
        "object_code": city.city.object_code,
    }


def read_notices(*, case_id: int | None = None, by: Actor, now: datetime) -> int:
    """A member of staff has read his notices, of one case or all of them; how many were new to him."""
    if by.staff_id is None:
        return 0
    unread = Notice.objects.filter(user_id=by.staff_id, read_at__isnull=True)
    if case_id is not None:
        unread = unread.filter(case_id=case_id)
    return unread.update(read_at=now)


def notify_roles(
    case: Case,
    roles: Iterable[str],
    *,
    unit: int | None,
    kind: str,
    rung: int | None,
    event_id: int,
    now: datetime,
) -> None:
    """Tell the present holders of these roles for a unit of the case; a vacant position is written down so.

    A case without a unit is told to the centre: its triage and those above. Once per event and person.
    """
    city = book()
    wanted = [Role(role) for role in roles]
    if unit is None:
        wanted += [Role.TRIAGE, Role.SHIFT_SUPERVISOR]
    positions = {p.id: p for role in wanted for p in city.positions_for(unit, role)}
    held = holders(positions, now=now)
    rows = [
        Notice(
            case=case,
            event_id=event_id,
            kind=kind,
            position_id=position,
            user=user,
            rung=rung,
            at=now,
            tell_at=now,
        )
        for position in positions
        for user in held.get(position, [None])
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
