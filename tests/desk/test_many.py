"""Pages of shared problems, letters to other bodies and answers to other portals."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from pol137.cases.models import Case, JoinProposal, Supporter
from pol137.cases.operations import (
    accept_case,
    answer_case,
    approve_answer,
    join_incident,
    nudge_case,
    propose_join,
)
from pol137.cases.permissions import citizen_ref
from pol137.cases.vocabulary import Status
from pol137.contacts.operations import Ending, finish_contact, start_contact
from pol137.lib.actor import citizen
from pol137.referrals.models import Referral
from tests.factories import DONE, Clock, actor, announced_case, fresh, reported_case, user

pytestmark = pytest.mark.django_db

HEAD, TRIAGE, FEEDBACK = "s1-roads-head", "centre-triage", "centre-feedback"
NOT_OURS = replace(DONE, type="not_ours", agency="electricity", citizen_text="برای شرکت برق فرستاده شد.")


@pytest.fixture
def at(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("pol137.web.access.timezone", SimpleNamespace(now=lambda: clock.now))

    def log_in(code: str) -> Client:
        client = Client()
        client.force_login(user(code))
        return client

    return log_in


def handed_on(clock: Clock) -> Referral:
    case = reported_case(clock.now)
    accept_case(case.pk, by=actor(HEAD), now=clock.now)
    answer_case(case.pk, answer=NOT_OURS, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    clock.run()
    return Referral.objects.get(case=case)


def proposed(clock: Clock) -> tuple[Case, Case]:
    main, case = reported_case(clock.now), reported_case(clock.now)
    propose_join(case.pk, main_case_id=main.pk, reason="یک تیر برق است", by=actor(HEAD), now=clock.now)
    return main, case


def shown(client: Client, url: str, **given: Any) -> str:
    response = client.get(url, given)
    assert response.status_code == 200, (url, response.status_code)
    return str(response.content.decode())


def test_a_unit_proposes_by_form_and_triage_joins_by_one_click(clock: Clock, at: Any) -> None:
    main, case = reported_case(clock.now), reported_case(clock.now)
    said = at(HEAD).post(
        f"/desk/case/{case.pk}/do/propose_join/", {"code": main.code, "reason": "یک تیر است"}
    )
    assert said.status_code == 303
    page = shown(at(TRIAGE), "/desk/joins/")
    assert "یک تیر است" in page and f"/desk/case/{main.pk}/" in page and f"/desk/case/{case.pk}/" in page
    stand = re.search(r'name="stand" value="([^"]+)"', page)
    assert stand
    joined = at(TRIAGE).post(
        f"/desk/case/{case.pk}/do/join_incident/",
        {"stand": stand[1], "code": main.code, "next": "/desk/joins/"},
    )
    assert (joined.status_code, joined["Location"]) == (303, "/desk/joins/")
    assert fresh(case).status == Status.JOINED
    assert "/do/join_incident/" not in shown(at(TRIAGE), "/desk/joins/")


def test_a_proposal_is_declined_from_the_list(clock: Clock, at: Any) -> None:
    _main, case = proposed(clock)
    at(TRIAGE).post(f"/desk/case/{case.pk}/do/decline_join/", {"reason": "دو تیر جداست"})
    assert JoinProposal.objects.get().settled_at is not None
    assert fresh(case).status == Status.ASSIGNED


def test_the_unit_sees_that_its_proposal_waits(clock: Clock, at: Any) -> None:
    main, case = proposed(clock)
    page = shown(at(HEAD), f"/desk/case/{case.pk}/")
    assert "یک تیر برق است" in page and f"/desk/case/{main.pk}/" in page
    assert "/do/propose_join/" not in page


@pytest.mark.parametrize("url", ["/desk/joins/", "/desk/senders/", "/desk/letters/", "/desk/letters/month/"])
def test_a_unit_opens_none_of_the_centres_lists(clock: Clock, at: Any, url: str) -> None:
    assert at(HEAD).get(url).status_code == 403


def test_lists_and_case_say_how_many_people_and_nudges(clock: Clock, at: Any) -> None:
    main = reported_case(clock.now)
    for _ in range(2):
        other = reported_case(clock.now)
        join_incident(other.pk, main_case_id=main.pk, by=actor(TRIAGE), now=clock.now)
        nudge_case(other.pk, by=citizen(citizen_ref(other.pk)), now=clock.now)
    for url in ("/desk/q/inbox/", f"/desk/case/{main.pk}/"):
        page = shown(at(HEAD), url)
        assert "۳ نفر" in page and "۲ پیگیری مجدد" in page
    assert "۳ نفر در انتظارند" in shown(at(TRIAGE), "/desk/")


def test_a_supporter_is_added_at_the_desk(clock: Clock, at: Any) -> None:
    case = reported_case(clock.now)
    given = {"kind": "council", "name": "شورای محله", "phone": "۰۹۳۵۹۸۷۶۵۴۳"}
    assert at(TRIAGE).post(f"/desk/case/{case.pk}/do/support/", given).status_code == 303
    assert Supporter.objects.get().phone == "+989359876543"
    again = at(TRIAGE).post(f"/desk/case/{case.pk}/do/support/", given)
    assert again.status_code == 422
    assert "۱ حامی" in shown(at(HEAD), f"/desk/case/{case.pk}/")


def test_an_answer_goes_back_to_its_portal_and_leaves_the_list(clock: Clock, at: Any) -> None:
    case = announced_case(clock, external_ref="1888-44", external_due_at=clock.now + timedelta(hours=50))
    announced_case(clock)
    page = shown(at(FEEDBACK), "/desk/senders/")
    assert "1888-44" in page and "لامپ چراغ کوچه عوض شد." in page
    assert page.count("/do/answer_sender/") == 1
    at(FEEDBACK).post(f"/desk/case/{case.pk}/do/answer_sender/", {"next": "/desk/senders/"})
    assert fresh(case).sender_answered_at == clock.now
    assert "1888-44" not in shown(at(FEEDBACK), "/desk/senders/")


def test_the_sheet_of_answers_opens_in_persian_and_holds_no_formula(clock: Clock, at: Any) -> None:
    announced_case(clock, external_ref="=1+1")
    response = at(FEEDBACK).get("/desk/senders/answers.csv")
    text = response.content.decode("utf-8")
    assert text.startswith("\ufeff")
    _heads, line = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert line[0] == "'=1+1" and line[-1] == "لامپ چراغ کوچه عوض شد."


def test_a_letter_is_sent_with_a_link_shown_once(clock: Clock, at: Any) -> None:
    letter = handed_on(clock)
    desk = at(FEEDBACK)
    assert f"/desk/letters/{letter.pk}/" in shown(desk, "/desk/letters/", state="ready")
    url = f"/desk/letters/{letter.pk}/"
    assert "چراغ کوچه سه شب است" in shown(desk, url)
    sent = desk.post(url, {"letter": letter.letter, "medium": "link", "send": "1"})
    assert sent.status_code == 200 and "no-store" in sent["Cache-Control"]
    link = re.search(r"http://testserver(/r/[\w-]+)", sent.content.decode())
    assert link
    assert "/r/" not in shown(desk, url)
    assert Client().get(link[1]).status_code == 200


def test_a_reply_on_paper_is_written_down(clock: Clock, at: Any) -> None:
    letter, desk = handed_on(clock), at(FEEDBACK)
    url = f"/desk/letters/{letter.pk}/"
    desk.post(url, {"letter": letter.letter, "medium": "letter", "send": "1"})
    empty = desk.post(url, {"paper-reply": "", "reply": "1"})
    assert empty.status_code == 422
    assert desk.post(url, {"paper-reply": "چراغ عوض شد.", "reply": "1"}).status_code == 303
    assert "چراغ عوض شد." in shown(desk, url)
    assert "چراغ عوض شد." in shown(at(HEAD), f"/desk/case/{letter.case_id}/")


def test_a_letter_of_a_hidden_case_is_not_there(clock: Clock, at: Any) -> None:
    letter = handed_on(clock)
    assert at(FEEDBACK).get("/desk/letters/999999/").status_code == 404
    Case.objects.filter(pk=letter.case_id).update(confidential=True)
    assert "۰۱" not in shown(at("centre-statistics"), "/desk/letters/month/")
    rows = at("centre-statistics").get("/desk/letters/month/").context["bodies"]
    assert rows == []


def test_the_month_of_the_bodies_counts_letters_and_calls(clock: Clock, at: Any) -> None:
    handed_on(clock)
    contact = start_contact(channel="phone", external_id="c-1", by=actor("centre-operator"), now=clock.now)
    ending = Ending(disposition="handed_to_agency", agency="telecom", service="light-out")
    finish_contact(contact.pk, ending=ending, by=actor("centre-operator"), now=clock.now)
    desk = at(FEEDBACK)
    bodies = desk.get("/desk/letters/month/", {"month": "1405-07"}).context["bodies"]
    assert [(one.code, one.opened, one.told) for one in bodies] == [("electricity", 1, 0), ("telecom", 0, 1)]
    assert desk.get("/desk/letters/month/", {"month": "1405-06"}).context["bodies"] == []
    only = desk.get("/desk/letters/month/", {"month": "1405-07", "agency": "telecom"}).context["bodies"]
    assert [one.code for one in only] == ["telecom"]
    sheet = desk.get("/desk/letters/month/letters.csv", {"month": "1405-07"}).content.decode()
    lines = list(csv.reader(io.StringIO(sheet.removeprefix("\ufeff"))))
    assert sheet.startswith("\ufeff") and len(lines) == 2 and "حوادث برق" in lines[1][0]


def test_a_case_of_another_portal_is_registered_at_the_contact_desk(clock: Clock, at: Any) -> None:
    desk = at("centre-operator")
    contact = start_contact(
        channel="phone", external_id="c-2", phone="09151234567", by=actor("centre-operator"), now=clock.now
    )
    given = {
        "service": "light-out", "words": "چراغ خاموش است", "district": "s1", "address": "کوچه ۴",
        "external_ref": "1888-77", "external_due": "۱۴۰۵/۷/۲۶", "number": "0", "do": "open",
    }  # fmt: skip
    assert desk.post(f"/desk/contact/{contact.pk}/", given).status_code in (302, 303)
    case = Case.objects.get(external_ref="1888-77")
    assert case.external_due_at is not None and case.external_due_at < clock.now + timedelta(hours=72)
    assert case.promises.get(kind="answer").due_at == case.external_due_at
    assert "1888-77" in shown(at(HEAD), f"/desk/case/{case.pk}/")
