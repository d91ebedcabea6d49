"""Coordinates in metres, as cities' older systems keep them, turned into WGS 84 degrees. Formulas only."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from pol137.lib.geo import Point, validate_point

_A = 6_378_137.0
_F = 1 / 298.257223563
_N = _F / (2 - _F)
_SCALE = 0.9996
_FALSE_EAST = 500_000.0
_RECTIFYING_RADIUS = _A / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64)
_BETA = (
    _N / 2 - 2 * _N**2 / 3 + 37 * _N**3 / 96 - _N**4 / 360,
    _N**2 / 48 + _N**3 / 15 - 437 * _N**4 / 1440,
    17 * _N**3 / 480 - 37 * _N**4 / 840,
    4397 * _N**4 / 161280,
)
_DELTA = (
    2 * _N - 2 * _N**2 / 3 - 2 * _N**3 + 116 * _N**4 / 45,
    7 * _N**2 / 3 - 8 * _N**3 / 5 - 227 * _N**4 / 45,
    56 * _N**3 / 15 - 136 * _N**4 / 35,
    4279 * _N**4 / 630,
)


def utm_north(east: float, north: float, zone: int) -> Point:
    """The point of UTM metres on the northern half of a zone, by Krueger's series: good to a millimetre.

    Refuses (ValueError) what no map of the zone shows.
    """
    if not (1 <= zone <= 60 and 100_000 <= east <= 900_000 and 0 <= north <= 10_000_000):
        raise ValueError(f"not in UTM zone {zone}N: {east}, {north}")
    xi = north / (_SCALE * _RECTIFYING_RADIUS)
    eta = (east - _FALSE_EAST) / (_SCALE * _RECTIFYING_RADIUS)
    xi_0 = xi - sum(b * math.sin(2 * j * xi) * math.cosh(2 * j * eta) for j, b in enumerate(_BETA, start=1))
    eta_0 = eta - sum(b * math.cos(2 * j * xi) * math.sinh(2 * j * eta) for j, b in enumerate(_BETA, start=1))
    chi = math.asin(math.sin(xi_0) / math.cosh(eta_0))
    lat = chi + sum(d * math.sin(2 * j * chi) for j, d in enumerate(_DELTA, start=1))
    lon = math.radians(zone * 6 - 183) + math.atan2(math.sinh(eta_0), math.cos(xi_0))
    return Point(math.degrees(lat), math.degrees(lon))


def lv95(east: float, north: float) -> Point:
    """The point of Swiss LV95 metres, by the published approximation: good to about a metre.

    Refuses (ValueError) what lies outside that country's maps.
    """
    if not (2_450_000 <= east <= 2_870_000 and 1_050_000 <= north <= 1_320_000):
        raise ValueError(f"not in LV95: {east}, {north}")
    y, x = (east - 2_600_000) / 1_000_000, (north - 1_200_000) / 1_000_000
    lon = 2.6779094 + 4.728982 * y + 0.791484 * y * x + 0.1306 * y * x**2 - 0.0436 * y**3
    lat = 16.9023892 + 3.238272 * x - 0.270978 * y**2 - 0.002528 * x**2 - 0.0447 * y**2 * x - 0.0140 * x**3
    return Point(lat * 100 / 36, lon * 100 / 36)


def lv03(east: float, north: float) -> Point:
    """The point of Swiss LV03 metres, the older frame two million east and one million north of LV95."""
    return lv95(east + 2_000_000, north + 1_000_000)


SYSTEMS: Mapping[str, Callable[[float, float], Point]] = MappingProxyType(
    {
        "wgs84": lambda east, north: validate_point(north, east),
        **{f"utm{zone}n": partial(utm_north, zone=zone) for zone in (38, 39, 40, 41)},
        "lv95": lv95,
        "lv03": lv03,
    }
)
"""Each system of coordinates by name: a function of east (or longitude) and north (or latitude)."""
