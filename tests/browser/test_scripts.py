"""What scripts add to the pages: keys, theme, ticking clocks, dialogs; and the page without them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pol137.city.queries import book
from pol137.city.vocabulary import Role
from tests.factories import user

pytestmark = pytest.mark.browser

PRESS = """([key, code]) =>
document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, code, bubbles: true}))"""
SMALL = """all => all.map(one => [one.id || one.className, one.getBoundingClientRect().height])
.filter(one => one[1] > 0 && one[1] < 44)"""


@pytest.fixture
def page(open_page: Callable[..., Page], transactional_db: None) -> Page:
    page = open_page(user=_clerk())
    page.goto("/desk/components")
    return page


def _clerk() -> Any:
    return user(book().positions_for(None, Role.OPERATOR)[0].code)


def test_slash_searches_and_escape_leaves(page: Page) -> None:
    page.locator(".head h1").click()
    page.keyboard.press("/")
    expect(page.locator("#top-search")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#top-search")).not_to_be_focused()


def test_the_question_mark_lists_the_keys_and_the_focus_comes_back(page: Page) -> None:
    opener = page.locator("[data-open=keys]")
    opener.focus()
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog#keys")).not_to_be_visible()
    expect(opener).to_be_focused()


def test_j_and_k_walk_the_rows_whatever_the_layout_of_the_keyboard(page: Page) -> None:
    rows = page.locator("#lines a.line__link")
    page.locator(".head h1").click()
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.evaluate(PRESS, ["ت", "KeyJ"])
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()


def test_letters_typed_into_a_field_are_letters(page: Page) -> None:
    page.locator("#id_words").first.fill("")
    page.locator("#id_words").first.press_sequentially("g?/j")
    expect(page.locator("#id_words").first).to_have_value("g?/j")
    expect(page.locator("dialog#keys")).not_to_be_visible()


def test_the_theme_is_switched_and_remembered(page: Page) -> None:
    page.locator("[data-theme-switch]").first.click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.locator("[data-theme-switch]").first.click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_clocks_tick_with_the_server_s_words(page: Page) -> None:
    clock = page.locator("#clock [data-clock]").nth(2)
    before = clock.locator(".clock__words").inner_text()
    assert "ثانیه مانده" in before
    page.wait_for_timeout(2200)
    after = clock.locator(".clock__words").inner_text()
    assert after != before and after.endswith("مانده")


def test_a_clock_turns_late_before_one_s_eyes(page: Page) -> None:
    clock = page.locator("#clock [data-clock]").first
    clock.evaluate("one => { one.dateTime = new Date(Date.now() - 61000).toISOString() }")
    expect(clock).to_have_class("clock clock--late")
    expect(clock.locator(".clock__words")).to_contain_text("۱ دقیقه")
    assert str(clock.locator("use").get_attribute("href")).endswith("#alert")


def test_a_dialog_opens_holds_the_focus_and_closes(page: Page) -> None:
    page.locator("[data-open=sample-dialog]").click()
    dialog = page.locator("dialog#sample-dialog")
    expect(dialog).to_be_visible()
    dialog.locator("[data-close]").click()
    expect(dialog).not_to_be_visible()


def test_a_message_is_closed_by_hand(page: Page) -> None:
    assert page.locator(".flash").count() == 3
    page.locator(".flash [data-dismiss]").first.click()
    assert page.locator(".flash").count() == 2


def test_the_first_tab_leads_past_the_navigation(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_without_scripts_the_page_still_says_everything(
    open_page: Callable[..., Page], transactional_db: None
) -> None:
    page = open_page(user=_clerk(), script=False)
    page.goto("/desk/components")
    expect(page.locator("#clock .clock--late")).to_contain_text("گذشته")
    expect(page.locator("[data-theme-switch]").first).to_be_hidden()
    expect(page.locator(".flash")).to_have_count(3)


def test_controls_are_large_enough_for_a_thumb(
    open_page: Callable[..., Page], transactional_db: None
) -> None:
    page = open_page(width=360, user=_clerk())
    page.goto("/desk/components")
    small = page.eval_on_selector_all(
        "#form input:not([type=hidden]):not([type=radio]):not([type=checkbox]), #form textarea, #form select,"
        " #form .choice, #form .btn, .top .tool",
        SMALL,
    )
    assert small == []
