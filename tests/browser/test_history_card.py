"""What a clerk sees of a case of the former system, at every width."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pol137.cases.models import Case
from tests.factories import user
from tests.history.conftest import MAP, Town, row

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_card_of_the_former_system(
    open_page: Callable[..., Page], look: Callable[..., None], tmp_path: Path
) -> None:
    town = Town(tmp_path)
    rows = [row(شماره="1404/7/9", وضعیت="انجام شد"), row(شماره="۱۰", **{"تاریخ ثبت": "۱۴۰۴/۰۷/۱۲"})]
    town.bring(town.write(rows), map_text=f'name = "سامانهٔ ۱۳۷ پیشین"{MAP}')
    case = Case.objects.get(external_ref="1404/7/9")
    for width, dark in ((360, False), (1280, False), (1280, True)):
        page = open_page(width=width, dark=dark, user=user("centre-operator"))
        page.goto(f"/desk/case/{case.pk}/")
        card = page.locator("#origin")
        expect(card).to_contain_text("برطرف شد")
        expect(card).to_contain_text("یکشنبه ۲۰ مهر ۱۴۰۴")
        expect(card.locator("bdi", has_text="1404/7/9")).to_have_attribute("dir", "ltr")
        look(page, "desk-case-origin")
