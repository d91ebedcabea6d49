"""Whole pages and the fragments that live inside them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from pol137.web.request import Request


def show(
    request: Request,
    template: str,
    context: dict[str, Any],
    *,
    fragment: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page, or only its named fragment (`{% partialdef fragment %}`) when HTMX asks for one.

    A boosted visit, or a return by the back button, gets the whole page.
    """
    asks = request.htmx
    partial = bool(fragment and asks and not asks.boosted and not asks.history_restore_request)
    response = render(request, f"{template}#{fragment}" if partial else template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def go(request: Request, url: str) -> HttpResponse:
    """To another page after something was done: 303, or HTMX's own way to follow it whole."""
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponse(status=303, headers={"Location": url})
