"""Writing a city as the files of a pack, in the one tidy form."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from datetime import time
from typing import Any

from pol137.city.rules.cells import write_cell
from pol137.city.rules.pack import Record, Records
from pol137.city.rules.tables import (
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
from pol137.city.vocabulary import WEEKDAYS


def render(records: Records) -> dict[str, str]:
    """File name to text, for every file of the pack but the articles."""
    files = {table.file: _csv(table, _rows(table, records)) for table in CSV_TABLES}
    files[CITY_FILE] = _city(records["city"][0])
    files[RETENTION_FILE] = _retention(records["city"][0])
    files[OUTLINES_FILE] = _outlines(records["district"])
    files[CALENDARS_FILE] = _joined(_calendar(one) for one in records["calendar"])
    files[CHANNELS_FILE] = _joined(_channel(one) for one in records["channel"])
    files[MESSAGES_FILE] = _messages(records["messagetext"])
    return files


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
    writer.writerow(table.names)
    writer.writerows([write_cell(row[name]) for name in table.names] for row in rows)
    return out.getvalue()


def _line(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return f"{name} = {'true' if value else 'false'}"
    if isinstance(value, time):
        value = f"{value:%H:%M}"
    return f"{name} = {value!r}" if isinstance(value, int | float) else f"{name} = {toml_string(value)}"


def _city(city: Record) -> str:
    plain = [_line(column.name, city[column.name]) for column in CITY_COLUMNS]
    for section, columns in CITY_SECTIONS.items():
        plain += ["", f"[{section}]", *(_line(column.name, city[column.name]) for column in columns)]
    return "\n".join([*plain, ""])


def _retention(city: Record) -> str:
    kept = (_line(column.name, city[f"keep_{column.name}"]) for column in KEEP_COLUMNS)
    return "\n".join(["[keep]", *kept, ""])


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


def _joined(tables: Iterable[str]) -> str:
    return "\n".join(tables)


def _calendar(one: Record) -> str:
    code = one["code"]
    lines = [f"[{code}]", *(_line(name, one[name]) for name in ("name_fa", "name_en", "operational")), ""]
    lines += [f"[{code}.windows]", *(f"{day} = {toml_list(one['windows'][day])}" for day in WEEKDAYS), ""]
    return "\n".join(lines)


def _channel(one: Record) -> str:
    code = one["code"]
    lines = [f"[{code}]", *(_line(name, one[name]) for name in ("name_fa", "name_en", "adapter")), ""]
    settings = (_line(name, value) for name, value in sorted(one["settings"].items()))
    return "\n".join([*lines, f"[{code}.settings]", *settings, ""])


def _messages(texts: list[Record]) -> str:
    said: dict[tuple[str, str], dict[str, str]] = {}
    for one in texts:
        said.setdefault((one["event"], one["medium"]), {})[one["language"]] = one["text"]
    return _joined(
        "\n".join([f"[{event}.{medium}]", *(_line(language, by[language]) for language in languages(by)), ""])
        for (event, medium), by in said.items()
    )


def languages(known: Iterable[str]) -> list[str]:
    """Persian first, then English, then the others by their letters."""
    return sorted(known, key=lambda language: (language != "fa", language != "en", language))
