"""People can be erased: on request and by the clock; what was done, when and by whom stays provable."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

from pol137.cases.adapters.files import path_of
from pol137.cases.models import Attachment, Case, Reporter, Supporter
from pol137.cases.operations import close_case, note_case, object_to_answer, rate_case, split_case
from pol137.cases.operations.erasing import PERSON, SAID, forget
from pol137.cases.permissions import citizen_ref
from pol137.cases.queries import counts_today
from pol137.citizens.models import Citizen, ContactPoint
from pol137.city.models import Agency
from pol137.city.queries.book import book
from pol137.city.vocabulary import Retained
from pol137.contacts.models import CallBack, Contact
from pol137.contacts.operations import erase_person, finish_contact, forget_due, start_contact
from pol137.contacts.operations.contacts import Ending
from pol137.journal.models import Event
from pol137.journal.operations import leave_checkpoint
from pol137.journal.queries import verify_journal
from pol137.lib.actor import citizen
from pol137.lib.refusal import Refusal
from pol137.messaging.models import InboundMessage, OutboundMessage
from pol137.messaging.operations import receive_message
from pol137.oversight.models import Finding
from pol137.referrals.models import Referral
from pol137.web.uploads import keep
from tests.factories import Clock, actor, announced_case, draft, fresh, reported_case, user

pytestmark = pytest.mark.django_db

NAME, WORDS, PHONE = "مریم نمونه", "چراغ روبه‌روی خانه‌ام خاموش است.", "09151234567"
BY = "centre-head"


def told(**changed: Any) -> dict[str, Any]:
    who = draft().reporter
    return {
        "words": WORDS,
        "reporter": type(who)(name=NAME, phone=PHONE, language="fa", wish="sms"),
        **changed,
    }


def closed(clock: Clock, **changed: Any) -> Case:
    case = announced_case(clock, **told(**changed))
    close_case(case.pk, reason="accepted", by=citizen(citizen_ref(case.pk)), now=clock.now)
    clock.run()
    return fresh(case)


def picture(case: Case, content: bytes) -> Attachment:
    return Attachment.objects.create(
        case=case, side="citizen", sha256=keep(content), public_sha256=keep(content + b"-clean"),
        name="خانه.jpg", content_type="image/jpeg", size=len(content), added_at=case.registered_at,
    )  # fmt: skip


ROOMS = {
    "cases", "contacts", "messaging", "citizens", "journal", "referrals", "oversight", "dispatch",
}  # fmt: skip


def everything_stored() -> str:
    """Every row of every table, as text; the queue of jobs and the city's own tables left out."""
    tables = [
        model._meta.db_table
        for model in apps.get_models()
        if model._meta.app_label in ROOMS and model.__name__ != "Article"
    ]
    with connection.cursor() as cursor:
        pieces = []
        for table in tables:
            cursor.execute(f"SELECT string_agg(t::text, E'\\n') FROM \"{table}\" t")
            pieces.append(cursor.fetchone()[0] or "")
    return "\n".join(pieces)


def erase(clock: Clock, case: Case, phone: str = PHONE) -> Any:
    found = erase_person(
        code=case.code or "", phone=phone, reason="asked", by=actor(BY, clock.now), now=clock.now
    )
    clock.run()
    return found


