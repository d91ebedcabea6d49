"""An address that is typed finds its place on the report's page, with JavaScript and without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from pol137.cases.models import Case

pytestmark = pytest.mark.django_db

Filled = Callable[..., dict[str, Any]]
LIGHT = "/report/about/light-out"


def test_places_are_offered_while_an_address_is_typed(visitor: Client) -> None:
    page = visitor.get("/report/places", {"q": "بوستان گلها، کنار حوض"}).content.decode()
    assert 'value="golha-park"' in page and 'data-district="s1"' in page
    assert "<html" not in page
    assert "radio" not in visitor.get("/report/places", {"q": "ناکجاآباد"}).content.decode()


def test_without_javascript_a_button_finds_the_place_and_what_was_typed_stays(
    visitor: Client, filled: Filled
) -> None:
    said = filled(address="فلکه آزادی", district="", words="چراغ سوخته است")
    page = visitor.post(LIGHT, said | {"find_place": "1"}).content.decode()
    assert 'value="azadi-square"' in page and "چراغ سوخته است" in page
    assert not Case.objects.exists()
    visitor.post(LIGHT, said | {"place": "azadi-square"})
    case = Case.objects.get()
    assert case.district is not None and case.district.code == "s1"
    assert case.neighbourhood is not None and case.neighbourhood.code == "s1-bagh"
    assert case.address == "فلکه آزادی"


def test_an_address_that_leaves_no_doubt_tells_the_district(visitor: Client, filled: Filled) -> None:
    visitor.post(LIGHT, filled(address="خ پل، روبروی نانوایی", district=""))
    case = Case.objects.get()
    assert case.district is not None and case.district.code == "s2"
    assert case.department is not None


def test_a_district_said_by_hand_stands_against_the_address(visitor: Client, filled: Filled) -> None:
    visitor.post(LIGHT, filled(address="خیابان پل", district="s1"))
    case = Case.objects.get()
    assert case.district is not None and case.district.code == "s1"
    assert case.neighbourhood is None
