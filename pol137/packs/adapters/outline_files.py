"""Official borders of districts: read from GeoJSON or CSV, judged, and brought into the form of a pack."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pol137.lib.persian import ascii_digits, search_key
from pol137.packs.rules.cells import nearest
from pol137.packs.rules.pack import Fault, Pack

if TYPE_CHECKING:
    from shapely import Geometry

DIGITS: Final = 6
"""Decimals kept of a degree: about ten centimetres."""
TOUCH: Final = 0.001
"""Districts may share this part of the smaller one's area: hand-drawn borders never fit exactly."""

Name = str
Drawn = tuple[Name, Mapping[str, Any], int]
"""What the file calls a district, a GeoJSON geometry, and the line or number it stands at."""


@dataclass(slots=True)
class Borders:
    """The outlines found, by district in the pack's order, and every fault in them."""

    outlines: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def broken(self) -> bool:
        """Whether a fault keeps them from being taken."""
        return any(not fault.warning for fault in self.faults)


def read_borders(path: Path, pack: Pack, *, code_property: str = "code") -> Borders:
    """The outlines of a pack's districts from a GeoJSON file, or a CSV of WKT or of vertices.

    A district is recognised by its code, its name, or the only number in its name; several pieces of one
    become one outline. Rings must be closed, points degrees of WGS 84, surfaces valid; an overlap, a district
    left out and places that lie in no outline are warnings.
    """
    found = Borders()
    try:
        text = path.read_text("utf-8-sig")
        drawn = list(_csv(text) if path.suffix.lower() == ".csv" else _geojson(text, code_property))
    except (OSError, UnicodeDecodeError, ValueError, csv.Error) as error:
        found.faults.append(Fault(path.name, 0, str(error), "give UTF-8 GeoJSON, or CSV with code and wkt"))
        return found
    surfaces = _surfaces(found, path.name, drawn, _names(pack))
    if not found.broken:
        _judge(found, path.name, surfaces, pack)
        codes = [code for code in pack.codes("district") if code in surfaces]
        found.outlines = {code: _rounded(surfaces[code]) for code in codes}
    return found


def _geojson(text: str, code_property: str) -> Iterator[Drawn]:
    collection = json.loads(text)
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list):
        raise ValueError("it is no GeoJSON FeatureCollection")
    crs = str(((collection.get("crs") or {}).get("properties") or {}).get("name", ""))
    if crs and not crs.endswith(("CRS84", "4326")):
        raise ValueError(f"its points are in {crs}: export it in WGS 84 (EPSG:4326)")
    for n, feature in enumerate(features, 1):
        properties = feature.get("properties") or {}
        if code_property not in properties:
            known = ", ".join(map(str, properties)) or "none"
            raise ValueError(f"feature {n} has no property {code_property!r}; it has: {known}")
        yield str(properties[code_property]).strip(), feature.get("geometry") or {}, n


def _csv(text: str) -> Iterator[Drawn]:
    rows = csv.DictReader(io.StringIO(text), strict=True)
    columns = {name.strip().lower(): name for name in rows.fieldnames or ()}
    if "code" not in columns or not ("wkt" in columns or {"lon", "lat"} <= columns.keys()):
        raise ValueError("its columns must be code,wkt or code,lon,lat (or code,part,lon,lat)")
    if "wkt" in columns:
        for row in rows:
            yield row[columns["code"]].strip(), _of_wkt(row[columns["wkt"]]), rows.line_num
        return
    yield from _of_vertices(rows, columns)


def _of_wkt(text: str) -> Mapping[str, Any]:
    import shapely
    from shapely.geometry import mapping

    try:
        return dict(mapping(shapely.from_wkt(text)))
    except shapely.errors.ShapelyError as error:
        raise ValueError(f"a WKT cannot be read: {error}") from error


def _of_vertices(rows: csv.DictReader[str], columns: Mapping[str, str]) -> Iterator[Drawn]:
    """Rings of consecutive vertices, one for each code and part, closed where the file leaves them open."""
    rings: dict[tuple[str, str], list[list[float]]] = {}
    lines: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (row[columns["code"]].strip(), row[columns["part"]].strip() if "part" in columns else "")
        try:
            point = [float(ascii_digits(row[columns[name]])) for name in ("lon", "lat")]
        except ValueError as error:
            raise ValueError(f"line {rows.line_num} holds no point: {error}") from error
        rings.setdefault(key, []).append(point)
        lines.setdefault(key, rows.line_num)
    for key, ring in rings.items():
        closed = ring if ring[0] == ring[-1] else [*ring, ring[0]]
        yield key[0], {"type": "Polygon", "coordinates": [closed]}, lines[key]


