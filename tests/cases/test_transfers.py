"""«خارج از وظیفه این واحد» and inner referrals: where a case may go, and that sending it wins no time."""

from datetime import timedelta

import pytest

from pol137.cases.models import Assignment, Notice, Promise
from pol137.cases.operations import (
    accept_case,
    answer_case,
    draft_answer,
    refer_inside,
    route_case,
    transfer_case,
)
from pol137.cases.permissions import allowed_actions, may_see
from pol137.cases.queries import dossier
from pol137.cases.vocabulary import Action, PromiseKind, Status
from pol137.city.models import Department, Position
from pol137.city.operations.versions import bump_version
from pol137.city.queries.book import book, forget
from pol137.lib.refusal import Refusal
from tests.factories import DONE, Clock, actor, fresh, reported_case

pytestmark = pytest.mark.django_db

HEAD, USER, GREEN, TRIAGE = "s1-roads-head", "s1-roads-user", "s1-green-head", "centre-triage"
HOUR = timedelta(hours=1)


def pass_on(case, to: str, by: str, clock: Clock) -> None:
    transfer_case(case.pk, department=to, reason="وظیفهٔ این واحد نیست.", by=actor(by), now=clock.now)


def told(case, kind: str) -> set[str]:
    return set(Notice.objects.filter(case=case, kind=kind).values_list("position__code", flat=True))


def test_a_transfer_is_possible_once_then_triage_rules_and_is_told(clock: Clock) -> None:
    case = reported_case(clock.now)
    due = Promise.objects.get(case=case, kind=PromiseKind.ANSWER).due_at
    pass_on(case, "s1-green", HEAD, clock)
    assert fresh(case).department.code == "s1-green"
    pass_on(case, "s1-roads", GREEN, clock)
    assert (fresh(case).status, fresh(case).department) == (Status.NEW, None)
    clock.run()
    assert TRIAGE in told(case, "case.transferred")
    assert Promise.objects.get(case=case, kind=PromiseKind.ANSWER).due_at == due
    assert Promise.objects.filter(case=case, kind=PromiseKind.TRIAGE, ended_at__isnull=True).exists()


def test_the_ruling_of_triage_binds(clock: Clock) -> None:
    case = reported_case(clock.now)
    pass_on(case, "s1-green", HEAD, clock)
    pass_on(case, "s1-roads", GREEN, clock)
    route_case(case.pk, department="s1-roads", by=actor(TRIAGE), now=clock.now)
    clock.run()
    assert HEAD in told(case, "case.routed")
    for target in ("s1-green", "s1-clean"):
        with pytest.raises(Refusal, match="ruling_binds"):
            pass_on(case, target, HEAD, clock)
    assert fresh(case).department.code == "s1-roads"


def test_a_unit_that_got_its_case_from_triage_may_still_say_it_is_not_its_duty(clock: Clock) -> None:
    case = reported_case(clock.now, service="other", district="")
    route_case(case.pk, department="s1-roads", by=actor(TRIAGE), now=clock.now)
    pass_on(case, "s1-green", HEAD, clock)
    assert fresh(case).department.code == "s1-green"


def test_the_time_to_transfer_counts_in_the_units_working_hours(clock: Clock) -> None:
    overnight = reported_case(clock.now)
    clock.now += 20 * HOUR
    pass_on(overnight, "s1-green", HEAD, clock)
    late = reported_case(clock.now)
    clock.now += 30 * HOUR
    with pytest.raises(Refusal, match="transfer_too_late"):
        pass_on(late, "s1-green", HEAD, clock)


def test_the_second_unit_has_a_time_of_its_own_to_send_it_back(clock: Clock) -> None:
    case = reported_case(clock.now)
    clock.now += 4 * HOUR
    pass_on(case, "s1-green", HEAD, clock)
    clock.now += 18 * HOUR
    pass_on(case, "s1-roads", GREEN, clock)
    assert fresh(case).status == Status.NEW


