"""Writing a city as the files of a pack, in the one tidy form."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import time
from typing import Any

from pol137.city.vocabulary import WEEKDAYS
from pol137.packs.rules.cells import write_cell
from pol137.packs.rules.pack import Pack, Record, Records, records_of
from pol137.packs.rules.tables import (
    CALENDARS_FILE,
    CHANNELS_FILE,
    CITY_COLUMNS,
    CITY_FILE,
    CITY_SECTIONS,
    CSV_TABLES,
    KEEP_COLUMNS,
    MESSAGES_FILE,
    OUTLINES_FILE,
    RETENTION_FILE,
    Table,
)

Tables = dict[str, Any]
"""What a TOML file says."""


def render(records: Records) -> dict[str, str]:
    """File name to text, for every file of the pack but the articles."""
    files = {table.file: _csv(table, _rows(table, records)) for table in CSV_TABLES}
    files[OUTLINES_FILE] = _outlines(records["district"])
    return files | {name: toml_text(name, tables) for name, tables in _tomls(records).items()}


def render_own(pack: Pack) -> dict[str, str]:
    """The tidy form of the files that lie in the pack's own folder, whether it stands on a base or is one."""
    if pack.whole:
        whole = render(records_of(pack))
        return {name: whole[name] for name in pack.files}
    files = {
        table.file: _csv(table, [row.values for row in pack.own.get(table.name, [])]) for table in CSV_TABLES
    }
    files[OUTLINES_FILE] = _outlines([row.values for row in pack.own.get("outline", [])])
    return {
        name: files[name] if name in files else toml_text(name, tomllib.loads(text))
        for name, text in pack.files.items()
    }


def render_outlines(outlines: Mapping[str, Record]) -> str:
    """The file of the districts' outlines, by code."""
    return _outlines([{"code": code, "outline": outline} for code, outline in outlines.items()])


def with_city_key(text: str, key: str, value: Any) -> str:
    """A city.toml with one key set, in the tidy form."""
    return toml_text(CITY_FILE, tomllib.loads(text) | {key: value})


def toml_text(name: str, tables: Tables) -> str:
    """A TOML file of a pack in the tidy form: known keys in their order, one blank line between tables."""
    return "\n".join(_blocks(_ordered(name, tables), ""))


def toml_string(text: str) -> str:
    """A TOML basic string: one line, Persian as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_list(texts: Iterable[str]) -> str:
    """A TOML list of strings on one line."""
    return f"[{', '.join(toml_string(text) for text in texts)}]"


def _rows(table: Table, records: Records) -> Iterable[Record]:
    if table.name == "question":
        return [{"service": s["code"], **asked} for s in records["service"] for asked in s["questions"]]
    if table.name == "questionvalue":
        return [
            {"service": s["code"], "question": asked["code"], **value}
            for s in records["service"]
            for asked in s["questions"]
            for value in asked["values"]
        ]
    return records[table.name]


def _csv(table: Table, rows: Iterable[Record]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.headers)
    writer.writerows([write_cell(row[name]) for name in table.names] for row in rows)
    return out.getvalue()


def _blocks(tables: Tables, path: str) -> Iterator[str]:
    plain = {name: value for name, value in tables.items() if not isinstance(value, dict)}
    if plain or (path and not tables):
        head = [f"[{path}]"] if path else []
        yield "\n".join([*head, *(_line(name, value) for name, value in plain.items()), ""])
    for name, value in tables.items():
        if isinstance(value, dict):
            yield from _blocks(value, f"{path}.{name}" if path else name)


def _line(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return f"{name} = {'true' if value else 'false'}"
    if isinstance(value, time):
        value = f"{value:%H:%M}"
    if isinstance(value, list | tuple):
        return f"{name} = {toml_list(value)}"
    return f"{name} = {value!r}" if isinstance(value, int | float) else f"{name} = {toml_string(value)}"


def _tomls(records: Records) -> dict[str, Tables]:
    city = records["city"][0]
    said: Tables = {}
    for one in records["messagetext"]:
        said.setdefault(one["event"], {}).setdefault(one["medium"], {})[one["language"]] = one["text"]
    return {
        CITY_FILE: {
            **{column.name: city[column.name] for column in CITY_COLUMNS},
            **{
                section: {column.name: city[column.name] for column in columns}
                for section, columns in CITY_SECTIONS.items()
            },
        },
        RETENTION_FILE: {"keep": {column.name: city[f"keep_{column.name}"] for column in KEEP_COLUMNS}},
        CALENDARS_FILE: _by_code(records["calendar"]),
        CHANNELS_FILE: _by_code(records["channel"]),
        MESSAGES_FILE: said,
    }


def _by_code(rows: list[Record]) -> Tables:
    named = ("name_fa", "name_en", "operational", "adapter", "windows", "settings")
    return {one["code"]: {name: one[name] for name in named if name in one} for one in rows}


def _ordered(name: str, tables: Tables) -> Tables:
    if name == CITY_FILE:
        order = ["based_on", *(column.name for column in CITY_COLUMNS), *CITY_SECTIONS, "without"]
        found = _ranked(tables, order)
        return found | {
            section: _ranked(found[section], [column.name for column in columns])
            for section, columns in CITY_SECTIONS.items()
            if isinstance(found.get(section), dict)
        }
    if name == RETENTION_FILE:
        order = [column.name for column in KEEP_COLUMNS]
        return {section: _ranked(table, order) for section, table in tables.items()}
    if name == MESSAGES_FILE:
        return {
            event: {medium: {key: by[key] for key in languages(by)} for medium, by in media.items()}
            for event, media in tables.items()
        }
    inside = {"windows": list(WEEKDAYS)}
    order = ["name_fa", "name_en", "operational", "adapter", "windows", "settings"]
    return {
        code: {
            key: _ranked(value, inside.get(key, sorted(value))) if isinstance(value, dict) else value
            for key, value in _ranked(table, order).items()
        }
        for code, table in tables.items()
    }


def _ranked(table: Tables, order: list[str]) -> Tables:
    """Known keys in their order, then the others."""
    known = {key: table[key] for key in order if key in table}
    return known | table


def _outlines(districts: list[Record]) -> str:
    features = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {"code": district["code"]},
                "geometry": {name: district["outline"][name] for name in ("type", "coordinates")},
            }
        )
        for district in districts
        if district["outline"]
    ]
    return '{"type": "FeatureCollection", "features": [\n' + ",\n".join(features) + "\n]}\n"


def languages(known: Iterable[str]) -> list[str]:
    """Persian first, then English, then the others by their letters."""
    return sorted(known, key=lambda language: (language != "fa", language != "en", language))
