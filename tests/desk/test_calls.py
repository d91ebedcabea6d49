"""The call list: the script, what came of a call, and the citizen's word on the answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from pol137.cases.models import Case, Objection
from pol137.cases.operations import (
    answer_case,
    approve_answer,
    keep_plan,
    postpone_plan,
    return_answer,
)
from pol137.cases.rules.drafts import ReporterDraft
from pol137.city.queries.book import local_day
from pol137.contacts.models import CallBack
from pol137.lib.persian import persian_digits
from tests.factories import DONE, Clock, actor, answered_case, city_chooses, fresh, reported_case, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The feedback expert, whose requests happen at the test's clock."""
    monkeypatch.setattr("pol137.web.access.timezone", SimpleNamespace(now=lambda: clock.now))
    client = Client()
    client.force_login(user("centre-feedback"))
    return client


def waiting_call(clock: Clock) -> CallBack:
    """The answer to somebody with a landline waits to be told."""
    case = answered_case(clock.now, reporter=ReporterDraft(name="ساکن کوچه", phone="05138001234"))
    approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    clock.run()
    return CallBack.objects.get(case=case)


def press(caller: Client, call: CallBack, do: str, **more: str) -> Any:
    return caller.post(f"/desk/calls/{call.pk}/", {"do": do, **more})


def test_the_script_holds_the_answer_and_the_number(clock: Clock, caller: Client) -> None:
    call = waiting_call(clock)
    assert [row["call"] for row in caller.get("/desk/calls/").context["due"]] == [call]
    page = caller.get(f"/desk/calls/{call.pk}/").content.decode()
    assert "لامپ چراغ کوچه عوض شد." in page
    assert persian_digits("05138001234") in page
    assert "ساکن کوچه" in page


def test_the_script_says_the_day_of_a_plan_and_that_it_was_moved(clock: Clock, caller: Client) -> None:
    case = reported_case(clock.now, reporter=ReporterDraft(phone="05138001234"))
    day = local_day(clock.now) + timedelta(days=5)
    answer = replace(DONE, type="planned", plan_date=day)
    answer_case(case.pk, answer=answer, by=actor("s1-roads-head"), now=clock.now)
    approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    clock.run()
    call = CallBack.objects.get(case=case)
    page = caller.get(f"/desk/calls/{call.pk}/").content.decode()
    assert "پایان پنجشنبه ۳۰ مهر" in page and DONE.citizen_text in page
    press(caller, call, "told")
    clock.forward(hours=1)
    later, deputy = day + timedelta(days=2), actor("s1-deputy-tech")
    postpone_plan(case.pk, until=later, reason="قطعه نرسیده است", by=deputy, now=clock.now)
    clock.run()
    moved = CallBack.objects.get(case=case, purpose="plan")
    page = caller.get(f"/desk/calls/{moved.pk}/").content.decode()
    assert "پایان شنبه ۲ آبان" in page and "قطعه نرسیده است" in page
    clock.forward(days=7)
    page = caller.get(f"/desk/calls/{moved.pk}/").content.decode()
    assert "تا پایان شنبه ۲ آبان وعده داده است" in page


def test_the_script_says_that_the_day_moved_as_the_answer_went_back(clock: Clock, caller: Client) -> None:
    case = reported_case(clock.now, reporter=ReporterDraft(phone="05138001234"))
    answer = replace(DONE, type="planned", plan_date=local_day(clock.now) + timedelta(days=5))
    head, approver = actor("s1-roads-head"), actor("centre-s1-follow-up")
    answer_case(case.pk, answer=answer, by=head, now=clock.now)
    approve_answer(case.pk, by=approver, now=clock.now)
    clock.run()
    press(caller, CallBack.objects.get(case=case), "told")
    keep_plan(case.pk, answer=DONE, by=head, now=clock.now)
    clock.forward(hours=5)
    return_answer(case.pk, reason="عکس کو؟", by=approver, now=clock.now)
    clock.run()
    page = caller.get(f"/desk/calls/{CallBack.objects.get(case=case, purpose='plan').pk}/").content.decode()
    assert "موعد کار به جمعه ۱ آبان ساعت ۵ تغییر کرد" in page and "عکس کو" not in page


