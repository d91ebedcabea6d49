"""The page that shows every part, at each width, in each light, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pol137.city.queries import book
from pol137.city.vocabulary import Role
from tests.factories import user

pytestmark = pytest.mark.browser


@pytest.fixture
def clerk(transactional_db: None) -> Any:
    return user(book().positions_for(None, Role.OPERATOR)[0].code)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (360, False), (360, True)])
def test_every_part_is_fit_to_be_seen(
    open_page: Callable[..., Page], look: Callable[..., None], clerk: Any, width: int, dark: bool
) -> None:
    page = open_page(width=width, dark=dark, user=clerk)
    page.goto("/desk/components")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    look(page, "components")


def test_english_reads_left_to_right(
    open_page: Callable[..., Page], look: Callable[..., None], clerk: Any
) -> None:
    clerk.language = "en"
    clerk.save()
    try:
        page = open_page(user=clerk)
        page.goto("/desk/components")
        expect(page.locator("html")).to_have_attribute("dir", "ltr")
        look(page, "components-en")
    finally:
        clerk.language = "fa"
        clerk.save()
