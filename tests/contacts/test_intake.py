"""Taking problems in: whole or not at all, and once."""

import pytest

from pol137.cases.models import Case, Reporter
from pol137.cases.rules.drafts import ReporterDraft
from pol137.cases.vocabulary import Status
from pol137.citizens.models import Citizen
from pol137.contacts.models import Contact, ContactCase
from pol137.contacts.operations import finish_contact, nudge_from_contact, open_case, start_contact
from pol137.contacts.operations.contacts import Ending
from pol137.contacts.queries import day_so_far
from pol137.lib.refusal import Refusal
from tests.factories import SATURDAY, Clock, actor, draft, report, reported_case

pytestmark = pytest.mark.django_db


def test_a_double_click_makes_one_case(clock: Clock) -> None:
    first, second = report(clock.now, external_id="nonce"), report(clock.now, external_id="nonce")
    assert first.case == second.case and second.repeated
    assert (Case.objects.count(), Contact.objects.count()) == (1, 1)


def test_every_fault_of_a_draft_is_told_at_once_and_nothing_is_stored(clock: Clock) -> None:
    with pytest.raises(Refusal) as told:
        report(clock.now, words=" ", address="", district="", lat=91.0, lon=59.6)
    assert {one.code for one in told.value.every} == {"words_missing", "point_impossible"}
    assert (Case.objects.count(), Contact.objects.count(), Citizen.objects.count()) == (0, 0, 0)


def test_the_place_finds_the_district_and_the_district_the_office(clock: Clock) -> None:
    from pol137.city.queries.book import book

    outline = next(iter(book().districts)).outline
    ring = outline["coordinates"][0]
    lon = sum(point[0] for point in ring[:-1]) / (len(ring) - 1)
    lat = sum(point[1] for point in ring[:-1]) / (len(ring) - 1)
    case = reported_case(clock.now, district="", lat=lat, lon=lon)
    assert case.district.code == "s1" and case.department.code == "s1-roads" and case.h3


def test_two_people_of_one_number_stay_two_and_one_person_stays_one(clock: Clock) -> None:
    for name in ("شهروند الف", "شهروند ب", "شهروند الف"):
        report(clock.now, reporter=ReporterDraft(name=name, phone="09151234567"))
    assert Citizen.objects.count() == 2
    assert Reporter.objects.values("citizen").distinct().count() == 2


def test_praise_is_thanked_and_opens_no_case(clock: Clock) -> None:
    taken = report(clock.now, service="thanks", words="از اکیپ برق ممنونم.")
    assert taken.case is None and taken.contact.disposition == "praise_or_opinion"


def test_an_operator_answers_from_an_article(clock: Clock) -> None:
    operator = actor("centre-operator")
    contact = start_contact(
        channel="phone", external_id="c1", phone="09151234567", by=operator, now=clock.now
    )
    with pytest.raises(Refusal, match="answer_source_missing"):
        finish_contact(contact.pk, ending=Ending(disposition="answered"), by=operator, now=clock.now)
    done = finish_contact(
        contact.pk, ending=Ending(disposition="answered", service="waste-missed"), by=operator, now=clock.now
    )
    assert done.finished_at == clock.now and done.operator_id == operator.staff_id
    assert (day_so_far(since=SATURDAY).contacts, day_so_far(since=SATURDAY).share) == (1, 100)


def test_one_call_opens_two_cases(clock: Clock) -> None:
    operator = actor("centre-operator")
    contact = start_contact(
        channel="phone", external_id="c2", phone="09151234567", by=operator, now=clock.now
    )
    for service in ("light-out", "building-violation"):
        opened = open_case(
            contact.pk, draft=draft(service=service, channel="phone"), by=operator, now=clock.now
        )
        assert opened.case.status == Status.ASSIGNED
    assert ContactCase.objects.filter(contact=contact).count() == 2
    assert day_so_far(since=SATURDAY).share == 0


def test_a_caller_who_asks_again_nudges_the_case(clock: Clock) -> None:
    case, operator = reported_case(clock.now), actor("centre-operator")
    contact = start_contact(
        channel="phone", external_id="c3", phone="09151234567", by=operator, now=clock.now
    )
    assert nudge_from_contact(contact.pk, case_id=case.pk, by=operator, now=clock.now).nudges == 1


@pytest.mark.parametrize("number", ["137", "", "anonymous", "+905321234567"])
def test_callers_without_an_iranian_number_are_full_users(clock: Clock, number: str) -> None:
    assert reported_case(clock.now, reporter=ReporterDraft(phone=number)).code
