"""A program with a key that talks to the Open311 door."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone

from pol137.lib.actor import system
from pol137.staff.operations import create_api_key


class Program:
    """Somebody else's software: asks and reports in either format."""

    def __init__(self, client: Client, key: str) -> None:
        self.client, self.key = client, key

    def get(self, path: str, status: int = 200, **arguments: Any) -> Any:
        """What the address answers, read in the format of its suffix."""
        return self.read(self.client.get(f"/open311/v2/{path}", arguments), status)

    def post(self, status: int = 201, fmt: str = "json", **arguments: Any) -> Any:
        """What comes of a report; a light that is out unless told otherwise, None leaves an argument out."""
        told: dict[str, Any] = {
            "api_key": self.key,
            "service_code": "light-out",
            "description": "چراغ کوچه روشن نمی‌شود.",
            "address_string": "خیابان نمونه، کوچه ۴",
            "lat": "36.31",
            "long": "59.55",
        }
        told = {name: value for name, value in (told | arguments).items() if value is not None}
        return self.read(self.client.post(f"/open311/v2/requests.{fmt}", told), status)

    @staticmethod
    def read(response: Any, status: int = 200) -> Any:
        """The body of an answer of this status."""
        assert response.status_code == status, response.content.decode()
        if response["Content-Type"] == "text/xml; charset=utf-8":
            return ElementTree.fromstring(response.content)
        assert response["Content-Type"] == "application/json; charset=utf-8"
        return json.loads(response.content)


@pytest.fixture
def program(db: None, client: Client) -> Program:
    """A program with an Open311 key."""
    _, key = create_api_key(name="a program", scope="open311", by=system("test"), now=timezone.now())
    return Program(client, key)


@pytest.fixture
def unmoderated(settings: Any) -> None:
    """A test endpoint: words are shown at once."""
    settings.MODERATION = False


@pytest.fixture
def run_jobs() -> Callable[[], int]:
    """Lets the queue's jobs happen."""
    from pol137.journal import outbox

    return lambda: outbox.drain(now=timezone.now())
