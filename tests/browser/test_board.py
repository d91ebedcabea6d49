"""The dispatch board in a browser: by keyboard, refreshed by itself, at phone and desk width, in the dark."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from pol137.cases.models import Case
from pol137.dispatch.models import Dispatch, Duty
from pol137.dispatch.operations import record_call
from pol137.staff.models import User
from tests.dispatch.conftest import danger, turn
from tests.factories import Clock, actor, user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOOKS = [(360, False), (360, True), (1280, False), (1280, True)]


@pytest.fixture
def calling() -> Dispatch:
    """An open manhole eight minutes ago, and two posts on duty."""
    clock = Clock(timezone.now() - timedelta(minutes=8))
    turn(clock, 1, post="اکیپ شب معابر", radio="پل ۷")
    turn(clock, 2, post="", position="s1-roads-head", radio="")
    return danger(clock)


def test_a_danger_is_dispatched_by_keyboard_alone(open_page: Callable[..., Page], calling: Dispatch) -> None:
    page = open_page(user=user("centre-operator"))
    page.goto("/desk/")
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url("**/desk/board/")
    page.keyboard.press("j")
    expect(page.locator(f"#danger-{calling.pk}-link")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.locator(f"#d{calling.pk}-now-phone")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(f"#d{calling.pk}-made_safe")).to_be_visible()
    assert Dispatch.objects.get().state == "acknowledged"
    for state in ("en_route", "on_site", "made_safe"):
        page.locator(f"#d{calling.pk}-{state}").press("Enter")
        expect(page.locator(f"#d{calling.pk}-{state}")).to_have_count(0)
    assert Case.objects.get().safe_at is not None


def test_the_board_shows_by_itself_what_another_did(
    open_page: Callable[..., Page], calling: Dispatch
) -> None:
    page = open_page(user=user("centre-operator"))
    page.goto("/desk/board/")
    expect(page.locator("#dangers")).to_contain_text("اکیپ شب معابر")
    page.locator(f"#d{calling.pk}-now-radio").focus()
    record_call(
        calling.pk,
        reply="no_answer",
        duty=_duty("اکیپ شب معابر"),
        by=actor("centre-supervisor", timezone.now()),
        now=timezone.now(),
    )
    expect(page.locator("#dangers")).to_contain_text("رئیس اداره عمران منطقه ۱", timeout=20_000)
    expect(page.locator(f"#d{calling.pk}-now-radio")).to_be_focused()


def _duty(post: str) -> int:
    return Duty.objects.get(post=post).pk


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_pages_are_fit_to_be_seen(
    open_page: Callable[..., Page], look: Callable[..., None], calling: Dispatch, width: int, dark: bool
) -> None:
    later = danger(Clock(timezone.now() - timedelta(minutes=2)), district="s2")
    record_call(
        calling.pk, reply="radio", duty=_duty("اکیپ شب معابر"),
        by=actor("centre-supervisor", timezone.now()), now=timezone.now(),
    )  # fmt: skip
    danger(Clock(timezone.now() - timedelta(minutes=1)))
    User.objects.filter(username="s2-roads-head").update(locked_until=timezone.now() + timedelta(minutes=9))
    page = open_page(width=width, dark=dark, user=user("centre-supervisor"))
    for name, address in (
        ("board", "/desk/board/"),
        ("danger", f"/desk/board/{calling.pk}/"),
        ("danger-exhausted", f"/desk/board/{later.pk}/"),
        ("roster", "/desk/roster/"),
        ("roster-file", "/desk/roster/file"),
        ("lockouts", "/desk/lockouts/"),
    ):
        page.goto(address)
        look(page, name)
