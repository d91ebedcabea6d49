"""A share of the approvals is looked at again, blind, by an expert of another district."""

from __future__ import annotations

import pytest
from django.test import Client

from pol137.cases.models import Answer, Notice
from pol137.cases.operations import approve_answer
from pol137.city.models import City
from pol137.city.operations import bump_version
from pol137.city.queries.book import forget
from pol137.journal.models import Event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import system
from pol137.lib.refusal import Refusal
from pol137.oversight.models import Recheck
from pol137.oversight.operations import decide_recheck, draw_recheck, is_drawn
from pol137.oversight.queries import recheck_figures, rechecks_for
from tests.factories import SATURDAY, Clock, actor, answered_case, user

pytestmark = pytest.mark.django_db

OWN, OTHER = "centre-s1-follow-up", "centre-s2-follow-up"


@pytest.fixture
def every_answer() -> object:
    """Every approval is drawn."""
    City.objects.update(recheck_percent=100)
    bump_version()
    forget()
    yield
    forget()


def drawn(clock: Clock, approver: str = OWN) -> Recheck:
    case = answered_case(clock.now)
    approve_answer(case.pk, text="متن ویراسته برای شهروند", by=actor(approver), now=clock.now)
    clock.run()
    return Recheck.objects.get(case=case)


def decide(
    row: Recheck, clock: Clock, *, agrees: bool | None = False, reason: str = "کار نشده", by: str = OTHER
) -> Recheck:
    return decide_recheck(row.pk, agrees=agrees, reason=reason, by=actor(by), now=clock.now)


def at_desk(code: str) -> Client:
    client = Client()
    client.force_login(user(code))
    return client


def test_the_share_drawn_is_the_citys_and_the_draw_cannot_be_had_again() -> None:
    salts = [f"salt-{n}" for n in range(4000)]
    drawn_now = [is_drawn(7, salt, 5) for salt in salts]
    assert drawn_now == [is_drawn(7, salt, 5) for salt in salts]
    assert 130 < sum(drawn_now) < 270
    assert not any(is_drawn(n, "salt", 0) for n in range(500))
    assert all(is_drawn(n, "salt", 100) for n in range(500))


@pytest.mark.usefixtures("every_answer")
def test_an_approval_is_drawn_once(clock: Clock) -> None:
    row = drawn(clock)
    assert draw_recheck(row.answer_id, by=system("test"), now=clock.now) == row
    assert Recheck.objects.count() == 1
    [event] = Event.objects.filter(kind=EventKind.RECHECK_DRAWN)
    assert event.stream == f"recheck:{row.pk}", "the story of the case does not tell of it"


@pytest.mark.usefixtures("every_answer")
def test_it_goes_to_an_expert_of_another_district_who_did_not_approve(clock: Clock) -> None:
    row = drawn(clock)
    assert list(rechecks_for(actor(OTHER))) == [row]
    assert list(rechecks_for(actor(OWN))) == [], "stationed in the district"
    assert list(rechecks_for(actor("centre-head"))) == []
    with pytest.raises(Refusal, match="recheck_not_yours"):
        decide(row, clock, by=OWN)
    Answer.objects.filter(pk=row.answer_id).update(decided_by=user(OTHER))
    assert list(rechecks_for(actor(OTHER))) == [], "he approved it himself"


@pytest.mark.usefixtures("every_answer")
def test_the_page_shows_problem_and_reply_and_not_who_approved_nor_what_he_made_of_it(clock: Clock) -> None:
    row = drawn(clock)
    client = at_desk(OTHER)
    assert f"/desk/rechecks/{row.pk}/" in client.get("/desk/rechecks/").content.decode()
    page = client.get(f"/desk/rechecks/{row.pk}/").content.decode()
    assert row.case.words in page and row.answer.reply in page
    assert "متن ویراسته" not in page and user(OWN).display_name not in page
    assert (row.case.code or "") not in page and f"/desk/case/{row.case_id}" not in page
    assert at_desk(OWN).get(f"/desk/rechecks/{row.pk}/").status_code == 404
    assert at_desk("s1-roads-head").get("/desk/rechecks/").status_code == 403


@pytest.mark.usefixtures("every_answer")
def test_a_verdict_needs_its_reason_and_is_given_once(clock: Clock) -> None:
    row = drawn(clock)
    client = at_desk(OTHER)
    assert client.post(f"/desk/rechecks/{row.pk}/", {"agrees": "no"}).status_code == 422
    with pytest.raises(Refusal, match="reason_missing"):
        decide(row, clock, reason=" ")
    with pytest.raises(Refusal, match="verdict_missing"):
        decide(row, clock, agrees=None)
    sent = client.post(f"/desk/rechecks/{row.pk}/", {"agrees": "no", "reason": "چراغ هنوز خاموش است."})
    assert sent.status_code in (302, 303)
    row.refresh_from_db()
    assert row.agrees is False and row.decided_by == user(OTHER)
    with pytest.raises(Refusal, match="recheck_taken"):
        decide(row, clock)


@pytest.mark.usefixtures("every_answer")
def test_a_disagreement_tells_the_head_of_the_centre_and_agreement_nobody(clock: Clock) -> None:
    first, second = drawn(clock), drawn(clock)
    decide(first, clock, agrees=True, reason="درست است")
    clock.run()
    assert not Notice.objects.filter(kind=EventKind.RECHECK_DECIDED).exists()
    decide(second, clock)
    clock.run()
    [notice] = Notice.objects.filter(kind=EventKind.RECHECK_DECIDED)
    assert notice.user == user("centre-head") and notice.case_id == second.case_id
    figures = recheck_figures(since=SATURDAY, until=clock.now.replace(year=2027))
    assert (figures.decided, figures.disagreed, figures.waiting, figures.share) == (2, 1, 0, 50)
    assert figures.by_approver == [(user(OWN).display_name, 2, 1)]
