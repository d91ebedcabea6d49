"""Writes of oversight: findings, second looks, and telling those above once a week."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction

from pol137.cases.models import Answer, Notice
from pol137.cases.operations import lock_case
from pol137.cases.permissions import may_see
from pol137.cases.rules.texts import fill
from pol137.cases.vocabulary import NoticeKind
from pol137.city.queries.book import book
from pol137.city.vocabulary import WEEKDAYS, Role, TextEvent
from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor, system
from pol137.lib.persian import clean_text, persian_digits
from pol137.lib.phones import parse_phone
from pol137.lib.refusal import Refusal
from pol137.messaging.operations import queue_message
from pol137.notices.operations import notify_roles
from pol137.oversight.models import Finding, Recheck, WeeklyTold
from pol137.oversight.permissions import FINDERS, TOLD_WEEKLY
from pol137.oversight.queries import after_last_rung, find_recheck, weekly_count, weekly_list
from pol137.oversight.vocabulary import FindingKind
from pol137.staff.models import User
from pol137.staff.queries import actor_for, holders

DRAWER = system("oversight")
MONDAY_FIRST = (*WEEKDAYS[2:], *WEEKDAYS[:2])


@transaction.atomic
def record_finding(case_id: int, *, kind: str, reason: str, by: Actor, now: datetime) -> Finding:
    """Inspection writes down what it found about a case nobody answered after the last rung.

    Guarantees: no clock moves and no lateness goes. Refuses anybody but an inspector, a case that is not on
    the list, a finding without its reason, and the same finding said again.
    """
    case = lock_case(case_id)
    if not FINDERS & by.roles or by.staff_id is None or not may_see(case, by):
        raise Refusal("finding_not_yours")
    promise = after_last_rung().filter(case=case).order_by("-id").first()
    if promise is None:
        raise Refusal("finding_not_now")
    if kind not in set(FindingKind):
        raise Refusal("finding_missing", field="kind")
    said = clean_text(reason).strip()
    if not said:
        raise Refusal("reason_missing", field="reason")
    if Finding.objects.filter(promise=promise, kind=kind, reason=said).exists():
        raise Refusal("finding_recorded")
    row = Finding.objects.create(
        case=case, promise=promise, kind=str(kind), reason=said, by_id=by.staff_id, at=now
    )
    append_event(
        stream=f"finding:{row.pk}",
        kind=EventKind.FINDING_RECORDED,
        at=now,
        by=by,
        body={"finding": row.pk, "case": case.pk, "kind": row.kind},
    )
    return row


def is_drawn(answer_id: int, salt: str, percent: int) -> bool:
    """Whether an approved answer is drawn for a second look: by a hash that the case's own secret salts, so
    that nobody can know it beforehand, nor draw again."""
    digest = hashlib.sha256(f"{salt}\nrecheck\n{answer_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % 10_000 < percent * 100


@transaction.atomic
def draw_recheck(answer_id: int, *, by: Actor, now: datetime) -> Recheck | None:
    """Perhaps draw an approved answer for a second look. Once per answer, however often this is called."""
    answer = Answer.objects.select_related("case").get(pk=answer_id)
    if not is_drawn(answer.pk, answer.case.salt, book().city.recheck_percent):
        return None
    row, new = Recheck.objects.get_or_create(answer=answer, defaults={"case": answer.case, "drawn_at": now})
    if new:
        body = {"recheck": row.pk, "case": answer.case_id, "answer": answer.pk}
        append_event(stream=f"recheck:{row.pk}", kind=EventKind.RECHECK_DRAWN, at=now, by=by, body=body)
    return row


@transaction.atomic
def decide_recheck(recheck_id: int, *, agrees: bool | None, reason: str, by: Actor, now: datetime) -> Recheck:
    """An expert of another district says whether he would have approved the answer, and why.

    Refuses whoever is stationed in the district, approved or gave the answer; a look that was taken already;
    and a verdict without its reason.
    """
    row = Recheck.objects.select_for_update().filter(pk=recheck_id).first()
    if row is None or row.decided_at is not None:
        raise Refusal("recheck_taken")
    if find_recheck(recheck_id, by=by) is None:
        raise Refusal("recheck_not_yours")
    if agrees is None:
        raise Refusal("verdict_missing", field="agrees")
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")
    row.agrees, row.reason = agrees, clean_text(reason).strip()
    row.decided_by_id, row.decided_at = by.staff_id, now
    row.save(update_fields=["agrees", "reason", "decided_by", "decided_at"])
    append_event(
        stream=f"recheck:{row.pk}",
        kind=EventKind.RECHECK_DECIDED,
        at=now,
        by=by,
        body={"recheck": row.pk, "case": row.case_id, "agrees": agrees},
    )
    return row


def tell_disagreement(recheck_id: int, *, event_id: int, now: datetime) -> None:
    """The head of the centre is told of a second look that disagreed; nobody of one that agreed."""
    row = Recheck.objects.select_related("case").get(pk=recheck_id)
    if row.agrees is False:
        kind = str(EventKind.RECHECK_DECIDED)
        notify_roles(
            row.case, [Role.CENTRE_HEAD], unit=row.case.department_id, kind=kind, rung=None,
            event_id=event_id, now=now,
        )  # fmt: skip


def week_of(now: datetime) -> date:
    """The day whose morning's telling is the last that came by now."""
    city = book()
    local = now.astimezone(city.zone)
    back = (local.weekday() - MONDAY_FIRST.index(city.city.weekly_on)) % 7
    if back == 0 and local.time() < city.city.digest_at:
        back = 7
    return local.date() - timedelta(days=back)


