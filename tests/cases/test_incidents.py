"""«مشکل مشترک»: nobody who joined is forgotten, whatever becomes of the main case."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pol137.cases.models import Announcement, Case, JoinProposal, Notice, Promise, Rating, Review, Rung
from pol137.cases.operations import (
    accept_case,
    answer_case,
    approve_answer,
    ask_citizen,
    close_case,
    decide_review,
    decline_join,
    join_incident,
    keep_plan,
    leave_incident,
    note_case,
    nudge_case,
    object_to_answer,
    propose_join,
    rate_case,
    reopen_case,
    split_case,
    withdraw_case,
)
from pol137.cases.permissions import citizen_ref
from pol137.cases.queries import (
    OpenCount,
    Shared,
    count_proposals,
    dossier,
    join_proposals,
    open_people_and_faults,
    shared,
    worklist,
)
from pol137.cases.rules.drafts import ReporterDraft
from pol137.cases.vocabulary import CloseReason, PromiseKind, Queue, Status
from pol137.city.queries.book import local_day
from pol137.journal.models import Event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor, citizen
from pol137.lib.refusal import Refusal
from pol137.messaging.models import OutboundMessage
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


def told(case: Case, purpose: str) -> list[str]:
    return list(
        OutboundMessage.objects.filter(case_ref=case.pk, purpose=purpose).values_list("text", flat=True)
    )


def upheld(case: Case, clock: Clock, *, by: str = "centre-s2-follow-up") -> None:
    decide_review(case.pk, verdict="upheld", reasons="هنوز خاموش است.", by=actor(by), now=clock.now)
    clock.run()


def objected(case: Case, clock: Clock) -> None:
    object_to_answer(case.pk, ground="not_done", channel="web", by=owner(case), now=clock.now)
    clock.run()


def test_nudges_and_notes_on_a_joined_case_reach_the_main_case(clock: Clock) -> None:
    main = reported_case(clock.now)
    case = joined_to(main, clock)
    clock.run()
    nudge_case(case.pk, by=owner(case), now=clock.now)
    note_case(case.pk, text="نشانی دقیق: روبه‌روی پلاک ۷", by=actor(TRIAGE), now=clock.now)
    clock.run()
    heard = Event.objects.filter(stream=f"case:{main.pk}", kind=EventKind.CASE_HEARD_FROM_JOINED)
    assert [event.body["heard"] for event in heard.order_by("seq")] == ["joined", "nudge", "note"]
    notices = Notice.objects.filter(kind=EventKind.CASE_HEARD_FROM_JOINED, case=main)
    assert {one.position.code for one in notices} >= {HEAD, "s1-deputy-tech"}
    assert not Notice.objects.filter(kind=EventKind.CASE_NUDGED).exists()
    assert shared([main.pk])[main.pk] == Shared(people=2, nudges=1, supporters=0)


def test_people_and_faults_are_counted_apart(clock: Clock) -> None:
    main = reported_case(clock.now)
    joined_to(main, clock), joined_to(main, clock), reported_case(clock.now)
    assert open_people_and_faults() == OpenCount(faults=2, people=4)


def test_a_unit_proposes_and_only_the_centre_joins(clock: Clock) -> None:
    main, case = reported_case(clock.now), reported_case(clock.now)
    with pytest.raises(Refusal, match="step_not_yours"):
        join_incident(case.pk, main_case_id=main.pk, by=actor(HEAD), now=clock.now)
    propose_join(case.pk, main_case_id=main.pk, reason="یک تیر برق است", by=actor(HEAD), now=clock.now)
    clock.run()
    assert fresh(case).status == Status.ASSIGNED
    assert [one.main_case_id for one in join_proposals(actor(TRIAGE))] == [main.pk]
    assert Notice.objects.filter(kind=EventKind.CASE_JOIN_PROPOSED, position__code=TRIAGE).exists()
    with pytest.raises(Refusal, match="join_proposed_already"):
        propose_join(case.pk, main_case_id=main.pk, by=actor(HEAD), now=clock.now)
    join_incident(case.pk, main_case_id=main.pk, by=actor(TRIAGE), now=clock.now)
    assert join_proposals(actor(TRIAGE)) == []
    assert JoinProposal.objects.get().joined


def test_a_proposal_is_declined_with_a_reason_the_unit_is_told(clock: Clock) -> None:
    main, case = reported_case(clock.now), reported_case(clock.now)
    propose_join(case.pk, main_case_id=main.pk, by=actor(HEAD), now=clock.now)
    with pytest.raises(Refusal, match="reason_missing"):
        decline_join(case.pk, reason=" ", by=actor(TRIAGE), now=clock.now)
    decline_join(case.pk, reason="دو چراغ جداست", by=actor(TRIAGE), now=clock.now)
    clock.run()
    assert count_proposals(actor(TRIAGE)) == 0
    assert [one.text for one in dossier(fresh(case)).notes] == ["دو چراغ جداست"]
    assert Notice.objects.filter(kind=EventKind.CASE_JOIN_DECLINED, position__code=HEAD).exists()
    assert (fresh(case).status, JoinProposal.objects.get().joined) == (Status.ASSIGNED, False)


def test_leaving_gives_the_case_its_own_promise_back_and_tells_unit_and_reporter(clock: Clock) -> None:
    main = reported_case(clock.now)
    clock.forward(hours=10)
    case = joined_to(main, clock)
    clock.forward(hours=1)
    leave_incident(case.pk, by=actor(TRIAGE), now=clock.now)
    clock.run()
    assert promise_of(case).next_at is not None
    assert promise_of(case).due_at == promise_of(case).promised_at
    assert Notice.objects.filter(kind=EventKind.CASE_LEFT_INCIDENT, case=case, position__code=HEAD).exists()
    assert len(told(case, "case_left")) == 1


def test_a_case_left_to_triage_tells_triage(clock: Clock) -> None:
    main = reported_case(clock.now)
    case = joined_to(main, clock, service="other", district="")
    leave_incident(case.pk, by=actor(TRIAGE), now=clock.now)
    clock.run()
    assert Notice.objects.filter(kind=EventKind.CASE_LEFT_INCIDENT, case=case, position__code=TRIAGE).exists()


def test_everybody_who_shares_a_fault_hears_of_the_delay(clock: Clock) -> None:
    main = reported_case(clock.now)
    case = joined_to(main, clock, reporter=ReporterDraft(phone="09359876543"))
    clock.forward(hours=96)
    assert len(told(main, "case_delayed")) == len(told(case, "case_delayed")) > 0


def test_lateness_of_a_joined_case_is_measured_against_its_own_promise(clock: Clock) -> None:
    late = reported_case(clock.now)
    clock.forward(hours=71)
    main = reported_case(clock.now)
    join_incident(late.pk, main_case_id=main.pk, by=actor(TRIAGE), now=clock.now)
    assert promise_of(main).due_at == promise_of(late).due_at < promise_of(main).promised_at
    clock.forward(hours=4)
    answered(main, clock)
    assert fresh(late).late_minutes == 180
    assert promise_of(late).promised_at == promise_of(late).due_at


def test_withdrawing_a_joined_case_hides_no_lateness(clock: Clock) -> None:
    main = reported_case(clock.now)
    case = joined_to(main, clock)
    clock.forward(hours=75)
    withdraw_case(case.pk, by=owner(case), now=clock.now)
    assert fresh(case).late_minutes == 180
    assert not Rung.objects.filter(promise__case=case).exists()


def test_one_upheld_objection_reopens_the_fault_for_all(clock: Clock) -> None:
    main = reported_case(clock.now)
    one = joined_to(main, clock, reporter=ReporterDraft(phone="09359876543"))
    other = joined_to(main, clock, reporter=ReporterDraft(phone="09351112233"))
    answered(main, clock)
    close_case(other.pk, reason=CloseReason.ACCEPTED, by=owner(other), now=clock.now)
    objected(one, clock)
    upheld(one, clock)
    states = [fresh(case).status for case in (main, one, other)]
    assert states == [Status.IN_WORK, Status.JOINED, Status.JOINED]
    assert promise_of(main).due_at == clock.now + timedelta(hours=24)
    assert [promise_of(case).next_at for case in (one, other)] == [None, None]
    assert (len(told(one, "review_upheld")), len(told(one, "case_reopened"))) == (1, 0)
    assert (len(told(main, "case_reopened")), len(told(other, "case_reopened"))) == (1, 1)
    answered(main, clock)
    assert [fresh(case).status for case in (main, one, other)] == [Status.ANNOUNCED] * 3


def test_a_joined_case_taken_up_again_opens_the_fault_for_all(clock: Clock) -> None:
    main = reported_case(clock.now)
    one = joined_to(main, clock, reporter=ReporterDraft(phone="09359876543"), service="other", district="")
    answered(main, clock)
    for case in (main, one):
        close_case(case.pk, reason=CloseReason.ACCEPTED, by=owner(case), now=clock.now)
    reopen_case(one.pk, reason="چراغ باز خاموش شد.", by=actor("centre-head"), now=clock.now)
    assert (fresh(main).status, fresh(one).status) == (Status.IN_WORK, Status.JOINED)
    assert promise_of(main).due_at == clock.now + timedelta(hours=24)
    assert (fresh(main).close_reason, fresh(one).closed_at) == ("", None)


def test_a_reply_to_a_merged_case_reaches_the_main_case(clock: Clock) -> None:
    from pol137.contacts.models import Contact
    from pol137.contacts.operations import nudge_from_contact
    from pol137.messaging.operations import receive_message

    main = reported_case(clock.now)
    case = joined_to(main, clock, reporter=ReporterDraft(phone="09359876543"))
    clock.run()
    receive_message(
        channel="sms",
        external_id="sms-1",
        sender="+989359876543",
        text="هنوز خاموش است",
        raw="",
        by=actor("centre-operator"),
        now=clock.now,
    )
    clock.run()
    contact = Contact.objects.get(words="هنوز خاموش است")
    nudge_from_contact(contact.pk, case_id=case.pk, by=actor("centre-operator"), now=clock.now)
    clock.run()
    assert Notice.objects.filter(
        case=main, kind=EventKind.CASE_HEARD_FROM_JOINED, position__code=HEAD
    ).exists()
    assert shared([main.pk])[main.pk].nudges == 1


def test_two_objections_to_one_answer_are_decided_alike(clock: Clock) -> None:
    main = reported_case(clock.now)
    one = joined_to(main, clock, reporter=ReporterDraft(phone="09359876543"))
    answered(main, clock)
    objected(main, clock)
    objected(one, clock)
    upheld(one, clock)
    assert [review.verdict for review in Review.objects.order_by("id")] == ["upheld", "upheld"]
    assert (fresh(main).status, fresh(one).status) == (Status.IN_WORK, Status.JOINED)
    assert (len(told(main, "review_upheld")), len(told(main, "case_reopened"))) == (1, 0)


def test_an_answer_overturned_before_everybody_was_told_is_told_to_nobody_more(clock: Clock) -> None:
    main = reported_case(clock.now)
    waits = joined_to(main, clock, reporter=ReporterDraft(phone="05138400000"))
    answered(main, clock)
    assert fresh(waits).status == Status.JOINED
    objected(main, clock)
    upheld(main, clock)
    assert fresh(waits).status == Status.JOINED
    assert not Announcement.objects.filter(case=waits).exists()


def test_the_objector_leads_when_the_main_case_is_archived(clock: Clock) -> None:
    main = reported_case(clock.now)
    one = joined_to(main, clock)
    answered(main, clock)
    objected(one, clock)
    Case.objects.filter(pk=main.pk).update(status=Status.ARCHIVED)
    upheld(one, clock)
    assert (fresh(main).status, fresh(one).status) == (Status.ARCHIVED, Status.IN_WORK)
    assert hasattr(fresh(one), "leads_incident")
    assert [row.case.pk for row in worklist(actor(HEAD), Queue.INBOX)] == [one.pk]


def test_a_plan_shared_by_many_is_followed_to_its_end_by_all(clock: Clock) -> None:
    main = reported_case(clock.now)
    one = joined_to(main, clock, reporter=ReporterDraft(phone="09359876543"))
    plan = replace(DONE, type="planned", plan_date=local_day(clock.now) + timedelta(days=5))
    accept_case(main.pk, by=actor(HEAD), now=clock.now)
    answer_case(main.pk, answer=plan, by=actor(HEAD), now=clock.now)
    approve_answer(main.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    assert (fresh(main).status, fresh(one).status) == (Status.PLANNED, Status.PLANNED)
    clock.forward(days=8)
    assert Rung.objects.filter(promise__case=main, promise__kind=PromiseKind.PLAN).exists()
    assert not Rung.objects.filter(promise__case=one).exists()
    keep_plan(main.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    assert fresh(one).status == Status.JOINED
    approve_answer(main.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    assert (fresh(main).status, fresh(one).status) == (Status.ANNOUNCED, Status.ANNOUNCED)
    assert not Promise.objects.filter(case=one, kind=PromiseKind.PLAN, ended_at=None).exists()


def shared_plan(clock: Clock) -> tuple[Case, Case]:
    main = reported_case(clock.now)
    one = joined_to(main, clock, reporter=ReporterDraft(phone="09359876543"))
    plan = replace(DONE, type="planned", plan_date=local_day(clock.now) + timedelta(days=5))
    answer_case(main.pk, answer=plan, by=actor(HEAD), now=clock.now)
    approve_answer(main.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    return main, one


def judged(case: Case, verdict: str, clock: Clock) -> None:
    if fresh(case).status != Status.UNDER_REVIEW:
        object_to_answer(case.pk, ground="not_convincing", channel="web", by=owner(case), now=clock.now)
    decide_review(
        case.pk, verdict=verdict, reasons="چنین است.", by=actor("centre-s2-follow-up"), now=clock.now
    )
    clock.run()


@pytest.mark.parametrize("announced_first", [True, False])
def test_a_lost_objection_to_a_common_plan_kept_meanwhile_is_told_the_end_of_it(
    clock: Clock, announced_first: bool
) -> None:
    main, one = shared_plan(clock)
    object_to_answer(one.pk, ground="not_convincing", channel="web", by=owner(one), now=clock.now)
    keep_plan(main.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    if not announced_first:
        judged(one, "not_upheld", clock)
        assert fresh(one).status == Status.JOINED
    approve_answer(main.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    if announced_first:
        judged(one, "not_upheld", clock)
    assert fresh(one).status == Status.ANNOUNCED
    assert Announcement.objects.filter(case=one, announced_at__isnull=False).count() == 2
    running = Promise.objects.filter(case=one, ended_at=None)
    assert [clock.kind for clock in running] == [PromiseKind.OBJECTION_WINDOW]


def test_a_lost_objection_to_a_common_plan_still_to_be_kept_stays_with_the_plan(clock: Clock) -> None:
    main, one = shared_plan(clock)
    judged(one, "not_upheld", clock)
    assert (fresh(main).status, fresh(one).status) == (Status.PLANNED, Status.PLANNED)


def test_a_common_plan_partly_overturned_leaves_nobody_with_a_date_nobody_keeps(clock: Clock) -> None:
    main, one = shared_plan(clock)
    judged(main, "partly", clock)
    assert (fresh(main).status, fresh(one).status) == (Status.IN_WORK, Status.JOINED)
    clock.forward(minutes=1)
    answered(main, clock)
    assert (fresh(main).status, fresh(one).status) == (Status.ANNOUNCED, Status.ANNOUNCED)


def test_who_shares_a_fault_in_parts_is_told_of_every_part(clock: Clock) -> None:
    main = reported_case(clock.now)
    one = joined_to(main, clock, reporter=ReporterDraft(phone="09359876543"))
    part = split_case(
        main.pk, service="tree-care", department="s1-green", words="شاخه", by=actor(TRIAGE), now=clock.now
    )
    accept_case(part.pk, by=actor("s1-green-head"), now=clock.now)
    answer_case(
        part.pk, answer=replace(DONE, citizen_text="شاخه هرس شد."), by=actor("s1-green-head"), now=clock.now
    )
    approve_answer(part.pk, by=actor(APPROVER), now=clock.now)
    answered(main, clock)
    assert "شاخه هرس شد." in Announcement.objects.get(case=one).text


def test_words_on_a_case_that_shares_no_fault_lock_no_other(clock: Clock) -> None:
    case, newest = reported_case(clock.now), reported_case(clock.now)
    nudge_case(case.pk, by=owner(case), now=clock.now)
    with CaptureQueriesContext(connection) as asked:
        clock.run()
    locking = [one["sql"] for one in asked if "FOR UPDATE" in one["sql"] and '"cases_case"' in one["sql"]]
    assert newest.pk != case.pk and not [sql for sql in locking if "cases_incident" in sql]
