"""Articles people can read before they call."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString

from pol137.city.queries import book, local_day
from pol137.contacts.queries import find_articles, get_article
from pol137.portal.prose import gist, to_html
from pol137.web.access import access
from pol137.web.request import Request
from pol137.web.templatetags.fa import is_persian, language

MOST = 60


@dataclass(frozen=True, slots=True)
class Title:
    """An article in a list."""

    code: str
    title: str
    gist: str


@access(public=True)
def articles(request: Request) -> HttpResponse:
    """All articles, or those that hold every word asked for."""
    asked = request.GET.get("q", "")[:200]
    found = find_articles(asked, limit=MOST)
    titles = [
        Title(one.code, one.title_fa, gist(one.body_fa))
        if is_persian() or not (one.title_en and one.body_en)
        else Title(one.code, one.title_en, gist(one.body_en))
        for one in found
    ]
    return render(request, "portal/help.html", {"articles": titles, "asked": asked})


@access(public=True)
def article(request: Request, code: str) -> HttpResponse:
    """One article, and what can be reported about it."""
    found = get_article(code)
    if found is None or (found.active_to is not None and found.active_to <= local_day(request.now)):
        raise Http404
    city = book()
    english = not is_persian() and bool(found.title_en and found.body_en)
    services = [city.services.get(one.pk) for one in found.services.all()]
    context = {
        "title": found.title_en if english else found.title_fa,
        "body": _body(found.body_en if english else found.body_fa),
        "in_persian": not english and not is_persian(),
        "owner": city.name(city.departments.get(found.owner_id), language()),
        "subjects": [
            {"code": one.code, "name": one.name(language())} for one in services if one and one.active
        ],
    }
    return render(request, "portal/article.html", context)


def _body(text: str) -> SafeString:
    return to_html(text)
