"""Two at once: steps against steps, the sweep against steps, two sweepers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from pol137.cases.models import Answer, Case, Rung
from pol137.cases.operations import answer_case, approve_answer, return_answer, sweep
from pol137.cases.rules.drafts import ReporterDraft
from pol137.cases.vocabulary import Status
from pol137.contacts.models import Contact
from pol137.journal.queries import broken_links
from pol137.lib.refusal import Refusal
from tests.factories import DONE, Clock, actor, answered_case, fresh, report, reported_case

pytestmark = pytest.mark.django_db(transaction=True)


def together(*works: Callable[[], Any]) -> list[Any]:
    """Run each in a thread with a connection of its own, started at one moment; results or refusals."""
    barrier, results = threading.Barrier(len(works)), [None] * len(works)

    def run(n: int, work: Callable[[], Any]) -> None:
        try:
            barrier.wait()
            results[n] = work()
        except Exception as error:
            results[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n, work)) for n, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_two_heads_answer_at_once_and_one_answer_counts(clock: Clock) -> None:
    case, head = reported_case(clock.now), actor("s1-roads-head")
    results = together(*[lambda: answer_case(case.pk, answer=DONE, by=head, now=clock.now)] * 4)
    assert sum(isinstance(result, Answer) for result in results) == 1
    assert [type(result) for result in results if not isinstance(result, Answer)] == [Refusal] * 3, results
    assert Answer.objects.filter(case=case).count() == 1
    assert broken_links() == []


def test_approval_and_return_at_once_leave_one_decision(clock: Clock) -> None:
    case, approver = answered_case(clock.now), actor("centre-s1-follow-up")
    together(
        lambda: approve_answer(case.pk, by=approver, now=clock.now),
        lambda: return_answer(case.pk, reason="ناقص است.", by=approver, now=clock.now),
    )
    decided = Answer.objects.get(case=case).decision
    assert (decided, fresh(case).status) in {("approved", Status.APPROVED), ("returned", Status.IN_WORK)}


def test_two_sweepers_fire_each_rung_once(clock: Clock) -> None:
    for _ in range(30):
        reported_case(clock.now)
    late = clock.now + timedelta(hours=200)
    results = together(*[lambda: sweep(now=late)] * 3)
    assert all(isinstance(result, int) for result in results), results
    sweep(now=late)
    assert Rung.objects.count() == 60
    assert Case.objects.filter(rung=2).count() == 30
    assert broken_links() == []


def test_an_answer_at_the_moment_the_rung_fires_is_one_of_two_stories(clock: Clock) -> None:
    head = actor("s1-roads-head")
    due = clock.now + timedelta(hours=72)
    for _ in range(8):
        case = reported_case(clock.now)
        together(partial(answer_case, case.pk, answer=DONE, by=head, now=due), partial(sweep, now=due))
        assert fresh(case).status == Status.ANSWERED
        assert Rung.objects.filter(promise__case=case).count() in (0, 1)


def test_a_case_held_by_another_transaction_waits_for_the_next_sweep(clock: Clock) -> None:
    case = reported_case(clock.now)
    late = clock.now + timedelta(hours=73)
    with transaction.atomic():
        Case.objects.select_for_update().get(pk=case.pk)
        assert together(lambda: sweep(now=late)) == [0]
    assert sweep(now=late) == 1


def test_the_same_message_sent_twice_at_once_makes_one_case(clock: Clock) -> None:
    results = together(*[lambda: report(clock.now, external_id="twice")] * 4)
    assert len({result.case.pk for result in results}) == 1
    assert (Case.objects.count(), Contact.objects.count()) == (1, 1)


def test_a_call_and_a_note_at_once_are_both_written_down(clock: Clock) -> None:
    from pol137.cases.operations import note_case
    from pol137.contacts.operations import record_call_attempt
    from pol137.contacts.queries import call_list

    case = answered_case(clock.now, reporter=ReporterDraft(phone="05138400000", wish="call"))
    approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    clock.run()
    (call,) = call_list(now=clock.now)
    caller = actor("centre-feedback")
    for _ in range(8):
        results = together(
            *[partial(note_case, case.pk, text="یادداشت", by=caller, now=clock.now)] * 3,
            partial(record_call_attempt, call.pk, outcome="busy", by=caller, now=clock.now),
        )
        assert [result for result in results if isinstance(result, Exception)] == []


def test_the_whole_is_told_while_a_part_is_approved_without_a_deadlock(clock: Clock) -> None:
    from pol137.cases.operations import announce_answer, answer_case, begin_announcement, split_case
    from pol137.lib.actor import system

    for _ in range(6):
        whole = reported_case(clock.now, reporter=ReporterDraft(phone="05138400000", wish="call"))
        part = split_case(
            whole.pk,
            service="tree-care",
            department="s1-green",
            words="شاخه",
            by=actor("centre-triage"),
            now=clock.now,
        )
        for case, head in ((whole, "s1-roads-head"), (part, "s1-green-head")):
            answer_case(case.pk, answer=DONE, by=actor(head), now=clock.now)
            approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)
        clock.run()
        begin = partial(begin_announcement, part.pk, event_id=1, by=system("announcer"), now=clock.now)
        tell = partial(announce_answer, whole.pk, by=actor("centre-feedback"), now=clock.now)
        results = together(begin, tell, begin)
        assert [result for result in results if isinstance(result, Exception)] == []
        assert (fresh(whole).status, fresh(part).status) == (Status.ANNOUNCED, Status.ANNOUNCED)
