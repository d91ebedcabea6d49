"""For those who watch over the machine: is it alive, is it ready, what is its pulse."""

from __future__ import annotations

from datetime import datetime, timedelta
from hmac import compare_digest

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from pol137.cases.queries import clocks_due, living_by_status
from pol137.city.queries.book import CityMissing, book
from pol137.journal.queries import QueueState, queue_state
from pol137.web import pulse
from pol137.web.access import access
from pol137.web.request import Request

LONGEST_WAIT = timedelta(seconds=60)
LONGEST_SILENCE = timedelta(seconds=30)
LOOPBACK = {"127.0.0.1", "::1"}


@access(public=True)
@require_safe
def alive(request: Request) -> HttpResponse:
    """The web server answers. Asks nothing else."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@access(public=True)
@require_safe
def ready(request: Request) -> JsonResponse:
    """Everything works together: database, city, queue, worker and scheduler; else 503 with the reasons."""
    reasons: list[str] = []
    figures: dict[str, object] = {}
    try:
        book()
        state = queue_state(now=request.now)
        reasons += _reasons(state, request.now)
        figures = {
            "waiting": state.waiting,
            "oldest_seconds": int(state.oldest.total_seconds()),
            "failed": state.failed,
        }
    except DatabaseError:
        reasons.append("database: no answer")
    except CityMissing:
        reasons.append("city: none is loaded")
    body = {"ready": not reasons, "reasons": reasons, "queue": figures}
    return JsonResponse(body, status=503 if reasons else 200)


def _reasons(state: QueueState, now: datetime) -> list[str]:
    reasons = []
    if state.oldest > LONGEST_WAIT:
        reasons.append(f"queue: the oldest job has waited {int(state.oldest.total_seconds())} seconds")
    for name, beat in (("worker", state.worker_beat), ("scheduler", state.scheduler_beat)):
        if beat is None:
            reasons.append(f"{name}: no sign of life yet")
        elif now - beat > LONGEST_SILENCE:
            reasons.append(f"{name}: no sign of life for {int((now - beat).total_seconds())} seconds")
    return reasons


@access(public=True)
@require_safe
def metrics(request: Request) -> HttpResponse:
    """Figures in Prometheus's text format, for this machine itself or whoever has the token."""
    if not _may_measure(request):
        raise Http404
    text = pulse.exposition() + _gauges(request.now)
    return HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_measure(request: Request) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if token and settings.METRICS_TOKEN and scheme.lower() == "bearer":
        return compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    passed_on = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return not passed_on and request.META.get("REMOTE_ADDR") in LOOPBACK


def _gauges(now: datetime) -> str:
    state = queue_state(now=now)
    lines: list[str] = []
    for name, text, value in (
        ("pol137_queue_waiting", "Jobs waiting.", state.waiting),
        ("pol137_queue_oldest_seconds", "How long the oldest due job waits.", state.oldest.total_seconds()),
        ("pol137_queue_failed", "Jobs given up on.", state.failed),
        ("pol137_promises_due", "Clocks with something to do that was not done yet.", clocks_due(now=now)),
    ):
        lines += [f"# HELP {name} {text}", f"# TYPE {name} gauge", f"{name} {value:.17g}"]
    lines += [
        "# HELP pol137_cases_living Cases that have not ended, by status.",
        "# TYPE pol137_cases_living gauge",
    ]
    lines += [f'pol137_cases_living{{status="{s}"}} {n}' for s, n in sorted(living_by_status().items())]
    return "\n".join(lines) + "\n"
