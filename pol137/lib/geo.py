"""Places: points, nearness cells, the coarse grid of the public, and which outline a point lies in."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import h3
from h3.api import basic_int

from pol137.lib.persian import ascii_digits

# Hexagons of resolution 10 stand 125 to 140 m apart in Iran; all that lies within 70 m of a point is in
# its cell or the first ring, all within 180 m in the first two.
CELL_RESOLUTION = 10
SNAP_STEP_DEGREES = 0.0009
_EARTH_RADIUS_M = 6_371_008.8


class Point(NamedTuple):
    """A place on earth in WGS 84 degrees, latitude first."""

    lat: float
    lon: float


def validate_point(lat: float | str, lon: float | str) -> Point:
    """The point of two numbers, also as a form or a feed writes them, in any digits.

    Refuses (ValueError) what is no number, not finite, outside the earth, or exactly 0,0 (an unset position).
    """
    point = Point(_degrees(lat, "latitude", 90), _degrees(lon, "longitude", 180))
    if point == (0, 0):
        raise ValueError("the point 0,0 is a position that was never set")
    return point


def h3_cell(lat: float, lon: float) -> str:
    """The nearness cell of a place, at the one resolution all of the software uses."""
    return str(h3.latlng_to_cell(lat, lon, CELL_RESOLUTION))


def neighbours(cell: str, rings: int = 1) -> frozenset[str]:
    """The cell itself and those within so many rings of it."""
    return frozenset(h3.grid_disk(cell, rings))


def cell_number(cell: str) -> int:
    """The cell as a number: quicker to compare and to look up by the thousand."""
    return int(cell, 16)


def numbers_near(number: int, rings: int = 1) -> list[int]:
    """The cell of this number and those within so many rings of it, as numbers."""
    return list(basic_int.grid_disk(number, rings))


def distance_m(a: Point, b: Point) -> float:
    """Metres between two points along the globe."""
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    across = math.sin((lat_b - lat_a) / 2) ** 2
    along = math.sin(math.radians(b.lon - a.lon) / 2) ** 2
    return (
        2
        * _EARTH_RADIUS_M
        * math.asin(math.sqrt(min(1.0, across + math.cos(lat_a) * math.cos(lat_b) * along)))
    )


def snap(lat: float, lon: float) -> Point:
    """The middle of the 100 m square a place lies in: all that the public may learn of it.

    Deterministic, so that asking again reveals no more, and idempotent.
    """
    row = math.floor(lat / SNAP_STEP_DEGREES)
    middle_lat = (row + 0.5) * SNAP_STEP_DEGREES
    step = SNAP_STEP_DEGREES / max(math.cos(math.radians(middle_lat)), 0.01)
    middle_lon = (math.floor(lon / step) + 0.5) * step
    return Point(round(max(-90.0, min(90.0, middle_lat)), 6), round(max(-180.0, min(180.0, middle_lon)), 6))


_Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class _Outline:
    code: str
    west: float
    south: float
    east: float
    north: float
    rings: tuple[_Ring, ...]

    def holds(self, lat: float, lon: float) -> bool:
        """Even-odd over all rings at once: holes and separate parts need no special case."""
        if not (self.south <= lat <= self.north and self.west <= lon <= self.east):
            return False
        inside = False
        for ring in self.rings:
            x1, y1 = ring[-1]
            for x2, y2 in ring:
                if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
                    inside = not inside
                x1, y1 = x2, y2
        return inside


class OutlineIndex:
    """Finds which of a city's outlines a point lies in.

    Built from a GeoJSON FeatureCollection of polygons and multi-polygons whose property `key` is the code.
    Where outlines share a border line, each point of it belongs to one of them only.
    Refuses (ValueError) other geometries, missing or repeated codes, and rings that enclose nothing.
    """

    def __init__(self, collection: Mapping[str, Any], *, key: str = "code") -> None:
        features = collection.get("features")
        if collection.get("type") != "FeatureCollection" or not isinstance(features, Sequence):
            raise ValueError("outlines must be a GeoJSON FeatureCollection")
        self._outlines = tuple(
            _outline(feature, key, place) for place, feature in enumerate(features, start=1)
        )
        codes = [outline.code for outline in self._outlines]
        repeated = sorted({code for code in codes if codes.count(code) > 1})
        if repeated:
            raise ValueError(f"outline given twice: {', '.join(repeated)}")
        self.codes: tuple[str, ...] = tuple(codes)

    def find(self, lat: float, lon: float) -> str | None:
        """The code of the outline that holds the point; the first listed if several do; None if none does."""
        return next((outline.code for outline in self._outlines if outline.holds(lat, lon)), None)

    def near(self, lat: float, lon: float, *, metres: float) -> bool:
        """Whether a point lies in the box around all outlines, or at most so far outside it; where there is
        no outline, everything is near."""
        if not self._outlines:
            return True
        south, west, north, east = self._box
        inside = Point(min(max(lat, south), north), min(max(lon, west), east))
        return distance_m(inside, Point(lat, lon)) <= metres

    @cached_property
    def _box(self) -> tuple[float, float, float, float]:
        every = self._outlines
        return (
            min(one.south for one in every),
            min(one.west for one in every),
            max(one.north for one in every),
            max(one.east for one in every),
        )


def _outline(feature: Mapping[str, Any], key: str, place: int) -> _Outline:
    code = (feature.get("properties") or {}).get(key)
    if code is None or code == "":
        raise ValueError(f"outline {place} has no property {key!r}")
    geometry = feature.get("geometry") or {}
    kind: str | None = geometry.get("type")
    coordinates: Any = geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise ValueError(f"outline {code} must be a Polygon or MultiPolygon, not {kind}")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    try:
        rings = tuple(_rings(polygons))
    except (TypeError, ValueError, IndexError) as error:
        raise ValueError(f"outline {code} has broken coordinates: {error}") from error
    if not rings:
        raise ValueError(f"outline {code} has no ring")
    xs = [x for ring in rings for x, _ in ring]
    ys = [y for ring in rings for _, y in ring]
    return _Outline(str(code), min(xs), min(ys), max(xs), max(ys), rings)


def _rings(polygons: Sequence[Sequence[Sequence[Sequence[float]]]]) -> Iterator[_Ring]:
    for polygon in polygons:
        for ring in polygon:
            corners = tuple((float(corner[0]), float(corner[1])) for corner in ring)
            if len(set(corners)) < 3:
                raise ValueError("a ring needs three corners")
            for lon, lat in corners:
                _degrees(lat, "latitude", 90)
                _degrees(lon, "longitude", 180)
            yield corners


def _degrees(value: float | str, name: str, limit: int) -> float:
    try:
        degrees = float(ascii_digits(value).replace("٫", ".") if isinstance(value, str) else value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} is not a number: {value!r}") from None
    if not -limit <= degrees <= limit:
        raise ValueError(f"{name} must be between -{limit} and {limit}: {value!r}")
    return degrees
