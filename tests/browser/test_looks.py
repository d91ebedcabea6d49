"""What lies where on a page: nothing over another, nothing under a bar, the place one is at in sight."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from tests.factories import user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DRAWN = """async ([features, width]) => {
  const box = document.createElement("div");
  box.className = "map";
  box.style.inlineSize = width + "px";
  document.querySelector("main").prepend(box);
  const map = L.map(box, {attributionControl: false, zoomSnap: 0.1, zoomAnimation: false});
  const districts = features.map(({properties, geometry}) => ({name: properties.name, outline: geometry}));
  const drawn = L.geoJSON(features).addTo(map);
  map.fitBounds(drawn.getBounds());
  window.namesOnMap(map, districts);
  await document.fonts.ready;
  map.fire("moveend");
  const ground = "path.leaflet-interactive";
  const inside = (x, y) => document.elementsFromPoint(x, y).some((one) => one.matches(ground));
  return [...box.querySelectorAll(".map__name")].map((name) => {
    const {left, right, top, bottom, x, y, width, height} = name.getBoundingClientRect();
    const seen = getComputedStyle(name).visibility === "visible" && inside(x + width / 2, y + height / 2);
    return {words: name.textContent, left, right, top, bottom, seen};
  });
}"""

JUST_ABOVE_THE_BAR = """box => {
  const bar = document.querySelector("#contact > .commands").getBoundingClientRect().top;
  scrollBy({top: box.getBoundingClientRect().bottom - bar + 4, behavior: "instant"});
}"""
ALL_IN_SIGHT = """([field, found]) =>
  [...document.querySelectorAll(`#contact [name=${field}], #contact [name=${found}]`)].every((one) => {
    const {x, y, width, height} = one.getBoundingClientRect();
    return document.elementFromPoint(x + width / 2, y + height / 2) === one;
  })"""


@pytest.mark.parametrize("width", [280, 900])
@pytest.mark.parametrize("city", ["shiraz", "mashhad"])
def test_every_district_is_named_on_its_own_ground(
    open_page: Callable[..., Page], city: str, width: int
) -> None:
    page = open_page(width=1280)
    page.goto("/report/about/pothole")
    expect(page.locator("#map .map__name").first).to_be_attached()
    outlines = json.loads((settings.BASE_DIR / "cities" / city / "districts.geojson").read_text())
    features = [
        {**one, "properties": {"name": f"منطقه {number}"}}
        for number, one in enumerate(outlines["features"], start=1)
    ]
    names = page.evaluate(DRAWN, [features, width])
    assert len(names) == len(features)
    assert [one["words"] for one in names if not one["seen"]] == []
    assert [pair for pair in _pairs(names) if _over(*pair)] == []


def test_names_are_full_where_there_is_room(open_page: Callable[..., Page]) -> None:
    page = open_page(width=1280)
    page.goto("/report/about/pothole")
    expect(page.locator("#map .map__name").first).to_be_attached()
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[x, 29], [x + 1, 29], [x + 1, 30], [x, 30], [x, 29]]],
            },
        }
        for name, x in (("منطقه ۱", 52), ("منطقه ۲", 53.5))
    ]
    assert [one["words"] for one in page.evaluate(DRAWN, [features, 900])] == ["منطقه ۱", "منطقه ۲"]
    assert [one["words"] for one in page.evaluate(DRAWN, [features, 90])] == ["۱", "۲"]


def _pairs(names: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [(one, other) for at, one in enumerate(names) for other in names[at + 1 :]]


def _over(one: dict[str, Any], other: dict[str, Any]) -> bool:
    beside = one["left"] < other["right"] and other["left"] < one["right"]
    return bool(beside and one["top"] < other["bottom"] and other["top"] < one["bottom"])


@pytest.mark.parametrize("size", [(1280, 900), (1280, 620), (360, 740)])
def test_what_is_found_while_typing_opens_clear_of_the_bars(
    open_page: Callable[..., Page], size: tuple[int, int]
) -> None:
    page = open_page(width=size[0], user=user("centre-operator"))
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto("/desk/contact/")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/contact/*/")
    for field, words, found in (("q", "چاله", "service"), ("place_q", "آزادی", "place")):
        box = page.locator(f"#contact [name={field}]")
        box.focus()
        box.evaluate(JUST_ABOVE_THE_BAR)
        page.keyboard.type(words)
        expect(page.locator(f"[name={found}]").first).to_be_attached()
        page.wait_for_function(ALL_IN_SIGHT, arg=[field, found])
        page.locator(f"[name={found}]").first.click()


def test_on_a_telephone_the_menu_shows_where_one_is(open_page: Callable[..., Page]) -> None:
    page = open_page(width=360, user=user("centre-supervisor"))
    for path in ("/desk/lockouts/", "/desk/roster/", "/desk/"):
        page.goto(path)
        expect(page.locator(".side__link[aria-current]")).to_be_in_viewport(ratio=0.99)
        assert page.evaluate("scrollY") == 0


def test_figures_stand_two_beside_each_other_on_a_telephone(open_page: Callable[..., Page]) -> None:
    page = open_page(width=360, user=user("centre-supervisor"))
    page.goto("/desk/")
    tops = page.locator(".tiles .stat").evaluate_all("all => all.map(one => one.getBoundingClientRect().top)")
    assert len(set(tops)) <= len(tops) / 2 + 1
