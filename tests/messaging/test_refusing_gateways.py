"""A gateway that takes nothing for a while, for want of credit: no text is lost, and people see it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from pol137.commands import checkup
from pol137.commands.checkup import Level
from pol137.journal import outbox
from pol137.messaging.adapters import GATEWAYS, GatewayError, Sent
from pol137.messaging.models import OutboundMessage
from pol137.messaging.operations import queue_message, release_messages
from pol137.messaging.queries import refused_for_now
from tests.factories import SATURDAY, actor, user
from tests.messaging.test_quiet_hours import NIGHT, queued

pytestmark = pytest.mark.django_db


class Prepaid:
    """A gateway whose credit is used up until it is paid."""

    paid = False
    taken: list[str] = []

    def __init__(self, settings: dict[str, str | int | float | bool]) -> None:
        self.settings = settings

    def send(self, *, message_id: int, address: str, text: str) -> Sent:
        if not Prepaid.paid:
            raise GatewayError("no credit left", permanent=False)
        Prepaid.taken.append(address)
        return Sent(provider_id=str(message_id), delivered=True)


@pytest.fixture(autouse=True)
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(GATEWAYS, "log", Prepaid)
    Prepaid.paid, Prepaid.taken = False, []
    yield


def wait(message: OutboundMessage, until: timedelta) -> int:
    """Let the clock go on from try to try; how often the gateway was asked."""
    asked = 0
    message.refresh_from_db()
    while message.not_before is not None and message.not_before <= message.queued_at + until:
        at = message.not_before
        assert release_messages(now=at - timedelta(microseconds=1)) == 0
        asked += release_messages(now=at)
        outbox.drain(now=at)
        message.refresh_from_db()
    return asked


def test_for_two_days_without_credit_nothing_is_lost_and_the_gateway_not_flooded() -> None:
    message = queued(SATURDAY)
    outbox.drain(now=SATURDAY)
    asked = wait(message, timedelta(days=2))
    assert (message.status, message.status_reason) == ("queued", "no credit left")
    assert 20 < asked < 120
    Prepaid.paid = True
    wait(message, timedelta(days=2, minutes=31))
    assert (message.status, message.status_reason) == ("delivered", "")
    assert Prepaid.taken == ["+989151234567"]


@pytest.mark.usefixtures("quiet_nights")
@pytest.mark.parametrize("urgent", [False, True])
def test_what_was_refused_in_the_evening_wakes_nobody_unless_it_is_urgent(urgent: bool) -> None:
    evening = NIGHT - timedelta(hours=1, minutes=1)
    message = queued(evening, urgent=urgent)
    outbox.drain(now=evening)
    wait(message, timedelta(hours=1, minutes=30))
    assert message.not_before is not None
    assert (message.not_before < NIGHT + timedelta(hours=8)) is urgent


def test_the_doctor_and_the_desk_say_why(client: Client) -> None:
    with_credit = checkup.CHECKS["messages"](SATURDAY)
    assert with_credit.level is Level.OK
    now = timezone.now()
    queue_message(
        medium="sms", address="+989151234567", text="سلام", language="fa", purpose="case_routed",
        case_ref=None, event_id=7, urgent=True, by=actor("centre-supervisor"), now=now,
    )  # fmt: skip
    outbox.drain(now=now)
    [told] = refused_for_now()
    assert (told.medium, told.count, told.since, told.reason) == ("sms", 1, now, "no credit left")
    found = checkup.CHECKS["messages"](now)
    assert found.level is Level.FAIL and "no credit left" in found.says
    client.force_login(user("centre-supervisor"))
    page = client.get("/desk/messages/").content.decode()
    assert "no credit left" in page and "۱ پیام در انتظار" in page
    Prepaid.paid = True
    release_messages(now=now + timedelta(minutes=1))
    outbox.drain(now=now + timedelta(minutes=1))
    assert refused_for_now() == []
    assert "no credit left" not in client.get("/desk/messages/").content.decode()
