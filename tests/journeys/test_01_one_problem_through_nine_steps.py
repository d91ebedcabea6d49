"""The story: one problem from the first word to the archive, nine steps (S1:59-75)."""

import pytest

from pol137.cases.operations import (
    accept_case,
    answer_case,
    approve_answer,
    decide_review,
    object_to_answer,
)
from pol137.cases.permissions import citizen_ref
from pol137.cases.queries import dossier, notices_for, queue_count, worklist
from pol137.cases.vocabulary import PromiseKind, Queue, Status
from pol137.journal.queries import broken_links
from pol137.lib import tracking_code
from pol137.lib.actor import citizen
from pol137.messaging.queries import messages_of_case
from tests.factories import DONE, Clock, actor, fresh, report, user

pytestmark = pytest.mark.django_db


def test_a_problem_climbs_is_answered_objected_to_reviewed_closed_and_archived(clock: Clock) -> None:
    registration = report(clock.now)
    case, promise = registration.case, registration.promise
    assert case is not None and promise is not None
    assert tracking_code.is_valid(case.code or "")
    assert case.status == Status.ASSIGNED
    assert (promise.promised_at - clock.now).total_seconds() == 72 * 3600

    clock.run()
    registered = messages_of_case(case.pk)[0]
    assert registered.status == "delivered" and registered.parts <= 3
    head = actor("s1-roads-head")
    assert [row.case.pk for row in worklist(head, Queue.INBOX)] == [case.pk]
    assert [notice.rung for notice in notices_for(user("s1-roads-head").pk)] == [0]
    assert queue_count(actor("s2-roads-head"), Queue.INBOX) == 0
    assert queue_count(actor("s1-deputy-tech"), Queue.INBOX) == 0

    clock.forward(hours=71, minutes=59)
    assert fresh(case).rung == 0
    clock.forward(minutes=1)
    assert fresh(case).rung == 1
    assert [row.case.pk for row in worklist(actor("s1-deputy-tech"), Queue.INBOX)] == [case.pk]
    clock.forward(hours=22)
    told = [notice.rung for notice in notices_for(user("s1-deputy-tech").pk)]
    assert told == [1], "in the list of the next morning"

    clock.forward(hours=2)
    assert fresh(case).rung == 2
    assert queue_count(actor("inspection-inspector"), Queue.INBOX) == 1

    clock.forward(hours=4)
    accept_case(case.pk, by=head, now=clock.now)
    answer_case(case.pk, answer=DONE, by=head, now=clock.now)
    assert fresh(case).status == Status.ANSWERED

    clock.forward(hours=1)
    approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    clock.run()
    answered = fresh(case)
    assert answered.status == Status.ANNOUNCED
    assert answered.late_minutes == 28 * 60
    sms = messages_of_case(case.pk)[-1]
    assert sms.purpose == "answer_announced" and "۳۳" in sms.text and DONE.citizen_text in sms.text

    clock.forward(days=2)
    object_to_answer(
        case.pk, ground="not_done", channel="sms", by=citizen(citizen_ref(case.pk)), now=clock.now
    )
    assert [row.case.pk for row in worklist(actor("centre-s2-follow-up"), Queue.REVIEW)] == [case.pk]

    decide_review(
        case.pk,
        verdict="upheld",
        reasons="چراغ هنوز خاموش است.",
        by=actor("centre-s2-follow-up"),
        now=clock.now,
    )
    clock.run()
    again = fresh(case)
    assert (again.status, again.cycle, again.rung) == (Status.IN_WORK, 2, 2)
    renewed = dossier(again).clock(PromiseKind.ANSWER)
    assert renewed is not None and renewed.cycle == 2
    assert (renewed.promised_at - clock.now).total_seconds() == 24 * 3600
    assert notices_for(user("s1-deputy-tech").pk)[0].kind == "case.review_decided"

    answer_case(case.pk, answer=DONE, by=head, now=clock.now)
    approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    clock.run()
    clock.forward(days=7)
    closed = fresh(case)
    assert (closed.status, closed.close_reason) == (Status.CLOSED, "window_over")
    assert closed.late_minutes >= 28 * 60

    clock.forward(days=31)
    assert fresh(case).status == Status.ARCHIVED
    assert broken_links() == []
