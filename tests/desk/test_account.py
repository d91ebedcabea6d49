"""Into the desk and out of it: one word for every failure, no way to somewhere else, one's own account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pol137.desk.places import PLACES
from pol137.staff.models import User
from tests.factories import user

pytestmark = pytest.mark.django_db

PASSWORD = "a-good-password-137"
OPERATOR = "centre-operator"


def enter(client: Client, name: str = OPERATOR, word: str = PASSWORD, **more: str) -> Any:
    return client.post("/desk/login", {"username": name, "password": word, **more})


def said(response: Any) -> str:
    """What the page says went wrong."""
    return str(response.context["form"].non_field_errors())


def test_the_right_password_lets_in() -> None:
    client = Client()
    assert enter(client).url == "/desk/"
    assert client.get("/desk/").status_code == 200
    assert user(OPERATOR).last_login is not None


@pytest.mark.parametrize(
    ("asked", "leads"),
    [
        ("/desk/articles/?q=1", "/desk/articles/?q=1"),
        ("//elsewhere.example/", "/desk/"),
        ("https://elsewhere.example/", "/desk/"),
        ("/\\elsewhere.example", "/desk/"),
        ("javascript:alert(1)", "/desk/"),
    ],
)
def test_next_leads_only_to_a_path_of_this_site(asked: str, leads: str) -> None:
    assert enter(Client(), next=asked).url == leads


def test_every_failure_says_the_same() -> None:
    wrong_word = enter(Client(), word="not-the-password")
    nobody = enter(Client(), name="nobody-here")
    locked = user("centre-triage")
    locked.locked_until = timezone.now() + timedelta(minutes=5)
    locked.save()
    resting = enter(Client(), name="centre-triage")
    assert wrong_word.status_code == nobody.status_code == resting.status_code == 422
    assert said(wrong_word) == said(nobody) == said(resting) != ""


def test_five_failures_let_the_account_rest_for_the_right_password_too() -> None:
    for _ in range(5):
        enter(Client(), word="not-the-password")
    client = Client()
    assert enter(client).status_code == 422
    assert client.get("/desk/").status_code == 302
    User.objects.filter(username=OPERATOR).update(locked_until=timezone.now() - timedelta(seconds=1))
    assert enter(client).status_code == 302


def test_one_address_cannot_try_for_ever() -> None:
    answers = [enter(Client(), name="nobody-here").status_code for _ in range(61)]
    assert answers[:60] == [422] * 60
    assert answers[60] == 429


def test_strangers_are_sent_to_log_in_and_back() -> None:
    answer = Client().get("/desk/contact/")
    assert answer.status_code == 302
    assert answer.url == "/desk/login?next=/desk/contact/"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("s1-roads-head", "/desk/contact/"),
        ("s1-roads-head", "/desk/texts/"),
        ("s1-roads-head", "/desk/calls/"),
        (OPERATOR, "/desk/messages/"),
        ("centre-statistics", "/desk/messages/"),
    ],
)
def test_a_page_of_other_roles_stays_shut(name: str, path: str) -> None:
    client = Client()
    client.force_login(user(name))
    assert client.get(path).status_code == 403


def test_everybody_has_a_home_and_every_place_in_the_navigation_opens() -> None:
    for name in (
        "centre-operator",
        "centre-supervisor",
        "s1-roads-head",
        "s1-deputy-tech",
        "centre-feedback",
    ):
        client = Client()
        client.force_login(user(name))
        page = client.get("/desk/")
        assert page.status_code == 200
        links = page.context["page"].nav
        assert links
        for link in links:
            assert client.get(link.href).status_code == 200, (name, link.href)


def test_keys_of_places_differ() -> None:
    keys = [place.key for place in PLACES if place.key]
    assert len(keys) == len(set(keys))


def test_leaving_needs_a_post() -> None:
    client = Client()
    client.force_login(user(OPERATOR))
    assert client.get("/desk/logout").status_code == 405
    assert client.post("/desk/logout").url == "/desk/login"
    assert client.get("/desk/").status_code == 302


def test_the_demonstration_offers_names_but_no_passwords(settings: Any) -> None:
    User.objects.filter(username=OPERATOR).update(is_demo=True)
    assert OPERATOR not in Client().get("/desk/login").content.decode()
    settings.DEMO = True
    page = Client().get("/desk/login").content.decode()
    assert f'data-fill="{OPERATOR}"' in page
    assert PASSWORD not in page
    assert f'value="{OPERATOR}"' in Client().get(f"/desk/login?user={OPERATOR}").content.decode()


def test_language_and_light_are_ones_own() -> None:
    client = Client()
    client.force_login(user(OPERATOR))
    answer = client.post("/desk/account/look", {"language": "en", "theme": "dark"})
    assert answer.cookies["theme"].value == "dark"
    page = client.get("/desk/").content.decode()
    assert '<html lang="en" dir="ltr" data-theme="dark"' in page
    client.post("/desk/account/look", {"language": "xx", "theme": "dark"})
    assert user(OPERATOR).language == "en"


def test_a_new_password_ends_other_sessions_and_keeps_this_one() -> None:
    here, elsewhere = Client(), Client()
    here.force_login(user(OPERATOR))
    elsewhere.force_login(user(OPERATOR))
    fresh = "یک گذرواژهٔ تازهٔ بلند"
    given = {"old": PASSWORD, "new": fresh, "again": fresh}
    assert here.post("/desk/account/password", given).status_code == 302
    assert here.get("/desk/").status_code == 200
    assert elsewhere.get("/desk/").status_code == 302
    assert enter(Client(), word=fresh).status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "again", "field"),
    [
        ("wrong", "a-better-password", "a-better-password", "old"),
        (PASSWORD, "short", "short", "new"),
        (PASSWORD, "a-better-password", "another-password", "again"),
    ],
)
def test_a_password_is_refused_at_its_field(old: str, new: str, again: str, field: str) -> None:
    client = Client()
    client.force_login(user(OPERATOR))
    answer = client.post("/desk/account/password", {"old": old, "new": new, "again": again})
    assert answer.status_code == 422
    assert list(answer.context["password"].errors) == [field]
    assert user(OPERATOR).check_password(PASSWORD)


def test_the_configuration_has_no_door_that_does_not_count_wrong_tries() -> None:
    client = Client()
    for answer in (client.get("/admin/login/?next=/admin/city/"), client.get("/admin/", follow=True)):
        assert "/desk/login" in (answer.url if answer.status_code == 302 else answer.redirect_chain[-1][0])
    root = user(OPERATOR)
    root.is_staff = root.is_superuser = True
    root.save()
    assert client.post("/admin/login/", {"username": OPERATOR, "password": PASSWORD}).status_code == 302
    assert client.get("/admin/").status_code == 302
    assert enter(client, next="/admin/").url == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_whoever_is_in_but_may_not_configure_is_told_so() -> None:
    client = Client()
    client.force_login(user(OPERATOR))
    assert client.get("/admin/", follow=True).status_code == 403


def test_ones_own_mobile_is_kept_as_it_is_dialled_and_can_be_taken_away() -> None:
    desk = Client()
    enter(desk)
    assert desk.post("/desk/account/phone", {"phone": "۰۹۱۲ ۱۳۷ ۰۰۰۱"}).status_code == 302
    assert user("centre-operator").phone == "+989121370001"
    assert "+989121370001" in desk.get("/desk/account").content.decode()
    assert desk.post("/desk/account/phone", {"phone": "12"}).status_code == 422
    assert user("centre-operator").phone == "+989121370001"
    desk.post("/desk/account/phone", {"phone": ""})
    assert user("centre-operator").phone == ""