def test_nothing_of_an_erased_person_is_left_in_any_table(clock: Clock) -> None:
    case = announced_case(clock, **told())
    me, feedback = citizen(citizen_ref(case.pk)), actor("centre-feedback")
    note_case(case.pk, text="زنگ زدم؛ مریم نمونه گفت بعدازظهر خانه است", by=feedback, now=clock.now)
    rate_case(case.pk, score=5, words="از مریم ممنونم", channel="web", by=me, now=clock.now)
    close_case(case.pk, reason="accepted", by=me, now=clock.now)
    receive_message(
        channel="sms",
        external_id="x1",
        sender=PHONE,
        text="ممنون، مریم",
        raw="raw مریم",
        by=me,
        now=clock.now,
    )
    clock.run()
    text = Contact.objects.get(inbound__isnull=False)
    praise = Ending("praise_or_opinion", words="ممنون، مریم", name=NAME)
    finish_contact(text.pk, ending=praise, by=actor("centre-operator"), now=clock.now)
    clock.run()
    Finding.objects.create(
        case=case, promise=case.promises.first(), kind="warned", reason="مریم گفت", by=user(BY), at=clock.now
    )
    answer = case.answers.get()
    Referral.objects.create(
        case=case,
        answer=answer,
        agency=Agency.objects.first(),
        letter="مریم",
        reply="مریم",
        opened_at=clock.now,
    )
    CallBack.objects.create(
        case=case, event_id=-1, phone="+989151234567", words="مریم", due_at=clock.now, not_before=clock.now,
        opened_at=clock.now,
    )  # fmt: skip
    before = everything_stored()
    for trace in ("مریم", "9151234567", "خانه", WORDS):
        assert trace in before
    erase(clock, case)
    after = everything_stored()
    for trace in ("مریم", "9151234567", "خانه", WORDS, "لامپ چراغ کوچه عوض شد"):
        assert trace not in after
    assert case.salt not in after
    assert not Citizen.objects.exists() and not ContactPoint.objects.exists()


def test_the_journal_verifies_before_and_after(clock: Clock) -> None:
    case = closed(clock)
    leave_checkpoint(now=clock.now)
    before = verify_journal()
    erase(clock, case)
    after = verify_journal()
    for found in (before, after):
        assert (found.broken, found.missing, found.rewritten) == ([], 0, False)
    assert after.events > before.events


def test_events_say_that_by_whom_and_why_and_nothing_of_the_person(clock: Clock) -> None:
    case = closed(clock)
    erase(clock, case)
    event = Event.objects.get(kind="citizens.person_erased")
    assert event.by == str(actor(BY))
    assert event.body["why"] == "asked"
    assert event.body["cases"] == [case.pk]
    assert Event.objects.get(kind="case.erased").body["what"] == ["pictures", "reporter", "words"]


def test_figures_stay(clock: Clock) -> None:
    since = clock.now - timedelta(hours=1)
    case = closed(clock)
    before, kept = counts_today(since=since), (case.service_id, case.district_id, case.registered_at)
    promise = case.promises.get(kind="answer")
    erase(clock, case)
    gone = fresh(case)
    assert counts_today(since=since) == before
    assert (gone.service_id, gone.district_id, gone.registered_at) == kept
    assert gone.promises.get(kind="answer").met_at == promise.met_at
    assert gone.erased_at == clock.now
    assert Contact.objects.filter(disposition="opened").count() == 1


def test_an_open_case_is_never_erased(clock: Clock) -> None:
    ended, still_open = closed(clock), reported_case(clock.now, **told())
    found = erase(clock, ended)
    assert (found.cases, found.open_cases) == ([ended.pk], [still_open.pk])
    assert fresh(still_open).words == WORDS
    assert Reporter.objects.get(case=still_open).phone == "+989151234567"
    assert Citizen.objects.count() == 1
    assert OutboundMessage.objects.filter(case_ref=still_open.pk).exclude(text="").exists()
    assert forget(case_ids=[still_open.pk], by=actor(BY), now=clock.now) == []


def test_a_case_with_an_open_part_counts_as_open(clock: Clock) -> None:
    case = closed(clock)
    Case.objects.filter(pk=case.pk).update(status="in_work")
    part = split_case(
        case.pk,
        service="pothole",
        department="s1-clean",
        words="چاله",
        by=actor("centre-triage"),
        now=clock.now,
    )
    Case.objects.filter(pk=case.pk).update(status="closed")
    assert forget(case_ids=[case.pk], by=actor(BY), now=clock.now) == []
    Case.objects.filter(pk=part.pk).update(status="closed")
    assert forget(case_ids=[case.pk], by=actor(BY), now=clock.now) == [case.pk]
    assert (fresh(part).words, fresh(part).salt) == ("", "")


def test_a_shared_number_erases_one_of_its_people(clock: Clock) -> None:
    hers = closed(clock)
    brother = replace(draft().reporter, name="برادر نمونه", phone=PHONE)
    his = closed(clock, reporter=brother)
    erase(clock, hers)
    assert Reporter.objects.get(case=his).name == "برادر نمونه"
    assert Reporter.objects.get(case=hers).name == ""
    assert Citizen.objects.get().name == "برادر نمونه"