@pytest.mark.parametrize("target", ["s1", "centre-s1"])
def test_a_case_goes_to_no_unit_without_a_head(clock: Clock, target: str) -> None:
    case, held = reported_case(clock.now), reported_case(clock.now, service="other", district="")
    with pytest.raises(Refusal, match="department_without_head"):
        pass_on(case, target, HEAD, clock)
    with pytest.raises(Refusal, match="department_without_head"):
        route_case(held.pk, department=target, by=actor(TRIAGE), now=clock.now)


def test_a_draft_does_not_follow_the_case_to_another_unit(clock: Clock) -> None:
    case = reported_case(clock.now)
    draft_answer(case.pk, answer=DONE, by=actor(USER), now=clock.now)
    pass_on(case, "s1-green", HEAD, clock)
    assert dossier(fresh(case)).draft is None


def test_every_unit_that_held_the_case_is_on_record_with_why(clock: Clock) -> None:
    case = reported_case(clock.now)
    clock.now += HOUR
    pass_on(case, "s1-green", HEAD, clock)
    first, second = Assignment.objects.filter(case=case)
    assert (first.to_at, second.to_at) == (clock.now, None)
    assert second.because["why"] == "transfer" and second.because["from"] == first.department_id


# --- inside ---------------------------------------------------------------------------------------


@pytest.fixture
def inner() -> str:
    """An office below the roads office of district 1, with a 137 user of its own."""
    roads = Department.objects.get(code="s1-roads")
    office = Department.objects.create(
        code="s1-roads-lights", kind="office", parent=roads, name_fa="روشنایی",
        path=f"{roads.path}s1-roads-lights/", active_from=roads.active_from, sort=999,
    )  # fmt: skip
    Position.objects.create(
        code="s1-roads-lights-user", department=office, role="unit_user", title_fa="کاربر ۱۳۷ روشنایی",
        active_from=roads.active_from, sort=999,
    )  # fmt: skip
    bump_version()
    forget()
    from tests.factories import staff_everywhere

    staff_everywhere()
    yield "s1-roads-lights"
    forget()


def test_the_inner_137_user_is_told_sees_the_case_and_drafts_and_the_head_answers(
    clock: Clock, inner: str
) -> None:
    case = reported_case(clock.now)
    clerk = actor(f"{inner}-user")
    assert not may_see(case, clerk)
    before = Promise.objects.get(case=case, kind=PromiseKind.ANSWER)
    refer_inside(case.pk, department=inner, due_at=clock.now + 24 * HOUR, by=actor(HEAD), now=clock.now)
    clock.run()
    assert told(case, "case.referred_inside") == {f"{inner}-user"}
    referred = fresh(case)
    assert referred.inner_due_at == clock.now + 24 * HOUR and referred.status == Status.IN_WORK
    assert may_see(referred, clerk)
    assert {Action.DRAFT} <= set(allowed_actions(referred, clerk)) and Action.ANSWER not in allowed_actions(
        referred, clerk
    )
    draft_answer(case.pk, answer=DONE, by=clerk, now=clock.now)
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    after = Promise.objects.get(case=case, kind=PromiseKind.ANSWER)
    assert (after.promised_at, after.due_at) == (before.promised_at, before.due_at)


def test_an_inner_deadline_lies_between_now_and_the_promise(clock: Clock, inner: str) -> None:
    case = reported_case(clock.now)
    accept_case(case.pk, by=actor(HEAD), now=clock.now)
    for due, code in ((clock.now, "inner_due_past"), (clock.now + 73 * HOUR, "inner_due_too_late")):
        with pytest.raises(Refusal, match=code):
            refer_inside(case.pk, department=inner, due_at=due, by=actor(HEAD), now=clock.now)
    assert fresh(case).inner_department is None


def test_a_case_is_referred_only_to_what_is_below_its_unit(clock: Clock) -> None:
    case = reported_case(clock.now)
    for target in ("s1-green", "s1", "s1-roads"):
        with pytest.raises(Refusal, match="department_not_inside"):
            refer_inside(case.pk, department=target, by=actor(HEAD), now=clock.now)
    assert book().departments.find("s1-roads") is not None
