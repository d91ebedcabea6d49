"""Official borders taken into a pack: from GeoJSON or CSV, judged first, written only when they are whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pol137.city.queries import book, district_of_point
from pol137.commands import city
from tests.packs.conftest import BY, NOW
from tests.packs.test_command import pol137_city

Give = Callable[[str, str], Path]

WEST = [[59.5, 36.25], [59.62, 36.25], [59.62, 36.4], [59.5, 36.4], [59.5, 36.25]]
EAST = [[59.62, 36.25], [59.7, 36.25], [59.7, 36.4], [59.62, 36.4], [59.62, 36.25]]


def feature(said: object, *rings: Any, kind: str = "Polygon", **more: Any) -> dict[str, Any]:
    coordinates = list(rings) if kind == "Polygon" else [list(rings)]
    return {
        "type": "Feature",
        "properties": {"code": said, **more},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def collection(*features: dict[str, Any], **more: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features), **more})


@pytest.fixture
def give(tmp_path: Path) -> Give:
    """A file as a city hands it over."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def drawn(pack: Path) -> dict[str, dict[str, Any]]:
    return {row["code"]: row["outline"] for row in city.read(str(pack)).pack.table("outline")}


def corners(outline: dict[str, Any]) -> set[tuple[float, ...]]:
    return {tuple(point) for point in outline["coordinates"][0]}


@pytest.mark.usefixtures("empty")
def test_official_geojson_stands_in_place_of_what_was_drawn(
    pack: Path, give: Give, capsys: pytest.CaptureFixture[str]
) -> None:
    path = give("official.geojson", collection(feature("s1", WEST), feature("s2", EAST)))
    assert pol137_city("outlines", str(pack), "--geojson", str(path)) == 0
    assert "2 official outlines" in capsys.readouterr().out
    assert {code: corners(one) for code, one in drawn(pack).items()} == {
        "s1": {tuple(point) for point in WEST},
        "s2": {tuple(point) for point in EAST},
    }
    found = city.read(str(pack))
    assert found.pack.table("city")[0]["outlines_are_synthetic"] is False
    assert not any("tidy" in fault.what for fault in found.faults)
    city.load(found, by=BY, now=NOW)
    assert book().city.outlines_are_synthetic is False
    lying = {at: district_of_point(36.3, at) for at in (59.61, 59.63)}
    assert {at: one.code for at, one in lying.items() if one} == {59.61: "s1", 59.63: "s2"}


@pytest.mark.parametrize("said", [("منطقه ۱", "منطقه 2"), ("1", "2"), (1, 2.0), ("District 1", "02")])
def test_districts_are_recognised_by_name_and_by_number(
    pack: Path, give: Give, said: tuple[Any, Any]
) -> None:
    features = [
        {**feature("x", ring), "properties": {"MANTAGHE": name}}
        for name, ring in zip(said, (WEST, EAST), strict=True)
    ]
    path = give("o.geojson", collection(*features))
    words = ("outlines", str(pack), "--geojson", str(path), "--code-property", "MANTAGHE")
    assert pol137_city(*words) == 0
    assert list(drawn(pack)) == ["s1", "s2"]


def test_wkt_and_vertices_of_a_shapefile_are_taken_too(pack: Path, give: Give) -> None:
    rings = {"s1": WEST, "s2": EAST}
    wkt = "".join(
        f'{code},"POLYGON(({", ".join(f"{lon} {lat}" for lon, lat in ring)}))"\n'
        for code, ring in rings.items()
    )
    assert pol137_city("outlines", str(pack), "--csv", str(give("wkt.csv", f"code,WKT\n{wkt}"))) == 0
    by_wkt = drawn(pack)
    rows = "".join(f"{code},{lon},{lat}\n" for code, ring in rings.items() for lon, lat in ring[:-1])
    assert pol137_city("outlines", str(pack), "--csv", str(give("v.csv", f"code,lon,lat\n{rows}"))) == 0
    assert drawn(pack) == by_wkt
    assert list(by_wkt) == ["s1", "s2"]


def test_several_pieces_of_a_district_become_one_outline(pack: Path, give: Give) -> None:
    island = [[59.8, 36.25], [59.9, 36.25], [59.9, 36.3], [59.8, 36.25]]
    path = give("o.geojson", collection(feature("s1", WEST), feature("s2", EAST), feature("s2", island)))
    assert pol137_city("outlines", str(pack), "--geojson", str(path)) == 0
    assert {code: one["type"] for code, one in drawn(pack).items()} == {"s1": "Polygon", "s2": "MultiPolygon"}


FAULTY = {
    "district 's7' is unknown": collection(feature("s7", WEST), feature("s2", EAST)),
    "a ring is not closed": collection(feature("s1", WEST[:-1]), feature("s2", EAST)),
    "a point lies outside the earth": collection(feature("s1", [[y * 9, x] for x, y in WEST])),
    "export it in WGS 84": collection(
        feature("s1", WEST), crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32640"}}
    ),
    "not a valid surface (Self-intersection": collection(
        feature("s1", [[59.5, 36.2], [59.7, 36.4], [59.7, 36.2], [59.5, 36.4], [59.5, 36.2]])
    ),
    "it is a Point, no surface": collection(feature("s1", WEST, kind="Point")),
    "is latitude given before longitude": collection(feature("s1", [[y, x] for x, y in WEST])),
    "feature 1 has no property 'code'; it has: name": collection(
        {"type": "Feature", "properties": {"name": "s1"}, "geometry": {}}
    ),
    "it is no GeoJSON FeatureCollection": '{"type": "Topology"}',
    "Expecting": "{",
}


@pytest.mark.parametrize("said", FAULTY)
def test_a_faulty_file_is_told_and_changes_nothing(
    pack: Path, give: Give, capsys: pytest.CaptureFixture[str], said: str
) -> None:
    before = {path: path.read_bytes() for path in pack.rglob("*.*")}
    path = give("o.geojson", FAULTY[said])
    assert pol137_city("outlines", str(pack), "--geojson", str(path)) == 1
    told = capsys.readouterr().err
    assert said in told
    assert "nothing was changed" in told
    assert {path: path.read_bytes() for path in pack.rglob("*.*")} == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code,geometry\ns1,x\n", "its columns must be code,wkt or code,lon,lat"),
        ('code,wkt\ns1,"POLYGON((59 36, 60"\n', "a WKT cannot be read"),
        ("code,lon,lat\ns1,59.5,north\n", "line 2 holds no point"),
    ],
)
def test_a_faulty_table_is_told(
    pack: Path, give: Give, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    assert pol137_city("outlines", str(pack), "--csv", str(give("o.csv", text))) == 1
    assert said in capsys.readouterr().err


def test_overlaps_and_districts_left_out_are_warned(
    pack: Path, give: Give, capsys: pytest.CaptureFixture[str]
) -> None:
    wide = [[59.5, 36.25], [59.66, 36.25], [59.66, 36.4], [59.5, 36.4], [59.5, 36.25]]
    path = give("o.geojson", collection(feature("s1", wide), feature("s2", EAST)))
    assert pol137_city("outlines", str(pack), "--geojson", str(path)) == 0
    assert "warning: 's1' and 's2' overlap by 50.0 % of the smaller" in capsys.readouterr().err
    path = give("o.geojson", collection(feature("s1", WEST)))
    assert pol137_city("outlines", str(pack), "--geojson", str(path)) == 0
    told = capsys.readouterr().err
    assert "warning: district 's2' is left out" in told
    assert "warning: 1 of 3 places of places.csv lie in no outline" in told
