"""Petitions: who stands behind a case beside its reporter, and what they are told."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pol137.cases.models import Supporter
from pol137.cases.operations.announcing import answers_for, text_of_answers, words_of_answers
from pol137.cases.operations.steps import lock_case, take_step
from pol137.cases.operations.telling import text_address
from pol137.cases.queries import latest_announcement, reporter_of
from pol137.cases.vocabulary import Action, SupporterKind
from pol137.city.queries.book import book
from pol137.city.vocabulary import TextEvent
from pol137.lib.actor import Actor
from pol137.lib.persian import clean_text
from pol137.lib.phones import parse_phone
from pol137.lib.refusal import Refusal

LONGEST_NAME = 200


@transaction.atomic
def support_case(
    case_id: int,
    *,
    kind: str = SupporterKind.PERSON,
    name: str = "",
    phone: str = "",
    by: Actor,
    now: datetime,
) -> Supporter:
    """Somebody stands behind a case: «من هم این مشکل را دارم».

    Guarantees: a number counts once, and never beside its own report; supporters are no faults and no
    reporters, and move no deadline. Refuses a number that cannot be one.
    """
    case = lock_case(case_id, Action.SUPPORT, by=by)
    if kind not in set(SupporterKind):
        raise Refusal("supporter_kind_unknown", field="kind")
    number = parse_phone(phone, book().city.phone_region)
    if phone.strip() and number.e164 is None:
        raise Refusal("phone_impossible", field="phone")
    told = number.e164 or ""
    reporter = reporter_of(case.pk)
    known = Supporter.objects.filter(case=case, phone=told)
    if told and (known.exists() or (reporter is not None and reporter.phone == told)):
        raise Refusal("supported_already", field="phone")
    supporter = Supporter.objects.create(
        case=case, kind=kind, name=clean_text(name).strip()[:LONGEST_NAME], phone=told, at=now
    )
    take_step(case, Action.SUPPORT, by=by, now=now, body={"supporter": supporter.pk, "supporter_kind": kind})
    return supporter


def tell_supporters(case_id: int, *, event_id: int, now: datetime) -> int:
    """Tell those behind a case whose answer was announced, as far as they left a mobile; how many.

    Guarantees: once per answer and number.
    """
    announced = latest_announcement(case_id)
    if announced is None or announced.announced_at is None:
        return 0
    told = 0
    region = book().city.phone_region
    case, texts = announced.case, (TextEvent.PETITION_ANSWERED, TextEvent.PETITION_PLANNED)
    answers = answers_for(case, reporter=False)
    words = words_of_answers(answers)
    event, values = text_of_answers(words, answers, medium="sms", language="fa", texts=texts, now=now)
    for one in Supporter.objects.filter(case_id=case_id).exclude(phone="").select_related("case"):
        if parse_phone(one.phone, region).mobile:
            text_address(
                one.case,
                event,
                address=one.phone,
                language="fa",
                values=values,
                due=None,
                event_id=event_id,
                now=now,
            )
            told += 1
    return told
