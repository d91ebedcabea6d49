"""The desk's pages of the end: classified from the list, withdrawn on the reporter's word, texts answered."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from pol137.cases.models import Case
from pol137.cases.operations import (
    accept_case,
    ask_citizen,
    classify_case,
    close_case,
    object_to_answer,
    resume_case,
)
from pol137.cases.permissions import citizen_ref
from pol137.cases.queries import dossier
from pol137.cases.vocabulary import Action, CloseReason
from pol137.contacts.models import Contact
from pol137.contacts.operations import start_contact
from pol137.desk.forms.step_form import About
from pol137.desk.forms.steps import offered
from pol137.lib.actor import citizen, system
from pol137.messaging.models import OutboundMessage
from pol137.messaging.operations import receive_message
from tests.factories import Clock, actor, announced_case, answered_case, fresh, reported_case, user

pytestmark = pytest.mark.django_db

FOLLOW_UP = "centre-s1-follow-up"


@pytest.fixture
def at_desk(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Somebody whose requests happen at the test's clock."""
    monkeypatch.setattr("pol137.web.access.timezone", SimpleNamespace(now=lambda: clock.now))

    def client(code: str) -> Client:
        browser = Client()
        browser.force_login(user(code))
        return browser

    return client


def closed(clock: Clock) -> Case:
    case = announced_case(clock)
    close_case(case.pk, reason=CloseReason.ACCEPTED, by=citizen(citizen_ref(case.pk)), now=clock.now)
    return fresh(case)


def stand(case: Case, code: str, now: datetime) -> str:
    return About(case=case, by=actor(code, now), now=now).stand


def offers(case: Case, code: str, now: datetime) -> list[Action]:
    by = actor(code, now)
    return offered(About.of(dossier(case), by=by, now=now))


def test_a_case_is_classified_from_its_list_with_everything_filled_in(clock: Clock, at_desk: Any) -> None:
    case, client = closed(clock), at_desk(FOLLOW_UP)
    assert f"/desk/case/{case.pk}/do/classify/" in client.get("/desk/q/classify/").content.decode()
    form = client.get(f"/desk/case/{case.pk}/do/classify/").context["form"]
    assert (form["final_service"].value(), form["outcome"].value()) == ("light-out", "solved")
    given = {"final_service": "light-out", "outcome": "solved", "stand": stand(case, FOLLOW_UP, clock.now)}
    sent = client.post(f"/desk/case/{case.pk}/do/classify/", {**given, "next": "/desk/q/classify/"})
    assert (sent.status_code, sent["Location"]) == (303, "/desk/q/classify/")
    assert fresh(case).classified_at == clock.now


def test_the_report_of_subjects_is_read_by_who_may(clock: Clock, at_desk: Any) -> None:
    case = closed(clock)
    classify_case(case.pk, final_service="pothole", outcome="solved", by=actor(FOLLOW_UP), now=clock.now)
    page = at_desk("centre-head").get("/desk/renamed/")
    assert page.context["pairs"] == [("خاموشی چراغ معبر", "چاله در آسفالت", 1)]
    assert at_desk("centre-head").get("/desk/renamed/", {"back": "1"}).context["pairs"] == []
    assert at_desk("centre-operator").get("/desk/renamed/").status_code == 403


def test_nobody_is_offered_what_he_will_be_refused(clock: Clock) -> None:
    answered, closed_one = answered_case(clock.now), closed(clock)
    assert Action.APPROVE in offers(answered, FOLLOW_UP, clock.now)
    assert Action.APPROVE not in offers(answered, "centre-supervisor", clock.now)
    assert Action.REOPEN in offers(closed_one, "centre-head", clock.now)
    assert Action.REOPEN not in offers(closed_one, "centre-head", clock.now + timedelta(days=31))
    objected = announced_case(clock)
    owner = citizen(citizen_ref(objected.pk))
    object_to_answer(objected.pk, ground="not_done", channel="web", by=owner, now=clock.now)
    assert Action.DECIDE_REVIEW not in offers(fresh(objected), FOLLOW_UP, clock.now)
    assert Action.DECIDE_REVIEW in offers(fresh(objected), "centre-s2-follow-up", clock.now)


