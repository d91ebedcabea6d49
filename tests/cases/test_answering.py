"""Answers: what counts as one, who approves, how the citizen is told."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from pol137.cases.models import Announcement, Answer, Promise
from pol137.cases.operations import (
    announce_answer,
    answer_case,
    approve_answer,
    draft_answer,
    keep_plan,
    postpone_plan,
    split_case,
)
from pol137.cases.rules.drafts import AnswerDraft, ReporterDraft
from pol137.cases.vocabulary import PromiseKind, Status
from pol137.contacts.operations import record_call_attempt
from pol137.contacts.queries import call_list
from pol137.lib.actor import system
from pol137.lib.refusal import Refusal
from pol137.messaging.queries import messages_of_case
from tests.factories import DONE, Clock, actor, announced_case, answered_case, fresh, reported_case

pytestmark = pytest.mark.django_db

HEAD, APPROVER = "s1-roads-head", "centre-s1-follow-up"
PLANNED = AnswerDraft(
    type="planned", reply="روکش آسفالت این کوچه در برنامه آبان است.", plan_date=date(2026, 11, 1)
)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"type": ""}, "answer_type_missing"),
        ({"reply": "انجام شد"}, "reply_too_short"),
        ({"type": "planned"}, "plan_date_missing"),
        ({"type": "planned", "plan_date": date(2026, 10, 1)}, "plan_date_past"),
        ({"type": "planned", "plan_date": date(2027, 3, 1)}, "plan_date_too_far"),
        ({"type": "in_course", "plan_date": date(2026, 11, 1)}, "next_step_missing"),
        ({"type": "unlawful"}, "legal_ground_missing"),
        ({"type": "not_feasible"}, "legal_ground_missing"),
        ({"type": "not_ours"}, "agency_missing"),
        ({"type": "not_ours", "agency": "nobody"}, "agency_unknown"),
    ],
)
def test_an_answer_that_lacks_what_its_type_needs_is_refused_and_nothing_is_stored(
    clock: Clock, changed: dict, code: str
) -> None:
    case = reported_case(clock.now)
    with pytest.raises(Refusal, match=code):
        answer_case(case.pk, answer=replace(DONE, **changed), by=actor(HEAD), now=clock.now)
    assert not Answer.objects.filter(case=case).exists()
    assert fresh(case).status == Status.ASSIGNED


def test_the_137_user_drafts_and_only_the_head_answers(clock: Clock) -> None:
    case = reported_case(clock.now)
    draft_answer(case.pk, answer=DONE, by=actor("s1-roads-user"), now=clock.now)
    with pytest.raises(Refusal, match="step_not_yours"):
        answer_case(case.pk, answer=DONE, by=actor("s1-roads-user"), now=clock.now)
    given = answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    assert Answer.objects.get(case=case) == given
    assert given.drafted_by.username == "s1-roads-user"


def test_another_unit_can_neither_see_nor_answer(clock: Clock) -> None:
    case = reported_case(clock.now)
    with pytest.raises(Refusal, match="case_unknown"):
        answer_case(case.pk, answer=DONE, by=actor("s2-roads-head"), now=clock.now)


def test_the_units_reply_stays_unaltered_when_the_text_for_the_citizen_is_edited(clock: Clock) -> None:
    case = answered_case(clock.now)
    approve_answer(case.pk, text="چراغ کوچه شما روشن شد.", by=actor(APPROVER), now=clock.now)
    answer = Answer.objects.get(case=case)
    assert answer.reply == DONE.reply
    clock.run()
    assert "چراغ کوچه شما روشن شد." in messages_of_case(case.pk)[-1].text


def test_a_no_needs_the_approvers_express_consent(clock: Clock) -> None:
    from pol137.city.queries.book import book

    ground = next(iter(book().legal_grounds)).code
    case = reported_case(clock.now)
    no = replace(DONE, type="unlawful", legal_ground=ground)
    answer_case(case.pk, answer=no, by=actor(HEAD), now=clock.now)
    with pytest.raises(Refusal, match="consent_missing"):
        approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    approve_answer(case.pk, consent=True, by=actor(APPROVER), now=clock.now)
    assert fresh(case).status == Status.APPROVED


def test_an_answer_is_announced_only_after_approval(clock: Clock) -> None:
    case = answered_case(clock.now)
    clock.run()
    with pytest.raises(Refusal, match="step_not_now"):
        announce_answer(case.pk, by=actor("centre-feedback"), now=clock.now)
    assert not Announcement.objects.filter(case=case).exists()


def test_who_wishes_a_call_is_called_and_told(clock: Clock) -> None:
    case = answered_case(clock.now, reporter=ReporterDraft(phone="0915 123 4567", wish="call"))
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    assert fresh(case).status == Status.APPROVED
    (call,) = call_list(now=clock.now)
    record_call_attempt(call.pk, outcome="told", by=actor("centre-feedback"), now=clock.now)
    assert fresh(case).status == Status.ANNOUNCED
    assert call_list(now=clock.now) == []


def test_who_cannot_be_reached_in_three_tries_on_two_days_has_it_on_the_tracking_page(clock: Clock) -> None:
    case = answered_case(clock.now, reporter=ReporterDraft(phone="05138001234"))
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    feedback = actor("centre-feedback")
    for hours in (0, 4, 24):
        (call,) = call_list(now=clock.now)
        record_call_attempt(call.pk, outcome="no_answer", by=feedback, now=clock.now + timedelta(hours=hours))
    assert call_list(now=clock.now) == []
    assert fresh(case).status == Status.ANNOUNCED


def test_who_left_no_number_reads_it_on_the_tracking_page_at_approval(clock: Clock) -> None:
    case = answered_case(clock.now, reporter=ReporterDraft())
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    assert fresh(case).status == Status.ANNOUNCED
    assert Announcement.objects.get(case=case).medium == "page"


def test_an_undelivered_text_becomes_a_call(clock: Clock) -> None:
    from pol137.messaging.models import OutboundMessage
    from pol137.messaging.operations import settle_message

    case = answered_case(clock.now)
    answer = approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    from pol137.cases.operations import begin_announcement

    begin_announcement(case.pk, event_id=10**9, by=system("announcer"), now=clock.now)
    text = OutboundMessage.objects.get(case_ref=case.pk, purpose="answer_announced")
    settle_message(text.pk, delivered=False, reason="لغو ۱۱", by=system("gateway"), now=clock.now)
    clock.run()
    assert fresh(case).status == Status.APPROVED
    assert [call.case_id for call in call_list(now=clock.now)] == [case.pk]
    assert Announcement.objects.get(answer=answer).medium == "call"


def test_a_plan_is_a_promise_with_the_same_ladder(clock: Clock) -> None:
    case = reported_case(clock.now)
    answer_case(case.pk, answer=PLANNED, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    assert fresh(case).status == Status.PLANNED
    plan = Promise.objects.get(case=case, kind=PromiseKind.PLAN)
    postpone_plan(
        case.pk, until=date(2026, 11, 10), reason="بارندگی", by=actor("s1-deputy-tech"), now=clock.now
    )
    later = Promise.objects.get(pk=plan.pk)
    assert (later.promised_at, later.due_at - plan.due_at) == (plan.promised_at, timedelta(days=9))
    clock.forward(days=29)
    assert later.rungs.count() == 2
    keep_plan(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    assert fresh(case).status == Status.ANNOUNCED
    assert Promise.objects.get(pk=plan.pk).met_at == clock.now


def test_a_case_in_parts_is_announced_when_all_parts_are_approved(clock: Clock) -> None:
    case = reported_case(clock.now)
    part = split_case(
        case.pk,
        service="tree-care",
        department="s1-green",
        words="شاخه درخت جلوی چراغ را گرفته است.",
        by=actor("centre-triage"),
        now=clock.now,
    )
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    assert fresh(case).status == Status.APPROVED
    pruned = replace(DONE, reply="شاخه مزاحم هرس شد و محل پاک‌سازی گردید.", citizen_text="شاخه هرس شد.")
    answer_case(part.pk, answer=pruned, by=actor("s1-green-head"), now=clock.now)
    approve_answer(part.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    assert (fresh(case).status, fresh(part).status) == (Status.ANNOUNCED, Status.ANNOUNCED)
    told = messages_of_case(case.pk)[-1].text
    assert DONE.citizen_text in told and "شاخه هرس شد." in told
    clock.forward(days=8)
    assert (fresh(case).status, fresh(part).status) == (Status.CLOSED, Status.CLOSED)


def test_announcing_twice_makes_one_announcement(clock: Clock) -> None:
    case = announced_case(clock)
    from pol137.cases.operations import begin_announcement

    begin_announcement(case.pk, event_id=1, by=system("announcer"), now=clock.now)
    assert Announcement.objects.filter(case=case).count() == 1
    assert [m.purpose for m in messages_of_case(case.pk)].count("answer_announced") == 1


def test_a_draft_of_the_unit_before_becomes_the_answer_of_the_unit_that_gives_it(clock: Clock) -> None:
    from pol137.cases.operations import draft_answer, transfer_case

    case = reported_case(clock.now)
    draft_answer(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    transfer_case(case.pk, department="s1-green", reason="درخت است.", by=actor(HEAD), now=clock.now)
    answer = answer_case(case.pk, answer=DONE, by=actor("s1-green-head"), now=clock.now)
    assert answer.department.code == "s1-green"


def test_a_receipt_of_an_older_answer_does_not_announce_the_next(clock: Clock) -> None:
    from pol137.cases.operations import begin_announcement, decide_review, object_to_answer
    from pol137.messaging.models import OutboundMessage
    from pol137.messaging.operations import settle_message

    case = announced_case(clock)
    first = OutboundMessage.objects.get(case_ref=case.pk, purpose="answer_announced")
    OutboundMessage.objects.filter(pk=first.pk).update(status="sent")
    object_to_answer(case.pk, ground="not_done", channel="phone", by=actor("centre-feedback"), now=clock.now)
    decide_review(
        case.pk, verdict="upheld", reasons="خاموش است.", by=actor("centre-s2-follow-up"), now=clock.now
    )
    clock.forward(hours=1)
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    begin_announcement(case.pk, event_id=10**9, by=system("announcer"), now=clock.now)
    OutboundMessage.objects.exclude(pk=first.pk).update(status="sent")
    settle_message(first.pk, delivered=True, by=system("gateway"), now=clock.now)
    clock.run()
    assert fresh(case).status == Status.APPROVED


def test_who_was_told_otherwise_is_called_no_more(clock: Clock) -> None:
    from pol137.cases.operations import announce_answer

    case = answered_case(clock.now, reporter=ReporterDraft(phone="05138400000", wish="call"))
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    assert len(call_list(now=clock.now)) == 1
    announce_answer(case.pk, by=actor("centre-feedback"), now=clock.now)
    clock.run()
    assert call_list(now=clock.now) == []
