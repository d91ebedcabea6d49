"""Lists: who has which, in what order, narrowed, in pages, and worked off without leaving them."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from pol137.cases.models import Answer, Case
from pol137.cases.operations import accept_case, approve_answer, close_case, nudge_case, object_to_answer
from pol137.cases.vocabulary import CloseReason, Queue, Status
from pol137.desk.forms.step_form import About
from tests.factories import DONE, Clock, actor, announced_case, answered_case, fresh, reported_case, user

pytestmark = pytest.mark.django_db

HEAD = "s1-roads-head"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def at_desk(code: str) -> Client:
    client = Client()
    client.force_login(user(code))
    return client


def page(code: str, queue: Queue | str, **asked: str) -> str:
    answer = at_desk(code).get(f"/desk/q/{queue}/", asked)
    assert answer.status_code == 200
    return answer.content.decode()


def order(text: str, *cases: Case) -> list[int]:
    return [text.find(f'href="/desk/case/{case.pk}/"') for case in cases]


def test_the_soonest_due_stands_first(now: datetime) -> None:
    late = reported_case(now - timedelta(hours=80))
    soon = reported_case(now - timedelta(hours=70))
    fresh_one = reported_case(now)
    urgent = reported_case(now, service="open-manhole")
    places = order(page(HEAD, Queue.INBOX), late, urgent, soon, fresh_one)
    assert -1 not in places and places == sorted(places)


def test_a_list_is_narrowed_by_lateness_urgency_subject_and_words(now: datetime) -> None:
    late = reported_case(now - timedelta(hours=80), address="میدان نخست")
    urgent = reported_case(now, service="open-manhole", address="میدان دوم")
    plain = reported_case(now, address="میدان سوم")
    for asked, shown in (
        ({"show": "late"}, {late}),
        ({"show": "urgent"}, {urgent}),
        ({"service": "light-out"}, {late, plain}),
        ({"text": "میدان سوم"}, {plain}),
        ({"text": f" {urgent.code} "}, {urgent}),
        ({"text": "هیچ", "show": "late"}, set()),
        ({"service": "no-such", "show": "no-such", "after": "no mark"}, {late, urgent, plain}),
    ):
        text = page(HEAD, Queue.INBOX, **asked)
        found = {case for case in (late, urgent, plain) if order(text, case) != [-1]}
        assert found == shown, asked


def test_due_by_tonight_holds_the_late_ones_too(now: datetime) -> None:
    late, later = reported_case(now - timedelta(hours=80)), reported_case(now)
    text = page(HEAD, Queue.INBOX, show="today")
    assert order(text, late) != [-1] and order(text, later) == [-1]


def test_pages_follow_each_other_without_gap_or_repeat(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pol137.desk.views.queues.USUAL_ROWS", 2)
    cases = [reported_case(now - timedelta(minutes=n)) for n in range(5)]
    client, path, seen = at_desk(HEAD), "/desk/q/inbox/", []
    while path:
        text = client.get(path).content.decode()
        seen += [case.pk for case in cases if order(text, case) != [-1]]
        following = text.partition('rel="next" href="')[2].partition('"')[0]
        path = f"/desk/q/inbox/{following}".replace("&amp;", "&") if following else ""
    assert sorted(seen) == sorted(case.pk for case in cases) and len(seen) == 5


@pytest.mark.parametrize(
    ("code", "queue"),
    [("s2-roads-head", "triage"), ("centre-operator", "approval"), ("centre-statistics", "inbox")],
)
def test_a_list_that_is_not_ones_own_is_closed(code: str, queue: str) -> None:
    assert at_desk(code).get(f"/desk/q/{queue}/").status_code == 403
    assert at_desk(code).get("/desk/q/nonsense/").status_code == 404


def make(queue: Queue, now: datetime) -> Case:
    """A case that stands in this list."""
    if queue is Queue.INBOX:
        return reported_case(now)
    if queue is Queue.TRIAGE:
        return reported_case(now, service="other", district="")
    if queue is Queue.APPROVAL:
        return answered_case(now)
    if queue is Queue.ANNOUNCEMENT:
        case = answered_case(now)
        approve_answer(case.pk, by=actor("centre-s1-follow-up", now), now=now)
        return case
    case = announced_case(Clock(now))
    if queue is Queue.REVIEW:
        operator = actor("centre-operator", now)
        object_to_answer(case.pk, ground="not_done", words="نشد", channel="phone", by=operator, now=now)
        return case
    if queue is Queue.CLASSIFY:
        close_case(case.pk, reason=CloseReason.ACCEPTED, by=actor("centre-feedback", now), now=now)
        return fresh(case)
    return planned(now)


def planned(now: datetime) -> Case:
    from dataclasses import replace

    from pol137.cases.operations import answer_case

    case, clock = reported_case(now), Clock(now)
    head = actor(HEAD, now)
    accept_case(case.pk, by=head, now=now)
    dated = replace(DONE, type="planned", plan_date=(now + timedelta(days=9)).date())
    answer_case(case.pk, answer=dated, by=head, now=now)
    approve_answer(case.pk, by=actor("centre-s1-follow-up", now), now=now)
    clock.run()
    return fresh(case)


WORKS = {
    Queue.INBOX: HEAD,
    Queue.TRIAGE: "centre-triage",
    Queue.APPROVAL: "centre-s1-follow-up",
    Queue.ANNOUNCEMENT: "centre-feedback",
    Queue.REVIEW: "centre-s2-follow-up",
    Queue.PLANS: HEAD,
    Queue.CLASSIFY: "centre-s1-follow-up",
}


@pytest.mark.parametrize("queue", list(Queue))
def test_the_number_of_queries_does_not_grow_with_the_rows(
    queue: Queue,
    now: datetime,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(import_module("pol137.city.queries.book"), "FRESH_SECONDS", 3600.0)
    client = at_desk(WORKS[queue])

    def count() -> tuple[int, str]:
        with django_assert_max_num_queries(40) as asked:
            text = client.get(f"/desk/q/{queue}/").content.decode()
        return len(asked.captured_queries), text

    client.get(f"/desk/q/{queue}/")
    one = make(queue, now)
    with_one, text = count()
    assert order(text, one) != [-1]
    two, three = make(queue, now), make(queue, now)
    with_three, text = count()
    assert -1 not in order(text, one, two, three)
    assert with_three == with_one


def test_a_head_takes_up_many_cases_at_once_and_those_of_others_stay(now: datetime) -> None:
    mine = [reported_case(now) for _ in range(3)]
    gone, foreign = reported_case(now), reported_case(now, district="s2")
    accept_case(gone.pk, by=actor(HEAD, now), now=now)
    text = page(HEAD, Queue.INBOX)
    assert all(f'name="case" value="{case.pk}"' in text for case in mine)
    assert f'name="case" value="{gone.pk}"' not in text
    ticked = [case.pk for case in (*mine, gone, foreign)] + ["x"]
    client = at_desk(HEAD)
    assert client.post("/desk/q/inbox/accept", {"case": ticked}).status_code == 303
    said = list(client.get("/desk/q/inbox/").context["messages"])
    assert [fresh(case).status for case in mine] == [Status.IN_WORK] * 3
    assert fresh(foreign).status == Status.ASSIGNED
    assert len(said) == 2, "what was taken up, and what could not be"
    assert at_desk(HEAD).post("/desk/q/inbox/accept").status_code == 303


def test_deputy_and_inspection_see_what_climbed_to_them(now: datetime) -> None:
    clock = Clock(now - timedelta(days=14))
    case = reported_case(clock.now)
    assert order(page("s1-deputy-tech", Queue.INBOX), case) == [-1]
    clock.forward(days=14)
    for code in ("s1-deputy-tech", "s1-manager", "inspection-inspector"):
        assert order(page(code, Queue.INBOX), case) != [-1], code
    assert order(page("s2-deputy-tech", Queue.INBOX), case) == [-1]


def test_a_row_tells_nudges_rung_and_the_citizens_words_without_phone_numbers(now: datetime) -> None:
    clock = Clock(now - timedelta(days=14))
    case = reported_case(clock.now, words="شماره من ۰۹۱۵۱۲۳۴۵۶۷ است، چراغ خاموش است.")
    nudge_case(case.pk, by=actor("centre-operator", clock.now), now=clock.now)
    clock.forward(days=14)
    text = page(HEAD, Queue.INBOX)
    assert "۱ پیگیری مجدد" in text and "سطح پیگیری ۲" in text
    assert "چراغ خاموش است" in text and "۰۹۱۵۱۲۳۴۵۶۷" not in text


def decide(case: Case, action: str, now: datetime, *, htmx: bool = True, **given: Any) -> Any:
    by = actor("centre-s1-follow-up", now)
    given.setdefault("stand", About(case=case, by=by, now=now).stand)
    headers = {"HX-Request": "true"} if htmx else {}
    return at_desk("centre-s1-follow-up").post(f"/desk/q/approval/{case.pk}/{action}", given, headers=headers)


def test_an_answer_is_approved_in_the_list_with_its_text_edited(now: datetime) -> None:
    case = answered_case(now)
    answer = decide(case, "approve", now, text="لامپ کوچهٔ شما عوض شد.")
    assert answer.status_code == 200 and "data-done" in answer.content.decode()
    given = Answer.objects.get(case=case)
    assert given.approved_text == "لامپ کوچهٔ شما عوض شد." and given.reply == DONE.reply
    assert fresh(case).status == Status.APPROVED


@pytest.mark.parametrize(("flag", "decision"), [("", "returned"), ("on", "no_logical_answer")])
def test_an_answer_is_returned_in_the_list(flag: str, decision: str, now: datetime) -> None:
    case = answered_case(now)
    assert decide(case, "return_answer", now, reason="عکس ندارد", no_logical_answer=flag).status_code == 200
    assert Answer.objects.get(case=case).decision == decision
    assert fresh(case).status == Status.IN_WORK


def test_a_refused_decision_leaves_the_card_with_its_words(now: datetime) -> None:
    case = answered_case(now)
    answer = decide(case, "return_answer", now, reason="")
    text = answer.content.decode()
    assert answer.status_code == 422 and "data-card" in text and "<html" not in text
    assert fresh(case).status == Status.ANSWERED
    stale = decide(case, "approve", now, text="متن من می‌ماند.", stand="answered.1.1")
    assert stale.status_code == 422 and "متن من می‌ماند." in stale.content.decode()
    assert fresh(case).status == Status.ANSWERED


def test_deciding_works_without_javascript(now: datetime) -> None:
    case = answered_case(now)
    assert decide(case, "return_answer", now, htmx=False, reason="").status_code == 422
    done = decide(case, "approve", now, htmx=False, text="لامپ عوض شد.")
    assert (done.status_code, done["Location"]) == (303, "/desk/q/approval/")


def test_only_the_two_decisions_stand_at_the_list(now: datetime) -> None:
    case = answered_case(now)
    assert decide(case, "close", now).status_code == 404
    outsider = at_desk("s2-roads-head").post(f"/desk/q/approval/{case.pk}/approve", {"text": "x"})
    assert outsider.status_code == 404
    assert fresh(case).status == Status.ANSWERED


def test_triage_sees_why_and_sends_with_one_press_where_such_cases_went(now: datetime) -> None:
    first = reported_case(now, service="other", district="s1")
    text = page("centre-triage", Queue.TRIAGE)
    assert "هیچ قاعده‌ای برای این موضوع" in text and 'name="department"' not in text
    client = at_desk("centre-triage")
    stand = About(case=first, by=actor("centre-triage", now), now=now).stand
    back = {"department": "s1-clean", "stand": stand, "next": "/desk/q/triage/"}
    assert client.post(f"/desk/case/{first.pk}/do/route/", back)["Location"] == "/desk/q/triage/"
    reported_case(now, service="other", district="s1")
    assert 'name="department" value="s1-clean"' in page("centre-triage", Queue.TRIAGE)
    lacks = reported_case(now, service="light-out", district="", address="نزدیک حرم")
    assert "قاعدهٔ ۱۰ به منطقه نیاز دارد" in page("centre-triage", Queue.TRIAGE)
    assert fresh(lacks).status == Status.NEW


def test_confidential_cases_stand_in_no_list_of_other_units(now: datetime) -> None:
    secret = reported_case(now, service="staff-conduct", district="", address="")
    for code in (HEAD, "s1-deputy-urban", "s1-manager"):
        assert order(page(code, Queue.INBOX), secret) == [-1]
    assert order(page("inspection-head", Queue.INBOX), secret) != [-1]
