"""The configuration pages: superusers only, every save renews the Book, nothing is deleted."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.test import Client
from django.urls import reverse

from pol137.city.models import Service
from pol137.city.queries import book
from pol137.staff.models import User

TABLES = sorted(model._meta.model_name or "" for model in apps.get_app_config("city").get_models())


@pytest.fixture
def superuser(loaded: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("head-office", "a-long-password"))
    return client


def test_every_table_of_the_city_is_there() -> None:
    registered = {model._meta.model_name for model in site._registry if model._meta.app_label == "city"}
    assert registered == set(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_each_list_opens_and_searches(superuser: Client, table: str) -> None:
    answer = superuser.get(reverse(f"admin:city_{table}_changelist"), {"q": "s1"})
    assert answer.status_code == 200


def test_a_save_reaches_the_book(superuser: Client) -> None:
    row, before = Service.objects.get(code="thanks"), book().version
    page = superuser.get(reverse("admin:city_service_change", args=[row.pk]))
    form = page.context["adminform"].form
    given = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    given = {name: field.prepare_value(given[name]) for name, field in form.fields.items()}
    given = {name: "" if value is None else value for name, value in given.items() if value is not False}
    answer = superuser.post(
        reverse("admin:city_service_change", args=[row.pk]), {**given, "name_fa": "سپاس", "kind": "praise"}
    )
    assert answer.status_code == 302, answer.context["errors"]
    assert book().version > before
    assert book().services.by_code["thanks"].name_fa == "سپاس"
    assert book().services.by_code["thanks"].keywords == ("تشکر", "قدردانی", "thanks")


def test_a_word_the_city_does_not_know_is_refused_on_the_form(superuser: Client) -> None:
    row = Service.objects.get(code="thanks")
    answer = superuser.post(
        reverse("admin:city_service_change", args=[row.pk]), {"name_fa": "x", "visibility": "secret"}
    )
    assert answer.status_code == 200
    assert "visibility" in answer.context["adminform"].form.errors


def test_nothing_is_deleted(superuser: Client) -> None:
    row = Service.objects.get(code="thanks")
    assert (
        superuser.post(reverse("admin:city_service_delete", args=[row.pk]), {"post": "yes"}).status_code
        == 403
    )
    assert Service.objects.filter(code="thanks").exists()


@pytest.mark.usefixtures("loaded")
def test_staff_without_superuser_are_kept_out() -> None:
    client = Client()
    client.force_login(User.objects.create_user("clerk", "a-long-password", is_staff=True))
    assert client.get(reverse("admin:city_service_changelist")).status_code == 403
