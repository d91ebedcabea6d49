"""Calendars, holidays and closures on the desk."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from pol137.city.queries import book, local_day
from pol137.city.vocabulary import DepartmentKind
from pol137.desk.views.calendars import _span
from pol137.journal.models import Event
from pol137.lib.jalali import format_date
from pol137.lib.persian import persian_digits
from pol137.messaging.models import OutboundMessage
from tests.factories import Clock, fresh, reported_case, user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def desk(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr("pol137.web.access.timezone", SimpleNamespace(now=lambda: clock.now))
    client = Client()
    client.force_login(user("centre-supervisor"))
    return client


def typed(day: date) -> str:
    return format_date(day, style="short")


def closure(clock: Clock, **changed: Any) -> dict[str, Any]:
    tomorrow = typed(local_day(clock.now) + DAY)
    return {
        "title": "سرمای شدید",
        "from_day": tomorrow,
        "from_time": "۰۰:۰۰",
        "to_day": tomorrow,
        "to_time": "۲۴:۰۰",
        "do": "declare",
        **changed,
    }


@pytest.mark.parametrize(
    ("who", "status"),
    [("centre-supervisor", 200), ("centre-head", 200), ("centre-triage", 403), ("s1-green-head", 403)],
)
def test_who_may_declare(desk: Client, who: str, status: int) -> None:
    desk.force_login(user(who))
    assert desk.get("/desk/calendars/").status_code == status


def test_a_closure_is_declared_with_the_days_of_the_city_and_seen_by_all(clock: Clock, desk: Client) -> None:
    answer = desk.post("/desk/calendars/closure", closure(clock, districts=["s1"], kinds=["office"]))
    assert answer.status_code == 303
    (entry,) = book().closures.values()
    zone = book().zone
    assert entry.from_at.astimezone(zone).hour == 0
    assert entry.to_at - entry.from_at == DAY
    assert entry.districts == {book().districts.by_code["s1"].id}
    assert entry.kinds == {DepartmentKind.OFFICE}
    page = desk.get("/desk/calendars/").content.decode()
    assert "سرمای شدید" in page
    assert f"{book().districts.by_code['s1'].name_fa} · اداره" in page
    assert user("centre-supervisor").display_name in page
    assert f"تمام روز {format_date(local_day(clock.now) + DAY)}" in page


def test_it_says_beforehand_how_many_promises_it_makes_later(clock: Clock, desk: Client) -> None:
    reported_case(clock.now)
    look = closure(clock, do="look", title="")
    page = desk.post("/desk/calendars/closure", look)
    assert page.status_code == 200
    assert "مهلت ۱ درخواست باز عقب می‌رود" in page.content.decode()
    assert not book().closures
    past_due = typed(local_day(clock.now) + 60 * DAY)
    later = desk.post("/desk/calendars/closure", look | {"from_day": past_due, "to_day": past_due})
    assert "مهلت ۰ درخواست باز عقب می‌رود" in later.content.decode()
    elsewhere = desk.post("/desk/calendars/closure", look | {"districts": ["s2"]})
    assert "مهلت ۰ درخواست باز عقب می‌رود" in elsewhere.content.decode()


def test_while_typing_only_the_effect_is_drawn(clock: Clock, desk: Client) -> None:
    shown = desk.post("/desk/calendars/closure", closure(clock, do=""), headers={"HX-Request": "true"})
    assert shown.content.decode().strip().startswith('<p class="effect"')
    assert "واحد تعطیل می‌شود" in shown.content.decode()
    halfway = desk.post(
        "/desk/calendars/closure", closure(clock, do="", to_time="2"), headers={"HX-Request": "true"}
    )
    assert halfway.status_code == 200
    nothing = desk.post(
        "/desk/calendars/closure", closure(clock, do="", to_day=""), headers={"HX-Request": "true"}
    )
    assert (nothing.status_code, "تعطیل می‌شود" in nothing.content.decode()) == (200, False)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"title": ""}, "title"),
        ({"to_time": "۲۵:۰۰"}, "to_time"),
        ({"to_time": "۷:۷۰"}, "to_time"),
        ({"to_time": "00:00"}, "پایان تعطیلی"),
        ({"districts": ["s9"]}, "districts"),
        ({"from_day": "2026-01-01"}, "from_day"),
    ],
)
def test_what_cannot_be_is_said_on_the_form(
    clock: Clock, desk: Client, changed: dict[str, Any], said: str
) -> None:
    page = desk.post("/desk/calendars/closure", closure(clock, **changed))
    assert page.status_code == 422
    errors = page.context["form"].errors
    assert said in errors or any(said in str(one) for one in errors.values())
    assert not book().closures


def test_a_closure_is_ended_once(clock: Clock, desk: Client) -> None:
    desk.post("/desk/calendars/closure", closure(clock))
    (entry,) = book().closures.values()
    clock.forward(hours=30)
    url = f"/desk/calendars/closure/{entry.id}/end"
    assert desk.post(url).status_code == 303
    assert book().closures[entry.id].to_at == clock.now
    desk.get("/desk/calendars/")
    assert desk.post(url).status_code == 303
    page = desk.get("/desk/calendars/").content.decode()
    assert "پیش از این پایان یافته است" in page
    assert "تعطیلی‌های پایان‌یافته" in page
    assert "تعطیلی اعلام نشده است" in page


def test_days_that_open_alike_stand_together(desk: Client) -> None:
    page = desk.get("/desk/calendars/").content.decode()
    assert "شنبه تا چهارشنبه" in page or "شنبه تا پنجشنبه" in page
    assert _span(["thursday", "friday"]) == "پنجشنبه و جمعه"
    assert _span(["saturday", "sunday", "monday"]) == "شنبه تا دوشنبه"


def test_a_holiday_is_added_changed_and_removed_each_with_an_event(clock: Clock, desk: Client) -> None:
    day = local_day(clock.now) + 10 * DAY
    given = {"calendar": "office", "day": typed(day), "title": "روز شهر"}
    assert desk.post("/desk/calendars/holiday", given).status_code == 303
    assert book().calendar_of(None).holidays[day] == "روز شهر"
    assert "روز شهر" in desk.get("/desk/calendars/").content.decode()
    form = desk.get(f"/desk/calendars/?calendar=office&day={day}").context["days"]
    assert form.initial["title"] == "روز شهر"
    desk.post("/desk/calendars/holiday", given | {"title": "عزای عمومی", "mourning": "on"})
    assert book().no_calls_on(day)
    desk.post("/desk/calendars/ordinary", {"calendar": "office", "day": str(day)})
    assert day not in book().calendar_of(None).holidays
    desk.post("/desk/calendars/holiday", given)
    assert book().calendar_of(None).holidays[day] == "روز شهر"
    assert not book().no_calls_on(day)
    changes = [
        event.body["change"] for event in Event.objects.filter(kind="city.holiday_changed").order_by("id")
    ]
    assert changes == ["added", "changed", "removed", "added"]


def test_the_same_holiday_again_is_no_change(clock: Clock, desk: Client) -> None:
    day = local_day(clock.now) + 10 * DAY
    given = {"calendar": "office", "day": typed(day), "title": "روز شهر"}
    for _ in range(2):
        desk.post("/desk/calendars/holiday", given)
    assert Event.objects.filter(kind="city.holiday_changed").count() == 1


@pytest.mark.parametrize(
    "changed",
    [{"day": "۱۴۰۰/۱/۱"}, {"title": " "}, {"calendar": "nowhere"}, {"day": "فردا"}],
)
def test_no_holiday_of_the_past_or_without_title(clock: Clock, desk: Client, changed: dict[str, str]) -> None:
    given = {"calendar": "office", "day": typed(local_day(clock.now) + DAY), "title": "روز شهر"}
    assert desk.post("/desk/calendars/holiday", given | changed).status_code == 422
    assert not Event.objects.filter(kind="city.holiday_changed").exists()
    odd = {"calendar": "office", "day": "2020-13-45"}
    assert desk.post("/desk/calendars/ordinary", odd).status_code == 303


def test_a_year_and_its_holidays_are_chosen(clock: Clock, desk: Client) -> None:
    this = desk.get("/desk/calendars/").content.decode()
    following = desk.get("/desk/calendars/?year=1406").content.decode()
    assert "جشن نوروز" in this
    assert persian_digits("1406") in following
    assert "عاشورای حسینی (تخمینی)" in following
    assert "عاشورای حسینی (تخمینی)" not in this
    assert "شبانه‌روز" in desk.get("/desk/calendars/?calendar=always&year=9999").content.decode()


def test_a_new_promise_counts_with_a_closure_declared_here(clock: Clock, desk: Client) -> None:
    before = reported_case(clock.now)
    desk.post("/desk/calendars/closure", closure(clock))
    after = reported_case(clock.now)
    due = {case.pk: fresh(case).promises.get(kind="answer").due_at for case in (before, after)}
    assert due[after.pk] - due[before.pk] >= DAY - timedelta(minutes=1)


def test_declared_on_the_desk_it_moves_open_promises_and_tells_their_citizens_why(
    clock: Clock, desk: Client
) -> None:
    case = reported_case(clock.now)
    clock.run()
    before = fresh(case).promises.get(kind="answer")
    desk.post("/desk/calendars/closure", closure(clock, districts=["s1"]))
    clock.run()
    after = fresh(case).promises.get(kind="answer")
    assert after.due_at - before.due_at == DAY
    assert after.promised_at == before.promised_at
    text = OutboundMessage.objects.get(case_ref=case.pk, purpose="due_moved").text
    assert "سرمای شدید" in text
    (entry,) = book().closures.values()
    desk.post(f"/desk/calendars/closure/{entry.id}/end")
    clock.run()
    assert fresh(case).promises.get(kind="answer").due_at == after.due_at
