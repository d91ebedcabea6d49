"""A closure declared in the browser: what it changes is said while it is typed; seen at every width."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from pol137.city.queries import book
from tests.factories import reported_case, user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_closure_says_what_it_changes_while_it_is_typed(
    open_page: Callable[..., Page], look: Callable[..., None]
) -> None:
    reported_case(timezone.now())
    page = open_page(user=user("centre-supervisor"))
    page.goto("/desk/calendars/")
    page.locator("#id_title").fill("سرمای شدید")
    page.get_by_label("منطقه ۱", exact=True).check()
    expect(page.locator("#effect")).to_contain_text("مهلت ۱ درخواست باز عقب می‌رود")
    page.get_by_label("منطقه ۱", exact=True).uncheck()
    page.get_by_label("منطقه ۲", exact=True).check()
    expect(page.locator("#effect")).to_contain_text("مهلت ۰ درخواست")
    page.locator("[name=do][value=declare]").click()
    expect(page.locator("#closures")).to_contain_text("سرمای شدید")
    assert len(book().closures) == 1
    for width, dark in ((360, False), (1280, False), (1280, True), (360, True)):
        seen = open_page(width=width, dark=dark, user=user("centre-head"))
        seen.goto("/desk/calendars/")
        look(seen, "desk-calendars")
    bare = open_page(user=user("centre-supervisor"), script=False)
    bare.goto("/desk/calendars/")
    bare.locator("#id_title").fill("گرمای شدید")
    bare.locator("[name=do][value=look]").click()
    expect(bare.locator("#effect")).to_contain_text("واحد تعطیل می‌شود")
