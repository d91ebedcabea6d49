"""The subject is found from people's own words."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from pol137.city.queries import book
from pol137.city.rules.subjects import find_subjects, groups
from pol137.portal.aloud import aloud
from pol137.portal.prose import gist, to_html

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("چراغ کوچه خاموش است", "light-out"),
        ("چراغ کوچه‌مون خاموشه", "light-out"),
        ("روشنائی معابر", "light-out"),
        ("زباله‌ها را نبرده‌اند", "waste-missed"),
        ("زبالة جمع نشده", "waste-missed"),
        ("آبیاري درخت", "tree-care"),
        ("درخب", "tree-care"),
        ("دریچه منهول باز", "open-manhole"),
        ("چاله آسفالت", "pothole"),
        ("pothole in our street", "pothole"),
        ("potole", "pothole"),
        ("تاب پارک شکسته", "playground"),
    ],
)
def test_a_subject_is_found_however_it_is_spelt(said: str, code: str) -> None:
    assert find_subjects(said, city=book())[0].code == code


@pytest.mark.parametrize("said", ["", "   ", "از در به", "ژژژژژ", "؟!"])
def test_nothing_said_finds_nothing(said: str) -> None:
    assert find_subjects(said, city=book()) == []


def test_every_subject_stands_in_a_group() -> None:
    city = book()
    grouped = [one.code for group in groups(city) for one in group.services]
    assert sorted(grouped) == sorted(one.code for one in city.services)


def test_the_page_finds_and_offers_to_write_freely(client: Client) -> None:
    page = client.get("/report", {"q": 'چراغ "><script>'}).content.decode()
    assert "/report/about/light-out" in page
    assert "<script>" not in page.partition("<main")[2]
    assert "/report/about/other?q=" in page


def test_a_sentence_searched_for_becomes_the_words(client: Client) -> None:
    page = client.get("/report/about/light-out", {"q": "چراغ کوچه ما خاموش است"})
    assert page.context["form"].initial["words"] == "چراغ کوچه ما خاموش است"
    assert "words" not in client.get("/report/about/light-out", {"q": "چراغ"}).context["form"].initial


def test_a_code_is_read_aloud_in_pairs() -> None:
    assert aloud("4821930705", "fa") == "چهل و هشت، بیست و یک، نود و سه، صفر هفت، صفر پنج"
    assert aloud("1020119900", "fa") == "ده، بیست، یازده، نود و نه، صفر صفر"
    assert aloud("4821936057", "en").startswith("four eight, two one")


def test_articles_become_html_without_becoming_dangerous() -> None:
    html = to_html("سلام **مهم** <script>\n\n- یک\n- دو\nادامه\n\n1. گام\n2. گام دو\n\n## سر")
    assert "<strong>مهم</strong> &lt;script&gt;" in html
    assert "<ul><li>یک</li><li>دو ادامه</li></ul>" in html
    assert "<ol><li>گام</li><li>گام دو</li></ol>" in html
    assert html.endswith("<h2>سر</h2>")
    assert gist("**یک** " + "واژه " * 80).endswith("…")


def test_all_articles_of_the_packs_are_shown_whole() -> None:
    for name in ("sample", "iran", "mashhad", "shiraz"):
        for path in (settings.CITIES_DIR / name / "articles").glob("*.md"):
            html = to_html(path.read_text(encoding="utf-8").split("+++")[2])
            assert "**" not in html, path.name