def test_a_withdrawal_is_offered_only_after_the_reporter_was_spoken_with(clock: Clock, at_desk: Any) -> None:
    case, code = reported_case(clock.now), "centre-operator"
    assert Action.WITHDRAW not in offers(case, code, clock.now)
    rang = start_contact(
        channel="phone", external_id="rang", phone="09151234567", by=actor(code), now=clock.now
    )
    assert Action.WITHDRAW in offers(case, code, clock.now)
    given = {"said": f"contact:{rang.pk}", "stand": stand(case, code, clock.now)}
    assert at_desk(code).post(f"/desk/case/{case.pk}/do/withdraw/", given).status_code == 303
    assert fresh(case).close_reason == CloseReason.WITHDRAWN


def test_a_text_is_answered_from_the_list(clock: Clock, at_desk: Any) -> None:
    receive_message(
        channel="sms", external_id="in", sender="+989151234567", text="کی می‌آیید؟", raw="",
        by=system("hook"), now=clock.now,
    )  # fmt: skip
    clock.run()
    contact, client = Contact.objects.get(), at_desk("centre-operator")
    here = f"/desk/texts/{contact.pk}/answer"
    assert here in client.get("/desk/texts/").content.decode()
    too_long = client.post(here, {"text": "الف" * 250})
    assert too_long.status_code == 422 and "الف" * 250 in too_long.content.decode()
    assert client.post(here, {"text": "سلام. شنبه صبح. ۱۳۷"}).status_code == 302
    assert OutboundMessage.objects.filter(purpose="text_reply", address="+989151234567").count() == 1
    assert here not in client.get("/desk/texts/").content.decode()


# --- refused at once ------------------------------------------------------------------------------


def test_who_may_not_review_is_told_at_once_and_gets_no_form(clock: Clock, at_desk: Any) -> None:
    case = announced_case(clock)
    object_to_answer(
        case.pk, ground="not_done", channel="web", by=citizen(citizen_ref(case.pk)), now=clock.now
    )
    stationed = at_desk(FOLLOW_UP).get(f"/desk/case/{case.pk}/do/decide_review/")
    assert stationed.status_code == 409 and "form" not in stationed.context
    assert "کسی که پاسخ را تأیید کرده است" in stationed.content.decode()
    assert "<textarea" not in stationed.content.decode()
    other = at_desk("centre-s2-follow-up").get(f"/desk/case/{case.pk}/do/decide_review/")
    assert other.status_code == 200 and "<textarea" in other.content.decode()


def test_a_question_that_cannot_be_asked_now_has_no_form(clock: Clock, at_desk: Any) -> None:
    case, head = reported_case(clock.now), at_desk("s1-roads-head")
    asking = f"/desk/case/{case.pk}/do/ask_citizen/"
    early = head.get(asking)
    assert early.status_code == 409 and "<textarea" not in early.content.decode()
    accept_case(case.pk, by=actor("s1-roads-head"), now=clock.now)
    assert head.get(asking).status_code == 200
    ask_citizen(case.pk, question="کدام چراغ؟", by=actor("s1-roads-head"), now=clock.now)
    resume_case(case.pk, reply="چراغ سوم", by=actor("s1-roads-head"), now=clock.now)
    again = head.get(asking)
    assert again.status_code == 409 and "یک بار از شهروند پرسیده شده است" in again.content.decode()


def test_a_case_whose_question_has_not_arrived_is_not_said_to_stand_still(clock: Clock, at_desk: Any) -> None:
    case = reported_case(clock.now)
    accept_case(case.pk, by=actor("s1-roads-head"), now=clock.now)
    ask_citizen(case.pk, question="کدام چراغ؟", by=actor("s1-roads-head"), now=clock.now)
    head = at_desk("s1-roads-head").get(f"/desk/case/{case.pk}/").content.decode()
    badges = re.findall(r'<span class="badge [^>]*>(?:<svg.*?</svg>)?([^<]*)</span>', head, re.DOTALL)
    assert any("در انتظار" in one for one in badges) and not any("توقف مهلت" in one for one in badges)
