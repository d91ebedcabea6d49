"""Every address of the desk, with the eyes of everybody who must not know of a complaint about staff."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from pol137.cases.models import Attachment, Case, Notice, Supporter
from pol137.cases.operations import note_case, reclassify_case, split_case
from pol137.cases.vocabulary import Action, Queue
from pol137.contacts.models import CallBack, Contact
from pol137.contacts.operations import finish_contact
from pol137.contacts.operations.contacts import Ending
from pol137.desk.urls import urlpatterns
from pol137.lib.persian import persian_digits
from pol137.lib.tracking_code import spoken
from pol137.messaging.models import InboundMessage, OutboundMessage
from pol137.messaging.operations import receive_message
from pol137.web.uploads import keep
from tests.factories import Clock, actor, reported_case, user

pytestmark = pytest.mark.django_db

OUTSIDERS = (
    "s1-roads-head", "s1-clean-user", "s1-deputy-tech", "s1-manager", "s1-green-contractor-user",
    "centre-operator", "centre-statistics", "centre-administrator", "mayor-office-head",
)  # fmt: skip
INSIDERS = ("inspection-inspector", "centre-head", "centre-triage")
WORDS, PHONE, NAME = "کارمند گیشه رشوه خواست", "09157778899", "شاکی نمونه"
NOT_ADDRESSES_OF_CASES = {"login", "logout", "look", "password", "account"}


@pytest.fixture
def secret(clock: Clock) -> Case:
    """A complaint the unit had before it turned out to be about its staff, with all a case can have."""
    case = reported_case(
        clock.now, words=WORDS, address="گیشه ۳ منطقه ۱", lat=36.31, lon=59.55,
        reporter=SimpleNamespace(name=NAME, phone=PHONE, email="", language="fa", wish="sms", key=""),
    )  # fmt: skip
    clock.run()
    part = split_case(
        case.pk,
        service="pothole",
        department="s1-clean",
        words=WORDS,
        by=actor("centre-triage"),
        now=clock.now,
    )
    reclassify_case(case.pk, service="staff-conduct", by=actor("centre-triage"), now=clock.now)
    note_case(case.pk, text=WORDS, by=actor("inspection-inspector"), now=clock.now)
    picture(case, clock)
    Supporter.objects.create(case=case, kind="person", name=NAME, phone="+989157778800", at=clock.now)
    CallBack.objects.create(
        case=case, event_id=-1, phone=f"+98{PHONE[1:]}", due_at=clock.now, not_before=clock.now,
        opened_at=clock.now, words=WORDS,
    )  # fmt: skip
    receive_message(
        channel="sms", external_id="in1", sender=PHONE, text=WORDS, raw=WORDS, by=actor("centre-triage"),
        now=clock.now,
    )  # fmt: skip
    clock.run()
    ending = Ending("praise_or_opinion", words=WORDS, name=NAME)
    for unread in Contact.objects.filter(disposition=""):
        finish_contact(unread.pk, ending=ending, by=actor("centre-supervisor"), now=clock.now)
    for _ in range(6):
        clock.forward(days=1)
    assert part.parent_id == case.pk
    return Case.objects.get(pk=case.pk)


def picture(case: Case, clock: Clock) -> Attachment:
    return Attachment.objects.create(
        case=case, side="citizen", sha256=keep(b"paper"), public_sha256=keep(b"clean"), name="paper.jpg",
        content_type="image/jpeg", size=5, added_at=clock.now,
    )  # fmt: skip


def traces(case: Case) -> set[str]:
    code = case.code or ""
    pairs = "\u00a0".join(code[place : place + 2] for place in range(0, len(code), 2))
    parts = [f"/case/{one}/" for one in Case.objects.filter(parent=case).values_list("pk", flat=True)]
    numbers = {PHONE, PHONE[1:], persian_digits(PHONE), persian_digits(PHONE[:7]), PHONE[:7]}
    return {
        WORDS, NAME, "رشوه", "گیشه", code, persian_digits(code), pairs, persian_digits(pairs), spoken(code),
        f"/case/{case.pk}/", *parts, *numbers,
    }  # fmt: skip


def seen_in(response: Any, case: Case) -> set[str]:
    if getattr(response, "streaming", False):
        text = b"".join(response.streaming_content).decode("utf-8", "replace")
    else:
        text = response.content.decode("utf-8", "replace")
    text += response.headers.get("Location", "") + response.headers.get("HX-Redirect", "")
    return {trace for trace in traces(case) if trace in text}


def values_of(name: str, case: Case) -> list[object]:
    """What stands for a part of an address: everything of the case that has a number."""
    cases = [case.pk, *Case.objects.filter(parent=case).values_list("pk", flat=True)]
    known: dict[str, list[object]] = {
        "queue": list(Queue),
        "action": list(Action),
        "contact_id": list(Contact.objects.values_list("pk", flat=True)),
        "call_id": list(CallBack.objects.values_list("pk", flat=True)),
        "message_id": list(OutboundMessage.objects.filter(case_ref__in=cases).values_list("pk", flat=True)),
        "picture_id": list(Attachment.objects.values_list("pk", flat=True)),
        "notice_id": list(Notice.objects.filter(case__in=cases).values_list("pk", flat=True)),
        "code": [case.code or ""],
    }
    return known.get(name, list(cases))[:45]


def one_only(name: str, names: list[str]) -> bool:
    """Where an address says a step too, all steps of one case will do."""
    return len(names) > 1 and name == "case_id"


def addresses(case: Case) -> Iterator[str]:
    """Every address of the desk, filled in with everything that belongs to the case."""
    for entry in urlpatterns:
        assert isinstance(entry, URLPattern)
        if entry.name in NOT_ADDRESSES_OF_CASES:
            continue
        names = list(entry.pattern.converters)
        for filled in product(
            *(values_of(name, case)[: 1 if one_only(name, names) else 50] for name in names)
        ):
            try:
                yield reverse(f"desk:{entry.name}", kwargs=dict(zip(names, filled, strict=True)))
            except Exception:
                continue


def client_of(code: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr("pol137.web.access.timezone", SimpleNamespace(now=lambda: clock.now))
    client = Client()
    client.force_login(user(code))
    return client


@pytest.mark.parametrize("outsider", OUTSIDERS)
def test_no_address_of_the_desk_betrays_a_complaint_about_staff(
    outsider: str, secret: Case, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(outsider, clock, monkeypatch)
    client.raise_request_exception = True
    found: dict[str, object] = {}
    asked = [
        "/desk/search?q=" + one
        for one in (secret.code or "", WORDS, PHONE, PHONE[1:], "رشوه", "گیشه", "8899")
    ]
    asked += [f"/desk/messages/?code={secret.code}", f"/desk/messages/received/?phone={PHONE}"]
    asked += [f"/desk/q/{queue}/?text=رشوه" for queue in Queue]
    for address in [*addresses(secret), *asked]:
        response = client.get(address)
        assert response.status_code < 500, address
        left = seen_in(response, secret) - {one for one in traces(secret) if one in address}
        if address.startswith("/desk/search") or "?" in address:
            left &= {f"/case/{secret.pk}/", NAME}
        if left:
            found[address] = (response.status_code, left)
    assert found == {}


@pytest.mark.parametrize(
    "outsider", ["s1-roads-head", "s1-manager", "centre-operator", "centre-administrator"]
)
def test_nothing_can_be_done_to_it_either(
    outsider: str, secret: Case, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(outsider, clock, monkeypatch)
    before = Case.objects.values().get(pk=secret.pk)
    for action in Action:
        response = client.post(
            f"/desk/case/{secret.pk}/do/{action}/", {"text": "دو کلمه", "reason": "دو کلمه"}
        )
        assert response.status_code in (404, 409), action
        assert seen_in(response, secret) <= {f"/case/{secret.pk}/"}
    assert Case.objects.values().get(pk=secret.pk) == before


@pytest.mark.parametrize("outsider", OUTSIDERS)
def test_its_own_addresses_are_not_found(
    outsider: str, secret: Case, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(outsider, clock, monkeypatch)
    for attachment in Attachment.objects.all():
        assert client.get(f"/desk/picture/{attachment.pk}").status_code == 404
        assert client.get(f"/desk/picture/{attachment.pk}?original").status_code == 404
    for one in [secret, *Case.objects.filter(parent=secret)]:
        assert client.get(f"/desk/case/{one.pk}/").status_code == 404
        assert client.get(f"/desk/case/{one.pk}/do/note/").status_code == 404
    assert client.get(f"/desk/search?q={secret.code}").status_code == 200


@pytest.mark.parametrize("insider", INSIDERS)
def test_whoever_may_know_finds_it(
    insider: str, secret: Case, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(insider, clock, monkeypatch)
    page = client.get(f"/desk/case/{secret.pk}/")
    assert page.status_code == 200
    assert WORDS in page.content.decode()
    assert client.get(f"/desk/search?q={secret.code}").status_code == 302


def shown_pairs(case: Case) -> str:
    """The code as a page shows it to whoever typed it."""
    code = persian_digits(case.code or "")
    return "\u00a0".join(code[place : place + 2] for place in range(0, len(code), 2))


PUBLIC = (
    "/t/{code}", "/open311/v2/requests/{code}.json", "/open311/v2/requests.json",
    "/open311/v2/servicerequestupdates.json", "/", "/about", "/en/",
)  # fmt: skip


@pytest.mark.parametrize("path", PUBLIC)
def test_outsiders_of_the_house_find_nothing(path: str, secret: Case, clock: Clock, client: Client) -> None:
    address = path.format(code=secret.code)
    response = client.get(address)
    if "{code}" in path:
        assert response.status_code == 404
    assert seen_in(response, secret) - {one for one in traces(secret) if one in address} <= {
        persian_digits(secret.code or ""),
        shown_pairs(secret),
    }


def test_received_messages_of_a_hidden_matter_are_not_there(
    secret: Case, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = actor("centre-triage")
    receive_message(
        channel="sms",
        external_id="other",
        sender="09150000009",
        text="چراغ",
        raw="چراغ",
        by=me,
        now=clock.now,
    )
    rows = (
        client_of("centre-administrator", clock, monkeypatch).get("/desk/messages/received/").context["rows"]
    )
    assert [one.text for one in rows] == ["چراغ"]
    rows = client_of("centre-supervisor", clock, monkeypatch).get("/desk/messages/received/").context["rows"]
    assert {one.text for one in rows} == {"چراغ", WORDS}
    assert InboundMessage.objects.count() == 2
