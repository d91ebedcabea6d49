"""The end: withdrawal proved, classification, archive."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pol137.cases.models import Case
from pol137.cases.operations import (
    answer_case,
    approve_answer,
    archive_case,
    classify_case,
    close_case,
    reopen_case,
    withdraw_case,
)
from pol137.cases.permissions import allowed_actions, citizen_ref
from pol137.cases.queries import worklist
from pol137.cases.queries.judging import likely_outcome, renamed_cases
from pol137.cases.rules.drafts import AnswerDraft, ReporterDraft
from pol137.cases.vocabulary import Action, CloseReason, Outcome, Queue, Status
from pol137.city.queries.book import book
from pol137.contacts.models import CallBack
from pol137.contacts.operations import record_call_attempt, start_contact, withdraw_for_reporter
from pol137.contacts.queries import withdrawal_proofs
from pol137.journal.models import Event
from pol137.lib.actor import Actor, citizen
from pol137.lib.refusal import Refusal
from tests.every_step import answer
from tests.factories import DONE, Clock, actor, fresh, reported_case

pytestmark = pytest.mark.django_db

FOLLOW_UP = "centre-s1-follow-up"


def owner(case: Case) -> Actor:
    return citizen(citizen_ref(case.pk))


def closed_case(clock: Clock, draft: AnswerDraft = DONE, **changed: object) -> Case:
    case = reported_case(clock.now, **changed)
    answer_case(case.pk, answer=draft, by=actor("s1-roads-head"), now=clock.now)
    approve_answer(case.pk, consent=True, by=actor(FOLLOW_UP), now=clock.now)
    clock.run()
    close_case(case.pk, reason=CloseReason.ACCEPTED, by=owner(case), now=clock.now)
    return fresh(case)


def listed(clock: Clock) -> list[int]:
    return [row.case.pk for row in worklist(actor(FOLLOW_UP), Queue.CLASSIFY)]


def test_a_closed_case_waits_to_be_classified_and_then_for_the_archive(clock: Clock) -> None:
    case = closed_case(clock)
    assert listed(clock) == [case.pk]
    classify_case(
        case.pk,
        final_service="pothole",
        cause="فرسودگی",
        outcome="solved",
        by=actor(FOLLOW_UP),
        now=clock.now,
    )
    assert listed(clock) == []
    done = fresh(case)
    assert (done.final_service.code, done.service.code, done.outcome) == ("pothole", "light-out", "solved")
    clock.forward(days=31)
    kept = fresh(case)
    assert (kept.status, kept.final_service.code, kept.cause) == (Status.ARCHIVED, "pothole", "فرسودگی")


@pytest.mark.parametrize(
    ("changed", "refused"),
    [({"final_service": "nothing"}, "service_unknown"), ({"outcome": "fine"}, "outcome_unknown")],
)
def test_what_no_list_knows_is_refused(clock: Clock, changed: dict[str, str], refused: str) -> None:
    case = closed_case(clock)
    given = {"final_service": "pothole", "outcome": "solved", **changed}
    with pytest.raises(Refusal, match=refused):
        classify_case(case.pk, **given, by=actor(FOLLOW_UP), now=clock.now)


@pytest.mark.parametrize(
    ("type_", "outcome"),
    [
        ("done", Outcome.SOLVED),
        ("not_feasible", Outcome.NOT_FEASIBLE),
        ("unlawful", Outcome.NOT_FEASIBLE),
        ("not_ours", Outcome.HANDED_ON),
    ],
)
def test_the_outcome_is_prefilled_from_the_answer(clock: Clock, type_: str, outcome: Outcome) -> None:
    draft = answer(type_, clock.now)
    if draft.legal_ground:
        draft = replace(draft, legal_ground=next(iter(book().legal_grounds)).code)
    assert likely_outcome(closed_case(clock, draft)) == outcome


def test_a_kept_promise_and_a_withdrawal_are_their_own_outcomes(clock: Clock) -> None:
    from pol137.cases.operations import keep_plan

    case = reported_case(clock.now)
    answer_case(case.pk, answer=answer("planned", clock.now), by=actor("s1-roads-head"), now=clock.now)
    approve_answer(case.pk, by=actor(FOLLOW_UP), now=clock.now)
    clock.run()
    keep_plan(case.pk, answer=DONE, by=actor("s1-roads-head"), now=clock.now)
    approve_answer(case.pk, by=actor(FOLLOW_UP), now=clock.now)
    clock.run()
    assert likely_outcome(fresh(case)) == Outcome.PLAN_KEPT
    gone = reported_case(clock.now)
    withdraw_case(gone.pk, by=owner(gone), now=clock.now)
    assert likely_outcome(fresh(gone)) == Outcome.WITHDRAWN


def test_only_the_system_archives_and_an_unclassified_case_gets_what_its_answer_says(clock: Clock) -> None:
    case = closed_case(clock)
    for code in ("centre-head", FOLLOW_UP, "centre-administrator"):
        with pytest.raises(Refusal):
            archive_case(case.pk, by=actor(code), now=clock.now)
        assert Action.ARCHIVE not in allowed_actions(case, actor(code))
    clock.forward(days=31)
    kept = fresh(case)
    assert (kept.status, kept.outcome, kept.classified_at) == (Status.ARCHIVED, Outcome.SOLVED, None)
    with pytest.raises(Refusal, match="step_not_now"):
        classify_case(case.pk, final_service="pothole", outcome="solved", by=actor(FOLLOW_UP), now=clock.now)


def test_a_subject_that_turned_out_another_is_reported_against_the_first(clock: Clock) -> None:
    from pol137.cases.operations import reclassify_case

    plain, put_right = closed_case(clock), closed_case(clock)
    reclassify_case(put_right.pk, service="pothole", by=actor(FOLLOW_UP), now=clock.now)
    for case, service in ((plain, "light-out"), (put_right, "pothole")):
        classify_case(case.pk, final_service=service, outcome="solved", by=actor(FOLLOW_UP), now=clock.now)
    with CaptureQueriesContext(connection) as asked:
        listed = renamed_cases(since=clock.now, until=clock.now + timedelta(seconds=1), limit=1)
    assert len(asked) == 1 and "LIMIT 1" in asked[0]["sql"], "the limit is the database's"
    (found,) = listed
    assert found.case.pk == put_right.pk
    assert found.first_service_id == plain.service_id and found.last_service_id == fresh(put_right).service_id


def test_ui_and_server_use_one_reopen_window(clock: Clock) -> None:
    from pol137.desk.forms.review import ReopenForm
    from pol137.desk.forms.step_form import About

    case, head = closed_case(clock), actor("centre-head")
    for hours, opens in ((30 * 24, True), (30 * 24 + 1, False)):
        now = clock.now + timedelta(hours=hours)
        assert ReopenForm.fits(About(case=case, by=head, now=now)) is opens
        if not opens:
            with pytest.raises(Refusal, match="reopen_too_late"):
                reopen_case(case.pk, reason="باز خراب شد.", by=head, now=now)


# --- withdrawal -----------------------------------------------------------------------------------

OPERATOR = "centre-operator"


def rings(clock: Clock, phone: str, operator: str = OPERATOR) -> str:
    contact = start_contact(
        channel="phone", external_id=f"{phone}-{operator}", phone=phone, by=actor(operator), now=clock.now
    )
    return f"contact:{contact.pk}"


def test_staff_withdraw_a_case_only_on_its_reporters_own_word(clock: Clock) -> None:
    case = reported_case(clock.now)
    with pytest.raises(Refusal, match="withdrawal_unproved"):
        withdraw_case(case.pk, by=actor(OPERATOR), now=clock.now)
    foreign = rings(clock, "09359999999")
    for said in ("", foreign, "contact:999999", "call:1"):
        with pytest.raises(Refusal, match="withdrawal_unproved"):
            withdraw_for_reporter(case.pk, said=said, by=actor(OPERATOR), now=clock.now)
    own = rings(clock, "0915 123 4567")
    withdraw_for_reporter(case.pk, said=own, reason="دیگر لازم نیست.", by=actor(OPERATOR), now=clock.now)
    assert fresh(case).close_reason == CloseReason.WITHDRAWN
    assert Event.objects.get(stream=f"case:{case.pk}", kind="case.withdrawn").body["proof"] == own


def test_a_contact_of_somebody_else_or_of_the_day_before_proves_nothing(clock: Clock) -> None:
    case = reported_case(clock.now)
    said = rings(clock, "09151234567", "centre-supervisor")
    assert withdrawal_proofs(case.pk, by=actor(OPERATOR), now=clock.now) == []
    supervisor = actor("centre-supervisor")
    assert [one.ref for one in withdrawal_proofs(case.pk, by=supervisor, now=clock.now)] == [said]
    later = clock.now + timedelta(days=1, minutes=1)
    with pytest.raises(Refusal, match="withdrawal_unproved"):
        withdraw_for_reporter(case.pk, said=said, by=supervisor, now=later)


def test_a_call_on_which_the_reporter_was_reached_is_his_word(clock: Clock) -> None:
    case = reported_case(clock.now, reporter=ReporterDraft(phone="05138001234"))
    clock.forward(days=5)
    call = CallBack.objects.get(case=case, purpose="delay")
    feedback = actor("centre-feedback")
    record_call_attempt(call.pk, outcome="told", by=feedback, now=clock.now)
    withdraw_for_reporter(case.pk, said=f"call:{call.pk}", by=feedback, now=clock.now)
    assert fresh(case).status == Status.CLOSED


@pytest.mark.parametrize("code", ["s1-roads-head", "s1-roads-user", "s1-deputy-tech", "s1-manager"])
def test_a_unit_withdraws_nothing(clock: Clock, code: str) -> None:
    case = reported_case(clock.now)
    said = rings(clock, "09151234567", code)
    with pytest.raises(Refusal, match="step_not_yours"):
        withdraw_for_reporter(case.pk, said=said, by=actor(code), now=clock.now)
    assert Action.WITHDRAW not in allowed_actions(case, actor(code))
