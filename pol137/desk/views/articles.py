"""What can be read out: searching and reading the articles."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render

from pol137.city.queries import book
from pol137.contacts.queries import find_articles, get_article
from pol137.desk.screen import text_of
from pol137.web.access import access
from pol137.web.htmx import show
from pol137.web.request import Request
from pol137.web.templatetags.fa import language


@access(staff=True)
def articles(request: Request) -> HttpResponse:
    """Every article, or those that hold the words asked for."""
    asked = request.GET.get("q", "").strip()[:200]
    rows = [text_of(one, now=request.now) for one in find_articles(asked, limit=200)]
    context = {"rows": rows, "asked": asked, "stale": sum(1 for row in rows if row.stale)}
    return show(request, "desk/articles.html", context, fragment="found")


@access(staff=True)
def article(request: Request, code: str) -> HttpResponse:
    """One article."""
    found = get_article(code)
    if found is None:
        raise Http404
    city = book()
    services = [city.services[one.pk].name(language()) for one in found.services.all()]
    context = {"article": text_of(found, now=request.now), "services": services, "ended": found.active_to}
    return render(request, "desk/article.html", context)
