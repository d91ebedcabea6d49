"""Parts: none is left behind when the whole, or another part, goes its own way."""

from dataclasses import replace
from datetime import date

import pytest

from pol137.cases.models import Announcement, Case
from pol137.cases.operations import (
    accept_case,
    answer_case,
    approve_answer,
    ask_citizen,
    keep_plan,
    object_to_answer,
    split_case,
    withdraw_case,
)
from pol137.cases.permissions import citizen_ref
from pol137.cases.rules.drafts import AnswerDraft, ReporterDraft
from pol137.cases.vocabulary import Status
from pol137.contacts.operations import record_call_attempt
from pol137.contacts.queries import call_list
from pol137.lib.actor import citizen
from pol137.messaging.queries import messages_of_case
from tests.factories import DONE, Clock, actor, fresh, reported_case

pytestmark = pytest.mark.django_db

HEAD, GREEN, APPROVER = "s1-roads-head", "s1-green-head", "centre-s1-follow-up"
PRUNED = replace(DONE, reply="شاخه مزاحم هرس شد و محل پاک‌سازی گردید.", citizen_text="شاخه هرس شد.")
LATER = AnswerDraft(type="planned", reply="هرس در برنامه هفته آینده است.", plan_date=date(2026, 10, 25))


def in_two_parts(
    clock: Clock, *, service: str = "tree-care", department: str = "s1-green"
) -> tuple[Case, Case]:
    whole = reported_case(clock.now)
    part = split_case(
        whole.pk,
        service=service,
        department=department,
        words="شاخه درخت جلوی چراغ را گرفته است.",
        by=actor("centre-triage"),
        now=clock.now,
    )
    return whole, part


def answered(case: Case, answer: AnswerDraft, head: str, clock: Clock) -> None:
    answer_case(case.pk, answer=answer, by=actor(head), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()


def test_a_part_withdrawn_last_does_not_keep_the_whole_from_being_announced(clock: Clock) -> None:
    whole, part = in_two_parts(clock)
    answered(whole, DONE, HEAD, clock)
    withdraw_case(part.pk, by=actor("centre-supervisor"), now=clock.now)
    clock.run()
    assert (fresh(whole).status, fresh(part).status) == (Status.ANNOUNCED, Status.CLOSED)


def test_parts_are_withdrawn_with_the_whole_and_the_citizen_is_told_once(clock: Clock) -> None:
    whole, part = in_two_parts(clock)
    withdraw_case(whole.pk, by=citizen(citizen_ref(whole.pk)), now=clock.now)
    clock.run()
    assert (fresh(whole).status, fresh(part).status) == (Status.CLOSED, Status.CLOSED)
    assert fresh(part).close_reason == "withdrawn"
    told = messages_of_case(whole.pk) + messages_of_case(part.pk)
    assert [one.purpose for one in told].count("case_withdrawn") == 1


def test_a_plan_of_a_part_kept_after_the_whole_has_ended_is_told_by_itself(clock: Clock) -> None:
    whole, part = in_two_parts(clock)
    answered(part, LATER, GREEN, clock)
    answered(whole, DONE, HEAD, clock)
    assert (fresh(whole).status, fresh(part).status) == (Status.ANNOUNCED, Status.PLANNED)
    clock.forward(days=8)
    assert fresh(whole).status == Status.CLOSED
    keep_plan(part.pk, answer=PRUNED, by=actor(GREEN), now=clock.now)
    approve_answer(part.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    assert fresh(part).status == Status.ANNOUNCED
    assert "شاخه هرس شد." in messages_of_case(part.pk)[-1].text


def test_a_part_told_by_itself_reaches_a_caller_by_phone(clock: Clock) -> None:
    whole = reported_case(clock.now, reporter=ReporterDraft(phone="05138400000", wish="call"))
    part = split_case(
        whole.pk,
        service="tree-care",
        department="s1-green",
        words="شاخه",
        by=actor("centre-triage"),
        now=clock.now,
    )
    answered(part, LATER, GREEN, clock)
    answered(whole, DONE, HEAD, clock)
    (call,) = call_list(now=clock.now)
    record_call_attempt(call.pk, outcome="told", by=actor("centre-feedback"), now=clock.now)
    keep_plan(part.pk, answer=PRUNED, by=actor(GREEN), now=clock.now)
    approve_answer(part.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    (call,) = call_list(now=clock.now)
    assert (call.case_id, Announcement.objects.get(case=part, announced_at=None).text) == (
        part.pk,
        "شاخه هرس شد.",
    )


def test_an_objection_to_a_part_ends_in_an_answer_that_is_told(clock: Clock) -> None:
    from pol137.cases.operations import decide_review

    whole, part = in_two_parts(clock)
    answered(part, PRUNED, GREEN, clock)
    answered(whole, DONE, HEAD, clock)
    object_to_answer(part.pk, ground="not_done", channel="phone", by=actor("centre-feedback"), now=clock.now)
    decide_review(
        part.pk, verdict="upheld", reasons="شاخه هنوز هست.", by=actor("centre-s2-follow-up"), now=clock.now
    )
    answered(part, PRUNED, GREEN, clock)
    assert (fresh(whole).status, fresh(part).status) == (Status.ANNOUNCED, Status.ANNOUNCED)


def test_a_question_about_a_part_reaches_the_reporter_of_the_whole(clock: Clock) -> None:
    _, part = in_two_parts(clock)
    accept_case(part.pk, by=actor(GREEN), now=clock.now)
    ask_citizen(part.pk, question="کدام درخت؟", by=actor(GREEN), now=clock.now)
    clock.run()
    assert [one.purpose for one in messages_of_case(part.pk)] == ["question_asked"]


def test_a_case_with_a_part_for_inspection_only_is_public_no_longer(clock: Clock) -> None:
    whole, part = in_two_parts(clock, service="staff-conduct", department="inspection")
    assert (fresh(part).confidential, fresh(whole).public) == (True, False)
