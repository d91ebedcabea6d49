"""The CSV files of a pack."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from pol137.packs.rules.cells import CellFault, nearest, read_cell
from pol137.packs.rules.pack import Pack, Row
from pol137.packs.rules.tables import Column, Table


def csv_rows(pack: Pack, table: Table, text: str, file: str) -> Iterator[Row]:
    """The rows of a table whose cells can all stand; the faults of the others are noted in the pack.

    `file` is what the faults call it: a base's has the base's name before it.
    """
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        header = next(reader, [])
        if not _header_is_right(pack, table, header, file):
            pack.unread.add(table.name)
            return
        for cells in reader:
            if cells:
                yield from _csv_row(pack, table, cells, file, reader.line_num)
    except csv.Error as error:
        pack.note(file, reader.line_num, f"not CSV: {error}", "check the quotes of this line")


def _header_is_right(pack: Pack, table: Table, header: list[str], file: str) -> bool:
    right = table.headers
    if header == right:
        return True
    unknown = [name for name in header if name not in right]
    missing = [name for name in right if name not in header]
    for name in unknown:
        pack.note(file, 1, f"unknown column {name!r}", nearest(name, missing or right))
    for name in missing:
        pack.note(file, 1, f"column {name!r} is missing", f"write {','.join(right)}")
    if not unknown and not missing:
        pack.note(file, 1, "columns are out of order", f"write {','.join(right)}")
    return False


def _csv_row(pack: Pack, table: Table, cells: list[str], file: str, line: int) -> Iterator[Row]:
    if len(cells) != len(table.columns):
        mend = (
            "put a cell that holds a comma between double quotes"
            if len(cells) > len(table.columns)
            else f"fill it up to {','.join(table.headers)}: an empty cell keeps its comma"
        )
        pack.note(file, line, f"{len(cells)} cells under {len(table.columns)} columns", mend)
        return
    values = values_of(pack, table.columns, dict(zip(table.names, cells, strict=True)), file, line)
    if values is not None:
        yield Row(values, file, line)
    elif "code" in table.names:
        pack.spoilt.setdefault(table.name, set()).add(cells[table.names.index("code")])


def values_of(
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
