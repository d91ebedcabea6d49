"""One problem through all nine steps, clicked by everybody concerned, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, expect

from pol137.cases.models import Case
from pol137.cases.operations import sweep
from pol137.cases.queries import find_by_code
from pol137.cases.vocabulary import Status
from pol137.city.models import City
from pol137.city.operations import bump_version
from pol137.city.queries.book import forget
from pol137.journal import outbox
from pol137.lib.persian import persian_digits
from tests.factories import DONE, fresh, user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE, LAST_FOUR = "09151234567", "۴۵۶۷"


def settle(now: datetime | None = None) -> None:
    """Let what fell due by then happen, and every job."""
    now = now or timezone.now()
    while sweep(now=now) + outbox.drain(now=now):
        pass


def take(page: Page, case: Case, action: str, look: Callable[..., None], **fields: str) -> None:
    """Open a case, choose a step, fill it in and send it."""
    page.goto(f"/desk/case/{case.pk}/")
    look(page, f"path-case-before-{action}")
    page.goto(f"/desk/case/{case.pk}/do/{action}/")
    look(page, f"path-step-{action}")
    for name, value in fields.items():
        field = page.locator(f"form.step-form [name={name}]")
        if field.first.get_attribute("type") == "radio":
            page.locator(f"form.step-form [name={name}][value={value}]").check(force=True)
        elif field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.locator("form.step-form .form-end [type=submit]").first.click()
    page.wait_for_url(f"**/desk/case/{case.pk}/**")
    expect(page.locator("form.step-form")).to_have_count(0)


def in_list(page: Page, queue: str, case: Case) -> bool:
    """Whether the case stands in this list."""
    page.goto(f"/desk/q/{queue}/")
    return page.locator(f"a[href*='/desk/case/{case.pk}/']").count() > 0


def prove(page: Page, code: str) -> None:
    """Open one's own case with the tracking code and the last digits of the phone."""
    page.goto("/track")
    page.fill("[name=code]", persian_digits(code))
    page.fill("[name=proof]", LAST_FOUR)
    page.locator("main form [type=submit]").first.click()
    page.wait_for_url(f"**/t/{code}")


@pytest.fixture
def _ladder_at_any_hour(transactional_db: None) -> Iterator[None]:
    """The ladder waits for nobody to open: this test runs by the real clock, on any day."""
    for waits in (False, True):
        City.objects.update(ladder_waits_for_opening=waits)
        bump_version()
        forget()
        if not waits:
            yield


@pytest.mark.usefixtures("_ladder_at_any_hour")
def test_a_problem_is_told_climbs_is_answered_objected_to_and_reviewed(
    open_page: Callable[..., Page], look: Callable[..., None]
) -> None:
    cache.clear()
    citizen = open_page(width=360)
    citizen.goto("/report/about/light-out")
    citizen.fill("[name=words]", "چراغ کوچه سه شب است خاموش است.")
    citizen.select_option("[name=district]", "s1")
    citizen.fill("[name=address]", "خیابان نمونه، کوچه ۴")
    citizen.fill("[name=phone]", PHONE)
    citizen.locator("main form [type=submit]").last.click()
    citizen.wait_for_url("**/report/done**")
    look(citizen, "path-done")
    case = Case.objects.get()
    code = case.code or ""
    assert find_by_code(code) == case
    settle()

    head = open_page(user=user("s1-roads-head"))
    assert in_list(head, "inbox", case)
    look(head, "path-inbox")
    deputy = open_page(user=user("s1-deputy-tech"))
    inspector = open_page(user=user("inspection-inspector"), width=360)
    assert not in_list(deputy, "inbox", case)

    settle(timezone.now() + timedelta(hours=73))
    assert in_list(deputy, "inbox", case)
    assert not in_list(inspector, "inbox", case)
    settle(timezone.now() + timedelta(hours=97))
    assert in_list(inspector, "inbox", case)
    look(inspector, "path-inspection-inbox")
    assert in_list(open_page(user=user("s1-manager")), "inbox", case)

    take(head, case, "accept", look)
    take(head, case, "answer", look, type=DONE.type, reply=DONE.reply, citizen_text=DONE.citizen_text)
    assert fresh(case).status == Status.ANSWERED
    approver = open_page(user=user("centre-s1-follow-up"))
    assert in_list(approver, "approval", case)
    look(approver, "path-approval")
    take(approver, case, "approve", look)
    settle()
    assert fresh(case).status == Status.ANNOUNCED

    supervisor = open_page(user=user("centre-supervisor"))
    supervisor.goto("/desk/messages/")
    expect(supervisor.locator("main")).to_contain_text(DONE.citizen_text)
    look(supervisor, "path-messages")

    prove(citizen, code)
    expect(citizen.locator("main")).to_contain_text(DONE.citizen_text)
    look(citizen, "path-own-case")
    object_to(citizen, code)
    assert fresh(case).status == Status.UNDER_REVIEW
    settle()
    reviewer = open_page(user=user("centre-s2-follow-up"))
    assert in_list(reviewer, "review", case)
    look(reviewer, "path-review")
    take(reviewer, case, "decide_review", look, verdict="upheld", reasons="چراغ هنوز خاموش است.")
    settle()
    assert (fresh(case).status, fresh(case).cycle) == (Status.IN_WORK, 2)
    head.goto("/desk/notices")
    look(head, "path-notices")
    citizen.goto(f"/t/{code}")
    expect(citizen.locator("main")).to_contain_text("چراغ هنوز خاموش است.")


def object_to(page: Page, code: str) -> None:
    """Object on one's own page, as it stands."""
    form: Any = page.locator(f"form[action$='/t/{code}/object']")
    for fold in page.locator("details:not([open]):has(form[action$='/object']) > summary").all():
        fold.click()
    form.locator("[name$=ground][value=not_done]").check(force=True)
    form.locator("[name$=words]").fill("هنوز خاموش است.")
    form.locator("[type=submit]").last.click()
    page.wait_for_load_state("networkidle")
