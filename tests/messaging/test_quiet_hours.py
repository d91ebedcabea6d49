"""Nobody is woken by a text that can wait, and no text that waits is lost."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from pol137.cases.operations import approve_answer
from pol137.journal import outbox
from pol137.journal.models import Event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import system
from pol137.lib.quiet_hours import after_quiet, next_time
from pol137.messaging.models import OutboundMessage
from pol137.messaging.operations import queue_message, release_messages, send_message, settle_message
from tests.factories import SATURDAY, Clock, actor, answered_case, fresh, reported_case, user

TEHRAN = ZoneInfo("Asia/Tehran")
NIGHT = SATURDAY + timedelta(hours=13)
"""Eleven in the evening."""
BY = system("test")


def queued(now: datetime, *, urgent: bool = False, event_id: int = 1) -> OutboundMessage:
    return queue_message(
        medium="sms",
        address="+989151234567",
        text="سلام",
        language="fa",
        purpose="case_routed",
        case_ref=None,
        event_id=event_id,
        urgent=urgent,
        by=BY,
        now=now,
    )


MINUTES = some.integers(0, 24 * 60 - 1).map(lambda minute: time(minute // 60, minute % 60))


@given(some.integers(0, 10**6), MINUTES, MINUTES)
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_the_end_of_the_quiet_hours_is_the_first_moment_that_is_not_quiet(
    minutes: int, begin: time, end: time
) -> None:
    at = SATURDAY + timedelta(minutes=minutes)
    found = after_quiet(at, quiet_from=begin, quiet_until=end, zone=TEHRAN)

    def quiet(moment: datetime) -> bool:
        clock = moment.astimezone(TEHRAN).time()
        return begin <= clock < end if begin <= end else clock >= begin or clock < end

    assert found >= at and not quiet(found)
    assert found == at or (quiet(at) and found - at <= timedelta(days=1))
    if found != at:
        assert found.astimezone(TEHRAN).time() == end
        assert quiet(found - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("clock", "expected"), [("22:00", "07:00"), ("06:59", "07:00"), ("07:00", "07:00"), ("21:59", "21:59")]
)
def test_quiet_hours_pass_midnight_and_end_on_the_minute(clock: str, expected: str) -> None:
    at = datetime.combine(SATURDAY.date(), time.fromisoformat(clock), tzinfo=TEHRAN)
    found = after_quiet(at, quiet_from=time(22), quiet_until=time(7), zone=TEHRAN)
    assert f"{found:%H:%M}" == expected


def test_the_same_minute_is_the_next_time() -> None:
    at = datetime(2026, 10, 17, 7, 30, tzinfo=TEHRAN)
    assert next_time(at, time(7, 30), zone=TEHRAN) == at
    assert next_time(at + timedelta(seconds=1), time(7, 30), zone=TEHRAN) == at + timedelta(days=1)


@pytest.mark.usefixtures("quiet_nights")
def test_a_text_of_the_night_goes_out_in_the_morning_once() -> None:
    message = queued(NIGHT)
    assert f"{message.not_before.astimezone(TEHRAN):%a %H:%M}" == "Sun 07:00"
    outbox.drain(now=NIGHT + timedelta(hours=7, minutes=59))
    assert release_messages(now=NIGHT + timedelta(hours=7, minutes=59)) == 0
    message.refresh_from_db()
    assert message.status == "queued"
    morning = NIGHT + timedelta(hours=8)
    assert release_messages(now=morning) == 1 and release_messages(now=morning) == 0
    outbox.drain(now=morning)
    message.refresh_from_db()
    assert message.status == "delivered" and message.not_before is None
    assert Event.objects.filter(kind=EventKind.MESSAGE_QUEUED).count() == 1


@pytest.mark.usefixtures("quiet_nights")
def test_an_urgent_text_does_not_wait() -> None:
    message = queued(NIGHT, urgent=True)
    outbox.drain(now=NIGHT)
    message.refresh_from_db()
    assert message.status == "delivered" and message.sent_at == NIGHT


@pytest.mark.usefixtures("quiet_nights")
def test_a_waiting_text_is_not_handed_over_whoever_asks() -> None:
    message = queued(NIGHT)
    send_message(message.pk, now=NIGHT)
    message.refresh_from_db()
    assert message.status == "queued" and message.sent_at is None


@pytest.mark.usefixtures("quiet_nights")
def test_who_registers_at_night_has_his_code_at_once() -> None:
    clock = Clock(NIGHT)
    case = reported_case(NIGHT)
    clock.run()
    text = OutboundMessage.objects.get(case_ref=case.pk, purpose="case_registered")
    assert text.status == "delivered" and text.sent_at == NIGHT


@pytest.mark.usefixtures("quiet_nights")
def test_an_answer_of_the_night_is_told_in_the_morning_and_nobody_is_called_for_it_before() -> None:
    clock = Clock(NIGHT)
    case = answered_case(NIGHT)
    approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=NIGHT)
    clock.run()
    clock.forward(hours=7)
    assert fresh(case).status == "approved"
    assert not Event.objects.filter(stream=f"case:{case.pk}", kind=EventKind.CALL_NEEDED).exists()
    clock.forward(hours=1)
    assert fresh(case).status == "announced"


@pytest.mark.usefixtures("quiet_nights")
def test_the_first_word_about_a_message_stands_and_says_whose_it_is() -> None:
    message = queued(SATURDAY)
    gateway = system("gateway sms")
    settle_message(message.pk, delivered=True, by=gateway, now=SATURDAY)
    settle_message(message.pk, delivered=False, by=gateway, now=SATURDAY)
    message.refresh_from_db()
    assert message.status == "delivered"
    [event] = Event.objects.filter(kind__in=[EventKind.MESSAGE_DELIVERED, EventKind.MESSAGE_UNDELIVERED])
    assert event.by == "system:gateway sms"


@pytest.mark.usefixtures("quiet_nights")
def test_the_desk_shows_when_a_text_goes_out() -> None:
    message = queued(NIGHT)
    client = Client()
    client.force_login(user("centre-supervisor"))
    text = client.get(f"/desk/messages/{message.pk}/").content.decode()
    assert "زمان ارسال" in text and "یکشنبه ۲۶ مهر" in text and "ساعت ۷" in text
