"""A demo whose past is being made up says so on the first pages, as long as that is true."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from pol137.simulation.vocabulary import ONLY_ONE
from tests.factories import user

pytestmark = pytest.mark.django_db
SAID = "تاریخچه نمایشی در حال ساخته شدن است"


@contextmanager
def making_up() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ONLY_ONE])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ONLY_ONE])


def told(client: Client) -> list[bool]:
    return [SAID in client.get(path).content.decode() for path in ("/", "/desk/")]


def test_the_first_pages_say_it_while_it_is_so(client: Client, settings: Any) -> None:
    client.force_login(user("centre-operator"))
    settings.DEMO = True
    assert told(client) == [False, False]
    with making_up():
        assert told(client) == [True, True]
        settings.DEMO = False
        assert told(client) == [False, False], "in earnest nobody asks"
