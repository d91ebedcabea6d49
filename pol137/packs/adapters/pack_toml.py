"""The TOML files of a pack."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from pol137.city.vocabulary import WEEKDAYS
from pol137.packs.adapters.pack_csv import values_of
from pol137.packs.adapters.pack_layers import Layer
from pol137.packs.rules.cells import nearest
from pol137.packs.rules.pack import Pack, Row
from pol137.packs.rules.tables import (
    CALENDARS_FILE,
    CHANNELS_FILE,
    CITY_COLUMNS,
    CITY_FILE,
    CITY_SECTIONS,
    KEEP_COLUMNS,
    MESSAGES_FILE,
    RETENTION_FILE,
    Cell,
    Column,
)

_OF_THE_PACK = ("based_on", "without")


def read_toml(pack: Pack, layers: list[Layer]) -> None:
    """Read city, calendars, channels and texts of all layers into the pack, with their faults."""
    for name, file, rows in (
        ("city", CITY_FILE, _city),
        ("calendar", CALENDARS_FILE, _calendars),
        ("channel", CHANNELS_FILE, _channels),
        ("messagetext", MESSAGES_FILE, _messages),
    ):
        toml = _toml(pack, file, layers)
        if toml is None:
            pack.unread.add(name)
        else:
            pack.rows[name] = list(rows(pack, toml, layers))


class _Toml:
    """A file's tables, the pack's laid over those of its bases key by key, and where each key stands."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.tables: dict[str, Any] = {}
        self._places: dict[tuple[str, str], tuple[str, int]] = {}

    def lay(self, text: str, file: str, tables: dict[str, Any]) -> None:
        """Lay a folder's file over what is there."""
        self.name = file
        self.tables = _laid(self.tables, tables)
        places: dict[tuple[str, str], tuple[str, int]] = {}
        section = ""
        for n, line in enumerate(text.splitlines(), 1):
            if found := re.match(r"\s*\[([^\[\]]+)\]", line):
                section = re.sub(r'[\s"]', "", found.group(1))
                places.setdefault((section, ""), (file, n))
            elif found := re.match(r'\s*"?([A-Za-z0-9_.~-]+)"?\s*=', line):
                places.setdefault((section, found.group(1)), (file, n))
        self._places |= places

    def drop(self, path: str) -> bool:
        """Take a table or key out («event/medium»); False when there is none."""
        *above, last = path.split("/")
        table: Any = self.tables
        for part in above:
            table = table.get(part, {}) if isinstance(table, dict) else {}
        return isinstance(table, dict) and table.pop(last, None) is not None

    def at(self, section: str, key: str = "") -> tuple[str, int]:
        """File and line of a key, else of its table, else of the pack's own file."""
        return self._places.get((section, key)) or self._places.get((section, ""), (self.name, 0))


def _laid(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    found = dict(below)
    for key, value in above.items():
        under = found.get(key)
        found[key] = _laid(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return found


def _toml(pack: Pack, name: str, layers: list[Layer]) -> _Toml | None:
    toml, whole = _Toml(name), False
    stem = name.removesuffix(".toml")
    for layer in layers:
        for path in layer.without.get(stem, ()):
            if not toml.drop(str(path)):
                layer.note_without(pack, stem, f"the base has no {stem} {path!r}", "take it out")
        text, file = layer.files.get(name), f"{layer.within}{name}"
        if text is None:
            continue
        try:
            toml.lay(text, file, tomllib.loads(text))
            whole = True
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"line (\d+)", str(error))
            line = int(found.group(1)) if found else 0
            pack.note(file, line, f"not TOML: {error}", _toml_mend(text, line))
            return None
    return toml if whole else None


_BARE = re.compile(r"""\s*([^\s=]+)\s*=\s*(?!true\b|false\b)([^\s"'\[{#][^"'#]*?)\s*(#.*)?""", re.IGNORECASE)


def _toml_mend(text: str, line: int) -> str:
    """Advice for the line where a file stops being TOML: most often words that lack their quotes."""
    bare = _BARE.fullmatch("".join(text.splitlines()[line - 1 : line]))
    if bare and re.search(r"[^\W\d_]", bare[2]):
        return f'put it between quotes: {bare[1]} = "{bare[2]}"'
    return "mend this line"


def _cell_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, str | int) else ""


