"""Messages that gateways hand in."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from pol137.api.webhooks import hook_url, secret_of
from pol137.cases.vocabulary import Status
from pol137.journal import outbox
from pol137.messaging.models import InboundMessage
from tests.factories import Clock, announced_case, fresh

pytestmark = pytest.mark.django_db

PATH = "/hooks/sms/"


def path() -> str:
    return f"{PATH}{secret_of('sms')}"


def message(**changed: str) -> dict[str, str]:
    return {"id": "gw-1", "from": "09151234567", "text": "سلام، چراغ کوچه خاموش است"} | changed


def test_a_providers_repeated_post_makes_one_message(client: Client) -> None:
    for _ in range(2):
        response = client.post(path(), message())
        assert response.status_code == 200 and response.content == b""
    kept = InboundMessage.objects.get()
    assert (kept.external_id, kept.sender, kept.text) == tuple(message().values())
    assert "gw-1" in kept.raw


@pytest.mark.parametrize("form", ["urlencoded", "json"])
def test_forms_and_json_objects_are_read(client: Client, form: str) -> None:
    if form == "json":
        client.post(path(), json.dumps(message(id="7", text="۳۱")), content_type="application/json")
    else:
        body = b"id=7&from=0915&text=%DB%B3%DB%B1"
        client.post(path(), body, content_type="application/x-www-form-urlencoded")
    kept = InboundMessage.objects.get()
    assert (kept.external_id, kept.text) == ("7", "۳۱")


def test_a_reply_code_closes_the_case_it_answers(client: Client) -> None:
    from datetime import timedelta

    from django.utils import timezone

    clock = Clock(timezone.now() - timedelta(days=2))
    case = announced_case(clock)
    client.post(path(), message(text=" ۳۱ "))
    outbox.drain(now=timezone.now())
    assert fresh(case).status == Status.CLOSED


@pytest.mark.parametrize("wrong", ["no-such-channel/x", "sms/wrong", "phone/x", "sms/%D8%A2", "open311/x"])
def test_a_wrong_address_is_404_and_keeps_nothing(client: Client, wrong: str) -> None:
    assert client.post(f"/hooks/{wrong}", message()).status_code == 404
    assert client.post(f"/hooks/open311/{secret_of('open311')}", message()).status_code == 404
    assert client.post(f"/hooks/phone/{secret_of('phone')}", message()).status_code == 404
    assert InboundMessage.objects.count() == 0


def test_secrets_differ_by_channel_and_installation(settings: Any) -> None:
    first = secret_of("sms")
    assert first != secret_of("email") and len(first) == 40
    settings.SECRET_KEY = "another installation's"
    assert secret_of("sms") != first


@pytest.mark.parametrize("name", ["id", "from", "text"])
def test_what_is_missing_is_named(client: Client, name: str) -> None:
    told = message()
    del told[name]
    response = client.post(path(), told)
    assert response.status_code == 400 and response.json() == {"missing": [name]}
    assert InboundMessage.objects.count() == 0


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff\xfe", b'{"id": {"a": 1}}', b"[" * 100_000])
def test_bad_json_is_refused(client: Client, body: bytes) -> None:
    assert client.post(path(), body, content_type="application/json").status_code == 400


def test_strange_texts_and_long_ids_are_kept(client: Client) -> None:
    told = json.dumps(message(text="a\x00b\ud800c"))
    assert client.post(path(), told, content_type="application/json").status_code == 200
    assert client.post(path(), message(id="x" * 300)).status_code == 200
    assert client.post(path(), message(id="x" * 300)).status_code == 200
    assert client.post(path(), message(id="x" * 301)).status_code == 200
    assert InboundMessage.objects.count() == 3
    assert client.get(path()).status_code == 405


def test_the_command_shows_the_address(capsys: pytest.CaptureFixture[str]) -> None:
    import argparse

    from pol137.commands import hook

    parser = argparse.ArgumentParser()
    hook.arguments(parser)
    assert hook.run(parser.parse_args(["url", "sms"])) == 0
    assert capsys.readouterr().out.strip() == hook_url("sms")
    assert hook.run(parser.parse_args(["list", "--json"])) == 0
    assert json.loads(capsys.readouterr().out) == ["sms"]
    assert hook.run(parser.parse_args(["url", "phone"])) == 1
    with pytest.raises(LookupError):
        hook_url("phone")


@pytest.mark.django_db(transaction=True)
def test_the_same_message_twice_at_once_is_kept_once() -> None:
    answers: list[int] = []

    def send() -> None:
        try:
            answers.append(Client().post(path(), message()).status_code)
        finally:
            connection.close()

    senders = [threading.Thread(target=send) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert answers == [200] * 4 and InboundMessage.objects.count() == 1
