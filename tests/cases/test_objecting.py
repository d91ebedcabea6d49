"""The citizen's verdict, the review, the end."""

import pytest

from pol137.cases.models import Case, Objection, Rating
from pol137.cases.operations import (
    close_case,
    decide_review,
    join_incident,
    leave_incident,
    object_to_answer,
    rate_case,
    reopen_case,
)
from pol137.cases.permissions import citizen_ref
from pol137.cases.vocabulary import CloseReason, Status
from pol137.lib.actor import Actor, citizen, system
from pol137.lib.refusal import Refusal
from pol137.messaging.operations import receive_message
from pol137.messaging.queries import messages_of_case, sent_texts
from tests.factories import Clock, actor, announced_case, answered_case, fresh, reported_case

pytestmark = pytest.mark.django_db


def owner(case: Case) -> Actor:
    return citizen(citizen_ref(case.pk))


def sms(text: str, clock: Clock, *, sender: str = "+989151234567", external_id: str = "") -> None:
    receive_message(
        channel="sms",
        external_id=external_id or f"{text}-{clock.now.isoformat()}",
        sender=sender,
        text=text,
        raw=text,
        by=system("hook"),
        now=clock.now,
    )
    clock.run()


@pytest.mark.parametrize("text", ["33", "۳۳", "٣٣ ", " ۳۳."])
def test_33_by_sms_opens_a_review_in_any_digits(clock: Clock, text: str) -> None:
    case = announced_case(clock)
    sms(text, clock)
    assert fresh(case).status == Status.UNDER_REVIEW


def test_31_by_sms_closes_at_once(clock: Clock) -> None:
    case = announced_case(clock)
    sms("۳۱", clock)
    assert (fresh(case).status, fresh(case).close_reason) == (Status.CLOSED, "accepted")


def test_with_two_open_answers_we_ask_which_and_the_code_decides(clock: Clock) -> None:
    one, other = announced_case(clock), announced_case(clock, address="جای دیگر")
    sms("33", clock)
    assert {fresh(one).status, fresh(other).status} == {Status.ANNOUNCED}
    asked = sent_texts(["+989151234567"])[-1]
    assert asked.purpose == "which_case"
    sms(f"33 {other.code}", clock)
    assert (fresh(one).status, fresh(other).status) == (Status.ANNOUNCED, Status.UNDER_REVIEW)


def test_any_other_text_waits_for_a_person(clock: Clock) -> None:
    from pol137.contacts.queries import unread_contacts

    announced_case(clock)
    sms("سلام، ۳۳ روز است که چراغ خاموش است", clock)
    (waiting,) = unread_contacts()
    assert waiting.words.startswith("سلام") and waiting.phone == "+989151234567"


def test_a_providers_repeat_counts_once(clock: Clock) -> None:
    case = announced_case(clock)
    sms("33", clock, external_id="provider-1")
    sms("33", clock, external_id="provider-1")
    assert Objection.objects.filter(case=case).count() == 1


def test_the_reviewer_is_not_the_approver(clock: Clock) -> None:
    case = announced_case(clock)
    object_to_answer(case.pk, ground="not_done", channel="web", by=owner(case), now=clock.now)
    with pytest.raises(Refusal, match="reviewer_approved_it"):
        decide_review(
            case.pk, verdict="upheld", reasons="بله", by=actor("centre-s1-follow-up"), now=clock.now
        )


def test_the_verdict_with_its_reasons_is_told_in_every_case(clock: Clock) -> None:
    case = announced_case(clock)
    object_to_answer(case.pk, ground="not_convincing", channel="web", by=owner(case), now=clock.now)
    decide_review(
        case.pk,
        verdict="not_upheld",
        reasons="کارشناس در محل چراغ را روشن دید.",
        by=actor("centre-s2-follow-up"),
        now=clock.now,
    )
    clock.run()
    assert fresh(case).status == Status.ANNOUNCED
    told = messages_of_case(case.pk)[-1]
    assert told.purpose == "review_not_upheld" and "چراغ را روشن دید" in told.text
    clock.forward(days=7)
    assert fresh(case).status == Status.CLOSED


def test_objecting_after_the_window_is_refused(clock: Clock) -> None:
    case = announced_case(clock)
    clock.forward(days=7)
    with pytest.raises(Refusal, match="step_not_now"):
        object_to_answer(case.pk, ground="not_done", channel="web", by=owner(case), now=clock.now)


