"""Nobody opens a view that does not say who may."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from pol137.city.queries import book
from pol137.city.vocabulary import Role
from pol137.lib.actor import ActorKind
from pol137.staff.operations import create_api_key
from pol137.web.access import AccessMiddleware, access, mark_of, needs_no_mark
from pol137.web.request import Request
from tests.factories import SATURDAY, actor, user

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@access(public=True)
def everybody(request: Request) -> HttpResponse:
    return HttpResponse(f"{request.actor} {request.now.tzinfo}")


@access(staff=True)
def staff(request: Request) -> HttpResponse:
    return HttpResponse(f"{request.actor} {request.LANGUAGE_CODE}")


@access(roles=[Role.TRIAGE, Role.SHIFT_SUPERVISOR])
def triage(request: Request) -> HttpResponse:
    return HttpResponse("triage")


@access(scope="open311")
def machine(request: Request) -> HttpResponse:
    return HttpResponse(str(request.actor))


def forgotten(request: Request) -> HttpResponse:
    return HttpResponse("secret")


urlpatterns = [
    path("everybody", everybody),
    path("staff", staff),
    path("triage", triage),
    path("machine", machine),
    path("forgotten", forgotten),
]
handler403 = "pol137.web.errors.permission_denied"


def member(role: Role) -> Any:
    return user(book().positions_for(None, role)[0].code)


def test_a_public_view_knows_nobody_but_the_time(client: Client) -> None:
    assert client.get("/everybody").content.decode() == "citizen:anonymous UTC"


def test_a_view_without_a_mark_does_not_run(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client.get("/forgotten")
    assert answer.status_code == 403
    assert b"secret" not in answer.content
    assert "forgotten has no access mark" in caplog.text


def test_whoever_is_not_logged_in_goes_to_the_log_in_page_and_back(client: Client) -> None:
    answer = client.get("/staff?after=12")
    assert (answer.status_code, answer["Location"]) == (302, "/desk/login?next=/staff%3Fafter%3D12")


def test_a_form_sent_after_the_session_ended_does_not_name_a_page_to_post_to_again(client: Client) -> None:
    assert client.post("/staff")["Location"] == "/desk/login"


def test_htmx_follows_to_the_log_in_page_whole(client: Client) -> None:
    answer = client.get("/staff", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/desk/login")


def test_staff_come_in_as_themselves_in_their_own_language(client: Client) -> None:
    someone = member(Role.OPERATOR)
    someone.language = "en"
    someone.save()
    client.force_login(someone)
    assert client.get("/staff").content.decode() == f"staff:{someone.pk} en"


def test_a_locked_out_member_of_staff_is_out_at_once(client: Client) -> None:
    someone = member(Role.OPERATOR)
    client.force_login(someone)
    someone.is_active = False
    someone.save()
    assert client.get("/staff").status_code == 302


@pytest.mark.parametrize(
    ("role", "status"), [(Role.TRIAGE, 200), (Role.OPERATOR, 403), (Role.UNIT_HEAD, 403)]
)
def test_a_role_opens_what_is_marked_for_it(client: Client, role: Role, status: int) -> None:
    positions = [one for one in book().positions if one.role == role]
    client.force_login(user(positions[0].code))
    assert client.get("/triage").status_code == status


def test_a_program_is_known_by_its_key_and_only_for_its_scope(client: Client) -> None:
    keys = {
        scope: create_api_key(
            name=f"probe-{scope}", scope=scope, by=actor(member(Role.ADMINISTRATOR).username), now=SATURDAY
        )
        for scope in ("open311", "api")
    }
    secrets = {scope: key[1] if isinstance(key, tuple) else key for scope, key in keys.items()}
    assert client.get("/machine").content == b"citizen:anonymous"
    assert client.get("/machine", {"api_key": secrets["open311"]}).content == b"client:probe-open311"
    assert client.post("/machine", {"api_key": secrets["open311"]}).content == b"client:probe-open311"
    bearer = {"Authorization": f"Bearer {secrets['open311']}"}
    assert client.get("/machine", headers=bearer).content == b"client:probe-open311"
    assert client.get("/machine", {"api_key": secrets["api"]}).content == b"citizen:anonymous"


def test_a_mark_says_exactly_one_thing() -> None:
    for said in ({}, {"public": True, "staff": True}, {"roles": ["triage"], "scope": "api"}):
        with pytest.raises(ValueError, match="exactly one"):
            access(**said)


def test_marks_stay_on_decorated_views_and_modules_with_reasons_need_none() -> None:
    mark = mark_of(triage)
    assert mark is not None and mark.roles == {"triage", "shift_supervisor"}

    class Known:
        __module__ = "django.contrib.admin.sites"

    class Alike:
        __module__ = "django.contrib.administration"

    assert needs_no_mark(Known) and not needs_no_mark(Alike)


def test_the_middleware_refuses_before_the_view(rf: RequestFactory) -> None:
    request = rf.get("/")
    middleware = AccessMiddleware(lambda _request: HttpResponse())
    middleware(request)
    assert request.actor.kind is ActorKind.CITIZEN
    with pytest.raises(PermissionDenied):
        middleware.process_view(request, forgotten, (), {})
