"""Around every page: headers, error pages, files, navigation."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from pol137.lib.actor import Actor, ActorKind, Seat
from pol137.web import assets, nav
from pol137.web.access import access
from pol137.web.htmx import go
from pol137.web.request import Request

pytestmark = pytest.mark.urls(__name__)


@access(public=True)
def fine(request: Request) -> HttpResponse:
    return HttpResponse("fine")


@access(public=True)
def broken(request: Request) -> HttpResponse:
    raise ZeroDivisionError


@access(public=True)
def full(request: Request) -> HttpResponse:
    raise OSError(errno.ENOSPC, "No space left on device")


@access(public=True)
def away(request: Request) -> HttpResponse:
    try:
        raise OperationalError("server closed the connection unexpectedly")
    except OperationalError as error:
        raise RuntimeError("while saying what went wrong") from error


@access(public=True)
def done(request: Request) -> HttpResponse:
    return go(request, "/fine")


urlpatterns = [
    path("fine", fine, name="fine"),
    path("fine/more", fine, name="more"),
    path("broken", broken),
    path("full", full),
    path("away", away),
    path("done", done),
]
handler400 = "pol137.web.errors.bad_request"
handler403 = "pol137.web.errors.permission_denied"
handler404 = "pol137.web.errors.not_found"
handler500 = "pol137.web.errors.server_error"


def test_nothing_inline_nothing_from_elsewhere_nothing_kept(client: Client) -> None:
    answer = client.get("/fine")
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["X-Frame-Options"] == "DENY"
    assert "geolocation=(self)" in answer["Permissions-Policy"]
    assert client.get("/nowhere")["Cache-Control"] == "no-store"


def test_error_pages_need_no_database_and_speak_both_languages(client: Client) -> None:
    client.raise_request_exception = False
    for address, status in (("/nowhere", 404), ("/broken", 500)):
        answer = client.get(address)
        text = answer.content.decode()
        assert answer.status_code == status
        assert 'lang="fa" dir="rtl"' in text and 'lang="en" dir="ltr"' in text
        assert "Traceback" not in text and "ZeroDivisionError" not in text


def test_staff_are_led_back_to_their_desk(client: Client) -> None:
    at_desk, outside = client.get("/desk/nowhere").content.decode(), client.get("/nowhere").content.decode()
    assert 'href="/desk/"' in at_desk and 'href="/en/"' not in at_desk
    assert 'href="/desk/"' not in outside and 'href="/"' in outside and 'href="/en/"' in outside


@pytest.mark.parametrize("address", ["/full", "/away"])
def test_for_want_of_room_or_database_one_is_asked_to_send_again(client: Client, address: str) -> None:
    client.raise_request_exception = False
    sent, opened = client.post(address), client.get(address)
    assert (sent.status_code, sent["Retry-After"], opened.status_code) == (503, "60", 503)
    assert "ثبت نشد؛ کمی بعد دوباره بفرستید" in sent.content.decode()
    assert "ثبت نشد" not in opened.content.decode() and "در دسترس نیست" in opened.content.decode()
    told = client.post(address, headers={"Accept": "application/json"})
    assert told.status_code == 503 and told.json()["status"] == 503 and told["Retry-After"] == "60"


def test_a_program_gets_errors_it_can_read(client: Client) -> None:
    answer = client.get("/nowhere", headers={"Accept": "application/json"})
    assert answer["Content-Type"] == "application/problem+json" and answer.json()["status"] == 404


def test_a_form_without_its_token_is_refused_in_words() -> None:
    answer = Client(enforce_csrf_checks=True).post("/fine")
    assert answer.status_code == 403 and "فرم دیگر معتبر نیست" in answer.content.decode()


def test_after_something_was_done_one_is_sent_on(client: Client) -> None:
    assert client.post("/done").status_code == 303
    assert client.post("/done", headers={"HX-Request": "true"})["HX-Redirect"] == "/fine"


def test_places_are_shown_by_role_and_the_nearest_is_here(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nav, "_items", ())
    monkeypatch.setattr(nav, "_counts", None)
    nav.install(
        [
            nav.NavItem("all", "fine", "همه", "inbox"),
            nav.NavItem("more", "more", "بیشتر", "list", key="m"),
            nav.NavItem("hidden", "fine", "پنهان", "lock", roles=frozenset({"manager"})),
        ],
        lambda actor, now: {"more": 4},
    )
    request = rf.get("/fine/more")
    request.actor = Actor(ActorKind.STAFF, "1", (Seat("operator", 1, 1, None),))
    request.now = None
    links = nav.links(request, nav.counts(request))
    assert [(link.code, link.here, link.count) for link in links] == [("all", False, 0), ("more", True, 4)]


def _packages(folder: Path) -> Path:
    for name in assets.FILES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"code();\n//# sourceMappingURL=x.map\n")
    return folder


def test_the_served_files_are_copied_once_without_pointers_to_maps(tmp_path: Path) -> None:
    packages, vendor = _packages(tmp_path / "packages"), tmp_path / "vendor"
    assert assets.copy_assets(packages, vendor) == len(assets.FILES)
    assert (vendor / "htmx/htmx.min.js").read_bytes() == b"code();\n"
    assert assets.copy_assets(packages, vendor) == 0


def test_a_missing_package_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    packages, vendor = _packages(tmp_path / "packages"), tmp_path / "vendor"
    (packages / "leaflet/dist/leaflet.js").unlink()
    with pytest.raises(FileNotFoundError, match=r"npm ci.*leaflet/dist/leaflet\.js"):
        assets.copy_assets(packages, vendor)
    assert not vendor.exists()
