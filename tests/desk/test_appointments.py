"""Positions, who holds them and who stands in: appointed, ended, substituted with dates, each an event."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from pol137.city.queries.book import book, local_day
from pol137.journal.models import Event
from pol137.journal.vocabulary import EventKind
from pol137.lib import jalali
from pol137.lib.refusal import Refusal
from pol137.staff.models import Appointment
from pol137.staff.operations import appoint, end_appointment, name_substitute
from pol137.staff.queries import actor_for, holders
from tests.factories import SATURDAY, actor, user

pytestmark = pytest.mark.django_db

HEAD, ADMIN, CHIEF, GREEN = "s1-roads-head", "centre-administrator", "centre-head", "s1-green-head"
TODAY = date(2026, 10, 17)
DAY = timedelta(days=1)


def position(code: str = HEAD) -> int:
    return book().positions.by_code[code].id


def held(code: str = HEAD) -> Appointment:
    return Appointment.objects.get(user=user(code), position_id=position(code))


def names(now: datetime = SATURDAY, code: str = HEAD) -> set[str]:
    return {one.username for one in holders([position(code)], now=now).get(position(code), [])}


def at_desk(code: str) -> Client:
    client = Client()
    client.force_login(user(code))
    return client


@pytest.mark.parametrize("code", [ADMIN, CHIEF])
def test_an_administrator_and_the_head_of_the_centre_appoint(code: str) -> None:
    end_appointment(held().pk, to_date=TODAY, by=actor(code), now=SATURDAY)
    assert names() == set()
    row = appoint(username=GREEN, position_id=position(), from_date=TODAY, by=actor(code), now=SATURDAY)
    assert names() == {GREEN}
    assert actor_for(user(GREEN), now=SATURDAY).roles == {"unit_head"}
    events = list(Event.objects.filter(kind=EventKind.APPOINTED).order_by("id"))
    assert [one.body["change"] for one in events] == ["ended", "appointed"]
    assert events[1].body["appointment"] == row.pk and events[1].by == f"staff:{user(code).pk}"


def test_nobody_else_appoints_or_ends() -> None:
    for code in (HEAD, "s1-manager", "centre-supervisor"):
        with pytest.raises(Refusal, match="appointments_not_yours"):
            appoint(username=GREEN, position_id=position(), from_date=TODAY, by=actor(code), now=SATURDAY)
        with pytest.raises(Refusal, match="appointments_not_yours"):
            end_appointment(held().pk, to_date=TODAY, by=actor(code), now=SATURDAY)
    assert names() == {HEAD}


def test_a_holder_names_his_own_substitute_and_no_other_does() -> None:
    days = {"from_date": TODAY + DAY, "to_date": TODAY + 3 * DAY}
    with pytest.raises(Refusal, match="appointments_not_yours"):
        name_substitute(held().pk, username=GREEN, **days, by=actor(GREEN), now=SATURDAY)
    name_substitute(held().pk, username=GREEN, **days, by=actor(HEAD), now=SATURDAY)
    assert names() == {HEAD}
    assert names(SATURDAY + DAY) == names(SATURDAY + 2 * DAY) == {HEAD, GREEN}
    assert names(SATURDAY + 3 * DAY) == {HEAD}
    assert position() in {seat.position_id for seat in actor_for(user(GREEN), now=SATURDAY + DAY).seats}


def test_a_substitute_ends_with_whom_he_stands_in_for() -> None:
    by = actor(ADMIN)
    days = {"from_date": TODAY, "to_date": TODAY + 9 * DAY}
    name_substitute(held().pk, username=GREEN, **days, by=by, now=SATURDAY)
    later = {"from_date": TODAY + 5 * DAY, "to_date": TODAY + 6 * DAY}
    name_substitute(held().pk, username="s1-clean-head", **later, by=by, now=SATURDAY)
    end_appointment(held().pk, to_date=TODAY + 2 * DAY, by=by, now=SATURDAY)
    assert names(SATURDAY + DAY) == {HEAD, GREEN}
    assert names(SATURDAY + 2 * DAY) == names(SATURDAY + 5 * DAY) == set()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"username": "nobody"}, "account_unknown"),
        ({"username": HEAD}, "appointed_already"),
        ({"position_id": 10**9}, "position_unknown"),
        ({"from_date": TODAY - DAY}, "appointment_in_the_past"),
        ({"to_date": TODAY}, "appointment_ends_too_early"),
    ],
)
def test_an_impossible_appointment_is_refused(changed: dict[str, object], code: str) -> None:
    wanted = {"username": GREEN, "position_id": position(), "from_date": TODAY, **changed}
    with pytest.raises(Refusal, match=code):
        appoint(**wanted, by=actor(ADMIN), now=SATURDAY)
    assert names() == {HEAD}


def test_impossible_substitutes_are_refused() -> None:
    by, days = actor(ADMIN), {"from_date": TODAY, "to_date": TODAY + DAY}
    with pytest.raises(Refusal, match="substitute_is_the_holder"):
        name_substitute(held().pk, username=HEAD, **days, by=by, now=SATURDAY)
    row = name_substitute(held().pk, username=GREEN, **days, by=by, now=SATURDAY)
    with pytest.raises(Refusal, match="substitute_of_a_substitute"):
        name_substitute(row.pk, username="s1-clean-head", **days, by=by, now=SATURDAY)
    Appointment.objects.filter(pk=held().pk).update(to_date=TODAY + 2 * DAY)
    outside = {"from_date": TODAY, "to_date": TODAY + 3 * DAY}
    with pytest.raises(Refusal, match="substitute_outside_appointment"):
        name_substitute(held().pk, username="s1-clean-head", **outside, by=by, now=SATURDAY)


def test_what_has_passed_is_not_rewritten() -> None:
    by = actor(ADMIN)
    with pytest.raises(Refusal, match="appointment_ends_too_early"):
        end_appointment(held().pk, to_date=TODAY - DAY, by=by, now=SATURDAY)
    end_appointment(held().pk, to_date=TODAY, by=by, now=SATURDAY)
    with pytest.raises(Refusal, match="appointment_is_over"):
        end_appointment(held().pk, to_date=TODAY + DAY, by=by, now=SATURDAY)


def written(day: date) -> str:
    return jalali.format_date(day, style="short")


def test_the_list_flags_what_is_vacant() -> None:
    Appointment.objects.filter(user=user(HEAD)).delete()
    page = at_desk(ADMIN).get("/desk/positions/?show=vacant").content.decode()
    assert "رئیس اداره عمران منطقه ۱" in page and "بی‌متصدی" in page
    assert "رئیس اداره فضای سبز منطقه ۱" not in page
    found = at_desk(ADMIN).get("/desk/positions/", {"q": "فضای سبز منطقه ۲"}).content.decode()
    assert "رئیس اداره فضای سبز منطقه ۲" in found and "رئیس اداره فضای سبز منطقه ۱" not in found


def test_a_holder_sees_his_own_and_names_his_substitute_on_the_page() -> None:
    today = local_day(timezone.now())
    client = at_desk(HEAD)
    page = client.get("/desk/positions/").content.decode()
    assert f"/desk/positions/{position()}/" in page and f"/desk/positions/{position(GREEN)}/" not in page
    assert client.get(f"/desk/positions/{position(GREEN)}/").status_code == 403
    address = f"/desk/positions/{position()}/"
    assert "ثبت انتصاب" not in client.get(address).content.decode()
    given = {
        "do": f"substitute-{held().pk}",
        "username": GREEN,
        "from_date": written(today),
        "last_day": written(today),
    }
    assert client.post(address, {**given, "username": "nobody"}).status_code == 422
    assert client.post(address, given).status_code == 303
    assert names(timezone.now()) == {HEAD, GREEN}
    assert names(timezone.now() + DAY) == {HEAD}, "the last day counts, the next does not"
    assert client.post(address, {**given, "do": "appoint"}).status_code == 403


def test_appointing_and_ending_on_the_page() -> None:
    today = local_day(timezone.now())
    client, address = at_desk(CHIEF), f"/desk/positions/{position()}/"
    past = client.post(address, {"do": f"end-{held().pk}", "last_day": written(today - 5 * DAY)})
    assert past.status_code == 422 and "آخرین روز نباید پیش از روز آغاز" in past.content.decode()
    client.post(address, {"do": f"end-{held().pk}", "last_day": written(today - DAY)})
    assert names(timezone.now()) == set()
    assert "این سمت متصدی ندارد" in client.get(address).content.decode()
    given = {"do": "appoint", "username": GREEN, "from_date": written(today), "last_day": ""}
    assert client.post(address, given).status_code == 303
    assert names(timezone.now()) == {GREEN}
