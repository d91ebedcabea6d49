"""Which article an operator is shown first."""

from __future__ import annotations

from datetime import date

import pytest

from pol137.city.queries.book import book
from pol137.contacts.models import Article
from pol137.contacts.queries import find_articles
from pol137.desk.screen import _articles
from pol137.lib.persian import search_key

pytestmark = pytest.mark.django_db


def article(code: str, title: str, body: str, *services: str) -> Article:
    made = Article.objects.create(
        code=code,
        title_fa=title,
        title_en=code,
        body_fa=body,
        body_en=body,
        review_date=date(2027, 3, 21),
        active_from=date(2026, 3, 21),
        sort=Article.objects.count(),
        search_key=search_key(f"{title} {body}"),
    )
    made.services.set([book().services.by_code[one].id for one in services])
    return made


def test_while_calling_what_says_it_in_its_title_comes_first_then_the_subjects_own() -> None:
    Article.objects.all().delete()
    article("own", "رنگ پایه‌ها", "متن دیگر", "light-out")
    article("own-says", "نورپردازی", "زمان تعمیر چراغ", "light-out")
    article("says", "چشمه‌های شهر", "زمان تعمیر چراغ", "pothole")
    article("titled", "زمان تعمیر چراغ", "دو شب", "pothole")
    service = book().services.by_code["light-out"]
    found = [one.code for one in find_articles("تعمیر چراغ", service_id=service.id)]
    assert found == ["titled", "own-says", "own", "says"]
    assert [code for code, _ in _articles({"q": "تعمیر چراغ"}, service)] == found
    assert [one.code for one in find_articles("تعمیر چراغ")] == ["titled", "own-says", "says"]
    assert [code for code, _ in _articles({"q": ""}, service)] == ["own", "own-says"]
    assert _articles({"q": ""}, None) == []
