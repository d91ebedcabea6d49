"""Cases of other portals keep their number and due date, and the answer goes back."""

import json
from datetime import timedelta

import pytest

from pol137.cases.models import Promise
from pol137.cases.operations import answer_sender, decide_review, object_to_answer
from pol137.cases.permissions import citizen_ref
from pol137.cases.queries import answers_owed, count_owed
from pol137.contacts.operations import take_for_later
from pol137.lib.actor import citizen, client
from pol137.lib.refusal import Refusal
from tests.factories import Clock, actor, announced_case, draft, reported_case

pytestmark = pytest.mark.django_db

FEEDBACK = "centre-feedback"


def promise_of(case: object) -> Promise:
    return Promise.objects.get(case=case, kind="answer")


def test_the_earlier_of_the_citys_time_and_the_other_portals_is_promised(clock: Clock) -> None:
    early = reported_case(clock.now, external_ref="1888-44", external_due_at=clock.now + timedelta(hours=40))
    late = reported_case(clock.now, external_ref="1888-45", external_due_at=clock.now + timedelta(days=9))
    assert promise_of(early).promised_at == promise_of(early).due_at == clock.now + timedelta(hours=40)
    assert promise_of(late).due_at == clock.now + timedelta(hours=72)
    clock.forward(hours=48)
    assert promise_of(early).next_rung > promise_of(late).next_rung


def test_a_time_of_the_other_portal_that_is_over_is_due_at_once(clock: Clock) -> None:
    case = reported_case(clock.now, external_ref="1888-46", external_due_at=clock.now - timedelta(days=1))
    assert promise_of(case).due_at == clock.now


def test_an_announced_answer_waits_to_go_back_until_it_has(clock: Clock) -> None:
    announced_case(clock)
    case = announced_case(clock, external_ref="1888-44")
    owed = answers_owed(actor(FEEDBACK))
    assert [one.case.external_ref for one in owed] == ["1888-44"]
    assert "لامپ چراغ کوچه عوض شد." in owed[0].announcement.text
    answer_sender(case.pk, by=actor(FEEDBACK), now=clock.now)
    assert count_owed(actor(FEEDBACK)) == 0


def test_an_answer_announced_after_an_objection_goes_back_again(clock: Clock) -> None:
    from pol137.cases.operations import answer_case, approve_answer
    from tests.factories import DONE

    case = announced_case(clock, external_ref="1888-44")
    answer_sender(case.pk, by=actor(FEEDBACK), now=clock.now)
    clock.forward(hours=1)
    by = citizen(citizen_ref(case.pk))
    object_to_answer(case.pk, ground="not_done", channel="web", by=by, now=clock.now)
    reviewer = actor("centre-s2-follow-up")
    decide_review(case.pk, verdict="upheld", reasons="هنوز خاموش است.", by=reviewer, now=clock.now)
    assert count_owed(actor(FEEDBACK)) == 0
    answer_case(case.pk, answer=DONE, by=actor("s1-roads-head"), now=clock.now)
    approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    clock.run()
    assert count_owed(actor(FEEDBACK)) == 1


def test_a_case_of_our_own_has_no_sender(clock: Clock) -> None:
    case = announced_case(clock)
    with pytest.raises(Refusal, match="no_external_ref"):
        answer_sender(case.pk, by=actor(FEEDBACK), now=clock.now)


def test_the_due_date_survives_a_report_that_had_to_wait(clock: Clock) -> None:
    from pol137.cases.models import Case

    due = clock.now + timedelta(hours=30)
    told = draft(channel="open311", external_ref="S-9", external_due_at=due)
    take_for_later(draft=told, token="wait-1", by=client("samad"), now=clock.now)
    clock.run()
    case = Case.objects.get(external_ref="S-9")
    assert (case.external_due_at, promise_of(case).due_at) == (due, due)
    assert json.dumps(case.external_ref) == '"S-9"'


def test_a_number_too_long_is_refused(clock: Clock) -> None:
    with pytest.raises(Refusal, match="external_ref_too_long"):
        reported_case(clock.now, external_ref="9" * 101)
