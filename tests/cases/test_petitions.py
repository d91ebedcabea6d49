"""Who stands behind a case beside its reporter."""

import pytest

from pol137.cases.models import Case, Promise, Supporter
from pol137.cases.operations import join_incident, nudge_case, support_case
from pol137.cases.queries import OpenCount, open_people_and_faults, shared
from pol137.cases.rules.drafts import ReporterDraft
from pol137.city.vocabulary import TextEvent
from pol137.lib.actor import client
from pol137.lib.refusal import Refusal
from pol137.messaging.models import OutboundMessage
from tests.factories import Clock, actor, answered_case, fresh, reported_case

pytestmark = pytest.mark.django_db

PORTAL = client("portal")
OPERATOR, APPROVER = "centre-operator", "centre-s1-follow-up"


def public_case(clock: Clock, **changed: object) -> Case:
    case = reported_case(clock.now, **changed)
    assert case.public
    return case


def test_a_number_stands_behind_a_case_once(clock: Clock) -> None:
    case = public_case(clock)
    support_case(case.pk, phone="0935 987 6543", by=PORTAL, now=clock.now)
    with pytest.raises(Refusal, match="supported_already"):
        support_case(case.pk, phone="+989359876543", by=PORTAL, now=clock.now)
    assert Supporter.objects.count() == 1


def test_the_reporter_does_not_support_himself(clock: Clock) -> None:
    case = public_case(clock)
    with pytest.raises(Refusal, match="supported_already"):
        support_case(case.pk, phone="09151234567", by=PORTAL, now=clock.now)


def test_supporters_are_counted_apart_from_people_and_faults_and_move_no_deadline(clock: Clock) -> None:
    case = public_case(clock)
    due = Promise.objects.get(case=case, kind="answer").due_at
    support_case(case.pk, by=PORTAL, now=clock.now)
    support_case(
        case.pk, kind="council", name="شورای محله", phone="09359876543", by=actor(OPERATOR), now=clock.now
    )
    assert shared([case.pk])[case.pk].supporters == 2
    assert open_people_and_faults() == OpenCount(faults=1, people=1)
    assert Promise.objects.get(case=case, kind="answer").due_at == due


def test_those_behind_a_joined_case_stand_behind_the_fault(clock: Clock) -> None:
    main, case = public_case(clock), public_case(clock)
    support_case(case.pk, by=PORTAL, now=clock.now)
    join_incident(case.pk, main_case_id=main.pk, by=actor("centre-triage"), now=clock.now)
    assert shared([main.pk])[main.pk].supporters == 1


def test_nobody_outside_stands_behind_a_case_he_may_not_see(clock: Clock) -> None:
    hidden = reported_case(clock.now, service="staff-conduct")
    with pytest.raises(Refusal, match="case_unknown"):
        support_case(hidden.pk, by=PORTAL, now=clock.now)


def test_a_program_can_support_and_nothing_else(clock: Clock) -> None:
    case = public_case(clock)
    with pytest.raises(Refusal, match="step_not_yours"):
        nudge_case(case.pk, by=PORTAL, now=clock.now)


def test_an_impossible_number_is_refused_and_nothing_is_kept(clock: Clock) -> None:
    case = public_case(clock)
    with pytest.raises(Refusal, match="phone_impossible"):
        support_case(case.pk, phone="شماره ندارم", by=PORTAL, now=clock.now)
    assert not Supporter.objects.exists()


def test_supporters_with_a_mobile_are_told_the_answer_once(clock: Clock) -> None:
    from pol137.cases.operations import approve_answer

    case = answered_case(clock.now, reporter=ReporterDraft(phone="09151234567"))
    support_case(case.pk, phone="09359876543", by=PORTAL, now=clock.now)
    support_case(case.pk, phone="05138400000", by=PORTAL, now=clock.now)
    support_case(case.pk, by=PORTAL, now=clock.now)
    approve_answer(case.pk, by=actor(APPROVER), now=clock.now)
    clock.run()
    clock.run()
    told = OutboundMessage.objects.filter(purpose=TextEvent.PETITION_ANSWERED)
    assert [one.address for one in told] == ["+989359876543"]
    assert "لامپ چراغ کوچه عوض شد." in told.get().text
    assert fresh(case).code in told.get().text.translate(str.maketrans("۰۱۲۳۴۵۶۷۸۹", "0123456789"))
