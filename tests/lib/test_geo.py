"""Places in and around a city."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pol137.lib.geo import OutlineIndex, Point, distance_m, h3_cell, neighbours, snap, validate_point

SHRINE = Point(36.2880, 59.6157)
STATION = Point(36.3117, 59.6069)
LATS, LONS = st.floats(-80, 80), st.floats(-179, 179)
IN_TOWN = st.tuples(st.floats(36.2, 36.4), st.floats(59.4, 59.8)).map(lambda pair: Point(*pair))


def square(west, south, east, north):
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(code, kind, coordinates):
    return {
        "type": "Feature",
        "properties": {"code": code},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


class TestPoints:
    def test_forms_and_feeds_in_any_digits(self):
        assert validate_point("36.288", "59.6157") == SHRINE
        assert validate_point("۳۶٫۲۸۸", " ۵۹.۶۱۵۷ ") == SHRINE

    @pytest.mark.parametrize(
        ("lat", "lon"),
        [
            (91, 0),
            (0, 181),
            (math.nan, 59),
            (36, math.inf),
            ("", "59"),
            ("x", "59"),
            (None, 59),
            (0, 0),
            ("0.0", 0),
        ],
    )
    def test_what_is_no_place_is_refused(self, lat, lon):
        with pytest.raises(ValueError, match=r"latitude|longitude|never set"):
            validate_point(lat, lon)


class TestNearness:
    def test_known_distance(self):
        assert distance_m(SHRINE, STATION) == pytest.approx(2752, abs=5)

    @given(IN_TOWN, IN_TOWN)
    def test_distance_is_symmetric_and_zero_at_home(self, a, b):
        assert distance_m(a, b) == pytest.approx(distance_m(b, a))
        assert distance_m(a, a) == 0

    @given(IN_TOWN, st.floats(0, 2 * math.pi), st.sampled_from([(70, 1), (180, 2)]))
    def test_what_is_near_lies_in_the_first_rings(self, point, angle, reach):
        metres, rings = reach
        lat = point.lat + math.sin(angle) * metres / 111_195
        lon = point.lon + math.cos(angle) * metres / (111_195 * math.cos(math.radians(point.lat)))
        assert h3_cell(lat, lon) in neighbours(h3_cell(*point), rings)

    def test_rings(self):
        cell = h3_cell(*SHRINE)
        assert neighbours(cell, 0) == {cell}
        assert len(neighbours(cell, 1)) == 7
        assert len(neighbours(cell, 2)) == 19


class TestSnapping:
    @given(LATS, LONS)
    def test_near_deterministic_and_idempotent(self, lat, lon):
        snapped = snap(lat, lon)
        assert snap(lat, lon) == snapped
        assert snap(*snapped) == snapped
        assert distance_m(Point(lat, lon), snapped) < 75

    @given(IN_TOWN)
    def test_neighbours_share_their_place(self, point):
        corner = snap(*point)
        assert snap(corner.lat + 0.0003, corner.lon - 0.0003) == corner

    def test_the_ends_of_the_earth_stay_on_it(self):
        for lat, lon in [(90, 180), (-90, -180)]:
            validate_point(*snap(lat, lon))


class TestOutlines:
    WEST = feature("1", "Polygon", [square(59.4, 36.2, 59.6, 36.4), square(59.5, 36.25, 59.55, 36.3)])
    EAST = feature("2", "MultiPolygon", [[square(59.6, 36.2, 59.8, 36.4)], [square(60.0, 36.2, 60.1, 36.3)]])

    def test_holes_and_islands(self):
        index = OutlineIndex(collection(self.WEST, self.EAST))
        assert index.codes == ("1", "2")
        assert index.find(36.35, 59.45) == "1"
        assert index.find(36.27, 59.52) is None
        assert index.find(36.3, 59.7) == "2"
        assert index.find(36.25, 60.05) == "2"
        assert index.find(36.25, 59.9) is None
        assert index.find(35.7, 51.4) is None

    @given(st.floats(36.2, 36.4, exclude_min=True, exclude_max=True))
    def test_a_shared_border_belongs_to_exactly_one(self, lat):
        index = OutlineIndex(collection(self.WEST, self.EAST))
        alone = [OutlineIndex(collection(outline)).find(lat, 59.6) for outline in (self.WEST, self.EAST)]
        assert len([code for code in alone if code]) == 1
        assert index.find(lat, 59.6) in alone

    @given(st.floats(-1, 1), st.floats(-1, 1))
    def test_a_star_agrees_with_its_formula(self, x, y):
        diamond = feature("d", "Polygon", [[[1, 0], [0, 1], [-1, 0], [0, -1], [1, 0]]])
        if abs(abs(x) + abs(y) - 1) > 1e-9:
            assert (OutlineIndex(collection(diamond)).find(y, x) == "d") == (abs(x) + abs(y) < 1)

    def test_an_open_ring_is_closed(self):
        assert OutlineIndex(collection(feature(7, "Polygon", [square(0, 0, 2, 2)[:-1]]))).find(1, 1) == "7"

    @pytest.mark.parametrize(
        ("broken", "message"),
        [
            ({"type": "Feature"}, "FeatureCollection"),
            (collection(feature("1", "Point", [59, 36])), "Polygon or MultiPolygon"),
            (collection(feature("", "Polygon", [square(0, 0, 1, 1)])), "no property 'code'"),
            (collection(feature("1", "Polygon", [[[0, 0], [1, 1], [0, 0]]])), "three corners"),
            (collection(feature("1", "Polygon", [square(590, 36, 591, 37)])), "longitude"),
            (collection(feature("1", "Polygon", [])), "no ring"),
            (collection(feature("1", "Polygon", None)), "broken coordinates"),
            (collection(feature("1", "Polygon", [[["x", "y"]]])), "broken coordinates"),
            (collection(WEST, WEST), "given twice: 1"),
        ],
    )
    def test_broken_outlines_are_refused_by_name(self, broken, message):
        with pytest.raises(ValueError, match=message):
            OutlineIndex(broken)
