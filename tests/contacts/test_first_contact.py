"""Solved on the spot is counted, not guessed; some of those answered are asked how content they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from pol137.city.models import City
from pol137.city.operations import bump_version
from pol137.city.queries.book import book, forget
from pol137.contacts.jobs import is_drawn
from pol137.contacts.models import CallBack, Contact
from pol137.contacts.operations import Ending, finish_contact, record_call_attempt, start_contact
from pol137.contacts.queries import Surveyed, day_so_far, survey_figures
from pol137.journal.models import Event
from pol137.lib.refusal import Refusal
from tests.factories import SATURDAY, Clock, actor

pytestmark = pytest.mark.django_db

PHONE = "09151112233"
OPERATOR = "centre-operator"


def told(
    now: datetime, disposition: str = "answered", *, phone: str = PHONE, service: str = "light-out"
) -> Contact:
    """A caller who was answered on the spot."""
    by = actor(OPERATOR)
    contact = start_contact(
        channel="phone", external_id=f"{now}-{phone}-{service}", phone=phone, by=by, now=now
    )
    ending = Ending(disposition=disposition, service=service, words="خوب بود")
    return finish_contact(contact.pk, ending=ending, by=by, now=now)


def counted(since: datetime = SATURDAY) -> tuple[int, int]:
    day = day_so_far(since=since)
    return day.contacts, day.solved


def test_who_asks_again_about_the_same_subject_was_not_answered() -> None:
    told(SATURDAY)
    assert counted() == (1, 1)
    told(SATURDAY + timedelta(days=6))
    assert counted() == (2, 1), "the first did not help; of the second nothing is known yet"


def test_another_subject_another_number_and_another_week_are_no_repeat() -> None:
    told(SATURDAY)
    told(SATURDAY + timedelta(hours=1), service="waste-missed")
    told(SATURDAY + timedelta(hours=2), phone="09153334455")
    told(SATURDAY + timedelta(days=8))
    assert counted() == (4, 4)


def test_a_withheld_number_is_nobodys_repeat() -> None:
    told(SATURDAY, phone="")
    told(SATURDAY + timedelta(hours=1), phone="")
    assert counted() == (2, 2)


def test_void_contacts_leave_the_count_and_repeat_nothing() -> None:
    told(SATURDAY)
    told(SATURDAY + timedelta(minutes=5), "silent")
    assert counted() == (1, 1)


def test_a_contact_cut_off_is_not_solved() -> None:
    told(SATURDAY, "dropped")
    assert counted() == (1, 0)


@pytest.fixture
def everybody_surveyed() -> Iterator[None]:
    """The city surveys everybody it answered."""
    City.objects.update(survey_percent=100)
    bump_version()
    forget()
    yield
    forget()


@pytest.mark.usefixtures("everybody_surveyed")
def test_who_was_answered_and_drawn_is_called_once_for_the_survey(clock: Clock) -> None:
    contact = told(clock.now)
    told(clock.now + timedelta(minutes=1), "nuisance", phone="09153334455")
    clock.run()
    [call] = CallBack.objects.all()
    assert (call.purpose, call.contact_id, call.case_id) == ("survey", contact.pk, None)
    assert call.phone == "+989151112233"


@pytest.mark.usefixtures("everybody_surveyed")
def test_what_he_says_in_the_survey_is_kept_as_a_score_and_counted(clock: Clock) -> None:
    by = actor("centre-feedback")
    for n in range(3):
        told(clock.now, phone=f"0915111223{n}")
    clock.run()
    first, second, third = CallBack.objects.order_by("id")
    for missing in (None, 6):
        with pytest.raises(Refusal, match="score_out_of_range"):
            record_call_attempt(first.pk, outcome="told", score=missing, by=by, now=clock.now)
    for call, score in ((first, 2), (second, 5), (third, 0)):
        record_call_attempt(call.pk, outcome="told", score=score, by=by, now=clock.now)
    assert list(CallBack.objects.order_by("id").values_list("score", flat=True)) == [2, 5, None]
    month = {"since": clock.now - timedelta(days=1), "until": clock.now + timedelta(days=1)}
    assert survey_figures(**month) == Surveyed(2, 3.5)
    assert survey_figures(since=month["until"], until=month["until"]) == Surveyed(0, None)


def test_the_share_surveyed_is_the_citys() -> None:
    share = book().city.survey_percent
    drawn = sum(is_drawn(Event(hash=n.to_bytes(4, "big") * 8), share) for n in range(0, 2**32, 2**32 // 5000))
    assert 350 < drawn < 650
