"""The TOML files of a pack."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from pol137.city.adapters.pack_csv import values_of
from pol137.city.rules.cells import nearest
from pol137.city.rules.pack import Pack, Row
from pol137.city.rules.tables import (
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
from pol137.city.vocabulary import WEEKDAYS

_BASED_ON = "based_on"


def read_toml(pack: Pack) -> None:
    """Read city, calendars, channels and texts into the pack, with their faults."""
    for name, file, rows in (
        ("city", CITY_FILE, _city),
        ("calendar", CALENDARS_FILE, _calendars),
        ("channel", CHANNELS_FILE, _channels),
        ("messagetext", MESSAGES_FILE, _messages),
    ):
        toml = _toml(pack, file)
        if toml is None:
            pack.unread.add(name)
        else:
            pack.rows[name] = list(rows(pack, toml))


class _Toml:
    """A TOML file's tables, and the lines its keys stand on."""

    def __init__(self, name: str, text: str, tables: dict[str, Any]) -> None:
        self.name = name
        self.tables = tables
        self._lines: dict[tuple[str, str], int] = {}
        section = ""
        for n, line in enumerate(text.splitlines(), 1):
            if found := re.match(r"\s*\[([^\[\]]+)\]", line):
                section = re.sub(r'[\s"]', "", found.group(1))
                self._lines.setdefault((section, ""), n)
            elif found := re.match(r'\s*"?([A-Za-z0-9_.~-]+)"?\s*=', line):
                self._lines.setdefault((section, found.group(1)), n)

    def line(self, section: str, key: str = "") -> int:
        """The line of a key, else of its table, else 0."""
        return self._lines.get((section, key)) or self._lines.get((section, ""), 0)


def _toml(pack: Pack, name: str) -> _Toml | None:
    text = pack.files.get(name)
    if text is None:
        return None
    try:
        return _Toml(name, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        pack.note(name, int(found.group(1)) if found else 0, f"not TOML: {error}", "mend this line")
        return None


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
            pack.note(toml.name, toml.line(section, name), f"unknown key {name!r}", nearest(name, names))
            whole = False
    values: dict[str, Any] = {}
    for column in columns:
        line = toml.line(section, column.name)
        one = values_of(
            pack, (column,), {column.name: _cell_text(given.get(column.name, ""))}, toml.name, line
        )
        whole = whole and one is not None
        values |= one or {}
    return values if whole else None


def _city(pack: Pack, toml: _Toml) -> Iterator[Row]:
    given = {name: value for name, value in toml.tables.items() if name not in (*CITY_SECTIONS, _BASED_ON)}
    parts = [_keyed(pack, toml, "", given, CITY_COLUMNS)]
    for section, columns in CITY_SECTIONS.items():
        table = _table(pack, toml, section, toml.tables.get(section))
        parts.append(_keyed(pack, toml, section, table, columns))
    parts.append(_kept(pack))
    values: dict[str, Any] = {}
    for part in parts:
        values |= part or {}
    if None not in parts:
        yield Row(values, CITY_FILE, toml.line("", "code"))


def _kept(pack: Pack) -> dict[str, Any] | None:
    toml = _toml(pack, RETENTION_FILE)
    if toml is None:
        return None
    for section in toml.tables.keys() - {"keep"}:
        pack.note(toml.name, toml.line("", section), f"unknown key {section!r}", "only [keep] stands here")
    table = _table(pack, toml, "keep", toml.tables.get("keep"))
    kept = _keyed(pack, toml, "keep", table, KEEP_COLUMNS)
    return None if kept is None else {f"keep_{name}": length for name, length in kept.items()}


def _table(pack: Pack, toml: _Toml, section: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    pack.note(toml.name, toml.line(section), f"[{section}] is missing or not a table", "add it")
    return {}


_NAMES = (Column("code", Cell.CODE), Column("name_fa"), Column("name_en"))
_CALENDAR = (*_NAMES, Column("operational", Cell.YES))


def _calendars(pack: Pack, toml: _Toml) -> Iterator[Row]:
    for code, value in toml.tables.items():
        given = _table(pack, toml, code, value)
        plain = {name: one for name, one in given.items() if name != "windows"}
        values = _keyed(pack, toml, code, {"code": code, **plain}, _CALENDAR)
        section = f"{code}.windows"
        windows = _table(pack, toml, section, given.get("windows"))
        if sorted(windows) != sorted(WEEKDAYS):
            pack.note(toml.name, toml.line(section), "a calendar names all seven days", ", ".join(WEEKDAYS))
        elif not all(_is_texts(day) for day in windows.values()):
            pack.note(
                toml.name, toml.line(section), "a day is a list of windows", 'write ["07:30-14:30"] or []'
            )
        elif values is not None:
            yield Row(
                {**values, "windows": {day: windows[day] for day in WEEKDAYS}}, toml.name, toml.line(code)
            )


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _channels(pack: Pack, toml: _Toml) -> Iterator[Row]:
    for code, value in toml.tables.items():
        given = _table(pack, toml, code, value)
        plain = {name: one for name, one in given.items() if name != "settings"}
        columns = (*_NAMES, Column("adapter", optional=True))
        values = _keyed(pack, toml, code, {"code": code, **plain}, columns)
        settings = _table(pack, toml, f"{code}.settings", given.get("settings", {}))
        for name, one in settings.items():
            if not isinstance(one, str | int | float | bool):
                line = toml.line(f"{code}.settings", name)
                pack.note(toml.name, line, f"setting {name!r} is not a plain value", "flatten it")
                values = None
        if values is not None:
            yield Row({**values, "settings": settings}, toml.name, toml.line(code))


def _messages(pack: Pack, toml: _Toml) -> Iterator[Row]:
    for event, media in toml.tables.items():
        for medium, texts in _table(pack, toml, event, media).items():
            section = f"{event}.{medium}"
            for language, text in _table(pack, toml, section, texts).items():
                line = toml.line(section, language)
                if not isinstance(text, str) or not text.strip():
                    pack.note(toml.name, line, f"{language} is not a text", "write it")
                    continue
                values = {"event": event, "medium": medium, "language": language, "text": text}
                yield Row(values, toml.name, line)
