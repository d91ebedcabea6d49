"""A list costs as many queries with fifty rows as with a few."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pol137.cases.models import Notice, Promise
from pol137.city.operations import declare_closure
from pol137.contacts.models import Article, CallBack, Contact
from pol137.journal.models import Event
from pol137.journal.vocabulary import EventKind
from pol137.messaging.models import InboundMessage
from pol137.oversight.models import Recheck
from tests.factories import Clock, actor, answered_case, reported_case, user

pytestmark = pytest.mark.django_db


def report() -> None:
    reported_case(timezone.now(), lat=36.3, lon=59.6)


def answer() -> None:
    answered_case(timezone.now())


def wait_for_triage() -> None:
    reported_case(timezone.now(), district="", address="خیابان")


def write() -> None:
    n, now = InboundMessage.objects.count(), timezone.now()
    InboundMessage.objects.create(
        channel_id=1,
        external_id=f"m{n}",
        sender="+989151234567",
        text="x",
        raw="x",
        received_at=timezone.now(),
    )
    Contact.objects.create(channel_id=1, external_id=f"c{n}", at=now, phone_raw="09151234567")


def teach() -> None:
    """One more article."""
    like = Article.objects.latest("id")
    like.pk, like.code = None, f"more-{Article.objects.count()}"
    like.save()


def call() -> None:
    """One more citizen to be called."""
    due = timezone.now() + timedelta(hours=1)
    CallBack.objects.create(
        case=reported_case(timezone.now()),
        event_id=CallBack.objects.count() - 10**6,
        phone="09151234567",
        due_at=due,
        not_before=due,
        opened_at=timezone.now(),
    )


def close() -> None:
    """One more closure."""
    now = timezone.now()
    by = actor("centre-supervisor", now)
    declare_closure(title="سرما", from_at=now, to_at=now + timedelta(hours=5), by=by, now=now)


def leave() -> None:
    """One more case whose last rung has fired, told to its deputy."""
    now = timezone.now()
    case = reported_case(now - timedelta(days=20))
    Promise.objects.filter(case=case, kind="answer").update(next_rung=3, next_at=None)
    event = Event.objects.filter(stream=f"case:{case.pk}").latest("id")
    deputy = user("s1-deputy-tech")
    Notice.objects.create(
        case=case,
        event_id=event.pk,
        kind=EventKind.RUNG_FIRED,
        position_id=actor("s1-deputy-tech").seats[0].position_id,
        user=deputy,
        rung=1,
        at=now,
        tell_at=now,
        told_at=now,
    )


def draw() -> None:
    """One more approval to look at again."""
    case = answered_case(timezone.now())
    Recheck.objects.create(case=case, answer=case.answers.get(), drawn_at=timezone.now())


@pytest.mark.parametrize(
    ("name", "path", "grow"),
    [
        ("s1-roads-head", "/desk/q/inbox/", report),
        ("s1-roads-head", "/desk/notices", report),
        ("s1-roads-head", "/desk/", report),
        ("s1-roads-head", "/desk/search?q=چراغ", report),
        ("centre-triage", "/desk/q/triage/", wait_for_triage),
        ("centre-s1-follow-up", "/desk/q/approval/", answer),
        ("centre-supervisor", "/desk/messages/", report),
        ("centre-supervisor", "/desk/messages/received/", write),
        ("centre-operator", "/desk/texts/", write),
        ("centre-operator", "/desk/articles/", teach),
        ("centre-feedback", "/desk/calls/", call),
        ("centre-supervisor", "/desk/calendars/", close),
        ("s1-deputy-tech", "/desk/notices/morning", leave),
        ("mayor-office-head", "/desk/oversight/", leave),
        ("centre-s2-follow-up", "/desk/rechecks/", draw),
        ("", "/help", teach),
        ("", "/open311/v2/requests.json?extensions=true", report),
        ("", "/open311/v2/servicerequestupdates.json", report),
    ],
)
def test_a_longer_list_asks_no_more_questions(name: str, path: str, grow: Callable[[], None]) -> None:
    client = Client()
    if name:
        client.force_login(user(name))

    def cost() -> tuple[int, int]:
        """How many queries the list takes, without the city's look every two seconds at whether it changed;
        and how long it is."""
        Clock(timezone.now()).run()
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(path)
        assert answer.status_code == 200
        asked_of_rows = [one for one in asked if "city_city" not in one["sql"]]
        return len(asked_of_rows), len(answer.content)

    for _ in range(3):
        grow()
    few, short = cost()
    for _ in range(47):
        grow()
    many, long = cost()
    assert many == few
    assert long > short
