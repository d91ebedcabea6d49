"""Matters that are another body's: letter, link, reply, the month's list."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pol137.cases.models import Case, Note
from pol137.cases.operations import (
    accept_case,
    answer_case,
    approve_answer,
    decide_review,
    join_incident,
    object_to_answer,
    return_answer,
)
from pol137.cases.permissions import citizen_ref
from pol137.cases.rules.drafts import ReporterDraft
from pol137.city.vocabulary import TextEvent
from pol137.journal.models import Event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import citizen, system
from pol137.lib.refusal import Refusal
from pol137.messaging.models import OutboundMessage
from pol137.referrals.models import Referral
from pol137.referrals.operations import (
    forget,
    open_referral,
    reply_by_link,
    reply_referral,
    send_referral,
)
from pol137.referrals.queries import by_link, count_ready, get_referral, month_list, month_rows, referrals
from tests.factories import DONE, Clock, actor, fresh, reported_case

pytestmark = pytest.mark.django_db

HEAD, APPROVER, FEEDBACK = "s1-roads-head", "centre-s1-follow-up", "centre-feedback"
NOT_OURS = replace(
    DONE,
    type="not_ours",
    agency="electricity",
    reply="تیر و چراغ در مالکیت شرکت برق است و باید آنجا پیگیری شود.",
    citizen_text="این چراغ از آن شرکت برق است و برای آن فرستاده شد.",
)


def handed_on(clock: Clock, *, approve: bool = True, **changed: object) -> Case:
    case = reported_case(clock.now, **changed)
    accept_case(case.pk, by=actor(HEAD), now=clock.now)
    answer_case(case.pk, answer=NOT_OURS, by=actor(HEAD), now=clock.now)
    if approve:
        approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
        clock.run()
    return fresh(case)


def sent(clock: Clock, case: Case) -> tuple[Referral, str]:
    referral = Referral.objects.get(case=case)
    token = send_referral(
        referral.pk, letter=referral.letter, medium="link", by=actor(FEEDBACK), now=clock.now
    )
    return Referral.objects.get(pk=referral.pk), token


def replies(case: Case) -> list[str]:
    found = OutboundMessage.objects.filter(case_ref=case.pk, purpose=TextEvent.REFERRAL_REPLIED)
    return list(found.values_list("text", flat=True))


def test_a_letter_stands_ready_once_the_answer_is_approved_not_before(clock: Clock) -> None:
    case = handed_on(clock, approve=False)
    clock.run()
    assert not Referral.objects.exists()
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    assert Referral.objects.get().agency.code == "electricity"
    assert count_ready(actor(FEEDBACK)) == 1


def test_an_answer_sent_back_and_any_other_answer_open_no_letter(clock: Clock) -> None:
    case = handed_on(clock, approve=False)
    return_answer(case.pk, reason="دستگاه درست نیست", by=actor(APPROVER), now=clock.now)
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    assert not Referral.objects.exists()


def test_a_letter_is_opened_once_however_often_it_is_asked(clock: Clock) -> None:
    handed_on(clock)
    answer = Referral.objects.get().answer_id
    open_referral(answer, by=system("referrals"), now=clock.now)
    assert Referral.objects.count() == 1
    assert Event.objects.filter(kind=EventKind.REFERRAL_OPENED).count() == 1


def test_the_letter_says_nothing_that_leads_to_the_reporter(clock: Clock) -> None:
    case = handed_on(
        clock,
        words="چراغ کوچه خاموش است. با ۰۹۱۵ ۱۲۳ ۴۵ ۶۷ یا 05138412345 تماس بگیرید.",
        reporter=ReporterDraft(name="گزارش‌دهنده نمونه", phone="09151234567"),
    )
    letter = Referral.objects.get(case=case).letter
    assert "چراغ کوچه خاموش است." in letter and "خیابان نمونه، کوچه ۴" in letter
    for told in ("گزارش‌دهنده", "4567", "۶۷", "05138412345"):
        assert told not in letter


def test_the_letter_counts_everybody_who_reported(clock: Clock) -> None:
    main = reported_case(clock.now)
    for _ in range(2):
        other = reported_case(clock.now)
        join_incident(other.pk, main_case_id=main.pk, by=actor("centre-triage"), now=clock.now)
    accept_case(main.pk, by=actor(HEAD), now=clock.now)
    answer_case(main.pk, answer=NOT_OURS, by=actor(HEAD), now=clock.now)
    approve_answer(main.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    assert "۳ نفر" in Referral.objects.get().letter


def test_the_body_replies_at_its_link_and_the_citizen_is_told(clock: Clock) -> None:
    case = handed_on(clock)
    referral, token = sent(clock, case)
    assert token not in referral.token_digest and by_link(token, now=clock.now).pk == referral.pk
    clock.forward(hours=3)
    day = (clock.now + timedelta(days=4)).date()
    reply_by_link(token, reply="چراغ عوض شد.", reply_number="ب/۱۲", reply_date=day, now=clock.now)
    clock.run()
    replied = Referral.objects.get(pk=referral.pk)
    assert (replied.state, replied.reply_number, replied.reply_date) == ("replied", "ب/۱۲", day)
    assert Note.objects.get(case=case).text.endswith("چراغ عوض شد.")
    assert len(replies(case)) == 1 and "چراغ عوض شد." in replies(case)[0]
    assert Event.objects.get(kind=EventKind.REFERRAL_REPLIED).by == "client:agency electricity"


def test_everybody_who_shares_the_fault_is_told_the_reply(clock: Clock) -> None:
    main = reported_case(clock.now)
    other = reported_case(clock.now, reporter=ReporterDraft(phone="09359876543"))
    join_incident(other.pk, main_case_id=main.pk, by=actor("centre-triage"), now=clock.now)
    accept_case(main.pk, by=actor(HEAD), now=clock.now)
    answer_case(main.pk, answer=NOT_OURS, by=actor(HEAD), now=clock.now)
    approve_answer(main.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    _, token = sent(clock, main)
    reply_by_link(token, reply="چراغ عوض شد.", now=clock.now)
    clock.run()
    assert (len(replies(main)), len(replies(other))) == (1, 1)


def test_a_letter_has_one_reply(clock: Clock) -> None:
    _, token = sent(clock, handed_on(clock))
    reply_by_link(token, reply="چراغ عوض شد.", now=clock.now)
    with pytest.raises(Refusal, match="referral_over"):
        reply_by_link(token, reply="نه، نمی‌شود.", now=clock.now)


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("", "reply_missing"),
        ("اینجا را ببینید www.example.test", "reply_has_link"),
        ("چ" * 4001, "words_too_long"),
    ],
)
def test_a_reply_that_says_nothing_or_leads_elsewhere_is_refused(clock: Clock, reply: str, code: str) -> None:
    case = handed_on(clock)
    _, token = sent(clock, case)
    with pytest.raises(Refusal, match=code):
        reply_by_link(token, reply=reply, now=clock.now)
    assert not Note.objects.exists() and Referral.objects.get().state == "sent"


def test_a_second_link_makes_the_first_useless_and_a_link_ends(clock: Clock) -> None:
    case = handed_on(clock)
    _, first = sent(clock, case)
    _, second = sent(clock, case)
    with pytest.raises(Refusal, match="referral_unknown"):
        by_link(first, now=clock.now)
    assert by_link(second, now=clock.now)
    with pytest.raises(Refusal, match="referral_unknown"):
        by_link(second, now=clock.now + timedelta(days=31))


def test_a_wrong_token_opens_nothing(clock: Clock) -> None:
    sent(clock, handed_on(clock))
    for token in ("", "x", Referral.objects.get().token_digest):
        with pytest.raises(Refusal, match="referral_unknown"):
            by_link(token, now=clock.now)


def test_a_letter_on_paper_has_no_link_and_its_reply_is_written_down(clock: Clock) -> None:
    case = handed_on(clock)
    referral = Referral.objects.get(case=case)
    token = send_referral(referral.pk, letter="نامه", medium="letter", by=actor(FEEDBACK), now=clock.now)
    assert token == ""
    reply_referral(referral.pk, reply="انجام شد.", by=actor(FEEDBACK), now=clock.now)
    clock.run()
    assert len(replies(case)) == 1


def test_only_those_who_handle_letters_send_them(clock: Clock) -> None:
    handed_on(clock)
    referral = Referral.objects.get()
    with pytest.raises(Refusal, match="referral_not_yours"):
        send_referral(referral.pk, letter="نامه", medium="letter", by=actor(HEAD), now=clock.now)


def test_an_overturned_answer_keeps_its_letter_back(clock: Clock) -> None:
    case = handed_on(clock)
    by = citizen(citizen_ref(case.pk))
    object_to_answer(case.pk, ground="not_done", channel="web", by=by, now=clock.now)
    reviewer = actor("centre-s2-follow-up")
    decide_review(case.pk, verdict="upheld", reasons="چراغ از شهرداری است.", by=reviewer, now=clock.now)
    clock.run()
    referral = Referral.objects.get()
    assert referral.state == "withdrawn"
    with pytest.raises(Refusal, match="referral_over"):
        send_referral(referral.pk, letter="نامه", medium="letter", by=actor(FEEDBACK), now=clock.now)


def test_letters_of_hidden_cases_are_hidden_too(clock: Clock) -> None:
    case = handed_on(clock)
    referral = Referral.objects.get()
    Case.objects.filter(pk=case.pk).update(confidential=True)
    assert referrals(actor("centre-statistics")) == []
    with pytest.raises(Refusal, match="referral_unknown"):
        get_referral(referral.pk, by=actor("centre-statistics"))


def test_the_month_of_a_body_counts_by_topic_and_place(clock: Clock) -> None:
    since = clock.now - timedelta(hours=1)
    first = handed_on(clock)
    handed_on(clock)
    _, token = sent(clock, first)
    reply_by_link(token, reply="انجام شد.", now=clock.now)
    until = clock.now + timedelta(hours=1)
    rows = month_rows(actor(FEEDBACK), since=since, until=until)
    assert [(row.opened, row.sent, row.replied) for row in rows] == [(2, 1, 1)]
    assert rows[0].service_id == first.service_id and rows[0].district_id == first.district_id
    assert len(month_list(actor(FEEDBACK), since=since, until=until)) == 2
    assert month_rows(actor(FEEDBACK), since=until, until=until + timedelta(days=30)) == []


def test_what_letters_and_replies_say_can_be_forgotten_and_the_figures_stay(clock: Clock) -> None:
    case = handed_on(clock)
    _, token = sent(clock, case)
    reply_by_link(token, reply="انجام شد.", now=clock.now)
    assert forget(case_ids=[case.pk], by=system("retention"), now=clock.now) == 1
    gone = Referral.objects.get()
    assert (gone.letter, gone.reply, gone.token_digest, gone.state) == ("", "", "", "replied")
    assert forget(case_ids=[case.pk], by=system("retention"), now=clock.now) == 0
