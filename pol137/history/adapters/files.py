"""Rows of a file as they come: CSV, or a GeoReport v2 export in JSON or XML. Constant memory."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from pol137.history.vocabulary import LINE_COLUMN, OPEN311_COLUMNS, OURS
from pol137.lib.refusal import Refusal

CHUNK = 1 << 16
LONGEST_CELL = 1 << 20
LONGEST_OBJECT = 1 << 20
BOM = b"\xef\xbb\xbf"


class Read(NamedTuple):
    """A row: the line it begins on, its cells by column, what was left over, why it is no row (if so)."""

    line: int
    cells: Mapping[str, str]
    rest: tuple[str, ...] = ()
    fault: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """What kind of files these are, and their columns."""

    open311: bool
    header: tuple[str, ...]


class History:
    """Files of a former system, one after the other, as rows; it has read `position` of `size` bytes."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._before = 0
        self._file: BinaryIO | None = None
        self.size = sum(path.stat().st_size for path in paths)

    @property
    def position(self) -> int:
        """How many bytes were read so far."""
        return self._before + (self._file.tell() if self._file and not self._file.closed else 0)

    def digest(self) -> str:
        """A hash of all the files say, in their order."""
        found = hashlib.sha256()
        for path in self._paths:
            with path.open("rb") as file:
                found.update(hashlib.file_digest(file, "sha256").digest())
        return found.hexdigest()

    def shape(self, *, encoding: str, delimiter: str) -> Shape:
        """What the first file is. Refuses (Refusal) an empty one and a header that names a column twice."""
        with self._paths[0].open("rb") as file:
            if _kind(file) != "csv":
                return Shape(True, OPEN311_COLUMNS)
            header = tuple(_header(_table(file, encoding, delimiter), self._paths[0].name))
        return Shape("service_request_id" in header, header)

    def rows(self, *, encoding: str, delimiter: str) -> Iterator[Read]:
        """Every row of every file. What is broken comes as a row with its fault; nothing stops the rest."""
        lines_before = 0
        for path in self._paths:
            line = 0
            with path.open("rb") as file:
                self._file = file
                kind = _kind(file)
                if kind == "csv":
                    found = _csv_rows(file, encoding, delimiter, path.name)
                else:
                    found = (_json_rows if kind == "json" else _xml_rows)(file)
                for row in found:
                    line = row.line
                    yield row._replace(line=lines_before + line) if lines_before else row
            self._before += path.stat().st_size
            lines_before += line


def _kind(file: BinaryIO) -> str:
    begin = file.read(CHUNK).removeprefix(BOM).lstrip()[:1]
    file.seek(0)
    return {b"{": "json", b"[": "json", b"<": "xml"}.get(begin, "csv")


# --- CSV ------------------------------------------------------------------------------------------


class _Lines(Protocol):
    """A reader of CSV, and the line it has come to."""

    line_num: int

    def __next__(self) -> list[str]: ...


def _table(file: BinaryIO, encoding: str, delimiter: str) -> _Lines:
    """A reader of lines; a byte that is none of the encoding's becomes a lone surrogate, seen later."""
    marked = file.read(len(BOM)) == BOM
    file.seek(len(BOM) if marked else 0)
    encoding = "utf-8" if marked else encoding
    text = io.TextIOWrapper(file, encoding=encoding, errors="surrogateescape", newline="")
    csv.field_size_limit(LONGEST_CELL)
    return csv.reader(text, delimiter=delimiter)


def _header(table: _Lines, name: str) -> list[str]:
    try:
        header = [one.strip() for one in next(table)]
    except (StopIteration, csv.Error):
        raise Refusal("file_empty", file=name) from None
    doubled = {one for one in header if header.count(one) > 1}
    if doubled:
        raise Refusal("file_column_twice", file=name, columns=", ".join(sorted(doubled)))
    return header


def _csv_rows(file: BinaryIO, encoding: str, delimiter: str, name: str) -> Iterator[Read]:
    table = _table(file, encoding, delimiter)
    header = _header(table, name)
    own = [n for n, one in enumerate(header) if not one.startswith(OURS) or one == LINE_COLUMN]
    while True:
        n = table.line_num + 1
        try:
            cells = next(table)
        except StopIteration:
            return
        except csv.Error as error:
            yield Read(n, {}, fault=Refusal("row_unreadable", error=str(error)))
            continue
        if not cells:
            continue
        if len(cells) == len(header):
            row = dict(zip(header, cells, strict=True))
            yield Read(n, row if len(own) == len(header) else {header[at]: cells[at] for at in own})
        else:
            named = {header[at]: cells[at] if at < len(cells) else "" for at in own}
            fault = Refusal("row_columns", found=len(cells), wanted=len(header))
            yield Read(n, named, tuple(cells[len(header) :]), fault)


# --- GeoReport v2 ---------------------------------------------------------------------------------


def _json_rows(file: BinaryIO) -> Iterator[Read]:
    """The objects of a list, of a list under one name, or one a line."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape")
    decoder, buffer, n, ended = json.JSONDecoder(), "", 0, False
    begun = False
    while True:
        if not begun and (opened := buffer.find("[")) >= 0 and _before_list(buffer[:opened]):
            buffer = buffer[opened + 1 :]
        begun = begun or bool(buffer.strip())
        buffer = buffer.lstrip(" \t\r\n,")
        if buffer.startswith(("]", "}")):
            return
        try:
            found, end = decoder.raw_decode(buffer) if buffer else (None, 0)
        except ValueError as error:
            if ended or len(buffer) > LONGEST_OBJECT:
                yield Read(n + 1, {}, fault=Refusal("row_rest_unreadable", error=str(error)))
                return
            end = 0
        if end:
            n += 1
            buffer = buffer[end:]
            yield _request(n, found)
            continue
        if ended:
            return
        chunk = text.read(CHUNK)
        ended = not chunk
        buffer += chunk


def _before_list(text: str) -> bool:
    """Whether only the beginning of an object with one name stands before the list."""
    begin = text.strip()
    return not begin or (begin.startswith("{") and begin.endswith(":") and begin.count('"') == 2)


def _request(n: int, found: object) -> Read:
    if not isinstance(found, dict):
        return Read(n, {}, (json.dumps(found)[:1000],), Refusal("row_no_request"))
    return Read(n, {name: _cell(found.get(name)) for name in OPEN311_COLUMNS})


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _xml_rows(file: BinaryIO) -> Iterator[Read]:
    """The `request` elements, each forgotten once it was read."""
    n, root = 0, None
    try:
        for event, element in iterparse(file, events=("start", "end")):
            if root is None:
                root = element
            if event == "end" and element.tag == "request":
                n += 1
                said = {child.tag: (child.text or "").strip() for child in element}
                yield Read(n, {name: said.get(name, "") for name in OPEN311_COLUMNS})
                root.clear()
    except (ParseError, DefusedXmlException) as error:
        yield Read(n + 1, {}, fault=Refusal("row_rest_unreadable", error=str(error)))
