"""The map of a former system: which of its columns is what, read as a whole with every fault."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from pol137.cases.vocabulary import Outcome
from pol137.city.rules.book import Book, Shelf
from pol137.history.vocabulary import (
    ENCODINGS,
    ENDS,
    FROM_CONTENT,
    FROM_LINE,
    ISO,
    JALALI,
    UNIX,
)
from pol137.lib.persian import clean_text, normalise
from pol137.lib.projections import SYSTEMS
from pol137.lib.refusal import Refusal

OPEN311_MAP: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "": {"source": "open311", "external_id": "service_request_id", "channel": "open311"},
        "service": {"column": "service_code"},
        "times": {"opened": "requested_datetime", "closed": "updated_datetime", "formats": [ISO]},
        "texts": {"words": "description", "reply": "status_notes"},
        "place": {"system": "wgs84", "lon": "long", "lat": "lat", "address": "address"},
        "status": {"column": "status", "values": {"closed": "closed", "open": "open"}},
    }
)
"""What a GeoReport v2 export says by itself; a map says the rest, or otherwise."""

_TEXT, _TEXTS, _TABLE, _NUMBER = "text", "texts", "table", "number"
_KEYS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "": dict.fromkeys(
            ("source", "name", "encoding", "delimiter", "zone", "channel", "external_id"), _TEXT
        ),
        "service": {"column": _TEXT, "default": _TEXT, "values": _TABLE},
        "times": {"opened": _TEXT, "answered": _TEXT, "closed": _TEXT, "formats": _TEXTS},
        "texts": {"words": _TEXTS, "reply": _TEXT},
        "place": {
            **dict.fromkeys(("system", "east", "north", "lon", "lat", "district"), _TEXT),
            "address": _TEXTS,
            "districts": _TABLE,
            "margin_km": _NUMBER,
        },
        "reporter": dict.fromkeys(("name", "phone", "email"), _TEXT),
        "status": {"column": _TEXT, "default": _TEXT, "values": _TABLE},
        "near": {"metres": _NUMBER, "days": _NUMBER},
    }
)
_COLUMNS: Final = (
    ("", "external_id"),
    ("service", "column"),
    *(("times", one) for one in ("opened", "answered", "closed")),
    ("texts", "words"),
    ("texts", "reply"),
    *(("place", one) for one in ("east", "north", "lon", "lat", "district", "address")),
    *(("reporter", one) for one in ("name", "phone", "email")),
    ("status", "column"),
)
"""The keys whose values are columns of the file."""

LONGEST_SYSTEM_NAME: Final = 100
MOST_VALUES: Final = 10_000
"""So many different values of a column are kept in mind with their meaning."""
NEAREST: Final = 5
"""So many codes are told where one is none of the city's."""

MARGIN_KM: Final = 10.0
"""So far outside the box around the city's districts a point may lie, when the map says nothing else."""

_SOURCE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class MapFault:
    """Something wrong in a map: the line it stands on (0: nowhere), and what, in words elsewhere."""

    line: int
    refusal: Refusal


@dataclass(frozen=True)
class Meanings:
    """What the values of a column mean here; spelling, Arabic letters and digits do not matter."""

    column: str
    table: Mapping[str, str]
    default: str = ""

    @cached_property
    def _folded(self) -> Mapping[str, str]:
        return {normalise(said): meant for said, meant in self.table.items()}

    @cached_property
    def _met(self) -> dict[str, str | None]:
        return {}

    def of(self, said: str) -> str | None:
        """The meaning the map gives; None when it says nothing of this value."""
        if said not in self._met:
            if len(self._met) >= MOST_VALUES:
                self._met.clear()
            self._met[said] = self.table.get(said) or self._folded.get(normalise(said))
        return self._met[said]


@dataclass(frozen=True)
class HistoryMap:
    """Which column of a former system's file is what. Columns not there are empty names."""

    source: str
    external_id: str
    channel: str
    zone: ZoneInfo
    service: Meanings
    opened: str
    answered: str
    closed: str
    formats: tuple[str, ...]
    words: tuple[str, ...]
    reply: str
    system: str
    east: str
    north: str
    address: tuple[str, ...]
    district: Meanings
    phone: str
    name: str
    email: str
    status: Meanings
    name_there: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    near_metres: float | None = None
    near_days: float | None = None
    margin_km: float = MARGIN_KM


@dataclass
class Drawn:
    """A map as its file says, with where each key stands."""

    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: dict[tuple[str, str], int] = field(default_factory=dict)
    faults: list[MapFault] = field(default_factory=list)

    def get(self, section: str, key: str) -> Any:
        """What stands there; an empty text for nothing."""
        return self.tables.get(section, {}).get(key, "")

    def line(self, section: str, key: str = "") -> int:
        """The line of a key, else of its table, else 0."""
        return self.lines.get((section, key)) or self.lines.get((section, ""), 0)

    def note(self, section: str, key: str, refusal: Refusal) -> None:
        """Keep a fault at a key, which its words may name."""
        refusal.values.setdefault("key", key or section)
        self.faults.append(MapFault(self.line(section, key), refusal))