def test_the_hours_of_calls_are_said_to_the_minute(caller: Client) -> None:
    city_chooses(calls_from=time(8, 30), calls_until=time(20))
    assert "از ساعت ۸:۳۰ تا ۲۰ و" in caller.get("/desk/calls/").content.decode()


def test_told_and_accepted_closes_the_case(clock: Clock, caller: Client) -> None:
    call = waiting_call(clock)
    assert press(caller, call, "told").url == f"/desk/calls/{call.pk}/"
    assert fresh(call.case).status == "announced"
    assert press(caller, call, "accept").url == "/desk/calls/"
    case = fresh(call.case)
    assert (case.status, case.close_reason) == ("closed", "accepted")


def test_told_and_objected_opens_a_review(clock: Clock, caller: Client) -> None:
    call = waiting_call(clock)
    press(caller, call, "told")
    no_ground = press(caller, call, "object", words="هنوز تاریک است")
    assert list(no_ground.context["objection"].errors) == ["ground"]
    assert "هنوز تاریک است" in no_ground.content.decode()
    press(caller, call, "object", ground="not_done", words="هنوز تاریک است")
    assert fresh(call.case).status == "under_review"
    objection = Objection.objects.get()
    assert (objection.words, objection.channel.code) == ("هنوز تاریک است", "phone")


def test_nobody_answers_and_the_call_comes_back_later(clock: Clock, caller: Client) -> None:
    call = waiting_call(clock)
    assert press(caller, call, "no_answer", note="دو بار زنگ خورد").url == "/desk/calls/"
    shown = caller.get("/desk/calls/").context
    assert ([row["call"] for row in shown["due"]], [row["call"] for row in shown["later"]]) == ([], [call])
    assert "دو بار زنگ خورد" in caller.get(f"/desk/calls/{call.pk}/").content.decode()
    assert fresh(call.case).status == "approved"


def test_three_tries_on_two_days_end_in_not_reached(clock: Clock, caller: Client) -> None:
    call = waiting_call(clock)
    for hours in (0, 4):
        clock.now += timedelta(hours=hours)
        press(caller, call, "busy")
    assert CallBack.objects.get().state == "waiting"
    clock.now += timedelta(days=1)
    press(caller, call, "unreachable")
    assert CallBack.objects.get().state == "not_reached"
    assert fresh(call.case).status == "announced"


def test_no_button_no_outcome(clock: Clock, caller: Client) -> None:
    call = waiting_call(clock)
    assert press(caller, call, "").status_code == 409
    assert press(caller, call, "accept").status_code == 409
    assert CallBack.objects.get().attempts == 0
    assert fresh(call.case).status == "approved"


def test_a_settled_call_is_not_settled_again(clock: Clock, caller: Client) -> None:
    call = waiting_call(clock)
    press(caller, call, "told")
    assert press(caller, call, "told").status_code == 409
    assert Case.objects.get().status == "announced"


@pytest.mark.parametrize(("hour", "quiet"), [(3, True), (8, True), (9, False), (19, False), (20, True)])
def test_the_hours_of_calling_are_shown(clock: Clock, caller: Client, hour: int, quiet: bool) -> None:
    local = clock.now.astimezone(_zone()).replace(hour=hour, minute=0)
    clock.now = local.astimezone(clock.now.tzinfo)
    assert (caller.get("/desk/calls/").context["quiet_until"] is not None) is quiet


def _zone() -> Any:
    from pol137.city.queries import book

    return book().zone


def test_what_was_opened_at_night_waits_for_nine(clock: Clock, caller: Client) -> None:
    clock.now = clock.now.astimezone(_zone()).replace(hour=23).astimezone(clock.now.tzinfo)
    call = waiting_call(clock)
    shown = caller.get("/desk/calls/").context
    assert shown["due"] == []
    begins: datetime = shown["later"][0]["call"].not_before
    assert begins.astimezone(_zone()).hour == 9
    assert call.not_before == begins
