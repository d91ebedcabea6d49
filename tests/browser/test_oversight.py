"""Notices, positions, the weekly list, second looks and the centre's figures, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pol137.cases.models import Case
from pol137.cases.operations import approve_answer
from pol137.city.queries.book import book
from pol137.lib.actor import system
from pol137.oversight.models import Recheck
from pol137.oversight.operations import record_finding
from pol137.staff.models import Appointment
from tests.factories import SATURDAY, Clock, actor, answered_case, reported_case, user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

GREEN = "s1-green-head"


@pytest.fixture
def story() -> Any:
    """Three cases left unanswered with a finding, a vacant position, an answer drawn for a second look."""
    gone = Appointment.objects.filter(user=user(GREEN))
    kept = list(gone.values("user_id", "position_id", "from_date"))
    gone.delete()
    clock = Clock(SATURDAY)
    left = [reported_case(clock.now, address=f"خیابان نمونه، کوچه {n}") for n in (4, 6, 8)]
    reported_case(clock.now, service="playground")
    clock.forward(hours=72)
    clock.forward(hours=72)
    record_finding(
        left[0].pk,
        kind="resources_lacking",
        reason="بالابر منطقه دو هفته است در تعمیرگاه مانده؛ تا شنبه جایگزین می‌رسد.",
        by=actor("inspection-inspector"),
        now=clock.now,
    )
    case = answered_case(clock.now)
    answer = approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now + timedelta(hours=3))
    drawn, _ = Recheck.objects.get_or_create(
        answer_id=Case.objects.get(pk=case.pk).answers.get().pk,
        defaults={"case_id": case.pk, "drawn_at": clock.now},
    )
    clock.run()
    yield {"left": left, "drawn": drawn, "by": system("test"), "answer": answer}
    for row in kept:
        Appointment.objects.create(**row)


@pytest.mark.parametrize(("width", "dark"), [(360, False), (1280, False), (1280, True)])
def test_what_those_above_see(
    open_page: Callable[..., Page], look: Callable[..., None], story: dict[str, Any], width: int, dark: bool
) -> None:
    def at(code: str, path: str, name: str) -> Page:
        page = open_page(width=width, dark=dark, user=user(code))
        page.goto(path)
        look(page, name)
        return page

    at("centre-head", "/desk/notices", "notices-alarms")
    at("s1-deputy-tech", "/desk/notices", "notices-deputy")
    at("s1-deputy-tech", "/desk/notices/morning", "notices-morning")
    at("inspection-inspector", "/desk/oversight/", "weekly")
    at("inspection-inspector", f"/desk/oversight/{story['left'][1].pk}/finding", "finding")
    at("s1-manager", f"/desk/case/{story['left'][0].pk}/", "case-finding")
    at("centre-s2-follow-up", "/desk/rechecks/", "rechecks")
    at("centre-s2-follow-up", f"/desk/rechecks/{story['drawn'].pk}/", "recheck")
    at("centre-head", "/desk/figures/?month=1405-08", "figures")
    at("centre-administrator", "/desk/positions/", "positions")
    at("s1-roads-head", "/desk/positions/", "positions-own")
    vacant = book().positions.by_code[GREEN].id
    at("centre-administrator", f"/desk/positions/{vacant}/", "position-vacant")
    held = book().positions.by_code["s1-roads-head"].id
    page = at("s1-roads-head", f"/desk/positions/{held}/", "position-own")
    page.locator("summary").filter(has_text="معرفی جانشین").click()
    look(page, "position-substitute")
    expect(page.locator("input[name=username]")).to_be_visible()