def read_map(text: str, *, open311: bool) -> Drawn:
    """The tables of a map file, every key of the right kind; what is wrong with it is noted.

    An export of an Open311 server needs no map: what stands here is put over what its format says.
    """
    drawn = Drawn()
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        drawn.lines["", ""] = int(found.group(1)) if found else 0
        drawn.note("", "", Refusal("map_not_toml", error=str(error)))
        return drawn
    drawn.lines.update(_lines(text))
    if open311:
        drawn.tables = {section: dict(keys) for section, keys in OPEN311_MAP.items()}
    top = {key: value for key, value in given.items() if not isinstance(value, dict)}
    for section, keys in {"": top, **{k: v for k, v in given.items() if isinstance(v, dict)}}.items():
        if section not in _KEYS:
            drawn.note(section, "", Refusal("map_section_unknown", known=_listed(_KEYS.keys() - {""})))
            continue
        drawn.tables.setdefault(section, {}).update(_read_keys(drawn, section, keys))
    return drawn


def _lines(text: str) -> Iterator[tuple[tuple[str, str], int]]:
    section = ""
    for n, line in enumerate(text.splitlines(), 1):
        if found := re.match(r"\s*\[([^\[\]]+)\]", line):
            section = re.sub(r'[\s"]', "", found.group(1))
            yield (section, ""), n
        elif found := re.match(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*=""", line):
            yield (section, next(part for part in found.groups() if part is not None)), n


def _read_keys(drawn: Drawn, section: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for key, value in keys.items():
        kind = _KEYS[section].get(key)
        if kind is None:
            drawn.note(section, key, Refusal("map_key_unknown", known=_listed(_KEYS[section])))
        elif kind == _TABLE and _is_table(value):
            read[key] = {said.strip(): meant for said, meant in value.items()}
        elif kind == _TEXTS and _is_texts(value):
            read[key] = [value] if isinstance(value, str) else list(value)
        elif (kind == _NUMBER and _is_number(value)) or (kind == _TEXT and isinstance(value, str)):
            read[key] = value
        else:
            drawn.note(section, key, _not_a(kind))
    return read


def _not_a(kind: str) -> Refusal:
    return {
        _TEXT: Refusal("map_not_a_text"),
        _TEXTS: Refusal("map_not_a_texts"),
        _TABLE: Refusal("map_not_a_table"),
        _NUMBER: Refusal("map_not_a_number"),
    }[kind]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _is_table(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


def _is_texts(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def check_map(drawn: Drawn, *, city: Book, header: Sequence[str]) -> HistoryMap | None:
    """The map, if it fits this city and the columns of the file; None, with every fault noted, otherwise."""
    if drawn.faults:
        return None
    for check in (_check_words, _check_needed, _check_place, _check_codes):
        check(drawn, city)
    for section, key in _COLUMNS:
        named = drawn.get(section, key)
        for column in [named] if isinstance(named, str) else named:
            if column and column not in header and column not in (FROM_LINE, FROM_CONTENT):
                drawn.note(
                    section, key, Refusal("map_column_missing", column=column, columns=_listed(header))
                )
    return None if drawn.faults else _whole(drawn, city)


def _check_words(drawn: Drawn, city: Book) -> None:
    if (source := drawn.get("", "source")) and not _SOURCE.fullmatch(source):
        drawn.note("", "source", Refusal("map_source_impossible"))
    encoding = drawn.get("", "encoding") or "utf-8"
    if encoding not in ENCODINGS:
        drawn.note("", "encoding", Refusal("map_value_unknown", value=encoding, known=_listed(ENCODINGS)))
    if len(drawn.get("", "name")) > LONGEST_SYSTEM_NAME:
        drawn.note("", "name", Refusal("map_name_too_long", most=LONGEST_SYSTEM_NAME))
    if len(drawn.get("", "delimiter") or ",") != 1:
        drawn.note("", "delimiter", Refusal("map_delimiter_impossible"))
    try:
        ZoneInfo(drawn.get("", "zone") or city.city.timezone)
    except (ValueError, KeyError, OSError):
        drawn.note("", "zone", Refusal("map_zone_unknown", value=drawn.get("", "zone")))
    for form in drawn.get("times", "formats") or [ISO]:
        if form not in (ISO, JALALI, UNIX) and "%" not in form:
            drawn.note("times", "formats", Refusal("map_format_unknown", value=form))


def _check_needed(drawn: Drawn, city: Book) -> None:
    for section, key in (("", "source"), ("", "external_id"), ("", "channel"), ("times", "opened")):
        if not drawn.get(section, key):
            drawn.note(section, key, Refusal("map_key_missing", where=f"[{section}]" if section else "map"))
    if not drawn.get("service", "column") and not drawn.get("service", "default"):
        drawn.note("service", "column", Refusal("map_key_missing", where="[service]"))


def _check_place(drawn: Drawn, city: Book) -> None:
    place = drawn.tables.get("place", {})
    pairs = [(a, b) for a, b in (("east", "north"), ("lon", "lat")) if a in place or b in place]
    for pair in pairs:
        for key in pair:
            if key not in place:
                drawn.note("place", key, Refusal("map_key_missing", where="[place]"))
    if len(pairs) > 1:
        drawn.note("place", "lon", Refusal("map_two_points"))
    system = place.get("system", "wgs84")
    if system not in SYSTEMS:
        drawn.note("place", "system", Refusal("map_value_unknown", value=system, known=_listed(SYSTEMS)))


def _check_codes(drawn: Drawn, city: Book) -> None:
    checks: tuple[tuple[str, str, str, Callable[[str], Refusal | None]], ...] = (
        ("service", "values", "default", _code_of(city.services)),
        ("place", "districts", "", _code_of(city.districts)),
        ("status", "values", "default", _end),
    )
    for section, table, default, wrong in checks:
        named = dict(drawn.get(section, table) or {})
        if default and drawn.get(section, default):
            named[default] = drawn.get(section, default)
        for said, meant in named.items():
            if refusal := wrong(meant):
                at = f"{section}.{table}" if drawn.lines.get((f"{section}.{table}", said)) else section
                drawn.note(at, said, refusal)
    channel = drawn.get("", "channel")
    if channel and (refusal := _code_of(city.channels)(channel)):
        drawn.note("", "channel", refusal)


def _end(meant: str) -> Refusal | None:
    if meant in ENDS:
        return None
    return Refusal("map_end_unknown", value=meant, outcomes=", ".join(Outcome))


def _code_of(shelf: Shelf[Any]) -> Callable[[str], Refusal | None]:
    """What is wrong with a code that is none of these: the nearest by code or by name are told."""

    def wrong(meant: str) -> Refusal | None:
        if shelf.find(meant) is not None:
            return None
        named = {
            word: one for one in shelf for word in (one.code, normalise(one.name_fa), one.name_en) if word
        }
        close = get_close_matches(normalise(meant) or meant, [*named], n=3 * NEAREST, cutoff=0)
        near = dict.fromkeys(f"{named[word].code} ({named[word].name_fa})" for word in close)
        return Refusal("map_code_unknown", value=meant, near=", ".join([*near][:NEAREST]))

    return wrong


def _listed(names: Any, most: int = 30) -> str:
    found = [str(one) for one in names]
    return ", ".join(found[:most]) + (" …" if len(found) > most else "")


def _whole(drawn: Drawn, city: Book) -> HistoryMap:
    get = drawn.get
    days, metres = get("near", "days"), get("near", "metres")
    return HistoryMap(
        source=get("", "source"),
        external_id=get("", "external_id"),
        channel=get("", "channel"),
        zone=ZoneInfo(get("", "zone") or city.city.timezone),
        service=_meanings(drawn, "service", "column", "values", get("service", "default")),
        opened=get("times", "opened"),
        answered=get("times", "answered"),
        closed=get("times", "closed"),
        formats=tuple(get("times", "formats") or [ISO]),
        words=_columns(get("texts", "words")),
        reply=get("texts", "reply"),
        system=get("place", "system") or "wgs84",
        east=get("place", "east") or get("place", "lon"),
        north=get("place", "north") or get("place", "lat"),
        address=_columns(get("place", "address")),
        district=Meanings(get("place", "district"), _names(city) | (get("place", "districts") or {})),
        phone=get("reporter", "phone"),
        name=get("reporter", "name"),
        email=get("reporter", "email"),
        status=_meanings(drawn, "status", "column", "values", get("status", "default")),
        name_there=clean_text(get("", "name")),
        encoding=get("", "encoding") or "utf-8",
        delimiter=get("", "delimiter") or ",",
        near_metres=float(metres) if metres else None,
        near_days=float(days) if days else None,
        margin_km=float(get("place", "margin_km") or MARGIN_KM),
    )


def _meanings(drawn: Drawn, section: str, column: str, table: str, default: str = "") -> Meanings:
    return Meanings(drawn.get(section, column), drawn.get(section, table) or {}, default)


def _names(city: Book) -> dict[str, str]:
    """What a district can be called without a word in the map."""
    return {name: one.code for one in city.districts for name in (one.code, one.name_fa, one.name_en) if name}


def _columns(named: str | Sequence[str]) -> tuple[str, ...]:
    return tuple(one for one in ([named] if isinstance(named, str) else named) if one)