def test_nobody_objects_for_another(clock: Clock) -> None:
    case, other = announced_case(clock), announced_case(clock)
    with pytest.raises(Refusal, match="case_unknown"):
        object_to_answer(case.pk, ground="not_done", channel="web", by=owner(other), now=clock.now)
    assert not Objection.objects.exists()


def test_a_poor_rating_opens_a_review_and_a_good_one_does_not(clock: Clock) -> None:
    poor, good = announced_case(clock), announced_case(clock)
    rate_case(poor.pk, score=1, channel="web", by=owner(poor), now=clock.now)
    rate_case(good.pk, score=5, channel="web", by=owner(good), now=clock.now)
    assert (fresh(poor).status, fresh(good).status) == (Status.UNDER_REVIEW, Status.ANNOUNCED)
    with pytest.raises(Refusal, match="rated_already"):
        rate_case(good.pk, score=1, channel="web", by=owner(good), now=clock.now)
    assert Rating.objects.count() == 2


def test_the_centre_reopens_within_its_window_only(clock: Clock) -> None:
    case = announced_case(clock)
    close_case(case.pk, reason=CloseReason.ACCEPTED, by=owner(case), now=clock.now)
    clock.forward(days=29)
    reopen_case(case.pk, reason="باز خراب شد.", by=actor("centre-head"), now=clock.now)
    assert (fresh(case).status, fresh(case).cycle) == (Status.IN_WORK, 2)


def test_joined_cases_keep_their_promise_and_are_announced_one_by_one(clock: Clock) -> None:
    from pol137.cases.operations import answer_case, approve_answer
    from pol137.cases.rules.drafts import ReporterDraft
    from tests.factories import DONE

    main = reported_case(clock.now)
    clock.forward(hours=10)
    joined = reported_case(clock.now, reporter=ReporterDraft(phone="09359876543"))
    join_incident(joined.pk, main_case_id=main.pk, by=actor("centre-triage"), now=clock.now)
    clock.forward(hours=63)
    assert (fresh(main).rung, fresh(joined).rung) == (1, 0)
    answer_case(main.pk, answer=DONE, by=actor("s1-roads-head"), now=clock.now)
    approve_answer(main.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    clock.run()
    assert (fresh(main).status, fresh(joined).status) == (Status.ANNOUNCED, Status.ANNOUNCED)
    assert DONE.citizen_text in sent_texts(["+989359876543"])[-1].text
    object_to_answer(joined.pk, ground="not_done", channel="web", by=owner(joined), now=clock.now)
    assert (fresh(main).status, fresh(joined).status) == (Status.ANNOUNCED, Status.UNDER_REVIEW)


def test_hiding_behind_an_incident_gains_no_time(clock: Clock) -> None:
    main, case = reported_case(clock.now), reported_case(clock.now)
    join_incident(case.pk, main_case_id=main.pk, by=actor("centre-triage"), now=clock.now)
    clock.forward(hours=100)
    assert fresh(case).rung == 0
    leave_incident(case.pk, by=actor("centre-triage"), now=clock.now)
    clock.run()
    assert fresh(case).rung == 2


def test_the_same_answer_is_not_approved_twice(clock: Clock) -> None:
    from pol137.cases.operations import approve_answer

    case = answered_case(clock.now)
    approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    with pytest.raises(Refusal):
        approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)


def test_who_objected_with_right_is_not_told_of_a_delay_nor_the_unit_charged_before_the_new_time(
    clock: Clock,
) -> None:
    from pol137.cases.models import Rung
    from pol137.cases.operations import answer_case, approve_answer
    from tests.factories import DONE

    case = announced_case(clock)
    object_to_answer(case.pk, ground="not_done", channel="web", by=owner(case), now=clock.now)
    decide_review(
        case.pk, verdict="upheld", reasons="خاموش است.", by=actor("centre-s2-follow-up"), now=clock.now
    )
    clock.forward(hours=5)
    assert "case_delayed" not in [one.purpose for one in messages_of_case(case.pk)]
    answer_case(case.pk, answer=DONE, by=actor("s1-roads-head"), now=clock.now)
    approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    assert list(
        Rung.objects.filter(promise__case=case, promise__kind="answer").values_list("n", "late_minutes")
    ) == [(1, 0)]
