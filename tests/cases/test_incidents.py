"""«مشکل مشترک»: nobody who joined is forgotten, whatever becomes of the main case."""

from datetime import timedelta

import pytest

from pol137.cases.models import Case, Promise, Rating
from pol137.cases.operations import (
    accept_case,
    answer_case,
    approve_answer,
    ask_citizen,
    decide_review,
    join_incident,
    leave_incident,
    object_to_answer,
    rate_case,
    split_case,
    withdraw_case,
)
from pol137.cases.permissions import citizen_ref
from pol137.cases.queries import worklist
from pol137.cases.rules.drafts import ReporterDraft
from pol137.cases.vocabulary import PromiseKind, Queue, Status
from pol137.lib.actor import Actor, citizen
from pol137.lib.refusal import Refusal
from tests.factories import DONE, Clock, actor, fresh, reported_case

pytestmark = pytest.mark.django_db

HEAD, APPROVER, TRIAGE = "s1-roads-head", "centre-s1-follow-up", "centre-triage"


def owner(case: Case) -> Actor:
    return citizen(citizen_ref(case.pk))


def promise_of(case: Case) -> Promise:
    return Promise.objects.filter(case=case, kind=PromiseKind.ANSWER).latest("id")


def joined_to(main: Case, clock: Clock, **changed: object) -> Case:
    case = reported_case(clock.now, **changed)
    join_incident(case.pk, main_case_id=main.pk, by=actor(TRIAGE), now=clock.now)
    return case


def answered(case: Case, clock: Clock) -> None:
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()


def test_the_withdrawn_main_case_strands_nobody(clock: Clock) -> None:
    main = reported_case(clock.now)
    clock.forward(hours=10)
    one, other = joined_to(main, clock), joined_to(main, clock)
    withdraw_case(main.pk, by=owner(main), now=clock.now)
    assert (fresh(main).status, fresh(one).status, fresh(other).status) == (
        Status.CLOSED,
        Status.IN_WORK,
        Status.JOINED,
    )
    assert [row.case.pk for row in worklist(actor(HEAD), Queue.INBOX)] == [one.pk]
    clock.forward(hours=86)
    assert (fresh(one).rung, fresh(other).rung) == (1, 0)
    answered(one, clock)
    assert (fresh(one).status, fresh(other).status) == (Status.ANNOUNCED, Status.ANNOUNCED)


def test_the_heir_of_a_main_case_takes_the_earliest_time_of_those_left(clock: Clock) -> None:
    early = reported_case(clock.now)
    clock.forward(hours=5)
    main = reported_case(clock.now)
    heir = joined_to(main, clock)
    join_incident(early.pk, main_case_id=main.pk, by=actor(TRIAGE), now=clock.now)
    assert early.pk < heir.pk
    withdraw_case(early.pk, by=owner(early), now=clock.now)
    withdraw_case(main.pk, by=owner(main), now=clock.now)
    assert fresh(heir).status == Status.IN_WORK
    assert promise_of(heir).due_at == promise_of(heir).promised_at


def test_an_unrouted_main_case_withdrawn_leaves_its_heir_with_triage(clock: Clock) -> None:
    main = reported_case(clock.now, service="other", district="")
    heir = joined_to(main, clock, service="other", district="")
    withdraw_case(main.pk, by=owner(main), now=clock.now)
    assert fresh(heir).status == Status.NEW
    assert [row.case.pk for row in worklist(actor(TRIAGE), Queue.TRIAGE)] == [heir.pk]


def test_a_case_that_leaves_without_a_unit_is_on_the_list_of_triage(clock: Clock) -> None:
    main = reported_case(clock.now)
    case = joined_to(main, clock, service="other", district="")
    leave_incident(case.pk, by=actor(TRIAGE), now=clock.now)
    assert [row.case.pk for row in worklist(actor(TRIAGE), Queue.TRIAGE)] == [case.pk]


