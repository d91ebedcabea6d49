"""The files of a city pack on disk: reading them with their faults, and writing them."""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pol137.city.rules.cells import CODE, CellFault, nearest, read_cell
from pol137.city.rules.pack import Pack, Row
from pol137.city.rules.tables import (
    ARTICLES_FOLDER,
    CALENDARS_FILE,
    CHANNELS_FILE,
    CITY_COLUMNS,
    CITY_FILE,
    CSV_TABLES,
    FILES,
    MESSAGES_FILE,
    OUTLINES_FILE,
    Cell,
    Column,
    Table,
)
from pol137.city.vocabulary import WEEKDAYS, WINDOWS

_BASED_ON = "based_on"


def read_pack(folder: Path) -> Pack:
    """Everything the folder says, with every fault of form (file, line, what, mend). Reads only."""
    pack = Pack(folder)
    _collect(pack, folder, seen=())
    for table in CSV_TABLES:
        if table.file in pack.files:
            pack.rows[table.name] = list(_csv_rows(pack, table))
        else:
            pack.unread.add(table.name)
    pack.rows["outline"] = list(_outlines(pack))
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
    return pack


def own_names(folder: Path) -> set[str]:
    """The files that lie in the pack's own folder, not in the pack it is based on."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def write_files(folder: Path, files: Mapping[str, str], articles: Mapping[str, str]) -> None:
    """Write a pack's files, UTF-8 with LF. The folder is made; what else lies in it stays."""
    (folder / ARTICLES_FOLDER).mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    for code, text in articles.items():
        (folder / ARTICLES_FOLDER / f"{code}.md").write_text(text, encoding="utf-8", newline="\n")


def _collect(pack: Pack, folder: Path, *, seen: tuple[Path, ...]) -> None:
    """Read the folder's files into the pack, and those it lacks from the pack it is based on."""
    if not folder.is_dir():
        pack.note(folder.name, 0, "there is no such pack", "check the name or the path")
        return
    own = {path.name: path for path in sorted(folder.iterdir()) if not path.name.startswith(".")}
    for name, path in own.items():
        if name in FILES and path.is_file():
            if name not in pack.files:
                pack.files[name] = _text(pack, path, name)
        elif name == ARTICLES_FOLDER and path.is_dir():
            _collect_articles(pack, path)
        else:
            pack.note(name, 0, "unknown file", f"{nearest(name, sorted(FILES))} else take it out of the pack")
    base = _base(own.get(CITY_FILE))
    if base is None:
        for missing in sorted(FILES - pack.files.keys()):
            pack.note(missing, 0, "the file is missing", "add it (cities/README.md)")
        return
    below = folder.parent / base
    pack.based_on = pack.based_on or base
    if below in (*seen, folder):
        pack.note(CITY_FILE, 1, f"based_on {base!r} comes back to this pack", "name another")
        return
    _collect(pack, below, seen=(*seen, folder))


def _collect_articles(pack: Pack, folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        name = f"{ARTICLES_FOLDER}/{path.name}"
        if path.name.startswith("."):
            continue
        if path.suffix != ".md" or not CODE.fullmatch(path.stem):
            pack.note(name, 0, "not an article", "name it CODE.md, CODE in [A-Za-z0-9_.~-]")
        elif path.stem not in pack.articles:
            pack.articles[path.stem] = _text(pack, path, name)


def _base(city_file: Path | None) -> str | None:
    if city_file is None:
        return None
    found = re.search(
        r'^based_on *= *"([^"/]+)" *$', city_file.read_text("utf-8", errors="replace"), re.MULTILINE
    )
    return found.group(1) if found else None


def _text(pack: Pack, path: Path, name: str) -> str:
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        pack.note(name, line, "not UTF-8", "save the file as UTF-8")
        return raw.decode("utf-8", errors="replace")


def _csv_rows(pack: Pack, table: Table) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(pack.files[table.file]), strict=True)
    try:
        header = next(reader, [])
        if not _header_is_right(pack, table, header):
            pack.unread.add(table.name)
            return
        for cells in reader:
            if cells:
                yield from _csv_row(pack, table, cells, reader.line_num)
    except csv.Error as error:
        pack.note(table.file, reader.line_num, f"not CSV: {error}", "check the quotes of this line")


