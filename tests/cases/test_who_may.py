"""Who sees what, and that the check, the filter and the buttons agree."""

from itertools import product

import pytest

from pol137.cases.models import Case, Reveal
from pol137.cases.operations import prove_reporter, reclassify_case, reveal_reporter
from pol137.cases.permissions import actionable_by, allowed_actions, may_see, visible_to
from pol137.cases.queries import PublicFilter, get_case, public_cases, search
from pol137.cases.rules.drafts import ReporterDraft
from pol137.cases.rules.steps import STEPS
from pol137.cases.vocabulary import Action, Status
from pol137.city.queries.book import book
from pol137.lib.actor import citizen, client, system
from pol137.lib.refusal import Refusal
from tests.factories import Clock, actor, announced_case, fresh, report, reported_case

pytestmark = pytest.mark.django_db


def everybody() -> list:
    staff = [actor(position.code) for position in book().positions]
    return [*staff, client("app"), citizen("anonymous"), system("tests")]


def test_the_filter_of_visible_cases_is_the_twin_of_the_check(clock: Clock) -> None:
    cases = [
        reported_case(clock.now),
        reported_case(clock.now, service="staff-conduct"),
        reported_case(clock.now, service="building-violation"),
        reported_case(clock.now, service="other", district=""),
    ]
    for by in everybody():
        seen = set(Case.objects.filter(visible_to(by)).values_list("pk", flat=True))
        assert seen == {case.pk for case in cases if may_see(fresh(case), by)}, by


def test_the_filter_of_actionable_cases_is_the_twin_of_the_buttons(clock: Clock) -> None:
    template = reported_case(clock.now)
    for status in Status:
        Case.objects.filter(pk=template.pk).update(status=status)
        case = fresh(template)
        for by, action in product(everybody()[:-3], Action):
            button = action in allowed_actions(case, by)
            assert button == Case.objects.filter(actionable_by(by, action)).exists(), (
                status,
                by.roles,
                action,
            )


def test_every_state_but_the_last_can_be_left_and_every_state_reached() -> None:
    left = {source for step in STEPS.values() if step.targets for source in step.sources}
    reached = {target for step in STEPS.values() for target in step.targets}
    assert left == set(Status) - {Status.ARCHIVED}
    assert reached == set(Status)
    assert set(STEPS) == set(Action)


def test_a_complaint_about_staff_is_seen_by_inspection_only(clock: Clock) -> None:
    case = reported_case(clock.now, service="staff-conduct")
    assert case.confidential and not case.public
    assert get_case(case.pk, by=actor("inspection-inspector")).pk == case.pk
    for outsider in (
        "s1-manager",
        "s1-deputy-urban",
        "s1-green-head",
        "centre-operator",
        "centre-statistics",
    ):
        with pytest.raises(Refusal, match="case_unknown"):
            get_case(case.pk, by=actor(outsider))
        assert search(actor(outsider), case.code or "") == []
    assert public_cases(PublicFilter(codes=[case.code or ""]), limit=5) == []


def test_a_case_that_turns_out_confidential_leaves_its_unit_at_once(clock: Clock) -> None:
    case = reported_case(clock.now)
    reclassify_case(case.pk, service="staff-conduct", by=actor("centre-triage"), now=clock.now)
    moved = fresh(case)
    assert moved.confidential and not moved.public and moved.department.code == "inspection"
    for outsider in ("s1-roads-head", "s1-deputy-tech", "s1-manager"):
        with pytest.raises(Refusal, match="case_unknown"):
            get_case(case.pk, by=actor(outsider))
    assert get_case(case.pk, by=actor("inspection-head")).pk == case.pk


def test_a_reveal_needs_a_reason_and_is_recorded(clock: Clock) -> None:
    case = reported_case(clock.now)
    head = actor("s1-roads-head")
    with pytest.raises(Refusal, match="reason_missing"):
        reveal_reporter(case.pk, reason=" ", by=head, now=clock.now)
    assert not Reveal.objects.exists()
    reporter = reveal_reporter(case.pk, reason="هماهنگی بازدید", by=head, now=clock.now)
    assert reporter.phone == "+989151234567"
    assert Reveal.objects.get(case=case).user_id == head.staff_id


@pytest.mark.parametrize("proof", ["4567", "۴۵۶۷", "0915 123 4567"])
def test_code_and_last_four_digits_prove_a_reporter(clock: Clock, proof: str) -> None:
    case = reported_case(clock.now)
    spaced = f"{case.code[:2]} {case.code[2:]}"
    assert prove_reporter(code=spaced, proof=proof, now=clock.now).ref == f"case:{case.pk}"


def test_without_a_phone_the_key_proves_a_reporter(clock: Clock) -> None:
    registration = report(clock.now, reporter=ReporterDraft())
    assert len(registration.key) == 6
    by = prove_reporter(code=registration.case.code, proof=registration.key, now=clock.now)
    assert by.ref == f"case:{registration.case.pk}"


def test_five_wrong_proofs_and_the_case_rests(clock: Clock) -> None:
    case = reported_case(clock.now)
    for _ in range(5):
        with pytest.raises(Refusal, match="proof_wrong"):
            prove_reporter(code=case.code, proof="0000", now=clock.now)
    with pytest.raises(Refusal, match="proof_locked"):
        prove_reporter(code=case.code, proof="4567", now=clock.now)
    clock.forward(minutes=16)
    assert prove_reporter(code=case.code, proof="4567", now=clock.now)


def test_an_unknown_code_is_refused_like_a_wrong_proof(clock: Clock) -> None:
    with pytest.raises(Refusal, match="proof_wrong"):
        prove_reporter(code="1234567890", proof="4567", now=clock.now)


def test_the_public_sees_public_cases_only(clock: Clock) -> None:
    shown, hidden = announced_case(clock), reported_case(clock.now, service="building-violation")
    codes = {case.code for case in public_cases(PublicFilter(), limit=10)}
    assert shown.code in codes and hidden.code not in codes
