"""Wishes for time, drafts to sign, delegated signing: what heads and deputies see and do on the desk."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pol137.cases.models import Case, Promise, TimeRequest
from pol137.cases.operations import accept_case, ask_more_time, ask_pause, draft_answer, imprint
from pol137.cases.queries import dossier
from pol137.cases.vocabulary import Action, PromiseKind, Status
from pol137.city.queries.book import local_day
from pol137.desk.forms.step_form import About
from pol137.desk.forms.steps import offered
from pol137.lib.jalali import format_date
from pol137.staff.models import Delegation
from tests.factories import DONE, actor, draft, fresh, reported_case, user

pytestmark = pytest.mark.django_db

HEAD, USER, DEPUTY, MANAGER = "s1-roads-head", "s1-roads-user", "s1-deputy-tech", "s1-manager"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def at_desk(code: str) -> Client:
    client = Client()
    client.force_login(user(code))
    return client


def page(code: str, path: str) -> str:
    answer = at_desk(code).get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def in_work(now: datetime, **changed: Any) -> Case:
    case = reported_case(now, **changed)
    accept_case(case.pk, by=actor(HEAD, now), now=now)
    return fresh(case)


def steps_for(case: Case, code: str, now: datetime) -> set[Action]:
    return set(offered(About.of(dossier(fresh(case)), by=actor(code, now), now=now)))


def send(case: Case, action: str, who: str, now: datetime, /, **given: Any) -> Any:
    given.setdefault("stand", About(case=fresh(case), by=actor(who, now), now=now).stand)
    return at_desk(who).post(f"/desk/case/{case.pk}/do/{action}/", given)


def test_a_wish_for_time_waits_with_the_deputy_who_grants_it_there(now: datetime) -> None:
    case = in_work(now)
    said = "قطعهٔ چراغ در انبار نیست و فردا خریده می‌شود."
    assert send(case, "ask_more_time", HEAD, now, hours="۲۴", reason=said).status_code == 303
    for who, decides in ((DEPUTY, True), (MANAGER, False)):
        text = page(who, "/desk/time/")
        assert said in text and "۲۴ ساعت مهلت بیشتر" in text
        assert (f"/desk/case/{case.pk}/do/give_time/" in text) is decides
    assert said in page(DEPUTY, f"/desk/case/{case.pk}/do/give_time/")
    assert send(case, "give_time", DEPUTY, now, hours="12", reason="یک روز کافی است.").status_code == 303
    promise = Promise.objects.get(case=case, kind=PromiseKind.ANSWER)
    assert promise.due_at == promise.promised_at + timedelta(hours=12)
    assert said not in page(DEPUTY, "/desk/time/")
    assert "یک روز کافی است." in page(HEAD, f"/desk/case/{case.pk}/")


def test_the_badge_counts_what_is_this_readers_to_decide(now: datetime) -> None:
    case = in_work(now)
    ask_pause(case.pk, until=now + timedelta(days=2), reason="بارندگی", by=actor(HEAD, now), now=now)
    from pol137.desk.places import waiting

    assert waiting(actor(DEPUTY, now), now)["time"] == 1
    assert waiting(actor(MANAGER, now), now)["time"] == 0
    assert "time" not in waiting(actor(HEAD, now), now)


def test_refusing_takes_both_wishes_off_the_list(now: datetime) -> None:
    case = in_work(now)
    ask_more_time(case.pk, hours=24, reason="قطعه", by=actor(HEAD, now), now=now)
    ask_pause(case.pk, until=now + timedelta(days=2), reason="بارندگی", by=actor(HEAD, now), now=now)
    text = page(DEPUTY, f"/desk/case/{case.pk}/do/refuse_time/")
    assert "قطعه" in text and "بارندگی" in text
    assert send(case, "refuse_time", DEPUTY, now, reason="فرصت هست.").status_code == 303
    assert set(TimeRequest.objects.values_list("decision", flat=True)) == {"refused"}


@pytest.mark.parametrize("code", [HEAD, "centre-operator", "s2-roads-head"])
def test_the_list_of_wishes_is_for_those_above(code: str) -> None:
    assert at_desk(code).get("/desk/time/").status_code == 403


def test_nobody_is_offered_what_he_would_be_refused(now: datetime) -> None:
    case = in_work(now)
    asks = {Action.ASK_CITIZEN, Action.ASK_MORE_TIME, Action.ASK_PAUSE}
    gives = {Action.GIVE_TIME, Action.PAUSE, Action.REFUSE_TIME}
    assert asks <= steps_for(case, HEAD, now)
    assert gives & steps_for(case, DEPUTY, now) == {Action.GIVE_TIME, Action.PAUSE}
    assert not gives & steps_for(case, MANAGER, now)
    ask_more_time(case.pk, hours=24, reason="قطعه", by=actor(HEAD, now), now=now)
    ask_pause(case.pk, until=now + timedelta(days=2), reason="بارندگی", by=actor(HEAD, now), now=now)
    assert asks & steps_for(case, HEAD, now) == {Action.ASK_CITIZEN}
    assert gives <= steps_for(case, DEPUTY, now)
    late = now + timedelta(hours=61)
    assert Action.ASK_CITIZEN not in steps_for(case, HEAD, late)
    silent = in_work(now, reporter=draft().reporter.__class__(phone=""))
    assert Action.ASK_CITIZEN not in steps_for(silent, HEAD, now)


def test_the_case_says_whether_a_question_has_reached_the_citizen(now: datetime) -> None:
    case = in_work(now)
    assert send(case, "ask_citizen", HEAD, now, question="کدام تیر چراغ؟").status_code == 303
    assert "هنوز به او نرسیده است: مهلت می‌گذرد." in page(HEAD, f"/desk/case/{case.pk}/")


def test_drafts_are_read_ticked_and_given_together(now: datetime) -> None:
    made = [(case := reported_case(now), draft_answer(case.pk, answer=DONE, by=actor(USER, now), now=now))
            for _ in range(3)]  # fmt: skip
    text = page(HEAD, "/desk/drafts/")
    marks = [f"{case.pk}:{imprint(one)}" for case, one in made]
    assert all(mark in text for mark in marks) and text.count(DONE.reply) == 3
    changed = DONE.__class__(type="done", reply="متنی که پس از خواندن رئیس نوشته شد.", citizen_text="")
    draft_answer(made[2][0].pk, answer=changed, by=actor(USER, now), now=now)
    client = at_desk(HEAD)
    assert client.post("/desk/drafts/confirm", {"draft": [*marks, "nonsense"]}).status_code == 303
    assert [fresh(case).status for case, _ in made] == [Status.ANSWERED, Status.ANSWERED, Status.ASSIGNED]
    said = client.get("/desk/drafts/").content.decode()
    assert "۲ پاسخ ثبت شد" in said and "۱ پیش‌نویس ثبت نشد" in said


def test_drafts_are_for_the_head_until_he_delegates(now: datetime) -> None:
    case = reported_case(now)
    draft_answer(case.pk, answer=DONE, by=actor(USER, now), now=now)
    assert at_desk(USER).get("/desk/drafts/").status_code == 403
    today = local_day(now)
    given = {
        "position": USER,
        "services": ["light-out"],
        "from_date": format_date(today, style="short"),
        "to_date": format_date(today + timedelta(days=3), style="short"),
    }
    assert at_desk(HEAD).post("/desk/delegations/", given).status_code == 303
    assert DONE.reply in page(USER, "/desk/drafts/")
    made = Delegation.objects.get()
    assert "کاربر ۱۳۷ اداره عمران منطقه ۱" in page(HEAD, "/desk/delegations/")
    assert at_desk("s1-green-head").post(f"/desk/delegations/{made.pk}/end").status_code == 303
    made.refresh_from_db()
    assert made.revoked_at is None
    at_desk(HEAD).post(f"/desk/delegations/{made.pk}/end")
    assert at_desk(USER).get("/desk/drafts/").status_code == 403


def test_a_delegation_that_cannot_be_keeps_what_was_written(now: datetime) -> None:
    given = {"position": USER, "from_date": format_date(local_day(now), style="short"), "to_date": "1404/1/1"}
    answer = at_desk(HEAD).post("/desk/delegations/", given)
    assert answer.status_code == 422 and not Delegation.objects.exists()
    assert at_desk(USER).get("/desk/delegations/").status_code == 403
