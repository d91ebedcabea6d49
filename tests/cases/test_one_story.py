"""What follows one another is told once, to whom it concerns; and nobody waits for what has no point."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction

from pol137.cases.models import Assignment, Case, Note, Notice, Promise
from pol137.cases.operations import (
    accept_case,
    answer_case,
    approve_answer,
    ask_citizen,
    ask_more_time,
    decide_review,
    give_time,
    join_incident,
    make_safe,
    object_to_answer,
    pause_case,
    refuse_time,
    resume_case,
    return_answer,
)
from pol137.cases.permissions import citizen_ref
from pol137.cases.queries import time_requests
from pol137.cases.rules.drafts import ReporterDraft
from pol137.cases.vocabulary import PromiseKind, Status
from pol137.contacts.models import CallBack
from pol137.contacts.operations import record_call_attempt
from pol137.contacts.vocabulary import CallOutcome, CallPurpose, CallState
from pol137.journal.models import Event
from pol137.lib.actor import citizen
from pol137.lib.refusal import Refusal
from pol137.messaging.models import OutboundMessage
from tests.cases.test_two_connections import together
from tests.factories import DONE, Clock, actor, fresh, reported_case

pytestmark = pytest.mark.django_db

HEAD, DEPUTY, MANAGER, TRIAGE = "s1-roads-head", "s1-deputy-tech", "s1-manager", "centre-triage"
APPROVER, REVIEWER, FEEDBACK = "centre-s1-follow-up", "centre-s2-follow-up", "centre-feedback"
DAY = timedelta(days=1)
LANDLINE = ReporterDraft(phone="05138400000")


def texts(case: Case, purpose: str) -> list[str]:
    sent = OutboundMessage.objects.filter(case_ref=case.pk, purpose=purpose).order_by("id")
    return list(sent.values_list("text", flat=True))


def joined_to(main: Case, clock: Clock, **changed: object) -> Case:
    case = reported_case(clock.now, **changed)
    join_incident(case.pk, main_case_id=main.pk, by=actor(TRIAGE), now=clock.now)
    return case


def objected(case: Case, clock: Clock) -> None:
    by = citizen(citizen_ref(case.pk))
    object_to_answer(case.pk, ground="not_done", channel="web", by=by, now=clock.now)


def judge(case: Case, verdict: str, clock: Clock) -> None:
    decide_review(case.pk, verdict=verdict, reasons="چنین است.", by=actor(REVIEWER), now=clock.now)


# --- told once, and told at all -------------------------------------------------------------------


def test_after_an_outage_the_citizen_hears_of_the_last_rung_only(clock: Clock) -> None:
    other = reported_case(clock.now)
    for _ in range(5):
        clock.forward(days=1)
    assert len(texts(other, "case_delayed")) == 2, "each in its time, when nothing was down"
    case = reported_case(clock.now)
    clock.forward(days=10)
    assert fresh(case).rung == 2
    [told] = texts(case, "case_delayed")
    assert "شهردار منطقه ۱" in told


def test_the_citizen_is_told_of_the_time_a_return_gives_back(clock: Clock) -> None:
    main = reported_case(clock.now)
    other = joined_to(main, clock, reporter=ReporterDraft(phone="09359876543"))
    answer_case(main.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    clock.forward(hours=9)
    return_answer(main.pk, reason="نشانی؟", by=actor(APPROVER), now=clock.now)
    clock.run()
    assert len(texts(main, "answer_returned")) == len(texts(other, "answer_returned")) == 1
    answer_case(main.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    clock.forward(hours=9)
    return_answer(main.pk, reason="هیچ", no_logical_answer=True, by=actor(APPROVER), now=clock.now)
    clock.run()
    assert len(texts(main, "answer_returned")) == 1, "nothing was given back"


def test_the_unit_is_told_that_the_danger_is_over(clock: Clock) -> None:
    case = reported_case(clock.now, service="open-manhole")
    make_safe(case.pk, by=actor("centre-operator"), now=clock.now)
    clock.run()
    told = Notice.objects.filter(case=case, kind="case.made_safe").values_list("position__code", flat=True)
    assert set(told) == {HEAD}


def test_a_pause_that_runs_while_the_danger_ends_is_charged_to_nobody(clock: Clock) -> None:
    case = reported_case(clock.now, service="open-manhole")
    pause_case(case.pk, until=clock.now + 30 * DAY, reason="باران", by=actor(DEPUTY), now=clock.now)
    clock.forward(hours=2)
    make_safe(case.pk, by=actor("centre-operator"), now=clock.now)
    assert (fresh(case).late_minutes, Assignment.objects.get().late_minutes) == (0, 0)
    clock.forward(days=20)
    resume_case(case.pk, by=actor(HEAD), now=clock.now)
    repair = Promise.objects.filter(case=case, kind=PromiseKind.ANSWER).latest("id")
    assert repair.due_at == clock.now + 3 * DAY
    clock.now = repair.due_at + timedelta(hours=1)
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    assert fresh(case).late_minutes == Assignment.objects.get().late_minutes == 60


def test_pauses_count_towards_no_floor_of_a_repair(clock: Clock) -> None:
    case = reported_case(clock.now, service="open-manhole")
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    clock.forward(days=5)
    make_safe(case.pk, by=actor("centre-operator"), now=clock.now)
    clock.forward(days=5)
    return_answer(case.pk, reason="نشانی؟", by=actor("centre-supervisor"), now=clock.now)
    repair = Promise.objects.filter(case=case, kind=PromiseKind.ANSWER).latest("id")
    assert repair.due_at == clock.now + 3 * DAY
    assert Assignment.objects.get().late_minutes == 0


# --- calls that have a point ----------------------------------------------------------------------


def test_a_call_that_would_tell_an_overturned_answer_waits_no_longer(clock: Clock) -> None:
    main = reported_case(clock.now)
    other = joined_to(main, clock, reporter=LANDLINE)
    answer_case(main.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    approve_answer(main.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    call = CallBack.objects.get(case=other, purpose=CallPurpose.ANSWER)
    assert call.state == CallState.WAITING
    objected(main, clock)
    judge(main, "upheld", clock)
    clock.run()
    call.refresh_from_db()
    assert (call.state, fresh(other).status) == (CallState.NOT_NEEDED, Status.JOINED)


def test_a_reply_to_a_question_of_a_case_joined_meanwhile_reaches_the_main_case(clock: Clock) -> None:
    main, case = reported_case(clock.now), reported_case(clock.now, reporter=LANDLINE)
    accept_case(case.pk, by=actor(HEAD), now=clock.now)
    ask_citizen(case.pk, question="کدام تیر؟", by=actor(HEAD), now=clock.now)
    clock.run()
    join_incident(case.pk, main_case_id=main.pk, by=actor(TRIAGE), now=clock.now)
    call = CallBack.objects.get(case=case, purpose=CallPurpose.QUESTION)
    record_call_attempt(call.pk, outcome=CallOutcome.TOLD, reply="تیر دوم", by=actor(FEEDBACK), now=clock.now)
    clock.run()
    assert Note.objects.get(case=case).text == "تیر دوم"
    assert Event.objects.get(stream=f"case:{main.pk}", kind="case.heard_from_joined", body__heard="note")


# --- whoever holds the next rung ------------------------------------------------------------------


def test_where_the_ladder_names_no_deputy_whoever_it_names_gives_time(clock: Clock) -> None:
    case = reported_case(clock.now, service="staff-conduct", district="")
    head = actor("inspection-head")
    ask_more_time(case.pk, hours=24, reason="شاهد نیامده.", by=head, now=clock.now)
    clock.run()
    told = Notice.objects.filter(case=case, kind="case.more_time_asked")
    assert set(told.values_list("position__code", flat=True)) == {"inspection-inspector"}
    inspector, centre_head = actor("inspection-inspector"), actor("centre-head")
    assert [row.yours for row in time_requests(inspector, now=clock.now)] == [True]
    assert time_requests(centre_head, now=clock.now) == []
    for stranger in (head, centre_head):
        with pytest.raises(Refusal):
            give_time(case.pk, hours=24, reason="باشد", by=stranger, now=clock.now)
    give_time(case.pk, hours=24, reason="باشد", by=inspector, now=clock.now)
    clock.forward(hours=110)
    assert fresh(case).rung == 1
    pause_case(case.pk, until=clock.now + DAY, reason="باشد", by=centre_head, now=clock.now)


def test_the_manager_comes_before_the_inspector_of_his_rung(clock: Clock) -> None:
    case = reported_case(clock.now)
    clock.forward(hours=73)
    assert fresh(case).rung == 1
    with pytest.raises(Refusal, match="not_the_next_rung"):
        pause_case(
            case.pk, until=clock.now + DAY, reason="x", by=actor("inspection-inspector"), now=clock.now
        )
    with pytest.raises(Refusal, match="no_time_asked"):
        refuse_time(case.pk, reason="نه", by=actor(MANAGER), now=clock.now)
    pause_case(case.pk, until=clock.now + DAY, reason="باشد", by=actor(MANAGER), now=clock.now)


# --- several cases are locked in one order --------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_objections_to_one_answer_decided_at_once_never_wait_for_each_other(clock: Clock) -> None:
    main = reported_case(clock.now)
    one, other = (joined_to(main, clock, reporter=ReporterDraft(phone=f"0935987654{n}")) for n in (1, 2))
    answer_case(main.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    approve_answer(main.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    objected(one, clock)
    objected(other, clock)
    clock.run()
    held, free = threading.Event(), threading.Event()

    def hold_the_main_case() -> None:
        with transaction.atomic():
            Case.objects.select_for_update().get(pk=main.pk)
            held.set()
            free.wait(10)
        connection.close()

    holder = threading.Thread(target=hold_the_main_case)
    holder.start()
    held.wait(10)
    threading.Timer(1.5, free.set).start()
    reviews = [partial(judge, case, "upheld", clock) for case in (one, other)]
    results = together(*reviews)
    holder.join()
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "Refusal"], results
    assert {fresh(case).status for case in (one, other)} == {Status.JOINED}
    assert fresh(main).status == Status.IN_WORK
