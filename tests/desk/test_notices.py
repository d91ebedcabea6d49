"""What a member of staff is told: unread first, read by opening, gone when the case is."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from pol137.cases.operations import nudge_case, transfer_case
from pol137.cases.queries import notices_for, unread_notices
from pol137.cases.vocabulary import NoticeKind
from pol137.desk.views.notices import WORDS
from pol137.journal.vocabulary import EventKind
from pol137.notices.jobs import STAFF_TOLD
from pol137.staff.models import Appointment
from tests.factories import SATURDAY, Clock, actor, reported_case, user

pytestmark = pytest.mark.django_db

HEAD = "s1-roads-head"


@pytest.fixture
def now() -> datetime:
    """A Saturday morning in the city: nothing waits for the end of the night."""
    return SATURDAY


def at_desk(code: str) -> Client:
    client = Client()
    client.force_login(user(code))
    return client


def test_every_kind_of_notice_has_words() -> None:
    others = {EventKind.RUNG_FIRED, EventKind.CASE_HEARD_FROM_JOINED, EventKind.RECHECK_DECIDED}
    assert set(WORDS) == {*STAFF_TOLD, *others, *NoticeKind}


def test_opening_the_case_reads_its_notices_and_only_ones_own(now: datetime) -> None:
    clock = Clock(now)
    first, second = reported_case(clock.now), reported_case(clock.now)
    clock.forward(hours=72)
    clock.forward(hours=22)
    head, deputy = user(HEAD), user("s1-deputy-tech")
    assert unread_notices(head.pk) == 2 and unread_notices(deputy.pk) == 2
    client = at_desk(HEAD)
    text = client.get("/desk/notices").content.decode()
    assert text.count("notice--fresh") == 2 and "۲ خوانده‌نشده" in text
    client.get(f"/desk/case/{first.pk}/")
    assert unread_notices(head.pk) == 1 and unread_notices(deputy.pk) == 2
    text = client.get("/desk/notices").content.decode()
    places = [text.find(f"/desk/case/{case.pk}/") for case in (second, first)]
    assert -1 not in places and places == sorted(places), "the unread one stands first"


def test_all_can_be_marked_as_read(now: datetime) -> None:
    clock = Clock(now)
    reported_case(now)
    clock.run()
    client = at_desk(HEAD)
    assert client.post("/desk/notices/read").status_code == 303
    assert unread_notices(user(HEAD).pk) == 0
    assert client.post("/desk/notices/read").status_code == 303
    assert client.get("/desk/notices/read").status_code == 405


def test_a_climbed_case_is_told_with_its_level(now: datetime) -> None:
    clock = Clock(now)
    case = reported_case(clock.now)
    nudge_case(case.pk, by=actor("centre-operator", clock.now), now=clock.now)
    clock.forward(hours=100)
    clock.forward(days=3)
    assert "بی‌پاسخ در مهلت: سطح پیگیری ۱" in at_desk("s1-deputy-tech").get("/desk/notices").content.decode()
    assert "بی‌پاسخ در مهلت: سطح پیگیری ۲" in at_desk("s1-manager").get("/desk/notices").content.decode()
    assert "پیگیری مجدد شهروند" in at_desk(HEAD).get("/desk/notices").content.decode()


def test_a_notice_of_a_case_that_has_gone_elsewhere_tells_nothing_of_it(now: datetime) -> None:
    clock = Clock(now)
    case = reported_case(now)
    clock.run()
    transfer_case(case.pk, department="s1-green", reason="درخت است", by=actor(HEAD, now), now=now)
    text = at_desk(HEAD).get("/desk/notices").content.decode()
    assert f"/desk/case/{case.pk}/" not in text and case.address not in text
    assert "درخواست پس از آن به جای دیگری رفته است." in text


def test_older_notices_are_in_pages(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pol137.desk.views.notices.READ_SHOWN", 2)
    clock = Clock(now)
    cases = [reported_case(now) for _ in range(3)]
    clock.run()
    client = at_desk(HEAD)
    client.post("/desk/notices/read")
    text = client.get("/desk/notices").content.decode()
    oldest = notices_for(user(HEAD).pk)[-1]
    assert f"/desk/case/{oldest.case_id}/" not in text and "?before=" in text
    path = text.partition('rel="next" href="')[2].partition('"')[0]
    assert f"/desk/case/{oldest.case_id}/" in client.get(path).content.decode()
    assert client.get("/desk/notices?before=x").status_code == 200
    assert len(cases) == 3


def test_an_alarm_stands_on_top_and_names_the_vacant_position(now: datetime) -> None:
    Appointment.objects.filter(user=user(HEAD)).delete()
    clock = Clock(now)
    reported_case(now)
    clock.run()
    text = at_desk("centre-head").get("/desk/notices").content.decode()
    assert "کسی سمت «رئیس اداره عمران منطقه ۱» را ندارد" in text
    assert text.index("هشدارها") < text.index("notice--fresh")
    told = at_desk("s1-deputy-tech").get("/desk/notices").content.decode()
    assert "چون سمت «رئیس اداره عمران منطقه ۱» خالی است" in told


def test_the_bell_counts_what_was_told_and_is_unread(now: datetime) -> None:
    clock = Clock(now)
    reported_case(now)
    clock.run()
    clock.forward(hours=72)
    assert "اعلان خوانده‌نشده ندارید" in at_desk("s1-deputy-tech").get("/desk/notices").content.decode()
    clock.forward(hours=24)
    assert "۱ اعلان خوانده‌نشده" in at_desk("s1-deputy-tech").get("/desk/notices").content.decode()


def test_the_mornings_list_groups_by_unit_the_oldest_first(now: datetime) -> None:
    clock = Clock(now)
    lights = [reported_case(now), reported_case(now + timedelta(hours=1))]
    clock.forward(hours=2)
    clock.forward(hours=72)
    clock.forward(hours=24)
    text = at_desk("s1-deputy-tech").get("/desk/notices/morning").content.decode()
    assert "اداره عمران منطقه ۱ (۲)" in text
    places = [text.index(f"/desk/case/{case.pk}/") for case in lights]
    assert places == sorted(places)
    assert "/desk/case/" not in at_desk("s2-deputy-tech").get("/desk/notices/morning").content.decode()
