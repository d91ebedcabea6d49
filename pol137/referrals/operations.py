"""Handing a matter to the body it belongs to, and taking its reply."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from pol137.cases.models import Answer, Case
from pol137.cases.operations import lock_case, note_case
from pol137.cases.operations.steps import seal, stream_of
from pol137.cases.operations.telling import text_reporter, text_values
from pol137.cases.permissions import may_see
from pol137.cases.queries import Shared, shared
from pol137.cases.rules.texts import moment
from pol137.cases.vocabulary import AnswerDecision, AnswerType, CloseReason, Status
from pol137.city.queries.book import book
from pol137.city.vocabulary import Role, TextEvent
from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor, client, system
from pol137.lib.persian import clean_text, persian_digits, redact_personal
from pol137.lib.refusal import Refusal
from pol137.referrals.models import Referral
from pol137.referrals.queries import by_link, digest_of
from pol137.referrals.vocabulary import ReferralMedium, ReferralState

HANDLERS = frozenset({Role.FOLLOW_UP, Role.FEEDBACK, Role.SHIFT_SUPERVISOR, Role.CENTRE_HEAD})
"""Who sends letters and writes down replies that came on paper."""

CLERK = system("referrals")
LONGEST_REPLY = 4000
LONGEST_LETTER = 8000
_LINK = re.compile(r"https?:|www\.|://", re.IGNORECASE)


@transaction.atomic
def open_referral(answer_id: int, *, by: Actor, now: datetime) -> Referral | None:
    """An answer "not ours" was approved: its letter to the body stands ready, without a word on the reporter.

    Guarantees: once per answer, however often it is asked; None for any other answer.
    """
    answer = Answer.objects.select_related("case").get(pk=answer_id)
    ours = answer.type != AnswerType.NOT_OURS or answer.decision != AnswerDecision.APPROVED
    if ours or answer.agency_id is None:
        return None
    case = lock_case(answer.case_id)
    referral, new = Referral.objects.get_or_create(
        answer=answer,
        defaults={
            "case": case,
            "agency_id": answer.agency_id,
            "letter": _letter(case, answer.agency_id, now=now),
            "opened_at": now,
        },
    )
    if new:
        _write(referral, EventKind.REFERRAL_OPENED, by=by, now=now)
    return referral


def _letter(case: Case, agency_id: int, *, now: datetime) -> str:
    """The city's letter with the facts of the case, and nothing that leads to a person."""
    city = book()
    district = city.name(city.districts.get(case.district_id), "fa")
    words, known = redact_personal(case.words), text_values(case, language="fa", due=None, now=now)
    return city.text(TextEvent.REFERRAL_LETTER, "email", "fa").format_map(
        {
            **{name: persian_digits(value) for name, value in known.items()},
            "agency": city.name(city.agencies.get(agency_id), "fa"),
            "place": redact_personal("، ".join(one for one in (district, case.address) if one)) or "—",
            "words": words or "—",
            "at": moment((case.parent or case).registered_at, city.zone, "fa", now=now),
            "people": persian_digits(str(shared([case.pk]).get(case.pk, Shared()).people)),
        }
    )


@transaction.atomic
def send_referral(
    referral_id: int, *, letter: str, medium: str, due_date: date | None = None, by: Actor, now: datetime
) -> str:
    """The letter goes to the body: on paper, through its office system, or by a link at which it replies.

    Guarantees: the token of the link is given back once and not kept; a second link makes the first one
    useless. A link is good as long as a closed case may be reopened. Refuses whoever does not handle letters,
    a letter that says nothing, a matter withdrawn or replied to.
    """
    referral = _locked(referral_id, by=by)
    if referral.state not in (ReferralState.READY, ReferralState.SENT):
        raise Refusal("referral_over")
    if medium not in set(ReferralMedium):
        raise Refusal("medium_missing", field="medium")
    letter = clean_text(letter).strip()
    if not letter or len(letter) > LONGEST_LETTER:
        raise Refusal("letter_missing", field="letter", most=LONGEST_LETTER)
    token = secrets.token_urlsafe(24) if medium == ReferralMedium.LINK else ""
    referral.letter, referral.medium, referral.due_date = letter, medium, due_date
    referral.state, referral.sent_at, referral.sent_by_id = str(ReferralState.SENT), now, by.staff_id
    if token:
        referral.token_digest = digest_of(token)
        referral.expires_at = now + book().city.reopen_window
    referral.save()
    _write(referral, EventKind.REFERRAL_SENT, by=by, now=now, medium=medium)
    return token


