"""Who is told what, when: singles and lists, quiet hours, vacant positions, substitutes, alarms."""

from __future__ import annotations

import importlib
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet

from pol137.cases.models import Notice, Rung
from pol137.cases.operations import accept_case, answer_case, nudge_case, sweep
from pol137.cases.queries import escalated_to, unread_alarms, unread_notices
from pol137.city.models import LadderRung, RoutingRule
from pol137.city.operations import bump_version
from pol137.city.queries.book import book, forget
from pol137.dispatch.models import Duty
from pol137.journal import outbox
from pol137.journal.models import Event
from pol137.journal.vocabulary import EventKind
from pol137.messaging.models import OutboundMessage
from pol137.notices.operations import tell
from pol137.staff.models import Appointment
from tests.factories import DONE, SATURDAY, Clock, actor, answered_case, reported_case, user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet_nights")]

HEAD, DEPUTY, MANAGER, INSPECTOR = "s1-roads-head", "s1-deputy-tech", "s1-manager", "inspection-inspector"
MOBILE = "+989121370001"


def with_mobile(code: str, phone: str = MOBILE) -> None:
    user(code)
    type(user(code)).objects.filter(username=code).update(phone=phone)


def vacate(code: str) -> None:
    Appointment.objects.filter(user=user(code)).delete()


def told(code: str) -> QuerySet[Notice]:
    return Notice.objects.filter(user=user(code), told_at__isnull=False)


def texts(purpose: str) -> list[OutboundMessage]:
    return list(OutboundMessage.objects.filter(purpose=purpose).order_by("id"))


def local(moment: datetime) -> str:
    return f"{moment.astimezone(book().zone):%a %H:%M}"


def test_a_new_case_is_told_at_once_with_a_text_to_a_mobile(clock: Clock) -> None:
    with_mobile(HEAD)
    case = reported_case(clock.now)
    clock.run()
    [notice] = told(HEAD)
    assert notice.told_at == clock.now and unread_notices(user(HEAD).pk) == 1
    [text] = texts("case_assigned")
    assert text.address == MOBILE and text.case_ref == case.pk and "اداره عمران منطقه ۱" in text.text


def test_how_a_rung_is_told_is_what_stood_when_the_promise_was_made(clock: Clock) -> None:
    reported_case(clock.now)
    LadderRung.objects.update(notice="single")
    bump_version()
    forget()
    clock.forward(hours=72)
    assert told(DEPUTY).count() == 0, "it goes into the morning's list, as it was promised"


def test_a_landline_gets_no_text_but_the_notice_stands_on_the_desk(clock: Clock) -> None:
    with_mobile(HEAD, "+985138000000")
    reported_case(clock.now)
    clock.run()
    assert texts("case_assigned") == [] and told(HEAD).count() == 1


def test_rungs_reach_a_person_as_one_text_a_morning_with_their_number(clock: Clock) -> None:
    with_mobile(DEPUTY)
    cases = [reported_case(clock.now) for _ in range(3)]
    clock.forward(hours=72)
    assert local(clock.now) == "Tue 10:00" and told(DEPUTY).count() == 0
    clock.forward(hours=20)
    assert told(DEPUTY).count() == 0, "the list goes out in the morning"
    clock.forward(hours=1, minutes=30)
    assert local(clock.now) == "Wed 07:30"
    [text] = texts("rung_digest")
    assert "۳ پیام" in text.text and text.address == MOBILE
    assert texts("rung_fired") == []
    mine = escalated_to(user(DEPUTY).pk)
    assert [one.case.pk for one in mine] == [case.pk for case in cases]
    clock.forward(hours=24)
    assert len(texts("rung_digest")) == 1, "told once"


