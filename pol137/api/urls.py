"""Addresses for programs: Open311, gateways, and whoever watches over the machine."""

from django.urls import path, re_path

from pol137.api import health, webhooks
from pol137.api.open311 import views

FMT = r"\.(?P<fmt>json|xml)$"

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("hooks/<slug:channel>/<str:secret>", webhooks.inbound, name="hook"),
    re_path(rf"^open311/(?:v2/)?discovery{FMT}", views.discovery),
    re_path(rf"^open311/v2/services{FMT}", views.services),
    re_path(rf"^open311/v2/services/(?P<code>[^/]+){FMT}", views.definition),
    re_path(rf"^open311/v2/requests{FMT}", views.requests),
    re_path(rf"^open311/v2/requests/(?P<code>[^/]+){FMT}", views.single),
    re_path(rf"^open311/v2/tokens/(?P<token>[0-9a-f]{{24}}){FMT}", views.token),
    re_path(rf"^open311/v2/servicerequestupdates{FMT}", views.updates),
    re_path(
        r"^open311/v2/pictures/(?P<code>[0-9]{10})/(?P<sha256>[0-9a-f]{64})\.jpg$",
        views.picture,
        name="open311-picture",
    ),
    re_path(rf"^open311/.*{FMT}", views.nowhere),
    re_path(r"^open311(?:/.*)?$", views.nowhere),
]
