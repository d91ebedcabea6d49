"""Characters no database takes are left at the door, wherever an address or a cookie carries them."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/", "/track", "/desk/", "/t/1000000193"])
def test_a_cookie_with_a_hidden_control_is_no_cookie(path: str) -> None:
    client = Client(headers={"cookie": r'sessionid="\000aaaaaaaaaaaaaaaa"; csrftoken="\000a"'})
    assert client.get(path).status_code < 500


@pytest.mark.parametrize(
    "path", ["/help?q=%00", "/report?q=a%00b", "/help/%00", "/open311/v2/requests.xml?status=%00"]
)
def test_nul_in_an_address_breaks_nothing(path: str) -> None:
    assert Client().get(path).status_code in (200, 404)
