"""The contact desk: what an operator does with a caller, and what the caller may hear."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pol137.cases.models import Case, Reveal
from pol137.cases.operations import join_incident, sweep
from pol137.city.queries import book
from pol137.city.rules.subjects import find_subjects
from pol137.contacts.models import Contact, ContactCase
from pol137.contacts.operations import start_contact
from pol137.desk.reading import rich_text
from pol137.desk.screen import caller_knows
from pol137.lib.actor import system
from pol137.lib.tracking_code import spoken
from tests.factories import actor, reported_case, user

pytestmark = pytest.mark.django_db

PHONE = "09151234567"


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(user("centre-operator"))
    return client


def begin(desk: Client, phone: str = PHONE, channel: str = "phone") -> Contact:
    given = {"phone": phone, "channel": channel, "nonce": secrets.token_urlsafe(18)}
    answer = desk.post("/desk/contact/", given)
    assert answer.status_code == 302, answer.context["form"].errors
    return Contact.objects.latest("id")


def told(**changed: Any) -> dict[str, Any]:
    """A light that is out, as the screen sends it."""
    return {
        "service": "light-out",
        "words": "چراغ کوچه روشن نمی‌شود.",
        "district": "s1",
        "address": "کوچهٔ ۴",
        "phone": PHONE,
        "number": "0",
        "do": "open",
        **changed,
    }


def send(desk: Client, contact: Contact, **changed: Any) -> Any:
    return desk.post(f"/desk/contact/{contact.pk}/", told(**changed))


def test_a_form_sent_twice_begins_one_contact(desk: Client) -> None:
    given = {"phone": "۰۹۱۵۱۲۳۴۵۶۷", "channel": "walk_in", "nonce": "the-same-filling-of-it"}
    first, again = desk.post("/desk/contact/", given), desk.post("/desk/contact/", given)
    assert first.url == again.url
    contact = Contact.objects.get()
    assert (contact.phone, contact.channel.code) == ("+989151234567", "walk_in")
    assert contact.operator == user("centre-operator")


def test_channels_that_programs_feed_are_not_offered(desk: Client) -> None:
    answer = desk.post("/desk/contact/", {"channel": "open311", "nonce": "another-filling-of-it"})
    assert answer.status_code == 422
    assert not Contact.objects.exists()


def test_a_case_is_opened_and_read_out(desk: Client) -> None:
    contact = begin(desk)
    answer = send(desk, contact)
    assert answer.url == f"/desk/contact/{contact.pk}/done"
    case = Case.objects.get()
    page = desk.get(answer.url).content.decode()
    assert spoken(case.code or "") in page
    assert "اداره عمران منطقه ۱" in page
    assert case.channel.code == "phone"
    contact.refresh_from_db()
    assert (contact.disposition, contact.citizen_id) == ("opened", case.reporter.citizen_id)


@pytest.mark.parametrize(("said", "there"), [({}, False), ({"urgent": "on"}, True)])
def test_what_is_dangerous_is_called_so_at_once_and_leads_to_the_board(
    desk: Client, said: dict[str, str], there: bool
) -> None:
    answer = send(desk, begin(desk), **said)
    page = desk.get(answer.url).content.decode().partition("<main")[2]
    assert ("خطر فوری" in page, "/desk/board/" in page) == (there, there)


def test_pressing_twice_opens_one_case_and_another_problem_a_second(desk: Client) -> None:
    contact = begin(desk)
    send(desk, contact)
    send(desk, contact)
    assert Case.objects.count() == 1
    again = desk.get(f"/desk/contact/{contact.pk}/")
    assert again.context["form"]["number"].value() == 1
    send(desk, contact, number="1", words="چراغ کوچهٔ کناری هم خاموش است.")
    assert Case.objects.count() == 2
    assert ContactCase.objects.filter(contact=contact).count() == 2


def test_without_a_phone_a_key_is_shown_until_the_next_contact(desk: Client) -> None:
    contact = begin(desk, phone="")
    done = send(desk, contact, phone="").url
    key = desk.get(done).context["cards"][0]["key"]
    assert len(key) == 6
    assert desk.get(done).context["cards"][0]["key"] == key
    desk.get("/desk/contact/")
    assert desk.get(done).context["cards"][0]["key"] == ""


def test_what_is_missing_is_said_at_its_field_and_nothing_is_lost(desk: Client) -> None:
    contact = begin(desk)
    no_subject = send(desk, contact, service="", words="حرف‌های تماس‌گیرنده")
    assert list(no_subject.context["form"].errors) == ["service"]
    assert "حرف‌های تماس‌گیرنده" in no_subject.content.decode()
    wrong = send(desk, contact, service="pothole", words="", address="", district="")
    assert set(wrong.context["form"].errors) == {"words", "address", "ask-depth"}
    assert wrong.status_code == 422
    assert not Case.objects.exists()


def test_questions_are_kept_in_their_own_form(desk: Client) -> None:
    contact = begin(desk)
    send(desk, contact, service="pothole", **{"ask-depth": "۱۲٫۵"})
    assert Case.objects.get().questions == {"depth": "12.5"}
    other = begin(desk)
    send(desk, other, service="tree-care", **{"ask-need": ["prune", "water"], "ask-since": "دو هفته"})
    assert Case.objects.latest("id").questions.keys() == {"need", "since"}


def test_a_place_fills_in_what_was_not_said(desk: Client) -> None:
    contact = begin(desk)
    send(desk, contact, place="azadi-square", address="", district="")
    case = Case.objects.get()
    assert (case.address, case.lat, case.lon) == ("میدان آزادی", 36.3, 59.55)
    assert case.district is not None and case.district.code == "s1"


def test_an_address_that_leaves_no_doubt_tells_the_district(desk: Client) -> None:
    send(desk, begin(desk), address="خ پل، پلاک ۴", district="")
    case = Case.objects.get()
    assert (case.address, case.lat) == ("خ پل، پلاک ۴", None)
    assert case.district is not None and case.district.code == "s2"


def test_like_cases_stand_in_the_order_of_their_words(desk: Client) -> None:
    now = timezone.now()
    told = ["تیر برق کج است", "چراغ پارک سوخته", "چراغ کوچه خاموش است"]
    cases = [reported_case(now, words=words, external_id=words) for words in told]
    page = desk.post(
        f"/desk/contact/{begin(desk).pk}/look",
        {"service": "light-out", "district": "s1", "words": "چراغ‌های پارک ما سوخته است"},
        headers={"HX-Request": "true"},
    ).content.decode()
    found = [int(one) for one in re.findall(r'name="joins" value="([0-9]+)"', page)]
    assert found[0] == cases[1].pk and sorted(found) == [case.pk for case in cases]


def test_a_number_shows_that_cases_exist_and_not_what_they_say(desk: Client) -> None:
    case = reported_case(timezone.now(), words="حرف خصوصی شهروند")
    contact = begin(desk)
    page = desk.get(f"/desk/contact/{contact.pk}/")
    assert [row.case for row in page.context["known"]] == [case]
    assert "حرف خصوصی شهروند" not in page.content.decode()
    assert (case.code or "") not in page.content.decode()


def reveal(desk: Client, case: Case, said: str) -> str:
    contact = begin(desk)
    answer = desk.post(f"/desk/contact/{contact.pk}/known/{case.pk}", {f"said-{case.pk}": said})
    return str(answer.content.decode())


def test_the_words_are_told_to_whoever_knows_code_or_name(desk: Client) -> None:
    case = reported_case(timezone.now(), words="حرف خصوصی شهروند")
    case.reporter.name = "ساکن کوچهٔ گل‌ها"
    case.reporter.save()
    assert "حرف خصوصی" not in reveal(desk, case, "ساکن کوچهٔ دیگر")
    assert "حرف خصوصی" not in reveal(desk, case, "1234567890")
    assert not Reveal.objects.exists()
    assert "حرف خصوصی" in reveal(desk, case, "ساکن كوچه گلها")
    assert "حرف خصوصی" in reveal(desk, case, spoken(case.code or ""))
    assert Reveal.objects.filter(case=case, user=user("centre-operator")).count() == 2


@pytest.mark.parametrize(
    ("said", "name", "knows"),
    [
        ("کاظمی", "مریم کاظمی", "name"),
        ("مریم کاظمی هستم", "کاظمی", "name"),
        ("كاظمي", "کاظمی", "name"),
        ("کا", "کاظمی", ""),
        ("", "کاظمی", ""),
        ("کاظمی", "", ""),
        ("۰۹۱۵", "کاظمی", ""),
    ],
)
def test_who_knows_a_name(said: str, name: str, knows: str) -> None:
    assert caller_knows(said, code="5724816039", name=name) == knows


def test_conduct_of_staff_does_not_exist_for_an_operator(desk: Client) -> None:
    case = reported_case(timezone.now(), service="staff-conduct", words="رفتار بد کارمند")
    contact = begin(desk)
    assert desk.get(f"/desk/contact/{contact.pk}/").context["known"] == []
    answer = desk.post(f"/desk/contact/{contact.pk}/known/{case.pk}", {f"said-{case.pk}": case.code})
    assert answer.status_code == 409
    assert "رفتار بد کارمند" not in answer.content.decode()


def test_asking_again_counts_once_for_a_contact(desk: Client) -> None:
    case = reported_case(timezone.now())
    contact = begin(desk)
    for _ in range(2):
        assert send(desk, contact, do=f"nudge:{case.pk}").status_code == 302
    case.refresh_from_db()
    assert case.nudges == 1
    assert Contact.objects.get(pk=contact.pk).disposition == "nudged"


def test_who_asks_again_is_told_with_whom_it_is_to_whom_it_climbed_and_the_time(desk: Client) -> None:
    registered = timezone.now() - timedelta(days=8)
    main, case = reported_case(registered, reporter=_nobody()), reported_case(registered)
    join_incident(case.pk, main_case_id=main.pk, by=actor("centre-triage"), now=registered)
    sweep(now=timezone.now())
    contact = begin(desk)
    send(desk, contact, do=f"nudge:{case.pk}")
    page = desk.get(f"/desk/contact/{contact.pk}/done").content.decode()
    manager, unit = book().positions.by_code["s1-manager"], book().departments.by_code["s1-roads"]
    assert manager.name("fa") in page and unit.name("fa") in page and "مهلت پاسخ" in page


def test_the_same_fault_is_joined_with_a_code_of_its_own(desk: Client) -> None:
    main = reported_case(timezone.now(), reporter=_nobody())
    contact = begin(desk)
    screen = desk.post(f"/desk/contact/{contact.pk}/look", told(do=""))
    assert [row.case for row in screen.context["alike"]] == [main]
    send(desk, contact, joins=str(main.pk))
    case = Case.objects.exclude(pk=main.pk).get()
    assert (case.status, case.incident.main_case) == ("joined", main)
    assert case.code and case.code != main.code
    assert Contact.objects.get(pk=contact.pk).disposition == "joined"


def _nobody() -> Any:
    from pol137.cases.rules.drafts import ReporterDraft

    return ReporterDraft()


def test_a_call_is_answered_from_an_article(desk: Client) -> None:
    contact = begin(desk)
    answer = send(desk, contact, service="", words="", do="answered", article="power-cut", phone="")
    assert answer.url == "/desk/contact/"
    contact.refresh_from_db()
    assert contact.article is not None
    assert (contact.disposition, contact.article.code) == ("answered", "power-cut")
    assert contact.finished_at is not None
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("do", "missing", "given", "disposition"),
    [
        ("answered", "article", {"service": "light-out"}, "answered"),
        ("emergency", "agency", {"emergency": "fire"}, "handed_to_emergency"),
        ("agency", "agency", {"agency": "electricity"}, "handed_to_agency"),
        ("unlawful", "legal_ground", {"legal_ground": "article-100"}, "unlawful_explained"),
        ("praise", "words", {"words": "دست شما درد نکند"}, "praise_or_opinion"),
        ("dropped", "", {}, "dropped"),
        ("silent", "", {}, "silent"),
        ("wrong", "", {}, "wrong_number"),
        ("nuisance", "", {}, "nuisance"),
    ],
)
def test_a_contact_ends_without_a_case(
    desk: Client, do: str, missing: str, given: dict[str, str], disposition: str
) -> None:
    contact = begin(desk)
    if missing:
        refused = desk.post(f"/desk/contact/{contact.pk}/", {"do": do})
        assert list(refused.context["form"].errors) == [missing]
    assert desk.post(f"/desk/contact/{contact.pk}/", {"do": do, **given}).status_code == 302
    contact.refresh_from_db()
    assert contact.disposition == disposition
    assert contact.legal_ground is None or contact.legal_ground.code == "article-100"


def test_a_contact_with_a_case_has_no_other_ending(desk: Client) -> None:
    contact = begin(desk)
    send(desk, contact)
    assert desk.post(f"/desk/contact/{contact.pk}/", {"do": "nuisance"}).status_code == 422
    assert Contact.objects.get(pk=contact.pk).disposition == "opened"


def test_an_opinion_is_thanked_and_opens_no_case(desk: Client) -> None:
    contact = begin(desk)
    send(desk, contact, kind="opinion")
    contact.refresh_from_db()
    assert (contact.disposition, contact.kind) == ("praise_or_opinion", "opinion")
    assert not Case.objects.exists()


def waiting_text() -> Contact:
    return start_contact(
        channel="sms",
        external_id="in-1",
        phone="+989151234567",
        words="این سطل را کی می‌آورید؟",
        by=system("reader"),
        now=timezone.now(),
    )


def test_a_text_is_taken_by_one_person(desk: Client) -> None:
    text = waiting_text()
    assert "این سطل را کی می‌آورید؟" in desk.get("/desk/texts/").content.decode()
    assert desk.post(f"/desk/texts/{text.pk}/take").url == f"/desk/contact/{text.pk}/"
    screen = desk.get(f"/desk/contact/{text.pk}/")
    assert screen.context["form"]["words"].value() == "این سطل را کی می‌آورید؟"
    supervisor = Client()
    supervisor.force_login(user("centre-supervisor"))
    assert supervisor.post(f"/desk/texts/{text.pk}/take").url == "/desk/texts/"
    assert Contact.objects.get(pk=text.pk).operator == user("centre-operator")
    assert supervisor.get("/desk/texts/").context["rows"] == []


def test_looking_writes_nothing_and_finds_by_synonym(desk: Client) -> None:
    contact = begin(desk)
    before = Contact.objects.get(pk=contact.pk).__dict__.copy()
    answer = desk.post(
        f"/desk/contact/{contact.pk}/look", {"q": "برق", "place_q": "فلکه"}, headers={"HX-Request": "true"}
    )
    page = answer.content.decode()
    assert "<html" not in page
    assert re.findall(r'name="article" value="([^"]*)"', page) == ["power-cut"]
    assert re.findall(r'name="place" value="([^"]*)"', page) == ["azadi-square"]
    after = Contact.objects.get(pk=contact.pk).__dict__
    assert {key: after[key] for key in before if key != "_state"} == {
        key: before[key] for key in before if key != "_state"
    }


def test_the_page_works_without_script(desk: Client) -> None:
    contact = begin(desk)
    looked = desk.post(f"/desk/contact/{contact.pk}/", {"do": "look", "q": "چراغ", "words": "حرف من"})
    page = looked.content.decode()
    assert looked.status_code == 200
    assert 'name="service" value="light-out"' in page
    assert "حرف من" in page
    chosen = desk.post(f"/desk/contact/{contact.pk}/", {"do": "look", "service": "pothole"})
    assert "ask-depth" in chosen.content.decode()


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("چراغ", "light-out"),
        ("چراغ كوچه ما خاموش است", "light-out"),
        ("آسفالت چاله", "pothole"),
        ("pothole", "pothole"),
        ("بازي بوستان شكسته", "playground"),
    ],
)
def test_subjects_are_found_as_people_say_them(text: str, first: str) -> None:
    assert find_subjects(text, city=book())[0].code == first


@pytest.mark.parametrize("text", ["", "  ", "است که را", "؟؟؟"])
def test_nothing_said_finds_no_subject(text: str) -> None:
    assert find_subjects(text, city=book()) == []


def test_an_article_is_shown_as_written_and_never_as_code() -> None:
    html = rich_text("سلام **مهم** <script>\n\n- یک\n- دو <b>\n\n۱. گام\nپایان")
    assert html == (
        "<p>سلام <b>مهم</b> &lt;script&gt;</p>\n<ul><li>یک</li><li>دو &lt;b&gt;</li></ul>\n"
        "<ol><li>گام</li></ol><p>پایان</p>"
    )


def test_a_number_no_case_can_have_is_refused_not_computed(desk: Client) -> None:
    contact = begin(desk)
    assert send(desk, contact, do="nudge:" + "9" * 5000, service="").status_code == 422
    assert not ContactCase.objects.exists()


def test_a_contact_that_led_to_a_hidden_case_is_hidden_with_it(desk: Client) -> None:
    case = reported_case(timezone.now(), service="staff-conduct", words="رفتار بد کارمند")
    link = ContactCase.objects.get(case=case)
    for page in ("", "done"):
        assert desk.get(f"/desk/contact/{link.contact_id}/{page}").status_code == 404
    open_one = ContactCase.objects.get(case=reported_case(timezone.now()))
    assert desk.get(f"/desk/contact/{open_one.contact_id}/done").status_code == 200
    own = begin(desk)
    assert send(desk, own, service="staff-conduct").status_code == 302
    assert desk.get(f"/desk/contact/{own.pk}/done").status_code == 200
