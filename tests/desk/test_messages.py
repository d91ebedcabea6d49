"""Messages as they crossed the wire, and the demonstration phone that answers them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from pol137.city.vocabulary import TextEvent
from pol137.contacts.models import Contact
from pol137.desk.occasions import OCCASIONS
from pol137.messaging.models import InboundMessage, OutboundMessage
from pol137.web.templatetags.fa import phone as phone_shown
from tests.factories import Clock, announced_case, fresh, reported_case, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr("pol137.web.access.timezone", SimpleNamespace(now=lambda: clock.now))
    client = Client()
    client.force_login(user("centre-supervisor"))
    return client


def answer_of(case: Any) -> OutboundMessage:
    return OutboundMessage.objects.get(case_ref=case.pk, purpose="answer_announced")


def test_every_occasion_has_words() -> None:
    assert set(TextEvent) <= set(OCCASIONS)


def test_messages_are_shown_in_full_to_a_masked_number(clock: Clock, desk: Client) -> None:
    case = announced_case(clock)
    page = desk.get("/desk/messages/").content.decode()
    assert "لامپ چراغ کوچه عوض شد." in page
    assert phone_shown("+989151234567") in page
    assert "9151234567" not in page
    assert f'href="/desk/case/{case.pk}/"' in page
    assert "9151234567" not in desk.get(f"/desk/messages/{answer_of(case).pk}/").content.decode()


def test_messages_of_one_code(clock: Clock, desk: Client) -> None:
    case, other = announced_case(clock), announced_case(clock)
    found = desk.get("/desk/messages/", {"code": case.code}).context["rows"]
    assert found
    assert {row["message"].case_ref for row in found} == {case.pk} != {other.pk}
    assert desk.get("/desk/messages/", {"code": "123"}).context["rows"] == []


def test_pages_hold_every_message_once(clock: Clock, desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        reported_case(clock.now)
    clock.run()
    monkeypatch.setattr("pol137.desk.views.messages.PAGE", 4)
    seen: list[int] = []
    after = ""
    while True:
        context = desk.get("/desk/messages/", {"after": after}).context
        seen += [row["message"].pk for row in context["rows"]]
        after = context["leaf"].next
        if not after:
            break
    assert seen == sorted(OutboundMessage.objects.values_list("pk", flat=True), reverse=True)
    assert len(seen) > 4


def reply(desk: Client, message: OutboundMessage, text: str, nonce: str = "a-filling-of-the-form") -> Any:
    return desk.post(f"/desk/messages/{message.pk}/", {"text": text, "nonce": nonce})


def test_the_demonstration_phone_accepts_an_answer(clock: Clock, desk: Client, settings: Any) -> None:
    settings.DEMO = True
    case = announced_case(clock)
    assert reply(desk, answer_of(case), "31").url == "/desk/messages/received/"
    reply(desk, answer_of(case), "31")
    assert InboundMessage.objects.count() == 1
    clock.run()
    assert (fresh(case).status, fresh(case).close_reason) == ("closed", "accepted")


def test_the_demonstration_phone_objects(clock: Clock, desk: Client, settings: Any) -> None:
    settings.DEMO = True
    case = announced_case(clock)
    reply(desk, answer_of(case), "۳۳")
    clock.run()
    assert fresh(case).status == "under_review"


def test_other_words_of_the_phone_wait_to_be_read(clock: Clock, desk: Client, settings: Any) -> None:
    settings.DEMO = True
    case = announced_case(clock)
    reply(desk, answer_of(case), "هنوز خاموش است")
    clock.run()
    assert Contact.objects.get(disposition="").words == "هنوز خاموش است"
    assert [row["contact"].words for row in desk.get("/desk/texts/").context["rows"]] == ["هنوز خاموش است"]
    assert "هنوز خاموش است" in desk.get("/desk/messages/received/", {"phone": "09151234567"}).content.decode()
    assert desk.get("/desk/messages/received/", {"phone": "09150000000"}).context["leaf"].rows == []


def test_outside_the_demonstration_nobody_plays_the_citizen(clock: Clock, desk: Client) -> None:
    case = announced_case(clock)
    page = desk.get(f"/desk/messages/{answer_of(case).pk}/")
    assert page.context["form"] is None
    reply(desk, answer_of(case), "31")
    assert not InboundMessage.objects.exists()
    assert fresh(case).status == "announced"


def test_a_message_that_is_none_is_not_found(desk: Client) -> None:
    assert desk.get("/desk/messages/4711/").status_code == 404


def test_messages_about_hidden_cases_are_hidden_with_them(clock: Clock, desk: Client) -> None:
    secret = reported_case(clock.now, service="staff-conduct", words="رفتار بد کارمند")
    plain = reported_case(clock.now)
    clock.run()
    told = OutboundMessage.objects.filter(case_ref=secret.pk)
    address = f"/desk/messages/{told[0].pk}/"
    assert desk.get(address).status_code == 200
    administrator = Client()
    administrator.force_login(user("centre-administrator"))
    shown = {row["message"].case_ref for row in administrator.get("/desk/messages/").context["rows"]}
    assert plain.pk in shown
    assert secret.pk not in shown
    assert administrator.get("/desk/messages/", {"code": secret.code}).context["rows"] == []
    assert administrator.get(address).status_code == 404


def test_a_number_with_nul_is_searched_without_it(desk: Client) -> None:
    assert desk.get("/desk/messages/received/?phone=%00").status_code == 200