def test_what_was_answered_leaves_the_morning_list(clock: Clock) -> None:
    first, second = reported_case(clock.now), reported_case(clock.now)
    clock.forward(hours=72)
    clock.forward(hours=24)
    assert len(escalated_to(user(DEPUTY).pk)) == 2
    accept_case(first.pk, by=actor(HEAD), now=clock.now)
    answer_case(first.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    assert [one.case.pk for one in escalated_to(user(DEPUTY).pk)] == [second.pk]


def test_a_list_waits_for_a_morning_on_which_the_office_opens(clock: Clock) -> None:
    """The rung of a Wednesday noon is told on Saturday: the office is closed on Thursday and Friday."""
    start = datetime(2026, 10, 18, 8, 0, tzinfo=UTC)
    clock.now = start
    reported_case(start)
    clock.forward(hours=72)
    [notice] = Notice.objects.filter(user=user(DEPUTY), kind=EventKind.RUNG_FIRED)
    assert local(clock.now).startswith("Wed") and local(notice.tell_at) == "Sat 07:30"


def test_a_night_reminder_waits_for_working_time(clock: Clock) -> None:
    with_mobile(HEAD)
    clock.now = SATURDAY + timedelta(hours=13)
    case = reported_case(clock.now)
    nudge_case(case.pk, by=actor("centre-operator"), now=clock.now)
    clock.run()
    assert local(clock.now) == "Sat 23:00" and told(HEAD).count() == 0
    assert OutboundMessage.objects.filter(address=MOBILE).count() == 0
    clock.forward(hours=7, minutes=59)
    assert told(HEAD).count() == 0
    clock.forward(minutes=1)
    assert local(clock.now) == "Sun 07:00" and told(HEAD).count() == 2


def test_danger_is_told_at_night_too(clock: Clock) -> None:
    with_mobile(HEAD)
    clock.now = SATURDAY + timedelta(hours=16)
    reported_case(clock.now, urgent=True)
    clock.run()
    assert told(HEAD).filter(told_at=clock.now).exists()
    [text] = texts("case_assigned")
    assert text.not_before is None and text.status != "queued"


def test_whoever_the_first_rung_names_is_told_with_the_head(clock: Clock) -> None:
    """Of a danger the shift supervisor too, though somebody is on duty for it; of other matters nobody."""
    Duty.objects.create(
        district=reported_case(clock.now, urgent=True).district,
        post="اکیپ شب",
        phone="+982138001111",
        order=1,
        from_at=clock.now - timedelta(days=1),
        to_at=clock.now + timedelta(days=1),
    )
    reported_case(clock.now)
    clock.run()
    first = Notice.objects.filter(kind=EventKind.CASE_ROUTED, rung=0).order_by("case_id", "position__code")
    assert [(one.case.urgent, one.position.code, one.told_at) for one in first] == [
        (True, "centre-supervisor", clock.now),
        (True, HEAD, clock.now),
        (False, HEAD, clock.now),
    ]


def test_several_rungs_of_an_outage_make_one_notice_a_person(clock: Clock) -> None:
    """Inspection's rung and the deputy's fell due while nothing ran, and one person holds both."""
    Appointment.objects.create(
        user=user(DEPUTY), position_id=book().positions.by_code[MANAGER].id, from_date=date(2020, 1, 1)
    )
    with_mobile(DEPUTY)
    case = reported_case(clock.now)
    clock.run()
    clock.forward(days=10)
    clock.forward(days=3)
    rungs = Rung.objects.filter(promise__case=case).order_by("n")
    assert [one.n for one in rungs] == [1, 2] and rungs[0].due_at < rungs[1].due_at
    assert [one.rung for one in told(DEPUTY).filter(kind=EventKind.RUNG_FIRED)] == [2]
    assert len(texts("rung_fired")) == 1 and texts("rung_digest") == []


def test_telling_twice_tells_once(clock: Clock) -> None:
    with_mobile(HEAD)
    reported_case(clock.now)
    clock.run()
    assert tell(now=clock.now) == 0
    assert told(HEAD).count() == 1 and len(texts("case_assigned")) == 1


def test_a_vacant_position_passes_to_the_next_rung_at_once_and_raises_an_alarm(clock: Clock) -> None:
    vacate(DEPUTY)
    case = reported_case(clock.now)
    clock.forward(hours=72)
    deputy = book().positions.by_code[DEPUTY].id
    assert Notice.objects.filter(case=case, position_id=deputy, user=None, rung=1).count() == 1
    for code in (MANAGER, INSPECTOR):
        [instead] = told(code)
        assert (instead.rung, instead.instead_of_id, instead.told_at) == (1, deputy, clock.now)
    [event] = Event.objects.filter(stream=f"case:{case.pk}", kind=EventKind.POSITION_VACANT)
    assert event.body["position"] == deputy and event.body["rung"] == 1
    for code in ("centre-administrator", "centre-supervisor", "centre-head"):
        [alarm] = unread_alarms(user(code).pk)
        assert alarm.instead_of_id == deputy


def test_an_alarm_comes_once_a_day_for_a_position_not_for_every_case(clock: Clock) -> None:
    vacate(HEAD)
    for _ in range(3):
        reported_case(clock.now)
    clock.run()
    assert len(unread_alarms(user("centre-head").pk)) == 1
    assert told(DEPUTY).filter(kind=EventKind.CASE_ROUTED).count() == 3
    clock.forward(days=1)
    reported_case(clock.now)
    clock.run()
    assert len(unread_alarms(user("centre-head").pk)) == 2


def test_when_the_next_is_vacant_too_the_one_above_him_is_told(clock: Clock) -> None:
    vacate(HEAD)
    vacate(DEPUTY)
    reported_case(clock.now)
    clock.run()
    assert told(MANAGER).filter(kind=EventKind.CASE_ROUTED).count() == 1
    assert len(unread_alarms(user("centre-head").pk)) == 2, "one for each vacant position"


def test_a_vacancy_above_every_rung_still_raises_the_alarm(clock: Clock) -> None:
    vacate(MANAGER)
    case = reported_case(clock.now)
    clock.forward(hours=96)
    clock.forward(days=3)
    manager = book().positions.by_code[MANAGER].id
    assert Event.objects.filter(stream=f"case:{case.pk}", kind=EventKind.POSITION_VACANT).count() == 1
    assert manager in {one.instead_of_id for one in unread_alarms(user("centre-head").pk)}
    assert told(INSPECTOR).filter(rung=2).exists()


def test_a_substitute_is_told_beside_the_holder_on_his_days_only(clock: Clock) -> None:
    held = Appointment.objects.get(user=user(HEAD))
    Appointment.objects.create(
        user=user("s1-green-head"),
        position_id=held.position_id,
        from_date=date(2026, 10, 17),
        to_date=date(2026, 10, 18),
        substitute_for=held,
    )
    reported_case(clock.now)
    clock.run()
    assert told(HEAD).count() == 1 and told("s1-green-head").count() == 1
    clock.now += timedelta(days=1)
    reported_case(clock.now)
    clock.run()
    assert told(HEAD).count() == 2 and told("s1-green-head").count() == 1


def test_the_third_nudge_is_texted_and_the_others_stand_on_the_desk(clock: Clock) -> None:
    with_mobile(HEAD)
    case = reported_case(clock.now)
    clock.run()
    for _ in range(4):
        nudge_case(case.pk, by=actor("centre-operator"), now=clock.now)
        clock.run()
    assert len(texts("nudge_third")) == 1 and told(HEAD).filter(kind=EventKind.CASE_NUDGED).count() == 4


def test_a_broken_routing_rule_raises_an_alarm_once_a_day_and_the_case_goes_to_triage(clock: Clock) -> None:
    RoutingRule.objects.update(department="nowhere")
    bump_version()
    forget()
    try:
        first, _ = reported_case(clock.now), reported_case(clock.now)
        clock.run()
    finally:
        forget()
    assert first.status == "new" and told("centre-triage").count() == 2
    for code in ("centre-administrator", "centre-supervisor", "centre-head"):
        [alarm] = unread_alarms(user(code).pk)
        assert alarm.instead_of_id is None and alarm.rung is not None


def test_notices_written_twice_are_one(clock: Clock) -> None:
    """The job of an event may run twice: nobody is told twice, no vacancy is written down twice."""
    vacate(DEPUTY)
    case = reported_case(clock.now)
    clock.run()
    clock.now += timedelta(hours=72)
    sweep(now=clock.now)
    outbox.drain(now=clock.now)
    from pol137.notices.jobs import tell_staff

    event = Event.objects.get(stream=f"case:{case.pk}", kind=EventKind.RUNG_FIRED)
    before = Notice.objects.count()
    tell_staff(event_id=event.pk, now=clock.now)
    assert Notice.objects.count() == before
    assert Event.objects.filter(kind=EventKind.POSITION_VACANT).count() == 1


def test_an_answered_case_climbs_to_nobody(clock: Clock) -> None:
    case = answered_case(clock.now)
    clock.forward(days=10)
    assert not Notice.objects.filter(case=case, kind=EventKind.RUNG_FIRED, user=user(DEPUTY)).exists()


def test_a_job_that_waits_through_an_upgrade_is_done_by_the_room_that_tells_now(clock: Clock) -> None:
    reported_case(clock.now)
    moved = importlib.import_module("pol137.notices.migrations.0001_jobs_moved").Migration.operations[0]
    with connection.cursor() as cursor:
        cursor.execute(moved.reverse_sql)
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'cases.tell_staff'")
        assert cursor.fetchone() == (1,)
        cursor.execute(moved.sql)
    clock.run()
    assert Notice.objects.filter(position__code="s1-roads-head", told_at=clock.now).exists()
