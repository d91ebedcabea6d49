"""The pages of whoever approves, reviews, calls citizens and classifies, as they look."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from pol137.cases.models import Case
from pol137.cases.operations import (
    answer_case,
    approve_answer,
    classify_case,
    close_case,
    nudge_case,
    object_to_answer,
    return_answer,
)
from pol137.cases.permissions import citizen_ref
from pol137.cases.rules.drafts import Picture, ReporterDraft
from pol137.cases.vocabulary import CloseReason
from pol137.city.queries.book import book
from pol137.contacts.models import CallBack, Contact
from pol137.contacts.operations import Ending, finish_contact, start_contact
from pol137.lib.actor import citizen, system
from pol137.messaging.operations import receive_message
from pol137.web.uploads import store_photos
from tests.factories import DONE, Clock, actor, answered_case, fresh, reported_case, user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HEAD, APPROVER, REVIEWER, FEEDBACK = (
    "s1-roads-head",
    "centre-s1-follow-up",
    "centre-s2-follow-up",
    "centre-feedback",
)
LOOKS = [(360, False), (1280, False), (360, True), (1280, True)]


def photo() -> tuple[Picture, ...]:
    picture = Image.new("RGB", (320, 240), "steelblue")
    ImageDraw.Draw(picture).ellipse((90, 40, 230, 200), fill="gold")
    written = io.BytesIO()
    picture.save(written, "JPEG")
    return store_photos([SimpleUploadedFile("a.jpg", written.getvalue())], zone=book().zone)


def daytime(now: datetime) -> datetime:
    """Ten o'clock of the day before: no quiet hours, and nothing of it lies in the future."""
    local = (now - timedelta(days=1)).astimezone(book().zone)
    return local.replace(hour=10, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)


def announced(clock: Clock, **changed: Any) -> Case:
    case = answered_case(clock.now, **changed)
    approve_answer(case.pk, by=actor(APPROVER, clock.now), now=clock.now)
    clock.run()
    return fresh(case)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_pages_of_judging_and_calling_are_fit_to_be_seen(
    open_page: Callable[..., Page], look: Callable[..., None], width: int, dark: bool
) -> None:
    clock = Clock(daytime(timezone.now()))
    judged, closed, objected = _judged(clock), _closed(clock), announced(clock, address="میدان دوم")
    object_to_answer(
        objected.pk, ground="not_done", words="هنوز تاریک است.", channel="web",
        by=citizen(citizen_ref(objected.pk)), now=clock.now,
    )  # fmt: skip
    contact = _calls(clock)
    approver = open_page(width=width, dark=dark, user=user(APPROVER))
    for path, name in (
        ("/desk/q/approval/", "approval"),
        (f"/desk/case/{judged.pk}/do/approve/", "approve"),
        ("/desk/q/classify/", "classify-list"),
        (f"/desk/case/{closed.pk}/do/classify/", "classify"),
        ("/desk/renamed/", "renamed"),
        ("/desk/q/review/", "review-stationed"),
    ):
        approver.goto(path)
        look(approver, f"review-{name}")
    reviewer = open_page(width=width, dark=dark, user=user(REVIEWER))
    reviewer.goto(f"/desk/case/{objected.pk}/do/decide_review/")
    look(reviewer, "review-decide")
    caller = open_page(width=width, dark=dark, user=user(FEEDBACK))
    caller.goto("/desk/calls/")
    look(caller, "calls-list")
    for call in CallBack.objects.order_by("id"):
        caller.goto(f"/desk/calls/{call.pk}/")
        look(caller, f"calls-{call.purpose}")
    operator = open_page(width=width, dark=dark, user=user("centre-operator"))
    operator.goto("/desk/texts/")
    look(operator, "calls-texts")
    operator.goto(f"/desk/texts/{contact.pk}/answer")
    operator.get_by_label("پیامک به شهروند").fill("سلام. شنبه صبح نوبت شماست. ۱۳۷")
    expect(operator.locator("main")).to_contain_text("کل پیامک: ۱ بخش")
    look(operator, "calls-answer-text")


def _judged(clock: Clock) -> Case:
    """An answer with everything an approver is to see beside it."""
    pictures = photo()
    earlier = reported_case(clock.now)
    answer_case(earlier.pk, answer=replace(DONE, pictures=pictures), by=actor(HEAD, clock.now), now=clock.now)
    approve_answer(earlier.pk, by=actor(APPROVER, clock.now), now=clock.now)
    clock.run()
    case = reported_case(clock.now)
    clock.run()
    nudge_case(case.pk, by=citizen(citizen_ref(case.pk)), now=clock.now)
    answer_case(case.pk, answer=DONE, by=actor(HEAD, clock.now), now=clock.now)
    return_answer(
        case.pk, reason="بنویسید کدام تیر چراغ درست شد.", by=actor(APPROVER, clock.now), now=clock.now
    )
    answer_case(case.pk, answer=replace(DONE, pictures=pictures), by=actor(HEAD, clock.now), now=clock.now)
    return fresh(case)


def _closed(clock: Clock) -> Case:
    for n in range(2):
        case = announced(clock, address=f"کوچه {n}")
        close_case(case.pk, reason=CloseReason.ACCEPTED, by=citizen(citizen_ref(case.pk)), now=clock.now)
    other = announced(clock, address="بن‌بست نخست")
    close_case(other.pk, reason=CloseReason.ACCEPTED, by=citizen(citizen_ref(other.pk)), now=clock.now)
    by = actor(APPROVER, clock.now)
    classify_case(other.pk, final_service="pothole", outcome="solved", by=by, now=timezone.now())
    return fresh(case)


def _calls(clock: Clock) -> Contact:
    """An answer, a third nudge and a call cut off, all to be called; a text that waits to be read."""
    told = answered_case(clock.now, reporter=ReporterDraft(name="ساکن کوچه", phone="05138001234"))
    approve_answer(told.pk, by=actor(APPROVER, clock.now), now=clock.now)
    asking = reported_case(clock.now, address="خیابان سوم")
    for _ in range(3):
        nudge_case(asking.pk, by=citizen(citizen_ref(asking.pk)), now=clock.now)
    operator = actor("centre-operator", clock.now)
    cut = start_contact(
        channel="phone", external_id="cut", phone="09151234567", words="آب از لوله بیرون می‌زند و",
        by=operator, now=clock.now,
    )  # fmt: skip
    ending = Ending("dropped", phone="09151234567", words=cut.words)
    finish_contact(cut.pk, ending=ending, by=operator, now=clock.now)
    receive_message(
        channel="sms", external_id="in", sender="+989151234567", text="سلام، کی برای چراغ می‌آیید؟", raw="",
        by=system("hook"), now=clock.now,
    )  # fmt: skip
    clock.run()
    return Contact.objects.get(external_id__startswith="in-")
