"""Who saw identities, erasing a person, and calls through the centre, as their pages show them."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.test import Client

from pol137.cases.models import Case, Note
from pol137.cases.operations import (
    accept_case,
    ask_centre,
    close_case,
    decide_review,
    object_to_answer,
    reveal_reporter,
)
from pol137.cases.permissions import citizen_ref
from pol137.contacts.models import CallBack
from pol137.contacts.operations import record_call_attempt
from pol137.journal.models import Event
from pol137.lib.actor import citizen
from pol137.lib.refusal import Refusal
from tests.factories import Clock, actor, announced_case, draft, fresh, reported_case, user

pytestmark = pytest.mark.django_db

PHONE = "09151234567"


@pytest.fixture
def desk(clock: Clock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pol137.web.access.timezone", SimpleNamespace(now=lambda: clock.now))

    def at(code: str) -> Client:
        client = Client()
        client.force_login(user(code))
        return client

    return at


# --- who saw identities ---------------------------------------------------------------------------


def test_reveals_of_a_month_are_listed_with_who_and_why(clock: Clock, desk) -> None:
    case = reported_case(clock.now)
    reveal_reporter(case.pk, reason="هماهنگی بازدید", by=actor("s1-roads-head"), now=clock.now)
    for reader in ("centre-head", "inspection-inspector"):
        page = desk(reader).get("/desk/reveals/").content.decode()
        assert "هماهنگی بازدید" in page
        assert "رئیس اداره عمران منطقه ۱" in page
    before = desk("centre-head").get("/desk/reveals/?month=1405-06")
    assert before.context["rows"] == []
    sheet = desk("centre-head").get("/desk/reveals/reveals.csv")
    assert sheet.headers["Content-Type"].startswith("text/csv")
    assert "هماهنگی بازدید" in sheet.content.decode("utf-8-sig")
    assert case.code in sheet.content.decode()


@pytest.mark.parametrize(
    "code", ["s1-roads-head", "centre-operator", "centre-triage", "centre-administrator"]
)
def test_others_do_not_read_who_saw_identities(clock: Clock, desk, code: str) -> None:
    assert desk(code).get("/desk/reveals/").status_code == 403
    assert desk(code).get("/desk/reveals/reveals.csv").status_code == 403


# --- erasing --------------------------------------------------------------------------------------


def closed(clock: Clock) -> Case:
    case = announced_case(clock)
    close_case(case.pk, reason="accepted", by=citizen(citizen_ref(case.pk)), now=clock.now)
    return fresh(case)


def test_a_person_is_found_shown_and_erased(clock: Clock, desk) -> None:
    case, head = closed(clock), desk("centre-head")
    assert head.get("/desk/erasure/").status_code == 200
    found = head.post("/desk/erasure/", {"do": "look", "code": case.code, "phone": "۰۹۱۵ ۱۲۳ ۴۵۶۷"})
    assert found.status_code == 200
    assert found.context["facts"][0][1] == "۱"
    assert fresh(case).words
    unsure = head.post("/desk/erasure/", {"do": "erase", "code": case.code, "phone": PHONE})
    assert unsure.status_code == 422
    assert fresh(case).words
    done = head.post("/desk/erasure/", {"do": "erase", "code": case.code, "phone": PHONE, "reason": "asked"})
    assert done.status_code == 302
    assert fresh(case).words == ""
    assert Event.objects.get(kind="citizens.person_erased").by == str(actor("centre-head"))


def test_a_wrong_number_finds_nobody(clock: Clock, desk) -> None:
    case = closed(clock)
    page = desk("centre-administrator").post(
        "/desk/erasure/", {"do": "look", "code": case.code, "phone": "09150000000"}
    )
    assert page.status_code == 422
    assert "facts" not in page.context


@pytest.mark.parametrize("code", ["s1-roads-head", "centre-operator", "inspection-inspector"])
def test_the_page_of_erasing_is_closed_to_others(clock: Clock, desk, code: str) -> None:
    assert desk(code).get("/desk/erasure/").status_code == 403


def test_the_pages_of_an_erased_case_read_well(clock: Clock, desk, client: Client) -> None:
    case = closed(clock)
    desk("centre-head").post(
        "/desk/erasure/", {"do": "erase", "code": case.code, "phone": PHONE, "reason": "asked"}
    )
    page = desk("centre-triage").get(f"/desk/case/{case.pk}/").content.decode()
    assert "پاک شده است" in page
    assert "چیزی نوشته نشده" not in page
    public = client.get(f"/t/{case.code}")
    assert public.status_code == 200
    assert "پاک شده است" in public.content.decode()


# --- a call through the centre --------------------------------------------------------------------


def test_a_unit_has_the_centre_call_and_gets_the_reply_as_a_note(clock: Clock, desk) -> None:
    case = reported_case(clock.now)
    head, feedback = actor("s1-roads-head"), actor("centre-feedback")
    accept_case(case.pk, by=head, now=clock.now)
    due = fresh(case).promises.get(kind="answer").due_at
    unit = desk("s1-roads-head")
    form = unit.get(f"/desk/case/{case.pk}/do/ask_centre/")
    stand = form.context["form"].about.stand
    sent = unit.post(f"/desk/case/{case.pk}/do/ask_centre/", {"stand": stand, "words": "پلاک چند است؟"})
    assert sent.status_code in (302, 303)
    clock.run()
    call = CallBack.objects.get(case=case, purpose="unit")
    assert (call.words, call.phone) == ("پلاک چند است؟", "+989151234567")
    page = desk("centre-feedback").get(f"/desk/calls/{call.pk}/").content.decode()
    assert "پلاک چند است؟" in page
    with pytest.raises(Refusal, match="reply_missing"):
        record_call_attempt(call.pk, outcome="told", by=feedback, now=clock.now)
    record_call_attempt(call.pk, outcome="told", reply="پلاک ۱۲", by=feedback, now=clock.now)
    assert Note.objects.filter(case=case).latest("id").text == "پلاک ۱۲"
    page = unit.get(f"/desk/case/{case.pk}/").content.decode()
    assert "پلاک ۱۲" in page
    assert "1234567" not in page and "۱۲۳۴۵۶۷" not in page
    assert fresh(case).promises.get(kind="answer").due_at == due


def test_what_the_unit_wants_asked_is_read_out_and_not_an_answer_given_before(clock: Clock, desk) -> None:
    case = announced_case(clock)
    announced = fresh(case).announcements.get().text
    object_to_answer(case.pk, ground="not_done", channel="phone", by=actor("centre-operator"), now=clock.now)
    reviewer = actor("centre-s2-follow-up")
    decide_review(case.pk, verdict="upheld", reasons="چراغ خاموش است", by=reviewer, now=clock.now)
    ask_centre(case.pk, words="پلاک چند است؟", by=actor("s1-roads-head"), now=clock.now)
    clock.run()
    call = CallBack.objects.get(case=case, purpose="unit")
    script = desk("centre-feedback").get(f"/desk/calls/{call.pk}/").context["script"]
    assert script == "پلاک چند است؟" != announced


def test_nobody_can_be_called_without_a_number(clock: Clock, desk) -> None:
    nobody = type(draft().reporter)()
    case = reported_case(clock.now, reporter=nobody)
    head = actor("s1-roads-head")
    with pytest.raises(Refusal, match="nobody_to_call"):
        ask_centre(case.pk, words="پلاک؟", by=head, now=clock.now)
    with pytest.raises(Refusal, match="words_missing"):
        ask_centre(reported_case(clock.now).pk, words=" ", by=head, now=clock.now)
    for other in ("centre-operator", "s1-deputy-tech", "inspection-inspector"):
        with pytest.raises(Refusal, match="step_not_yours"):
            ask_centre(case.pk, words="پلاک؟", by=actor(other), now=clock.now)


def test_a_units_page_of_a_case_shows_nothing_that_leads_to_the_reporter(clock: Clock, desk) -> None:
    reporter = draft().reporter
    case = reported_case(
        clock.now, words="خانهٔ ما، تلفن ۰۹۱۵۱۲۳۴۵۶۷ و ایمیل a@b.ir", address="کوچه ۴، تلفن 38412345",
        reporter=type(reporter)(name="نام نمونه", phone=PHONE, language="fa", wish="sms"),
    )  # fmt: skip
    clock.run()
    for code in ("s1-roads-head", "s1-roads-user", "s1-manager", "mayor-office-head", "centre-administrator"):
        page = desk(code).get(f"/desk/case/{case.pk}/").content.decode()
        assert "خانهٔ ما" in page
        for trace in ("نام نمونه", "1234567", "۱۲۳۴۵۶۷", "a@b.ir", "38412345"):
            assert trace not in page, (code, trace)


# --- finding a number -----------------------------------------------------------------------------

FORMATS = (
    "09151234567", "9151234567", "+989151234567", "00989151234567", "989151234567", "0915 123 4567",
    "0915-123-4567", "0915.123.4567", "(0915) 123 4567", "+98 (0) 915 123 45 67", "۰۹۱۵۱۲۳۴۵۶۷",
    "٠٩١٥١٢٣٤٥٦٧", "۰۹۱۵ ۱۲۳ ۴۵ ۶۷", "\u200e09151234567\u200f", "tel:+989151234567",
)  # fmt: skip


@pytest.mark.parametrize("written", FORMATS)
def test_phone_look_up_finds_the_phone_in_every_format(clock: Clock, desk, written: str) -> None:
    case = reported_case(clock.now)
    reported_case(clock.now, reporter=replace(draft().reporter, phone="09150000002"))
    page = desk("centre-operator").get("/desk/search", {"q": written})
    assert [row.case.pk for row in page.context["rows"]] == [case.pk]
    received = desk("centre-supervisor").get("/desk/messages/received/", {"phone": written})
    assert received.status_code == 200


@pytest.mark.parametrize("given", FORMATS)
def test_a_number_given_in_any_format_is_found_by_any_other(clock: Clock, desk, given: str) -> None:
    case = reported_case(clock.now, reporter=replace(draft().reporter, phone=given))
    page = desk("centre-operator").get("/desk/search", {"q": "09151234567"})
    assert [row.case.pk for row in page.context["rows"]] == [case.pk]