def _names(pack: Pack) -> dict[str, str]:
    """What a file may call a district: its code, its names, the number in its name if no other has it."""
    names: dict[str, str] = {}
    numbers: dict[str, list[str]] = {}
    for row in pack.table("district"):
        for said in (row["code"], row["name_fa"], row["name_en"]):
            names.setdefault(search_key(said), row["code"])
        digits = "".join(one for one in ascii_digits(row["name_fa"]) if one.isdigit())
        numbers.setdefault(digits, []).append(row["code"])
    alone = {digits: codes[0] for digits, codes in numbers.items() if digits and len(codes) == 1}
    return alone | names


def _surfaces(
    found: Borders, file: str, drawn: Sequence[Drawn], names: Mapping[str, str]
) -> dict[str, Geometry]:
    from shapely import union_all

    pieces: dict[str, list[Geometry]] = {}
    for said, geometry, place in drawn:
        code = names.get(search_key(said)) or names.get(ascii_digits(said).removesuffix(".0").lstrip("0"))
        if code is None:
            mend = nearest(said, [*dict.fromkeys(names.values())])
            found.faults.append(Fault(file, place, f"district {said!r} is unknown", mend))
            continue
        wrong = _wrong(geometry)
        if wrong:
            found.faults.append(Fault(file, place, f"district {code!r}: {wrong[0]}", wrong[1]))
        else:
            pieces.setdefault(code, []).append(_shape(geometry))
    return {code: union_all(parts) for code, parts in pieces.items()}


def _shape(geometry: Mapping[str, Any]) -> Geometry:
    from shapely.geometry import shape

    return shape(geometry)


def _wrong(geometry: Mapping[str, Any]) -> tuple[str, str] | None:
    """What is wrong with a geometry and how to mend it."""
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon") or not coordinates:
        return f"it is a {kind}, no surface", "draw it as a Polygon or MultiPolygon"
    polygons = [coordinates] if kind == "Polygon" else coordinates
    for ring in (ring for polygon in polygons for ring in polygon):
        if wrong := _wrong_ring(ring):
            return wrong
    from shapely import is_valid_reason

    reason = is_valid_reason(_shape(geometry))
    return (
        None if reason == "Valid Geometry" else (f"not a valid surface ({reason})", "mend it in a map tool")
    )


def _wrong_ring(ring: Sequence[Sequence[float]]) -> tuple[str, str] | None:
    if not all(len(point) >= 2 and all(isinstance(one, int | float) for one in point) for point in ring):
        return "a point is not [lon, lat]", "give two numbers a point"
    if len(ring) < 4 or list(ring[0][:2]) != list(ring[-1][:2]):
        return "a ring is not closed", "end each ring where it begins, after three points or more"
    if any(not (-180 <= point[0] <= 180 and -90 <= point[1] <= 90) for point in ring):
        return "a point lies outside the earth", "export it in WGS 84 degrees (EPSG:4326), longitude first"
    return None


def _judge(found: Borders, file: str, surfaces: Mapping[str, Geometry], pack: Pack) -> None:
    for code in pack.codes("district"):
        if code not in surfaces:
            mend = "draw it too; until then points there fall in no district"
            found.faults.append(Fault(file, 0, f"district {code!r} is left out", mend, warning=True))
    for one, two in combinations(surfaces, 2):
        shared = surfaces[one].intersection(surfaces[two]).area
        if shared > TOUCH * min(surfaces[one].area, surfaces[two].area):
            part = round(100 * shared / min(surfaces[one].area, surfaces[two].area), 1)
            what = f"{one!r} and {two!r} overlap by {part} % of the smaller"
            mend = f"mend the border; until then points there count to {one!r}"
            found.faults.append(Fault(file, 0, what, mend, warning=True))
    found.faults += _lost(file, surfaces, pack)


def _lost(file: str, surfaces: Mapping[str, Geometry], pack: Pack) -> Iterable[Fault]:
    """Where none of the city's places lies in an outline, these are hardly its borders."""
    from shapely import Point

    points = [Point(row["lon"], row["lat"]) for row in pack.table("place") if row["lat"] is not None]
    inside = sum(any(surface.intersects(point) for surface in surfaces.values()) for point in points)
    if points and not inside:
        what = f"none of the {len(points)} places of places.csv lies in an outline"
        mend = "is latitude given before longitude, or is it another city?"
        yield Fault(file, 0, what, mend)
    elif inside < len(points):
        what = f"{len(points) - inside} of {len(points)} places of places.csv lie in no outline"
        yield Fault(file, 0, what, "look at their points", warning=True)


def _rounded(surface: Geometry) -> dict[str, Any]:
    from shapely.geometry import mapping

    drawn = mapping(surface)
    return {"type": drawn["type"], "coordinates": _digits(drawn["coordinates"])}


def _digits(value: Any) -> Any:
    return round(value, DIGITS) if isinstance(value, int | float) else [_digits(one) for one in value]
