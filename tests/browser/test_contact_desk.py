"""The desk of contacts by keyboard alone and in time, and every page around it fit to be seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from pol137.cases.models import Case
from pol137.cases.operations import approve_answer
from pol137.cases.rules.drafts import ReporterDraft
from pol137.contacts.models import CallBack, Contact
from pol137.contacts.operations import start_contact
from pol137.journal import outbox
from pol137.lib.actor import system
from pol137.messaging.models import OutboundMessage
from tests.factories import actor, answered_case, reported_case, user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SECONDS, KEYS, PACE = 30, 4, 55
"""The operator's aims (quality.md); milliseconds between keys of a practised hand."""


def test_a_case_is_registered_by_keyboard_alone_in_time(open_page: Callable[..., Page]) -> None:
    page = open_page(user=user("centre-operator"))
    keys = page.keyboard
    page.goto("/desk/contact/")
    began = time.monotonic()
    keys.type("09151234567", delay=PACE)
    keys.press("Enter")
    page.wait_for_url("**/desk/contact/*/")
    expect(page.locator("#id_q")).to_be_focused()
    keys.type("چاله", delay=PACE)
    keys.press("Enter")
    expect(page.locator("[name=words]")).to_be_focused()
    keys.type("وسط کوچه چالهٔ بزرگی باز شده و ماشین‌ها در آن می‌افتند.", delay=PACE)
    keys.press("Tab")
    expect(page.locator("[name=ask-depth]")).to_be_focused()
    keys.type("20", delay=PACE)
    for name in ("kind", "urgent", "place_q"):
        keys.press("Enter")
        expect(page.locator(f"[name={name}]")).to_be_focused()
    keys.type("آزادی", delay=PACE)
    keys.press("Enter")
    expect(page.locator("[name=address]")).to_have_value("میدان آزادی")
    keys.press("Control+Enter")
    page.wait_for_url("**/done")
    took = time.monotonic() - began
    case = Case.objects.get()
    assert (case.service.code, case.questions, case.department.code) == (
        "pothole",
        {"depth": "20"},
        "s1-roads",
    )
    assert (case.lat, case.district.code) == (36.3, "s1")
    assert took <= SECONDS, f"{took:.1f} seconds"
    expect(page.locator(":focus")).to_be_visible()
    keys.press("Enter")
    page.wait_for_url("**/desk/contact/")
    expect(page.locator("[name=phone]")).to_be_focused()


def test_a_call_is_answered_from_an_article_in_few_keys(open_page: Callable[..., Page]) -> None:
    page = open_page(user=user("centre-operator"))
    page.goto("/desk/contact/")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/contact/*/")
    page.keyboard.type("سیم", delay=PACE)
    expect(page.locator("#articles .pick")).to_have_count(1)
    pressed = ["Escape", "1"]
    for key in pressed:
        page.keyboard.press(key)
    expect(page.locator("#reading")).to_contain_text("به سیم افتاده نزدیک نشوید")
    page.keyboard.press("a")
    page.wait_for_url("**/desk/contact/")
    assert len([*pressed, "a"]) <= KEYS
    contact = Contact.objects.get()
    assert contact.article is not None
    assert (contact.disposition, contact.article.code) == ("answered", "power-cut")


def test_enter_alone_never_registers_by_accident(open_page: Callable[..., Page]) -> None:
    page = open_page(user=user("centre-operator"))
    page.goto("/desk/contact/")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/contact/*/")
    page.locator("[name=name]").fill("ساکن کوچه")
    for _ in range(12):
        page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert page.url.rstrip("/").rpartition("/")[2].isdecimal()
    assert not Case.objects.exists()


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (360, False)])
def test_the_operators_pages_are_fit_to_be_seen(
    open_page: Callable[..., Page], look: Callable[..., None], width: int, dark: bool
) -> None:
    reported_case(timezone.now(), service="tree-care", questions={"need": ["prune"]})
    start_contact(
        channel="sms",
        external_id="in-1",
        phone="+989151234567",
        words="این سطل را کی می‌آورید؟",
        by=system("reader"),
        now=timezone.now(),
    )
    page = open_page(width=width, dark=dark)
    page.goto("/desk/login")
    look(page, "desk-login")
    page = open_page(width=width, dark=dark, user=user("centre-operator"))
    for path in ("/desk/", "/desk/texts/", "/desk/articles/", "/desk/articles/power-cut/", "/desk/account"):
        page.goto(path)
        look(page, f"desk{path.removeprefix('/desk').replace('/', '-').rstrip('-') or '-home'}")
    page.goto("/desk/contact/")
    look(page, "desk-contact-start")
    page.locator("[name=phone]").fill("09151234567")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/contact/*/")
    page.locator("#id_q").fill("درخت")
    page.keyboard.press("Enter")
    expect(page.locator("[name=ask-need]").first).to_be_visible()
    page.locator("[name=district]").select_option("s1")
    expect(page.locator("#alike .pick")).to_have_count(2)
    page.locator(".known__row input").fill(Case.objects.get().code or "")
    page.keyboard.press("Enter")
    expect(page.locator(".told")).to_be_visible()
    page.locator("#end-emergency summary").click()
    look(page, "desk-contact")
    page.locator("[name=words]").fill("شاخهٔ درخت شکسته است.")
    page.locator("[name=ask-need]").first.check(force=True)
    page.locator("[name=phone]").fill("")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/done")
    look(page, "desk-contact-done")


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (360, False)])
def test_calls_and_messages_are_fit_to_be_seen(
    open_page: Callable[..., Page], look: Callable[..., None], settings: Any, width: int, dark: bool
) -> None:
    now = timezone.now()
    case = answered_case(now, reporter=ReporterDraft(name="ساکن کوچه", phone="05138001234"))
    approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=now)
    reported_case(now)
    outbox.drain(now=now)
    settings.DEMO = True
    page = open_page(width=width, dark=dark, user=user("centre-supervisor"))
    page.goto("/desk/")
    look(page, "desk-home-supervisor")
    page.goto("/desk/calls/")
    look(page, "desk-calls")
    page.goto(f"/desk/calls/{CallBack.objects.get().pk}/")
    look(page, "desk-call")
    page.keyboard.press("t")
    expect(page.locator("#verdict")).to_be_visible()
    page.keyboard.press("o")
    look(page, "desk-call-told")
    page.goto("/desk/messages/")
    look(page, "desk-messages")
    page.goto(f"/desk/messages/{OutboundMessage.objects.latest('id').pk}/")
    look(page, "desk-message")
    page.keyboard.press("y")
    page.wait_for_url("**/received/")
    look(page, "desk-messages-received")
