"""The pages of privacy as they look: identities seen, erasing, a call through the centre, an erased case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from pol137.cases.models import Case
from pol137.cases.operations import accept_case, close_case, reveal_reporter
from pol137.cases.permissions import citizen_ref
from pol137.contacts.operations import erase_person
from pol137.lib.actor import citizen
from tests.factories import Clock, actor, announced_case, fresh, reported_case, user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = "09151234567"


def closed(clock: Clock, **changed: Any) -> Case:
    case = announced_case(clock, **changed)
    close_case(case.pk, reason="accepted", by=citizen(citizen_ref(case.pk)), now=clock.now)
    return fresh(case)


@pytest.mark.parametrize(("width", "dark"), [(360, False), (1280, False), (360, True)])
def test_the_pages_of_privacy_are_fit_to_be_seen(
    open_page: Callable[..., Page], look: Callable[..., None], width: int, dark: bool
) -> None:
    clock = Clock(timezone.now() - timedelta(hours=2))
    at_work, gone, left = reported_case(clock.now), closed(clock), closed(clock)
    head = actor("s1-roads-head", clock.now)
    accept_case(at_work.pk, by=head, now=clock.now)
    for reason in ("هماهنگی بازدید از محل", "پرسیدن شمارهٔ تیر چراغ"):
        reveal_reporter(at_work.pk, reason=reason, by=head, now=clock.now)
    reveal_reporter(left.pk, reason="بررسی اعتراض", by=actor("centre-s1-follow-up"), now=clock.now)

    chief = open_page(width=width, dark=dark, user=user("centre-head"))
    chief.goto("/desk/reveals/")
    assert chief.locator("tbody tr").count() == 3
    look(chief, "privacy-reveals")
    chief.goto("/desk/reveals/?month=1404-01")
    look(chief, "privacy-reveals-none")

    chief.goto("/desk/erasure/")
    look(chief, "privacy-erasure")
    chief.fill("input[name=code]", left.code or "")
    chief.fill("input[name=phone]", PHONE)
    chief.click("button[value=look]")
    chief.wait_for_selector("#sure")
    look(chief, "privacy-erasure-sure")
    chief.click("button[value=erase]")
    chief.wait_for_selector("#sure .field__error, #sure [role=alert]")
    look(chief, "privacy-erasure-why")

    unit = open_page(width=width, dark=dark, user=user("s1-roads-head"))
    unit.goto(f"/desk/case/{at_work.pk}/do/ask_centre/")
    look(unit, "privacy-ask-centre")

    erase_person(
        code=gone.code or "", phone=PHONE, reason="asked", by=actor("centre-head"), now=timezone.now()
    )
    reader = open_page(width=width, dark=dark, user=user("centre-triage"))
    reader.goto(f"/desk/case/{gone.pk}/")
    look(reader, "privacy-erased-case")
    anybody = open_page(width=width, dark=dark)
    anybody.goto(f"/t/{gone.code}")
    look(anybody, "privacy-erased-public")
