"""The pages of units and those above them, as they look and as they work with scripts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from pol137.cases.operations import accept_case, ask_citizen, ask_more_time, ask_pause, draft_answer
from pol137.cases.vocabulary import Status
from pol137.city.queries.book import local_day
from pol137.staff.operations import delegate_signing
from tests.factories import DONE, Clock, actor, fresh, reported_case, user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HEAD, USER, DEPUTY = "s1-roads-head", "s1-roads-user", "s1-deputy-tech"
LOOKS = [(360, False), (1280, False), (360, True), (1280, True)]


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_units_pages_are_fit_to_be_seen(
    open_page: Callable[..., Page], look: Callable[..., None], width: int, dark: bool
) -> None:
    clock = Clock(timezone.now())
    now, head = clock.now, actor(HEAD, clock.now)
    asked, waiting = reported_case(now), reported_case(now)
    for case in (asked, waiting):
        accept_case(case.pk, by=head, now=now)
    ask_more_time(
        asked.pk, hours=48, reason="قطعهٔ پایه در انبار نیست و تا دو روز دیگر می‌رسد.", by=head, now=now
    )
    ask_pause(
        asked.pk, until=now + timedelta(days=3), reason="بارندگی شدید پیش‌بینی شده است.", by=head, now=now
    )
    ask_citizen(waiting.pk, question="کدام تیر چراغ خاموش است؟", by=head, now=now)
    for _ in range(2):
        draft_answer(reported_case(now).pk, answer=DONE, by=actor(USER, now), now=now)
    today = local_day(now)
    delegate_signing(
        position=USER, services=["light-out", "pothole"], from_date=today, to_date=today + timedelta(days=7),
        by=head, now=now,
    )  # fmt: skip
    page = open_page(width=width, dark=dark, user=user(HEAD))
    for path, name in (
        ("/desk/drafts/", "drafts"),
        ("/desk/delegations/", "delegations"),
        (f"/desk/case/{asked.pk}/", "case-asked-time"),
        (f"/desk/case/{waiting.pk}/", "case-waiting"),
        (f"/desk/case/{asked.pk}/do/transfer/", "transfer"),
        ("/desk/", "home-head"),
    ):
        page.goto(path)
        look(page, f"unit-{name}")
    above = open_page(width=width, dark=dark, user=user(DEPUTY))
    for path, name in (
        ("/desk/time/", "time"),
        (f"/desk/case/{asked.pk}/do/give_time/", "give-time"),
        ("/desk/", "home-deputy"),
    ):
        above.goto(path)
        look(above, f"unit-{name}")


def test_a_head_ticks_drafts_and_gives_them_with_one_press(open_page: Callable[..., Page]) -> None:
    now = timezone.now()
    cases = [reported_case(now) for _ in range(3)]
    for case in cases:
        draft_answer(case.pk, answer=DONE, by=actor(USER, now), now=now)
    page = open_page(user=user(HEAD))
    page.goto("/desk/drafts/")
    boxes = page.locator("[data-tick]")
    expect(boxes).to_have_count(3)
    boxes.nth(0).check()
    boxes.nth(2).check()
    page.get_by_role("button", name="تأیید و ثبت پاسخ‌های انتخاب‌شده").click()
    expect(page.locator("[data-tick]")).to_have_count(1)
    assert sorted(fresh(case).status for case in cases) == [Status.ANSWERED, Status.ANSWERED, Status.ASSIGNED]


def test_a_deputy_gives_time_without_leaving_the_list(open_page: Callable[..., Page]) -> None:
    now = timezone.now()
    case = reported_case(now)
    accept_case(case.pk, by=actor(HEAD, now), now=now)
    ask_more_time(case.pk, hours=24, reason="قطعه در راه است.", by=actor(HEAD, now), now=now)
    page = open_page(user=user(DEPUTY))
    page.goto("/desk/time/")
    page.get_by_role("link", name="دادن مهلت بیشتر").click()
    dialog = page.locator("#step-dialog")
    expect(dialog.locator("[name=hours]")).to_have_value("24")
    dialog.locator("[name=reason]").fill("قطعه تا فردا می‌رسد.")
    dialog.locator("[type=submit]").first.click()
    expect(page.get_by_text("هیچ واحدی مهلت نخواسته است")).to_be_visible()
    assert page.url.endswith("/desk/time/")
