"""A text that is only a tracking code asks how the case stands."""

from __future__ import annotations

import pytest

from pol137.cases.models import Case
from pol137.cases.operations import join_incident
from pol137.cases.rules.drafts import ReporterDraft
from pol137.city.models import MessageText
from pol137.city.operations import bump_version
from pol137.city.queries.book import book, forget
from pol137.contacts.models import Contact
from pol137.lib import tracking_code
from pol137.lib.actor import system
from pol137.lib.persian import persian_digits
from pol137.messaging.models import OutboundMessage
from pol137.messaging.operations import receive_message
from tests.factories import Clock, actor, announced_case, fresh, reported_case

pytestmark = pytest.mark.django_db

OWN, OTHER = "+989151234567", "+989121110000"


def text(words: str, clock: Clock, *, sender: str = OWN) -> str:
    """Send a text; what comes back to the sender's number."""
    clock.run()
    before = OutboundMessage.objects.order_by("-id").values_list("id", flat=True).first() or 0
    receive_message(
        channel="sms", external_id=f"{words}-{sender}-{clock.now}", sender=sender, text=words, raw=words,
        by=system("hook"), now=clock.now,
    )  # fmt: skip
    clock.run()
    new = OutboundMessage.objects.filter(address=sender, id__gt=before).values_list("purpose", flat=True)
    return " ".join(new)


def test_the_cases_own_number_hears_how_it_stands_and_has_asked_again(clock: Clock) -> None:
    case = reported_case(clock.now)
    assert text(case.code or "", clock) == "status_open"
    assert fresh(case).nudges == 1
    contact = Contact.objects.get(inbound__isnull=False)
    assert (contact.disposition, contact.links.get().case_id) == ("nudged", case.pk)
    said = OutboundMessage.objects.get(purpose="status_open")
    assert persian_digits(case.code or "") in said.text and "مهلت پاسخ" in said.text


def test_who_asks_by_text_hears_to_whom_his_case_has_climbed_and_by_when_it_was_due(clock: Clock) -> None:
    main = reported_case(clock.now, reporter=ReporterDraft(phone="09359876543"))
    case = reported_case(clock.now)
    join_incident(case.pk, main_case_id=main.pk, by=actor("centre-triage"), now=clock.now)
    clock.forward(hours=72)
    assert text(case.code or "", clock) == "status_late"
    said = OutboundMessage.objects.get(purpose="status_late").text
    seat = book().positions.by_code["s1-deputy-tech"]
    assert seat.name("fa") in said and "سه‌شنبه ۲۸ مهر ساعت ۱۰" in said.replace("سه شنبه", "سه‌شنبه")


def test_a_city_with_older_texts_says_how_the_case_stands_all_the_same(clock: Clock) -> None:
    MessageText.objects.filter(event="status_late").delete()
    bump_version()
    forget()
    case = reported_case(clock.now)
    clock.forward(hours=72)
    assert text(case.code or "", clock) == "status_open"
    forget()


@pytest.mark.parametrize("gap", [" ", "-", "  "])
def test_a_code_is_read_in_pairs_and_persian_digits(clock: Clock, gap: str) -> None:
    case = reported_case(clock.now)
    code = case.code or ""
    pairs = gap.join(code[n : n + 2] for n in range(0, 10, 2))
    assert text(persian_digits(pairs), clock) == "status_open"


def test_another_number_hears_of_a_public_case_and_nudges_nothing(clock: Clock) -> None:
    case = reported_case(clock.now)
    assert case.public
    assert text(case.code or "", clock, sender=OTHER) == "status_open"
    assert fresh(case).nudges == 0 and not Contact.objects.filter(inbound__isnull=False).exists()


def test_a_private_case_does_not_exist_for_another_number(clock: Clock) -> None:
    case = reported_case(clock.now)
    Case.objects.filter(pk=case.pk).update(public=False)
    assert text(case.code or "", clock, sender=OTHER) == "message_received"
    assert fresh(case).nudges == 0
    assert Contact.objects.get(inbound__isnull=False).disposition == "", "a person reads it"


def test_after_the_answer_it_is_told_so_and_no_nudge_is_counted(clock: Clock) -> None:
    case = announced_case(clock)
    assert text(case.code or "", clock) == "status_answered"
    clock.forward(days=8)
    assert text(case.code or "", clock) == "status_ended"
    assert fresh(case).nudges == 0


def test_a_code_nobody_has_is_read_by_a_person(clock: Clock) -> None:
    reported_case(clock.now)
    digits = "482193605"
    code = next(digits + str(n) for n in range(10) if tracking_code.is_valid(digits + str(n)))
    assert text(code, clock) == "message_received"