def test_lateness_of_a_joined_case_counts_to_the_answer_not_to_the_joining(clock: Clock) -> None:
    main = reported_case(clock.now)
    case = joined_to(main, clock)
    clock.forward(hours=75)
    answered(main, clock)
    assert (fresh(main).late_minutes, fresh(case).late_minutes) == (180, 180)
    assert promise_of(case).met_at == clock.now


def test_each_of_those_who_joined_rates_the_common_answer(clock: Clock) -> None:
    main = reported_case(clock.now)
    case = joined_to(main, clock, reporter=ReporterDraft(phone="09359876543"))
    answered(main, clock)
    rate_case(main.pk, score=5, channel="web", by=owner(main), now=clock.now)
    rate_case(case.pk, score=4, channel="web", by=owner(case), now=clock.now)
    assert Rating.objects.count() == 2


def test_an_objection_of_one_who_joined_from_triage_goes_to_the_unit_that_answered(
    clock: Clock,
) -> None:
    main = reported_case(clock.now)
    case = joined_to(main, clock, service="other", district="")
    answered(main, clock)
    object_to_answer(case.pk, ground="not_done", channel="web", by=owner(case), now=clock.now)
    decide_review(
        case.pk, verdict="upheld", reasons="هنوز خاموش است.", by=actor("centre-s2-follow-up"), now=clock.now
    )
    assert (fresh(main).status, fresh(case).status) == (Status.IN_WORK, Status.JOINED)
    assert fresh(main).department.code == "s1-roads"
    assert main.pk in [row.case.pk for row in worklist(actor(HEAD), Queue.INBOX)]


def test_time_paused_before_joining_is_given_back_on_leaving(clock: Clock) -> None:
    main, case = reported_case(clock.now), reported_case(clock.now)
    accept_case(case.pk, by=actor(HEAD), now=clock.now)
    ask_citizen(case.pk, question="کدام چراغ؟", by=actor(HEAD), now=clock.now)
    clock.run()
    clock.forward(hours=6)
    join_incident(case.pk, main_case_id=main.pk, by=actor(TRIAGE), now=clock.now)
    leave_incident(case.pk, by=actor(TRIAGE), now=clock.now)
    assert promise_of(case).due_at - promise_of(case).promised_at == timedelta(hours=6)


def test_a_case_in_parts_does_not_join(clock: Clock) -> None:
    main, case = reported_case(clock.now), reported_case(clock.now)
    split_case(
        case.pk, service="tree-care", department="s1-green", words="شاخه", by=actor(TRIAGE), now=clock.now
    )
    with pytest.raises(Refusal, match="join_impossible"):
        join_incident(case.pk, main_case_id=main.pk, by=actor(TRIAGE), now=clock.now)


def test_nobody_joins_a_case_he_may_not_see(clock: Clock) -> None:
    hidden, case = reported_case(clock.now, service="staff-conduct"), reported_case(clock.now)
    with pytest.raises(Refusal, match="case_unknown"):
        join_incident(case.pk, main_case_id=hidden.pk, by=actor("centre-operator"), now=clock.now)


def test_a_text_that_arrives_after_the_case_has_left_announces_nothing(clock: Clock) -> None:
    from pol137.cases.models import Announcement
    from pol137.cases.operations import begin_announcement
    from pol137.lib.actor import system

    main = reported_case(clock.now)
    case = joined_to(main, clock)
    answer_case(main.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    approve_answer(main.pk, by=actor(APPROVER), now=clock.now)
    begin_announcement(main.pk, event_id=10**9, by=system("announcer"), now=clock.now)
    leave_incident(case.pk, by=actor(TRIAGE), now=clock.now)
    clock.run()
    clock.forward(hours=7)
    assert fresh(case).status == Status.IN_WORK
    assert Announcement.objects.get(case=case).announced_at is None
    assert Announcement.objects.get(case=case).medium == "sms"
