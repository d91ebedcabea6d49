"""The citizens' pages as they look, at each width and in each light, and as they work without scripts."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, expect

from pol137.cases.models import Case
from pol137.cases.operations import accept_case, approve_answer, ask_citizen
from pol137.city.models import Service
from pol137.city.operations import bump_version
from pol137.city.queries import forget
from pol137.lib.tracking_code import new_code
from tests.factories import Clock, actor, answered_case, fresh, reported_case

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOOKS = [(360, False), (1280, False), (360, True), (1280, True)]
POINT = {"lat": 36.3012, "lon": 59.6012}


def announced(clock: Clock, **changed: Any) -> Case:
    case = answered_case(clock.now, **changed)
    approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    clock.run()
    return fresh(case)


def photo() -> dict[str, Any]:
    written = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(written, "JPEG")
    return {"name": "lamp.jpg", "mimeType": "image/jpeg", "buffer": written.getvalue()}


@pytest.fixture
def today() -> Clock:
    cache.clear()
    return Clock(timezone.now())


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_pages_are_fit_to_be_seen(
    open_page: Callable[..., Page], look: Callable[..., None], today: Clock, width: int, dark: bool
) -> None:
    told = announced(today, **POINT)
    page = open_page(width=width, dark=dark)
    for path, name in (
        ("/", "home"),
        ("/report", "subjects"),
        ("/report?q=چراغ کوچه خاموشه", "subjects-found"),
        ("/report/about/open-manhole", "tell-urgent"),
        ("/report/about/tree-care", "tell"),
        ("/track", "track"),
        ("/help", "help"),
        ("/help/power-cut", "article"),
        ("/about", "about"),
        (f"/t/{told.code}", "case-public"),
        (f"/t/{new_code(random.Random(5))}", "closed-door"),
        ("/en/", "home-en"),
    ):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        expect(page.locator("html")).to_have_attribute("dir", "ltr" if name.endswith("en") else "rtl")
        look(page, f"portal-{name}")


@pytest.mark.parametrize(("width", "dark"), [(360, False), (1280, True)])
def test_a_report_from_the_first_page_to_the_ticket(
    open_page: Callable[..., Page], look: Callable[..., None], today: Clock, width: int, dark: bool
) -> None:
    reported_case(today.now, **POINT)
    page = open_page(width=width, dark=dark)
    page.goto("/")
    page.get_by_role("searchbox").fill("چراغ کوچه")
    page.get_by_role("button", name="گزارش مشکل").click()
    page.get_by_role("link", name="خاموشی چراغ معبر").first.click()
    page.get_by_label("چه شده است؟").fill("چراغ سر کوچه خاموش است.")
    page.get_by_role("button", name="جایی که هستم").wait_for()
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.locator("#map").click(position={"x": box["width"] / 2 - 25, "y": box["height"] / 2})
    expect(page.get_by_role("button", name="برداشتن نشانه")).to_be_visible()
    assert page.locator("#id_district").input_value()
    page.evaluate("([lat, lon]) => { id_lat.value = lat; id_lon.value = lon; }", [POINT["lat"], POINT["lon"]])
    page.get_by_role("button", name="نشانه در وسط نقشه").focus()
    page.keyboard.press("Enter")
    assert page.locator("#id_lat").input_value()
    page.locator("#id_photos").set_input_files([photo()])
    look(page, "portal-tell-filled")
    page.get_by_role("button", name="فرستادن به ۱۳۷").click()
    expect(page.get_by_role("heading", name="ثبت شد، ممنون.")).to_be_visible()
    look(page, "portal-done")
    page.get_by_role("link", name="دیدن درخواست").click()
    expect(page.get_by_text("چراغ سر کوچه خاموش است.")).to_be_visible()
    page.wait_for_load_state("networkidle")
    look(page, "portal-case-own")
    assert Case.objects.count() == 2


def test_a_report_near_and_what_was_wrong_are_shown(
    open_page: Callable[..., Page], look: Callable[..., None], today: Clock
) -> None:
    near = reported_case(today.now, **POINT)
    for width in (360, 1280):
        page = open_page(width=width)
        page.goto("/report/about/light-out")
        page.get_by_role("button", name="جایی که هستم").wait_for()
        page.evaluate(
            "([lat, lon]) => { id_lat.value = lat; id_lon.value = lon; }", [POINT["lat"], POINT["lon"]]
        )
        page.get_by_label("شماره تلفن شما").fill("12")
        page.locator("#id_photos").set_input_files([photo()])
        page.get_by_role("button", name="فرستادن به ۱۳۷").click()
        expect(page.get_by_role("alert").get_by_role("link")).to_have_count(2)
        expect(page.locator("#near").get_by_role("link").first).to_have_attribute("href", f"/t/{near.code}")
        expect(page.locator(".kept img")).to_be_visible()
        page.wait_for_load_state("networkidle")
        look(page, "portal-tell-wrong")


def test_everything_is_done_without_scripts(open_page: Callable[..., Page], today: Clock) -> None:
    page = open_page(width=360, script=False)
    page.goto("/")
    page.get_by_role("searchbox").fill("چراغ خاموش")
    page.get_by_role("button", name="گزارش مشکل").click()
    page.get_by_role("link", name="خاموشی چراغ معبر").first.click()
    page.get_by_role("button", name="فرستادن به ۱۳۷").click()
    page.get_by_label("چه شده است؟").fill("چراغ سر کوچه خاموش است.")
    page.get_by_label("کدام منطقه؟").select_option("s1")
    page.locator("#id_photos").set_input_files([photo()])
    page.get_by_role("button", name="فرستادن به ۱۳۷").click()
    key = page.locator(".key__digits").inner_text()
    code = Case.objects.get().code or ""
    page.get_by_role("link", name="دیدن درخواست").click()
    page.get_by_role("button", name="پیگیری مجدد").click()
    page.get_by_role("button", name="بستن روی این دستگاه").click()
    page.goto("/track")
    page.get_by_label("کد پیگیری شما").fill(code)
    page.get_by_label(re.compile("چهار رقم آخر")).fill(key)
    page.get_by_role("button", name="نمایش درخواست").click()
    expect(page.get_by_text("چراغ سر کوچه خاموش است.")).to_be_visible()
    page.get_by_role("link", name="پس گرفتن درخواست").click()
    page.get_by_role("button", name="بله، پس می‌گیرم").click()
    expect(page.get_by_text("درخواست شما پس گرفته شد.")).to_be_visible()
    case = Case.objects.get()
    assert (case.nudges, case.close_reason) == (1, "withdrawn")


@pytest.mark.parametrize(("width", "dark"), [(360, False), (1280, True)])
def test_own_case_in_its_states(
    open_page: Callable[..., Page], look: Callable[..., None], today: Clock, width: int, dark: bool
) -> None:
    told = announced(today)
    late = reported_case(today.now - timedelta(hours=80))
    asked = reported_case(today.now)
    head = actor("s1-roads-head", today.now)
    accept_case(asked.pk, by=head, now=today.now)
    ask_citizen(asked.pk, question="کدام تیر چراغ؟ اول کوچه یا وسط آن؟", by=head, now=today.now)
    today.run()
    page = open_page(width=width, dark=dark)
    for case, name in ((told, "announced"), (late, "late"), (asked, "asked")):
        page.goto(f"/t/{case.code}")
        page.get_by_label(re.compile("چهار رقم آخر")).fill("4567")
        page.get_by_role("button", name="درخواست من است").click()
        expect(page.get_by_text("نوشته شما")).to_be_visible()
        look(page, f"portal-own-{name}")
    page.goto(f"/t/{told.code}")
    page.get_by_text("نه، اعتراض دارم").click()
    page.get_by_text("امتیاز به پاسخ").click()
    look(page, "portal-own-verdict")
    page.get_by_label("کار انجام نشده").check()
    page.get_by_role("button", name="فرستادن اعتراض").click()
    expect(page.get_by_text("اعتراض شما ثبت شد", exact=False)).to_be_visible()
    look(page, "portal-own-review")


def test_a_map_is_used_by_keyboard_and_typing_searches(open_page: Callable[..., Page], today: Clock) -> None:
    page = open_page()
    page.goto("/report")
    page.get_by_role("searchbox").press_sequentially("چاله", delay=30)
    expect(page.locator("#results").get_by_role("link", name="چاله در آسفالت")).to_be_visible()
    assert "q=" in page.url
    page.goto("/help")
    page.get_by_role("searchbox").press_sequentially("درخت", delay=30)
    expect(page.locator("#results").get_by_role("link")).to_have_count(1)


@pytest.fixture
def numbered_lights() -> Iterator[None]:
    """Lights are told by the number on their post."""
    question = {
        "code": "asset", "datatype": "string", "required": False, "question_fa": "شماره تیر چراغ چند است؟",
        "question_en": "Number of the lamp post?", "hint_fa": "", "hint_en": "", "values": [],
    }  # fmt: skip
    lights = Service.objects.filter(code="light-out")
    was = lights.values("identified_by", "questions").get()
    lights.update(identified_by="asset", questions=[question])
    bump_version()
    forget()
    yield
    lights.update(**was)
    bump_version()
    forget()


@pytest.mark.usefixtures("numbered_lights")
def test_a_number_typed_finds_what_was_reported_of_it_and_the_pin_does_not_lose_it(
    open_page: Callable[..., Page], look: Callable[..., None], today: Clock
) -> None:
    told = reported_case(today.now, questions={"asset": "۱۲۳"}, **POINT)
    page = open_page(width=360)
    page.goto("/report/about/light-out")
    page.get_by_role("button", name="جایی که هستم").wait_for()
    page.get_by_label("شماره تیر چراغ چند است؟").fill("123")
    page.get_by_label("چه شده است؟").fill("خاموش است.")
    link = page.locator("#near").get_by_role("link").first
    expect(link).to_have_attribute("href", f"/t/{told.code}")
    expect(page.locator("#near")).to_contain_text("کسی همین را گزارش داده است")
    page.get_by_role("button", name="نشانه در وسط نقشه").click()
    page.wait_for_load_state("networkidle")
    expect(link).to_have_attribute("href", f"/t/{told.code}")
    look(page, "portal-tell-numbered")
    page.get_by_label("شماره تیر چراغ چند است؟").fill("124")
    page.get_by_label("چه شده است؟").click()
    expect(page.locator("#near").get_by_role("link")).to_have_count(0)