def _keyed(
    pack: Pack, toml: _Toml, section: str, given: Mapping[str, Any], columns: tuple[Column, ...]
) -> dict[str, Any] | None:
    """The values of one TOML table under these columns; None, with faults noted, when one cannot stand."""
    names = [column.name for column in columns]
    whole = True
    for name in given:
        if name not in names:
            pack.note(*toml.at(section, name), f"unknown key {name!r}", nearest(name, names))
            whole = False
    values: dict[str, Any] = {}
    for column in columns:
        said = {column.name: _cell_text(given.get(column.name, ""))}
        one = values_of(pack, (column,), said, *toml.at(section, column.name))
        whole = whole and one is not None
        values |= one or {}
    return values if whole else None


def _city(pack: Pack, toml: _Toml, layers: list[Layer]) -> Iterator[Row]:
    plain = {name: one for name, one in toml.tables.items() if name not in (*CITY_SECTIONS, *_OF_THE_PACK)}
    parts = [_keyed(pack, toml, "", plain, _asked(pack, CITY_COLUMNS, plain))]
    for section, columns in CITY_SECTIONS.items():
        table = _table(pack, toml, section, toml.tables.get(section, {} if pack.base else None))
        parts.append(_keyed(pack, toml, section, table, _asked(pack, columns, table)))
    parts.append(_kept(pack, layers))
    if pack.base:
        pack.unread.add("city")
    elif None not in parts:
        yield Row({name: one for part in parts for name, one in (part or {}).items()}, *toml.at("", "code"))


def _asked(pack: Pack, columns: tuple[Column, ...], given: Mapping[str, Any]) -> tuple[Column, ...]:
    """Every key of a city; of a base those it gives."""
    return tuple(one for one in columns if one.name in given) if pack.base else columns


def _kept(pack: Pack, layers: list[Layer]) -> dict[str, Any] | None:
    toml = _toml(pack, RETENTION_FILE, layers)
    if toml is None:
        return None
    for section in toml.tables.keys() - {"keep"}:
        pack.note(*toml.at("", section), f"unknown key {section!r}", "only [keep] stands here")
    table = _table(pack, toml, "keep", toml.tables.get("keep"))
    kept = _keyed(pack, toml, "keep", table, KEEP_COLUMNS)
    return None if kept is None else {f"keep_{name}": length for name, length in kept.items()}


def _table(pack: Pack, toml: _Toml, section: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    pack.note(*toml.at(section), f"[{section}] is missing or not a table", "add it")
    return {}


_NAMES = (Column("code", Cell.CODE), Column("name_fa"), Column("name_en"))
_CALENDAR = (*_NAMES, Column("operational", Cell.YES))


def _calendars(pack: Pack, toml: _Toml, _: list[Layer]) -> Iterator[Row]:
    for code, value in toml.tables.items():
        given = _table(pack, toml, code, value)
        plain = {name: one for name, one in given.items() if name != "windows"}
        values = _keyed(pack, toml, code, {"code": code, **plain}, _CALENDAR)
        section = f"{code}.windows"
        windows = _table(pack, toml, section, given.get("windows"))
        if sorted(windows) != sorted(WEEKDAYS):
            pack.note(*toml.at(section), "a calendar names all seven days", ", ".join(WEEKDAYS))
        elif not all(_is_texts(day) for day in windows.values()):
            pack.note(*toml.at(section), "a day is a list of windows", 'write ["07:30-14:30"] or []')
        elif values is not None:
            yield Row({**values, "windows": {day: windows[day] for day in WEEKDAYS}}, *toml.at(code))


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _channels(pack: Pack, toml: _Toml, _: list[Layer]) -> Iterator[Row]:
    for code, value in toml.tables.items():
        given = _table(pack, toml, code, value)
        plain = {name: one for name, one in given.items() if name != "settings"}
        columns = (*_NAMES, Column("adapter", optional=True))
        values = _keyed(pack, toml, code, {"code": code, **plain}, columns)
        settings = _table(pack, toml, f"{code}.settings", given.get("settings", {}))
        for name, one in settings.items():
            if not isinstance(one, str | int | float | bool):
                place = toml.at(f"{code}.settings", name)
                pack.note(*place, f"setting {name!r} is not a plain value", "flatten it")
                values = None
        if values is not None:
            yield Row({**values, "settings": settings}, *toml.at(code))


def _messages(pack: Pack, toml: _Toml, _: list[Layer]) -> Iterator[Row]:
    for event, media in toml.tables.items():
        for medium, texts in _table(pack, toml, event, media).items():
            section = f"{event}.{medium}"
            for language, text in _table(pack, toml, section, texts).items():
                place = toml.at(section, language)
                if not isinstance(text, str) or not text.strip():
                    pack.note(*place, f"{language} is not a text", "write it")
                    continue
                values = {"event": event, "medium": medium, "language": language, "text": text}
                yield Row(values, *place)
