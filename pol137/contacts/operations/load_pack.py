"""Taking a pack's articles into the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from pol137.city.queries import book, local_day
from pol137.contacts.models import Article
from pol137.contacts.queries import stored_articles
from pol137.contacts.rules.articles import ArticleText
from pol137.lib.persian import search_key
from pol137.packs.rules.differences import Change, Difference

KEYWORD_SEPARATOR = "; "


@transaction.atomic
def load_articles(*, articles: Sequence[ArticleText], now: datetime) -> list[Difference]:
    """Make the articles in force those of the pack; what changed is returned.

    Guarantees: articles keep their number by code; those not in the pack are closed from today, never
    deleted. The city's own tables must have been loaded before.
    """
    changes = article_differences(stored_articles(), articles)
    today = local_day(now)
    known = {one.code: one for one in Article.objects.all()}
    changed = {one.key for one in changes}
    for place, text in enumerate(articles):
        article = known.get(text.code) or Article(code=text.code, active_from=today)
        if text.code in changed or article.sort != place:
            _store(article, text, place)
    for one in changes:
        if one.change is Change.CLOSED:
            article = known[one.key]
            article.active_to = max(today, article.active_from)
            article.save(update_fields=["active_to"])
    return changes


def article_differences(stored: Sequence[ArticleText], given: Sequence[ArticleText]) -> list[Difference]:
    """What would change in the articles."""
    have, want = {one.code: one for one in stored}, {one.code: one for one in given}
    found = []
    for code, text in want.items():
        before = have.get(code)
        if before is None:
            found.append(Difference("article", code, Change.ADDED))
        elif before != text:
            names = [name for name in text.__slots__ if getattr(before, name) != getattr(text, name)]
            fields = {name: (getattr(before, name), getattr(text, name)) for name in names}
            found.append(Difference("article", code, Change.CHANGED, fields))
    return found + [Difference("article", code, Change.CLOSED) for code in have if code not in want]


def _store(article: Article, text: ArticleText, place: int) -> None:
    city = book()
    article.title_fa, article.title_en = text.title_fa, text.title_en
    article.body_fa, article.body_en = text.body_fa, text.body_en
    article.keywords = KEYWORD_SEPARATOR.join(text.keywords)
    article.search_key = " | ".join(search_key(one) for one in (text.title_fa, *text.keywords, text.body_fa))
    article.owner_id = city.departments.by_code[text.owner].id if text.owner else None
    article.review_date = text.review_date
    article.sort, article.active_to = place, None
    article.save()
    article.services.set([city.services.by_code[code].id for code in text.services])