def _header_is_right(pack: Pack, table: Table, header: list[str]) -> bool:
    if header == table.names:
        return True
    unknown = [name for name in header if name not in table.names]
    missing = [name for name in table.names if name not in header]
    for name in unknown:
        pack.note(table.file, 1, f"unknown column {name!r}", nearest(name, missing or table.names))
    for name in missing:
        pack.note(table.file, 1, f"column {name!r} is missing", f"write {','.join(table.names)}")
    if not unknown and not missing:
        pack.note(table.file, 1, "columns are out of order", f"write {','.join(table.names)}")
    return False


def _csv_row(pack: Pack, table: Table, cells: list[str], line: int) -> Iterator[Row]:
    if len(cells) != len(table.columns):
        pack.note(
            table.file,
            line,
            f"{len(cells)} cells under {len(table.columns)} columns",
            "put a cell that holds a comma between double quotes",
        )
        return
    values = _values(pack, table.columns, dict(zip(table.names, cells, strict=True)), table.file, line)
    if values is not None:
        yield Row(values, table.file, line)
    elif "code" in table.names:
        pack.spoilt.setdefault(table.name, set()).add(cells[table.names.index("code")])


def _values(
    pack: Pack, columns: tuple[Column, ...], cells: Mapping[str, str], file: str, line: int
) -> dict[str, Any] | None:
    """The values of a row; None, with its faults noted, when one of them cannot stand."""
    values, whole = {}, True
    for column in columns:
        try:
            values[column.name] = read_cell(column, cells[column.name])
        except CellFault as fault:
            pack.note(file, line, fault.what, fault.mend)
            whole = False
    return values if whole else None


def _outlines(pack: Pack) -> Iterator[Row]:
    text = pack.files.get(OUTLINES_FILE)
    if text is None:
        return
    try:
        collection = json.loads(text)
        features = list(collection["features"])
    except json.JSONDecodeError as error:
        pack.note(OUTLINES_FILE, error.lineno, f"not JSON: {error.msg}", "mend it near this line")
        return
    except (TypeError, KeyError):
        pack.note(OUTLINES_FILE, 1, "not a FeatureCollection", "see cities/README.md")
        return
    lines = [n for n, line in enumerate(text.splitlines(), 1) if '"Feature"' in line]
    for place, feature in enumerate(features):
        line = lines[place] if len(lines) == len(features) else 0
        try:
            yield Row(
                {"code": str(feature["properties"]["code"]), "outline": dict(feature["geometry"])},
                OUTLINES_FILE,
                line,
            )
        except (TypeError, KeyError, ValueError):
            pack.note(OUTLINES_FILE, line, f"feature {place + 1} lacks properties.code or geometry", "add it")


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
        one = _values(pack, (column,), {column.name: _cell_text(given.get(column.name, ""))}, toml.name, line)
        whole = whole and one is not None
        values |= one or {}
    return values if whole else None


def _city(pack: Pack, toml: _Toml) -> Iterator[Row]:
    given = {name: value for name, value in toml.tables.items() if name not in ("windows", _BASED_ON)}
    values = _keyed(pack, toml, "", given, CITY_COLUMNS)
    windows = _table(pack, toml, "windows", toml.tables.get("windows"))
    lengths = _keyed(pack, toml, "windows", windows, tuple(Column(name, Cell.DURATION) for name in WINDOWS))
    if values is not None and lengths is not None:
        yield Row({**values, **lengths}, CITY_FILE, toml.line("", "code"))


def _table(pack: Pack, toml: _Toml, section: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    pack.note(toml.name, toml.line(section), f"[{section}] is missing or not a table", "add it")
    return {}


_NAMES = (Column("code", Cell.CODE), Column("name_fa"), Column("name_en"))


def _calendars(pack: Pack, toml: _Toml) -> Iterator[Row]:
    for code, value in toml.tables.items():
        given = _table(pack, toml, code, value)
        plain = {name: one for name, one in given.items() if name != "windows"}
        values = _keyed(pack, toml, code, {"code": code, **plain}, _NAMES)
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