def test_code_and_number_must_belong_together(clock: Clock) -> None:
    case = closed(clock)
    for code, phone in ((case.code, "09150000000"), (case.code, ""), ("1234567890", PHONE)):
        with pytest.raises(Refusal, match="person_unknown"):
            erase_person(code=code, phone=phone, reason="asked", by=actor(BY), now=clock.now)
    with pytest.raises(Refusal, match="erasure_reason_missing"):
        erase_person(code=case.code, phone=PHONE, reason="", by=actor(BY), now=clock.now)
    assert fresh(case).words == WORDS


@pytest.mark.parametrize("code", ["s1-roads-head", "centre-operator", "centre-triage", "inspection-head"])
def test_others_erase_nobody(clock: Clock, code: str) -> None:
    case = closed(clock)
    with pytest.raises(Refusal, match="erasing_not_yours"):
        erase_person(code=case.code, phone=PHONE, reason="asked", by=actor(code), now=clock.now)


def test_the_administrator_learns_of_no_confidential_case(clock: Clock) -> None:
    secret = reported_case(clock.now, **told(service="staff-conduct"))
    with pytest.raises(Refusal, match="person_unknown"):
        erase_person(
            code=secret.code or "",
            phone=PHONE,
            reason="asked",
            by=actor("centre-administrator"),
            now=clock.now,
        )


def test_files_go_unless_another_case_needs_them(clock: Clock) -> None:
    mine, other = closed(clock), reported_case(clock.now)
    own, shared = picture(mine, b"only mine"), picture(mine, b"seen twice")
    picture(other, b"seen twice")
    small = path_of(own.public_sha256).with_name(f"{own.public_sha256}-320.jpg")
    small.write_bytes(b"thumb")
    erase(clock, mine)
    assert not Attachment.objects.filter(case=mine).exists()
    assert not any(path.exists() for path in (path_of(own.sha256), path_of(own.public_sha256), small))
    assert path_of(shared.sha256).exists() and path_of(shared.public_sha256).exists()


def test_who_stands_behind_a_case_is_erased_too(clock: Clock) -> None:
    case = closed(clock)
    for phone in (PHONE_E164, "+989150000001"):
        Supporter.objects.create(case=case, kind="person", name="همسایه", phone=phone, at=clock.now)
    erase(clock, case)
    assert set(Supporter.objects.values_list("name", "phone")) == {("", "")}


PHONE_E164 = "+989151234567"


def test_an_erased_case_can_no_longer_be_proved(clock: Clock) -> None:
    from pol137.cases.operations import prove_reporter

    case = closed(clock)
    erase(clock, case)
    for proof in ("4567", "", "000000"):
        with pytest.raises(Refusal, match="proof_wrong"):
            prove_reporter(code=case.code or "", proof=proof, now=clock.now)


# --- by the clock ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(Retained))
def test_each_thing_is_kept_for_its_time_and_no_longer(clock: Clock, kind: Retained) -> None:
    case = closed(clock)
    picture(case, b"a picture")
    me = citizen(citizen_ref(case.pk))
    receive_message(channel="sms", external_id="x2", sender=PHONE, text="31", raw="31", by=me, now=clock.now)
    clock.run()
    InboundMessage.objects.update(status="read")
    keeps = book().city.keep[kind]
    held = {
        Retained.REPORTER: lambda: Reporter.objects.exclude(phone="").exists(),
        Retained.WORDS: lambda: Case.objects.exclude(words="").exists(),
        Retained.PICTURES: lambda: Attachment.objects.exists(),
        Retained.CONTACTS: lambda: Contact.objects.filter(disposition="opened").exclude(phone="").exists(),
        Retained.TEXTS: lambda: OutboundMessage.objects.exclude(text="").exists(),
        Retained.RAW_TEXTS: lambda: InboundMessage.objects.exclude(raw="").exists(),
    }[kind]
    forget_due(now=clock.now + keeps - timedelta(hours=1))
    assert held()
    forget_due(now=clock.now + keeps + timedelta(hours=1))
    assert not held()


