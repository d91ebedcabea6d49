"""Shared problems, letters and other portals as they look, and the supporter's button without scripts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, expect

from pol137.cases.models import Case, Supporter
from pol137.cases.operations import (
    accept_case,
    announce_answer,
    answer_case,
    approve_answer,
    join_incident,
    nudge_case,
    propose_join,
    support_case,
)
from pol137.cases.permissions import citizen_ref
from pol137.cases.vocabulary import Status
from pol137.lib.actor import citizen, client
from pol137.referrals.models import Referral
from pol137.referrals.operations import send_referral
from tests.factories import DONE, Clock, actor, answered_case, fresh, reported_case, user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOOKS = [(360, False), (1280, False), (1280, True)]
SCREENS = Path(__file__).resolve().parents[2] / "build" / "screens"
HEAD, TRIAGE, FEEDBACK = "s1-roads-head", "centre-triage", "centre-feedback"
NOT_OURS = replace(
    DONE,
    type="not_ours",
    agency="electricity",
    citizen_text="این چراغ از آن شرکت برق است و برای آن فرستاده شد.",
)


@pytest.fixture
def today() -> Clock:
    cache.clear()
    return Clock(timezone.now() - timedelta(hours=2))


def handed_on(clock: Clock) -> tuple[Referral, str]:
    case = reported_case(clock.now)
    accept_case(case.pk, by=actor(HEAD), now=clock.now)
    answer_case(case.pk, answer=NOT_OURS, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    clock.run()
    letter = Referral.objects.get(case=case)
    token = send_referral(letter.pk, letter=letter.letter, medium="link", by=actor(FEEDBACK), now=clock.now)
    return letter, token


def shared_fault(clock: Clock) -> tuple[Case, Case]:
    main, case = reported_case(clock.now), reported_case(clock.now)
    for _ in range(2):
        other = reported_case(clock.now)
        join_incident(other.pk, main_case_id=main.pk, by=actor(TRIAGE), now=clock.now)
        nudge_case(other.pk, by=citizen(citizen_ref(other.pk)), now=clock.now)
    support_case(main.pk, by=client("portal"), now=clock.now)
    propose_join(
        case.pk, main_case_id=main.pk, reason="هر دو گزارش از یک تیر برق است.", by=actor(HEAD), now=clock.now
    )
    clock.run()
    return main, case


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_pages_of_many_people_are_fit_to_be_seen(
    open_page: Callable[..., Page], look: Callable[..., None], today: Clock, width: int, dark: bool
) -> None:
    main, _case = shared_fault(today)
    letter, token = handed_on(today)
    told = answered_case(today.now, external_ref="1888-4410", external_due_at=today.now + timedelta(hours=50))
    approve_answer(told.pk, by=actor("centre-s1-follow-up"), now=today.now)
    today.run()
    if fresh(told).status == Status.APPROVED:
        announce_answer(told.pk, by=actor(FEEDBACK), now=today.now)
    page = open_page(width=width, dark=dark, user=user(TRIAGE))
    page.goto("/desk/joins/")
    look(page, "joins")
    page = open_page(width=width, dark=dark, user=user(FEEDBACK))
    for path, name in (
        ("/desk/senders/", "senders"),
        ("/desk/letters/", "letters"),
        (f"/desk/letters/{letter.pk}/", "letter"),
        ("/desk/letters/month/", "letters-month"),
    ):
        page.goto(path)
        look(page, name)
    page = open_page(width=width, dark=dark, user=user(HEAD))
    page.goto(f"/desk/case/{main.pk}/")
    look(page, "case-shared")
    page = open_page(width=width, dark=dark)
    for path, name in ((f"/t/{fresh(main).code}", "portal-support"), (f"/r/{token}", "portal-letter")):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        look(page, name)


def test_the_link_is_made_and_the_letter_printed(
    open_page: Callable[..., Page], look: Callable[..., None], today: Clock
) -> None:
    letter, _token = handed_on(today)
    page = open_page(user=user(FEEDBACK))
    page.goto(f"/desk/letters/{letter.pk}/")
    page.get_by_role("button", name="ثبت ارسال").click()
    expect(page.locator("#letter-link")).to_contain_text("/r/")
    look(page, "letter-with-link")
    page.emulate_media(media="print")
    expect(page.locator(".letter__reply")).to_be_visible()
    expect(page.locator("aside.split__aside")).to_be_hidden()
    page.screenshot(path=SCREENS / "letter-print.png", full_page=True)


def test_the_body_replies_by_its_link_in_a_browser(open_page: Callable[..., Page], today: Clock) -> None:
    _letter, token = handed_on(today)
    page = open_page(width=360)
    page.goto(f"/r/{token}")
    page.locator("textarea[name=reply]").fill("چراغ عوض شد.")
    page.get_by_role("button", name="فرستادن پاسخ").click()
    expect(page.locator("main")).to_contain_text("پاسخ شما رسید")


def test_a_neighbour_stands_behind_a_request_without_scripts(
    open_page: Callable[..., Page], today: Clock
) -> None:
    case = reported_case(today.now)
    page = open_page(width=360, script=False)
    page.goto(f"/t/{case.code}")
    page.get_by_role("button", name="من هم این مشکل را دارم").click()
    expect(page.get_by_text("ثبت شد: واحد می‌بیند")).to_be_visible()
    assert Supporter.objects.count() == 1
