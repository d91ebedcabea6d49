"""Places of a city are found by what people type, and tell where they lie."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pol137.city.models import Neighbourhood, Place, SubDistrict
from pol137.city.operations import bump_version
from pol137.city.queries import book, find_places, landmarks, place_meant, place_of_code
from pol137.city.queries.book import forget

pytestmark = pytest.mark.django_db


@pytest.fixture
def street() -> Iterator[None]:
    """A street whose two sides lie in two districts, the alleys of each in a row of their own."""
    s1, s2 = (book().districts.by_code[code].id for code in ("s1", "s2"))
    day = Place.objects.values_list("active_from", flat=True)[0]
    part = SubDistrict.objects.create(
        code="s2-a", name_fa="ناحیه ۱", name_en="1", district_id=s2, active_from=day
    )
    Neighbourhood.objects.filter(code="s2-pol").update(sub_district=part)
    pol = Neighbourhood.objects.get(code="s2-pol")
    for code, district, hood, alleys, shared in (
        ("ahmad", s1, None, [], ["s2"]),
        ("ahmad-odd", s1, None, ["1-45 odd"], []),
        ("ahmad-even", s2, pol, ["2-30 even"], []),
    ):
        Place.objects.create(
            code=code, kind="alley" if alleys else "street", district_id=district, neighbourhood=hood,
            alleys=alleys, shared_with=shared, name_fa="خیابان احمدآباد", aliases=["خیابان قدیم"],
            search_key="", active_from=day,
        )  # fmt: skip
    bump_version()
    forget()
    yield
    forget()


@pytest.mark.usefixtures("street")
@pytest.mark.parametrize(
    "typed", ["احمدآباد ۱۲", "احمد آباد12", "خ احمداباد دوازده", "خیابان قدیم ۱۲ پلاک ۴"]
)
def test_a_numbered_alley_leads_to_the_side_of_the_street_that_holds_it(typed: str) -> None:
    found = find_places(typed)[0]
    assert (found.code, found.alley) == ("ahmad-even", 12)
    assert (found.district, found.sub_district, found.neighbourhood) == ("s2", "s2-a", "s2-pol")
    assert found.lat is None
    assert found.label == "خیابان احمدآباد ۱۲"


@pytest.mark.usefixtures("street")
def test_a_boundary_street_tells_the_responsible_district_and_the_other() -> None:
    (found,) = find_places("احمد اباد")
    assert (found.code, found.district, found.shared_with, found.label) == (
        "ahmad",
        "s1",
        ("s2",),
        found.name_fa,
    )


@pytest.mark.usefixtures("street")
def test_a_place_that_was_chosen_keeps_the_alley_that_was_asked_for() -> None:
    chosen = place_of_code("ahmad-odd", asked="احمدآباد ۱۷")
    assert chosen is not None
    assert (chosen.alley, chosen.label) == (17, "خیابان احمدآباد ۱۷")
    plain = place_of_code("ahmad-odd", asked="میدان آزادی")
    assert plain is not None
    assert plain.alley is None


@pytest.mark.usefixtures("street")
def test_an_address_means_a_place_when_all_that_fit_lie_in_one_district() -> None:
    meant = place_meant("بوستان گل‌ها، کنار حوض")
    assert meant is not None
    assert meant.code == "golha-park"
    alley = place_meant("احمدآباد ۱۲")
    assert alley is not None
    assert alley.code == "ahmad-even"
    Place.objects.filter(code="golha-park").update(
        name_fa="میدان آزادی", district=book().districts.by_code["s2"].id
    )
    bump_version()
    forget()
    assert place_meant("میدان آزادی") is None
    assert place_meant("ناکجا") is None


def test_a_place_of_no_point_stands_on_no_map_and_a_search_asks_the_database_nothing() -> None:
    find_places("آزادی")
    with CaptureQueriesContext(connection) as asked:
        assert [one.code for one in find_places("فلکه آزادی")] == ["azadi-square"]
        assert [one.code for one in landmarks()] == ["azadi-square", "golha-park", "pol-street"]
    assert len(asked) == 0
