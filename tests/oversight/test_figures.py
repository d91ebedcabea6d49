"""The centre's own row: how it keeps the clocks it sets itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from pol137.cases.operations import approve_answer, route_case
from pol137.contacts.queries import call_figures
from pol137.lib import jalali
from pol137.oversight.queries import centre_figures
from tests.factories import SATURDAY, Clock, actor, answered_case, reported_case, user

pytestmark = pytest.mark.django_db

MONTH = {"since": SATURDAY - timedelta(days=5), "until": SATURDAY + timedelta(days=5)}


def test_in_time_late_and_still_running_add_up_for_each_clock(clock: Clock) -> None:
    for hours in (1, 3, 30):
        case = answered_case(SATURDAY)
        approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=SATURDAY + timedelta(hours=hours))
    answered_case(SATURDAY)
    figures = {one.kind: one for one in centre_figures(**MONTH, now=SATURDAY + timedelta(hours=4))}
    approval = figures["approval"]
    assert (approval.due, approval.in_time, approval.late, approval.running) == (4, 2, 1, 1)
    assert approval.median == timedelta(hours=3) and approval.share == 67
    later = {one.kind: one for one in centre_figures(**MONTH, now=SATURDAY + timedelta(hours=25))}
    assert (later["approval"].late, later["approval"].running) == (2, 0), "what ran out unanswered is late"


def test_triage_counts_from_registration_to_the_unit(clock: Clock) -> None:
    case = reported_case(clock.now, service="light-out", district="")
    assert case.status == "new"
    routed = clock.now + timedelta(minutes=50)
    route_case(case.pk, department="s1-roads", by=actor("centre-triage"), now=routed)
    [triage, *_rest] = centre_figures(**MONTH, now=clock.now + timedelta(hours=1))
    assert (triage.kind, triage.due, triage.in_time) == ("triage", 1, 1)
    assert triage.median == timedelta(minutes=50)


def test_nothing_due_is_no_share_and_no_median(clock: Clock) -> None:
    rows = [*centre_figures(**MONTH, now=clock.now), call_figures(**MONTH, now=clock.now)]
    assert [(one.due, one.share, one.median) for one in rows] == [(0, 0, None)] * 5


def test_calls_count_by_when_they_were_due(clock: Clock) -> None:
    answered = answered_case(clock.now, reporter=_landline())
    approve_answer(answered.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    clock.run()
    early = call_figures(**MONTH, now=clock.now)
    assert (early.due, early.in_time, early.late, early.running) == (1, 0, 0, 1)
    late = call_figures(**MONTH, now=clock.now + timedelta(days=2))
    assert (late.due, late.late) == (1, 1)


def _landline() -> object:
    from pol137.cases.rules.drafts import ReporterDraft

    return ReporterDraft(name="", phone="05138123456", language="fa", wish="sms")


def test_a_jalali_month_ends_where_the_next_begins() -> None:
    for year, month in ((1405, 6), (1405, 7), (1405, 12), (1403, 12)):
        first, after = jalali.month_days(year, month)
        following = jalali.month_days(year + month // 12, month % 12 + 1)
        assert following[0] == after
        assert jalali.month_of(first) == (year, month) != jalali.month_of(after)
    with pytest.raises(ValueError, match="no Jalali month"):
        jalali.month_days(1405, 13)


def test_the_page_is_for_those_who_answer_for_the_centre_and_goes_month_by_month() -> None:
    client = Client()
    client.force_login(user("centre-head"))
    page = client.get("/desk/figures/?month=1405-07").content.decode()
    assert "مهر ۱۴۰۵" in page and "?month=1405-06" in page
    assert client.get("/desk/figures/?month=9999-99").status_code == 200
    other = Client()
    other.force_login(user("s1-roads-head"))
    assert other.get("/desk/figures/").status_code == 403