def test_after_all_its_time_nothing_of_a_person_is_left(clock: Clock) -> None:
    case = closed(clock)
    forget_due(now=clock.now + timedelta(days=2000))
    after = everything_stored()
    for trace in (NAME, "9151234567", WORDS, case.salt):
        assert trace not in after
    assert not Citizen.objects.exists()
    assert verify_journal().broken == []
    assert forget_due(now=clock.now + timedelta(days=2000)) == 0


def test_open_cases_their_contacts_and_texts_stay_however_old(clock: Clock) -> None:
    case = reported_case(clock.now, **told())
    clock.run()
    forget_due(now=clock.now + timedelta(days=4000))
    assert fresh(case).words == WORDS
    assert Reporter.objects.get(case=case).name == NAME
    assert Contact.objects.get().phone == "+989151234567"
    assert OutboundMessage.objects.exclude(text="").exists()


def test_a_contact_without_a_case_is_kept_for_its_time(clock: Clock) -> None:
    operator = actor("centre-operator")
    contact = start_contact(channel="phone", external_id="c1", phone=PHONE, by=operator, now=clock.now)
    ending = Ending("answered", service="light-out", name=NAME, words="پرسید")
    finish_contact(contact.pk, ending=ending, by=operator, now=clock.now)
    unread = start_contact(
        channel="sms", external_id="c2", phone=PHONE, words="خوانده نشده", by=citizen("x"), now=clock.now
    )
    forget_due(now=clock.now + book().city.keep[Retained.CONTACTS] + timedelta(days=1))
    kept = Contact.objects.get(pk=contact.pk)
    assert (kept.phone, kept.name, kept.words, kept.citizen_id) == ("", "", "", None)
    assert (kept.disposition, kept.service.code) == ("answered", "light-out")
    assert not Citizen.objects.exists()
    assert Contact.objects.get(pk=unread.pk).words == "خوانده نشده"


def test_many_are_erased_in_batches(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pol137.cases.operations.erasing.BATCH", 2)
    monkeypatch.setattr("pol137.messaging.operations.FORGOTTEN_AT_ONCE", 2)
    monkeypatch.setattr("pol137.contacts.operations.erasing.BATCH", 2)
    for _ in range(5):
        closed(clock)
    forget_due(now=clock.now + timedelta(days=2000))
    assert not Case.objects.exclude(words="").exists()
    assert not OutboundMessage.objects.exclude(text="").exists()


# --- nothing is forgotten -------------------------------------------------------------------------

STAYS = {
    "Assignment.because": "which rule decided; a reason in it goes",
    "Attachment.*": "the row goes",
    "Case.code": "leads to nobody once the number is gone",
    "Case.questions": "emptied",
    "CaseText.*": "the row goes",
    "Promise.own_times": "times only",
    "Promise.policy": "a copy of the city's policy",
}
"""Columns of cases that hold text and stand in no table of what is erased, with the reason."""


def test_every_text_column_of_a_case_is_erased_or_has_a_reason() -> None:
    erased = {Case: {"words", "salt", "address", "cause", "external_ref"}}
    erased |= {table: set(names) for table, (_, names) in SAID.items()}
    erased |= {table: set(blank) for table, (_, blank) in PERSON.items()}
    left = set()
    for model in apps.get_app_config("cases").get_models():
        for field in model._meta.concrete_fields:
            free = isinstance(field, models.TextField | models.JSONField) or (
                isinstance(field, models.CharField) and (field.max_length or 0) > 40
            )
            name = f"{model.__name__}.{field.name}"
            known = {name, f"{model.__name__}.*"} & set(STAYS)
            if free and field.name not in erased.get(model, set()) and not known and field.name != "by":
                left.add(name)
    assert left == {"Announcement.told_by"}


def test_an_objection_and_its_verdict_go_with_the_words(clock: Clock) -> None:
    case = announced_case(clock, **told())
    me = citizen(citizen_ref(case.pk))
    object_to_answer(case.pk, ground="not_done", words="مریم می‌گوید نه", channel="web", by=me, now=clock.now)
    Case.objects.filter(pk=case.pk).update(status="closed", closed_at=clock.now)
    forget(case_ids=[case.pk], by=actor(BY), now=clock.now)
    assert "مریم" not in everything_stored().replace(NAME, "")
