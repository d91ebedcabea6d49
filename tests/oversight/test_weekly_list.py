"""After the last rung a case stays on the list of those above until it is answered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from pol137.cases.models import Case, Notice, Promise
from pol137.cases.operations import accept_case, answer_case, approve_answer, return_answer
from pol137.city.queries.book import book
from pol137.journal.models import Event
from pol137.journal.vocabulary import EventKind
from pol137.lib.refusal import Refusal
from pol137.messaging.models import OutboundMessage
from pol137.oversight.models import Finding, WeeklyTold
from pol137.oversight.operations import record_finding, tell_weekly, week_of
from pol137.oversight.queries import weekly_count, weekly_list
from pol137.staff.models import User
from tests.factories import DONE, SATURDAY, Clock, actor, city_chooses, reported_case, user

pytestmark = pytest.mark.django_db

INSPECTOR, MANAGER, MAYOR = "inspection-inspector", "s1-manager", "mayor-office-head"


def left(clock: Clock, **changed: object) -> Case:
    """A case whose last rung fired a moment ago."""
    case = reported_case(clock.now, **changed)
    clock.forward(hours=72)
    clock.forward(hours=72)
    return case


def listed(code: str) -> list[int]:
    return [one.case_id for one in weekly_list(actor(code))]


def at_desk(code: str) -> Client:
    client = Client()
    client.force_login(user(code))
    return client


def test_a_case_comes_on_the_list_with_its_last_rung_and_leaves_it_answered(clock: Clock) -> None:
    case = reported_case(clock.now)
    clock.forward(hours=73)
    assert listed(MANAGER) == [], "the deputy's rung is not the last"
    clock.forward(days=4)
    for code in (MANAGER, INSPECTOR, MAYOR, "centre-head"):
        assert listed(code) == [case.pk], code
    accept_case(case.pk, by=actor("s1-roads-head"), now=clock.now)
    answer_case(case.pk, answer=DONE, by=actor("s1-roads-head"), now=clock.now)
    assert listed(MAYOR) == [], "it is answered and waits for approval"
    approver = actor("centre-s1-follow-up")
    return_answer(case.pk, no_logical_answer=True, reason="پاسخ نیست", by=approver, now=clock.now)
    assert listed(MAYOR) == [case.pk], "the answer was none: it is back"
    answer_case(case.pk, answer=DONE, by=actor("s1-roads-head"), now=clock.now)
    approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    assert listed(MAYOR) == []


def test_a_manager_sees_his_own_units_and_the_others_the_city(clock: Clock) -> None:
    case = left(clock)
    assert listed("s1-manager") == [case.pk] and listed("s2-manager") == []
    assert listed("s1-roads-head") == [], "the unit is not above itself"


def test_what_climbs_to_no_inspection_is_not_on_its_list(clock: Clock) -> None:
    case = left(clock)
    policy = Promise.objects.get(case=case, kind="answer")
    policy.policy["rungs"] = [{**one, "roles": ["manager"]} for one in policy.policy["rungs"]]
    policy.save(update_fields=["policy"])
    assert listed(INSPECTOR) == [] and listed(MAYOR) == [case.pk]


def test_on_saturday_morning_each_is_told_once_a_week_until_it_is_answered(clock: Clock) -> None:
    User.objects.filter(username=MANAGER).update(phone="+989121370002")
    left(clock)
    left(Clock(clock.now - timedelta(days=6)))
    tell_weekly(now=clock.now)
    WeeklyTold.objects.all().delete()
    OutboundMessage.objects.filter(purpose="weekly_list").delete()
    saturday = SATURDAY + timedelta(days=7, hours=-3)
    assert f"{saturday.astimezone(book().zone):%a %H:%M}" == "Sat 07:00"
    assert week_of(saturday) < week_of(saturday + timedelta(minutes=30))
    morning = saturday + timedelta(minutes=30)
    assert tell_weekly(now=morning) == 3
    assert tell_weekly(now=morning + timedelta(days=3)) == 0
    [text] = OutboundMessage.objects.filter(purpose="weekly_list")
    assert "۲ پیام" in text.text and text.address == "+989121370002"
    assert set(WeeklyTold.objects.filter(count=2).values_list("user__username", flat=True)) == {
        MANAGER, INSPECTOR, MAYOR,
    }  # fmt: skip
    notices = Notice.objects.filter(kind="weekly", at=morning)
    assert set(notices.values_list("user__username", flat=True)) == {MANAGER, INSPECTOR, MAYOR}
    oldest = Case.objects.order_by("registered_at", "id").first()
    assert oldest is not None and {one.case_id for one in notices} == {oldest.pk}
    assert tell_weekly(now=morning + timedelta(days=7)) == 3


def test_the_weekly_telling_stands_on_the_desk_until_the_list_is_opened(clock: Clock) -> None:
    left(clock)
    tell_weekly(now=clock.now)
    client, mine = at_desk(MANAGER), Notice.objects.filter(user=user(MANAGER), kind="weekly")
    assert "فهرست هفتگی: هنوز پس از" in client.get("/desk/notices").content.decode()
    assert mine.get().read_at is None
    assert client.get("/desk/oversight/").status_code == 200
    assert mine.get().read_at is not None


def test_the_city_chooses_the_morning_of_its_weekly_list() -> None:
    noon = SATURDAY + timedelta(hours=2)
    assert week_of(noon) == noon.astimezone(book().zone).date()
    city_chooses(weekly_on="friday")
    assert week_of(noon) == (noon - timedelta(days=1)).astimezone(book().zone).date()
    city_chooses(weekly_on="sunday")
    assert week_of(noon) == (noon - timedelta(days=6)).astimezone(book().zone).date()


def test_nobody_is_told_of_an_empty_list(clock: Clock) -> None:
    assert tell_weekly(now=clock.now) == 0


def test_inspection_records_its_finding_and_no_lateness_goes(clock: Clock) -> None:
    case = left(clock)
    before = list(Promise.objects.filter(case=case).values())
    row = record_finding(
        case.pk, kind="resources_lacking", reason="جرثقیل خراب است.", by=actor(INSPECTOR), now=clock.now
    )
    assert list(Promise.objects.filter(case=case).values()) == before
    [event] = Event.objects.filter(kind=EventKind.FINDING_RECORDED)
    assert event.body == {"finding": row.pk, "case": case.pk, "kind": "resources_lacking"}
    assert event.stream != f"case:{case.pk}", "the unit does not read it in the story of the case"
    assert listed(INSPECTOR) == [case.pk], "a finding is no answer"


def test_only_inspection_finds_with_a_reason_once_and_on_the_list_only(clock: Clock) -> None:
    young = reported_case(clock.now)
    with pytest.raises(Refusal, match="finding_not_now"):
        record_finding(young.pk, kind="warned", reason="دیر", by=actor(INSPECTOR), now=clock.now)
    clock.forward(hours=72)
    clock.forward(hours=72)
    for code in (MANAGER, MAYOR, "centre-head", "s1-roads-head"):
        with pytest.raises(Refusal, match="finding_not_yours"):
            record_finding(young.pk, kind="warned", reason="دیر", by=actor(code), now=clock.now)
    with pytest.raises(Refusal, match="reason_missing"):
        record_finding(young.pk, kind="warned", reason=" ", by=actor(INSPECTOR), now=clock.now)
    with pytest.raises(Refusal, match="finding_missing"):
        record_finding(young.pk, kind="praised", reason="دیر", by=actor(INSPECTOR), now=clock.now)
    record_finding(young.pk, kind="warned", reason="دیر", by=actor(INSPECTOR), now=clock.now)
    with pytest.raises(Refusal, match="finding_recorded"):
        record_finding(young.pk, kind="warned", reason="دیر", by=actor(INSPECTOR), now=clock.now)
    assert Finding.objects.count() == 1


def test_a_confidential_matter_is_on_the_list_of_inspection_alone(clock: Clock) -> None:
    case = left(clock)
    Case.objects.filter(pk=case.pk).update(confidential=True)
    assert listed(INSPECTOR) == [case.pk] and listed(MAYOR) == []
    assert weekly_count(actor("centre-statistics")) == 0


def test_the_page_shows_the_list_and_the_finding_to_those_above_and_not_to_the_unit(clock: Clock) -> None:
    case = left(clock)
    page = at_desk(INSPECTOR).get("/desk/oversight/").content.decode()
    assert f"/desk/case/{case.pk}/" in page and f"/desk/oversight/{case.pk}/finding" in page
    client = at_desk(INSPECTOR)
    address = f"/desk/oversight/{case.pk}/finding"
    assert client.post(address, {"kind": "warned"}).status_code == 422
    done = client.post(address, {"kind": "warned", "reason": "تذکر کتبی به رئیس اداره داده شد."})
    assert done.status_code in (302, 303)
    said = "تذکر کتبی به رئیس اداره داده شد."
    assert said in at_desk(MANAGER).get("/desk/oversight/").content.decode()
    assert f"{address}" not in at_desk(MANAGER).get("/desk/oversight/").content.decode()
    assert said in at_desk("s1-deputy-tech").get(f"/desk/case/{case.pk}/").content.decode()
    assert said not in at_desk("s1-roads-head").get(f"/desk/case/{case.pk}/").content.decode()
    assert at_desk("s1-roads-head").get("/desk/oversight/").status_code == 403
    assert at_desk(MANAGER).get(address).status_code == 403
