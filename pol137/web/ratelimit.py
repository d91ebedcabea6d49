"""Limits on how often one visitor may do a thing, counted in one unlogged table shared by all processes."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps

from django.conf import settings
from django.db import connection
from django.http import HttpResponse, HttpResponseBase
from django.template.loader import render_to_string

from pol137.lib.persian import persian_digits
from pol137.web.request import Request

COUNT = """
INSERT INTO web_hit (key, span, hits, touched) VALUES (%s, %s, 1, %s)
ON CONFLICT (key) DO UPDATE
SET hits = CASE WHEN web_hit.span = excluded.span THEN web_hit.hits + 1 ELSE 1 END,
    span = excluded.span, touched = excluded.touched
RETURNING hits
"""


def allow(key: str, limit: int, per: timedelta, *, now: datetime) -> bool:
    """Count one more use of `key`; whether it is within `limit` for the running span of length `per`.

    Guarantees: one statement; concurrent uses are all counted. Keys are stored as digests only.
    """
    if not settings.RATE_LIMITS:
        return True
    digest = hashlib.sha256(f"{key} {per.total_seconds()}".encode()).hexdigest()[:32]
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [digest, int(now.timestamp() // per.total_seconds()), now])
        return bool(cursor.fetchone()[0] <= limit)


def forget(now: datetime, *, limit: int = 10_000) -> int:
    """Delete counters not touched for two days, at most `limit`; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM web_hit WHERE key IN (SELECT key FROM web_hit WHERE touched < %s LIMIT %s)",
            [now - timedelta(days=2), limit],
        )
        return cursor.rowcount


def visitor(request: Request) -> str:
    """The visitor's network address: the peer's, or behind our proxy the one the proxy saw."""
    if settings.USE_X_FORWARDED_HOST:
        forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if forwarded:
            return forwarded
    return str(request.META.get("REMOTE_ADDR", ""))


def limited(
    name: str,
    *,
    limit: int,
    per: timedelta,
    methods: tuple[str, ...] = ("POST",),
    key: Callable[[Request], str] = visitor,
) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Let a view run at most `limit` times in `per` for one visitor, else answer 429 with Retry-After."""

    def put(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def run(request: Request, *args: object, **kwargs: object) -> HttpResponseBase:
            counted = request.method in methods
            if counted and not allow(f"{name} {key(request)}", limit, per, now=request.now):
                return too_many(request, per=per)
            return view(request, *args, **kwargs)

        return run

    return put


def too_many(request: Request, *, per: timedelta) -> HttpResponse:
    """The 429 page, saying when the span ends."""
    span = per.total_seconds()
    wait = math.ceil(span - request.now.timestamp() % span)
    minutes = math.ceil(wait / 60)
    body = render_to_string(
        "429.html", {"minutes": minutes, "minutes_fa": persian_digits(str(minutes))}, request
    )
    return HttpResponse(body, status=429, headers={"Retry-After": str(wait)})