def tell_weekly(*, now: datetime) -> int:
    """On the city's morning for it tell managers, inspection and the mayor's office how many cases stand on
    their lists; how many were told.

    Guarantees: each person once a week, and later that week when the morning was missed; nobody of an empty
    list. On the desk it is a notice about the case that has waited longest, and leads to the list.
    """
    week = week_of(now)
    positions = [one.id for one in book().positions if one.role in TOLD_WEEKLY]
    people = {user.pk: user for users in holders(positions, now=now).values() for user in users}
    known = set(WeeklyTold.objects.filter(week=week).values_list("user_id", flat=True))
    return sum(_tell_person(user, week=week, now=now) for pk, user in people.items() if pk not in known)


@transaction.atomic
def _tell_person(user: User, *, week: date, now: datetime) -> bool:
    by = actor_for(user, now=now)
    count = weekly_count(by)
    row, new = WeeklyTold.objects.get_or_create(week=week, user=user, defaults={"count": count, "at": now})
    if not new or not count:
        return False
    city, speech = book(), user.language
    number = parse_phone(user.phone, city.city.phone_region) if user.phone else None
    seat = next(seat for seat in by.seats if seat.role in TOLD_WEEKLY)
    oldest = weekly_list(by)[0].case
    Notice.objects.create(
        case=oldest, event_id=row.pk, kind=str(NoticeKind.WEEKLY), position_id=seat.position_id, user=user,
        at=now, tell_at=now, told_at=now,
    )  # fmt: skip
    if number and number.mobile and number.e164 and city.has_text(TextEvent.RUNG_DIGEST, "sms"):
        values = {
            "role": city.positions[seat.position_id].name(speech),
            "count": persian_digits(str(count)) if speech == "fa" else str(count),
        }
        text = city.text(TextEvent.RUNG_DIGEST, "sms", speech)
        queue_message(
            medium="sms",
            address=number.e164,
            text=fill(text, values, language=speech, most=city.city.sms_max_parts),
            language=speech,
            purpose="weekly_list",
            case_ref=None,
            event_id=row.pk,
            urgent=False,
            by=DRAWER,
            now=now,
        )
    return True


@transaction.atomic
def forget_reasons(*, case_ids: Iterable[int]) -> None:
    """Erase what findings and second looks say about these cases; that they were made, and how they ended,
    stays."""
    ids = list(case_ids)
    Finding.objects.filter(case__in=ids).update(reason="")
    Recheck.objects.filter(case__in=ids).update(reason="")