@transaction.atomic
def reply_referral(
    referral_id: int,
    *,
    reply: str,
    reply_number: str = "",
    reply_date: date | None = None,
    by: Actor,
    now: datetime,
) -> Referral:
    """A member of staff writes down the reply a body gave on paper or by phone."""
    referral = _locked(referral_id, by=by)
    return _take_reply(referral, reply, reply_number, reply_date, by=by, now=now)


@transaction.atomic
def reply_by_link(
    token: str, *, reply: str, reply_number: str = "", reply_date: date | None = None, now: datetime
) -> Referral:
    """A body replies at the link of its letter, without an account.

    Guarantees: one reply for one letter. Refuses a link that is not good (any more), an empty reply, one with
    an address in it (it is told to the citizen as it stands), and a second reply.
    """
    found = by_link(token, now=now)
    lock_case(found.case_id)
    referral = Referral.objects.select_for_update(of=("self",)).get(pk=found.pk)
    by = client(f"agency {book().agencies[referral.agency_id].code}")
    return _take_reply(referral, reply, reply_number, reply_date, by=by, now=now)


def _take_reply(
    referral: Referral, reply: str, number: str, day: date | None, *, by: Actor, now: datetime
) -> Referral:
    reply = clean_text(reply).strip()
    if referral.state != ReferralState.SENT:
        raise Refusal("referral_over")
    if not reply:
        raise Refusal("reply_missing", field="reply")
    if len(reply) > LONGEST_REPLY:
        raise Refusal("words_too_long", field="reply", most=LONGEST_REPLY, length=len(reply))
    if _LINK.search(reply):
        raise Refusal("reply_has_link", field="reply")
    referral.state, referral.reply, referral.replied_at = str(ReferralState.REPLIED), reply, now
    referral.reply_number, referral.reply_date = clean_text(number).strip()[:100], day
    referral.save()
    case, city = Case.objects.get(pk=referral.case_id), book()
    if case.status != Status.ARCHIVED:
        body = city.name(city.agencies.get(referral.agency_id), "fa")
        note_case(case.pk, text=f"{body}: {reply}", by=CLERK, now=now)
    _write(referral, EventKind.REFERRAL_REPLIED, by=by, now=now, words=seal(reply, case.salt))
    return referral


def tell_reply(referral_id: int, *, event_id: int, now: datetime) -> None:
    """Tell the reporter, and everybody who shares the fault, what the body replied."""
    referral, city = Referral.objects.select_related("case__parent").get(pk=referral_id), book()
    case = referral.case
    for one in [case, *_those_told(case)]:
        values = {"agency": city.name(city.agencies.get(referral.agency_id), "fa"), "answer": referral.reply}
        text_reporter(one, TextEvent.REFERRAL_REPLIED, values=values, due=None, event_id=event_id, now=now)


def _those_told(case: Case) -> list[Case]:
    """The cases that share the fault of this one and have not been withdrawn."""
    sharing = Case.objects.filter(incident__main_case=case)
    return list(sharing.exclude(close_reason=CloseReason.WITHDRAWN).order_by("id"))


@transaction.atomic
def withdraw_referrals(case_id: int, *, by: Actor, now: datetime) -> int:
    """The answer that handed a matter on was overturned: letters not sent yet stay here; how many."""
    lock_case(case_id)
    ready = Referral.objects.select_for_update().filter(case_id=case_id, state=ReferralState.READY)
    found = list(ready.order_by("id"))
    for referral in found:
        referral.state = str(ReferralState.WITHDRAWN)
        referral.save(update_fields=["state"])
        _write(referral, EventKind.REFERRAL_WITHDRAWN, by=by, now=now)
    return len(found)


@transaction.atomic
def forget(*, case_ids: Iterable[int], by: Actor, now: datetime) -> int:
    """Erase what letters and replies say about these cases; that they were sent and when stays. How many."""
    return (
        Referral.objects.filter(case_id__in=list(case_ids))
        .exclude(letter="", reply="")
        .update(letter="", reply="", reply_number="", token_digest="")
    )


def _locked(referral_id: int, *, by: Actor) -> Referral:
    if not by.roles & HANDLERS:
        raise Refusal("referral_not_yours")
    case_id = Referral.objects.filter(pk=referral_id).values_list("case_id", flat=True).first()
    case = lock_case(case_id) if case_id is not None else None
    if case is None or not may_see(case, by):
        raise Refusal("referral_unknown")
    return Referral.objects.select_for_update(of=("self",)).get(pk=referral_id)


def _write(referral: Referral, kind: EventKind, *, by: Actor, now: datetime, **more: object) -> None:
    body = {"referral": referral.pk, "agency": referral.agency_id, "answer": referral.answer_id, **more}
    append_event(stream=stream_of(referral.case_id), kind=kind, at=now, by=by, body=body)
