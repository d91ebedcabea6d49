"""A complaint about staff exists for inspection and the centre's few only, whatever is done to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pol137.cases.models import Announcement, Case, Notice
from pol137.cases.operations import (
    accept_case,
    answer_case,
    approve_answer,
    join_incident,
    reclassify_case,
    reveal_reporter,
    route_case,
    split_case,
    transfer_case,
)
from pol137.cases.operations.announcing import answers_for
from pol137.cases.permissions import allowed_actions, may_see, readable, visible_to
from pol137.cases.queries import WorkFilter, queue_count, search, worklist
from pol137.cases.vocabulary import Action, Queue
from pol137.city.queries.book import book
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal
from pol137.messaging.models import OutboundMessage
from pol137.notices.operations import tell
from pol137.staff.models import User
from tests.factories import DONE, Clock, actor, announced_case, fresh, reported_case, user

pytestmark = pytest.mark.django_db

CONDUCT = "staff-conduct"
ACCUSED = ("s1-roads-head", "s1-roads-user", "s1-deputy-tech", "s1-deputy-urban", "s1-manager")
TOLD = {"inspection-head", "inspection-inspector", "centre-head", "centre-supervisor", "centre-triage",
        "centre-feedback", "centre-s1-follow-up", "centre-s2-follow-up"}  # fmt: skip


def who_sees(case: Case) -> set[str]:
    return {one.code for one in book().positions if may_see(fresh(case), actor(one.code))}


def test_only_inspection_and_the_centres_few_see_a_complaint_about_staff(clock: Clock) -> None:
    case = reported_case(clock.now, service=CONDUCT)
    assert case.department.code == "inspection"
    assert who_sees(case) == TOLD


def test_a_confidential_case_in_other_hands_would_not_exist_there(clock: Clock) -> None:
    case = reported_case(clock.now, service=CONDUCT)
    roads = book().departments.by_code["s1-roads"].id
    Case.objects.filter(pk=case.pk).update(department=roads, inner_department=roads)
    for code in ACCUSED:
        assert not may_see(fresh(case), actor(code))
        assert not Case.objects.filter(visible_to(actor(code))).exists()
        assert worklist(actor(code), Queue.INBOX) == []


def test_triage_can_lay_it_nowhere_but_with_inspection(clock: Clock) -> None:
    case = reported_case(clock.now, service="other", district="")
    reclassify_case(case.pk, service=CONDUCT, by=actor("centre-triage"), now=clock.now)
    assert fresh(case).status == "new"
    with pytest.raises(Refusal, match="confidential_elsewhere"):
        route_case(case.pk, department="s1-roads", by=actor("centre-triage"), now=clock.now)
    route_case(case.pk, department="inspection", by=actor("centre-triage"), now=clock.now)
    assert who_sees(case) == TOLD


def test_inspection_can_transfer_it_to_no_unit(clock: Clock) -> None:
    case = reported_case(clock.now, service=CONDUCT)
    accept_case(case.pk, by=actor("inspection-head"), now=clock.now)
    with pytest.raises(Refusal, match="confidential_elsewhere"):
        transfer_case(
            case.pk, department="s1-roads", reason="نیست", by=actor("inspection-head"), now=clock.now
        )


def test_a_confidential_part_goes_to_inspection_and_leaves_no_trace_on_the_whole(clock: Clock) -> None:
    whole = reported_case(clock.now)
    triage = actor("centre-triage")
    with pytest.raises(Refusal, match="confidential_elsewhere"):
        split_case(whole.pk, service=CONDUCT, department="s1-roads", words="رفتار", by=triage, now=clock.now)
    part = split_case(
        whole.pk, service=CONDUCT, department="inspection", words="رفتار", by=triage, now=clock.now
    )
    assert who_sees(part) == TOLD
    assert may_see(fresh(whole), actor("s1-roads-head"))
    assert not fresh(whole).public


def test_what_is_answered_on_a_confidential_part_is_told_to_nobody_but_its_own_reporter(clock: Clock) -> None:
    main, joined = reported_case(clock.now), reported_case(clock.now)
    join_incident(joined.pk, main_case_id=main.pk, by=actor("centre-triage"), now=clock.now)
    part = split_case(
        main.pk,
        service=CONDUCT,
        department="inspection",
        words="رفتار",
        by=actor("centre-triage"),
        now=clock.now,
    )
    for one, head, words in (
        (main, "s1-roads-head", "چاله پر شد."),
        (part, "inspection-head", "به رفتار رسیدگی شد."),
    ):
        accept_case(one.pk, by=actor(head), now=clock.now)
        answer_case(one.pk, answer=replace(DONE, citizen_text=words), by=actor(head), now=clock.now)
        approve_answer(one.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    clock.run()
    assert [answer.case_id for _, answer in answers_for(fresh(main))] == [main.pk, part.pk]
    assert [answer.case_id for _, answer in answers_for(fresh(main), reporter=False)] == [main.pk]
    assert Announcement.objects.get(case=main).text == "چاله پر شد.\nبه رفتار رسیدگی شد."
    assert Announcement.objects.get(case=joined).text == "چاله پر شد."


def test_a_case_that_turns_confidential_takes_its_parts_notices_and_company_with_it(clock: Clock) -> None:
    main, joined = reported_case(clock.now), reported_case(clock.now)
    triage = actor("centre-triage")
    join_incident(joined.pk, main_case_id=main.pk, by=triage, now=clock.now)
    clock.run()
    assert Notice.objects.filter(case=main, user=user("s1-roads-head")).exists()
    reclassify_case(main.pk, service=CONDUCT, by=triage, now=clock.now)
    clock.run()
    assert who_sees(main) == TOLD
    assert not Notice.objects.filter(case=main).exclude(user__username__in=TOLD).exists()
    left = fresh(joined)
    assert (left.status, left.department.code, left.confidential) == ("in_work", "s1-roads", False)
    assert may_see(left, actor("s1-roads-head"))

    whole = reported_case(clock.now)
    part = split_case(
        whole.pk, service="pothole", department="s1-clean", words="چاله", by=triage, now=clock.now
    )
    reclassify_case(whole.pk, service=CONDUCT, by=triage, now=clock.now)
    assert who_sees(part) == who_sees(whole) == TOLD


def test_a_part_that_turns_confidential_leaves_the_whole_with_its_unit(clock: Clock) -> None:
    whole, triage = reported_case(clock.now), actor("centre-triage")
    part = split_case(
        whole.pk, service="pothole", department="s1-clean", words="چاله", by=triage, now=clock.now
    )
    reclassify_case(part.pk, service=CONDUCT, by=triage, now=clock.now)
    assert who_sees(part) == TOLD
    assert may_see(fresh(whole), actor("s1-roads-head"))
    assert not fresh(whole).public


def test_confidential_and_other_cases_share_no_fault(clock: Clock) -> None:
    secret, plain = reported_case(clock.now, service=CONDUCT), reported_case(clock.now)
    for one, other in ((secret, plain), (plain, secret)):
        with pytest.raises(Refusal, match="join_impossible"):
            join_incident(one.pk, main_case_id=other.pk, by=actor("centre-triage"), now=clock.now)


def test_its_ladder_never_climbs_to_a_units_line(clock: Clock) -> None:
    for n, one in enumerate(User.objects.order_by("pk")):
        User.objects.filter(pk=one.pk).update(phone=f"+9891500{n:05d}")
    case = reported_case(clock.now, service=CONDUCT)
    for _ in range(20):
        clock.forward(days=1)
        tell(now=clock.now)
        clock.run()
    assert fresh(case).rung >= 1
    told = set(Notice.objects.filter(case=case, user__isnull=False).values_list("user__username", flat=True))
    assert told
    assert told <= TOLD
    phones = dict(User.objects.values_list("phone", "username"))
    texted = set(OutboundMessage.objects.filter(address__in=phones).values_list("address", flat=True))
    assert {phones[one] for one in texted} <= TOLD
    assert "inspection-head" in {phones[one] for one in texted}


def test_an_operator_may_turn_a_case_confidential_and_then_no_longer_sees_it(clock: Clock) -> None:
    case = reported_case(clock.now)
    reclassify_case(case.pk, service=CONDUCT, by=actor("centre-operator"), now=clock.now)
    assert not may_see(fresh(case), actor("centre-operator"))


# --- what a reader may read, he may search --------------------------------------------------------

SAID = "چراغ خاموش است، به ۰۹۱۵۷۷۷۸۸۹۹ یا maryam@example.com زنگ بزنید، کد ملی 0084575948"


def found_by(by: Actor, text: str) -> int:
    in_lists = queue_count(by, Queue.INBOX, narrow=WorkFilter(text=text)) if by.seats[0].reach else 0
    found = len(search(by, text))
    assert in_lists in (0, found)
    return found


@pytest.mark.parametrize(
    "probe", ["۰۹۱۵۷۷۷", "7889", "۸۸۹۹", "maryam", "example.com", "0084575948", "خاموش maryam"]
)
def test_a_unit_cannot_probe_what_is_hidden_from_it(clock: Clock, probe: str) -> None:
    reported_case(clock.now, words=SAID)
    assert found_by(actor("s1-roads-head"), probe) == 0
    assert found_by(actor("centre-triage"), probe) == 1


@pytest.mark.parametrize("words", ["خاموش", "چراغ خاموش است، به", "کد ملی", "کوچه ۴"])
def test_a_unit_finds_what_it_may_read(clock: Clock, words: str) -> None:
    reported_case(clock.now, words=SAID)
    assert found_by(actor("s1-roads-head"), words) == 1
    assert queue_count(actor("s1-roads-head"), Queue.INBOX, narrow=WorkFilter(text=words)) == 1


def test_no_search_reads_the_reporter(clock: Clock) -> None:
    reported_case(clock.now)
    for probe in ("09151234567", "9151234567", "4567", "+98915"):
        assert search(actor("s1-roads-head"), probe) == []


def test_the_mayors_office_and_the_administrator_read_words_redacted() -> None:
    for code in ("mayor-office-head", "centre-administrator", "s1-manager", "inspection-head"):
        assert not any(char in readable(SAID, by=actor(code)) for char in "۹۷@8")
    assert readable(SAID, by=actor("inspection-inspector")) == SAID


# --- contractors and statistics -------------------------------------------------------------------


def test_a_contractor_works_on_what_is_referred_to_him_and_cannot_reveal(clock: Clock) -> None:
    case = reported_case(clock.now, service="tree-care", questions={"need": ["water"]})
    contractor = book().departments.by_code["s1-green-contractor"].id
    Case.objects.filter(pk=case.pk).update(inner_department=contractor, status="in_work")
    representative, head = actor("s1-green-contractor-user"), actor("s1-green-head")
    actions = allowed_actions(fresh(case), representative)
    assert Action.DRAFT in actions
    assert Action.REVEAL not in actions
    with pytest.raises(Refusal, match="step_not_yours"):
        reveal_reporter(case.pk, reason="بازدید", by=representative, now=clock.now)
    assert Action.REVEAL in allowed_actions(fresh(case), head)
    assert not may_see(
        reported_case(clock.now, service="tree-care", questions={"need": ["water"]}), representative
    )


def test_statistics_count_cases_and_see_none(clock: Clock) -> None:
    announced_case(clock)
    by = actor("centre-statistics")
    assert not Case.objects.filter(visible_to(by)).exists()
    assert search(by, "چراغ") == []


def test_a_promise_of_an_hour_before_is_no_lateness_of_inspection(clock: Clock) -> None:
    case = reported_case(clock.now)
    clock.forward(hours=1)
    promised = fresh(case).promises.get(kind="answer").promised_at
    reclassify_case(case.pk, service=CONDUCT, by=actor("centre-triage"), now=clock.now)
    kept = fresh(case).promises.get(kind="answer")
    assert kept.promised_at == promised
    assert kept.due_at == promised
