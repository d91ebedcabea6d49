"""The CSV files of a pack."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from pol137.city.rules.cells import CellFault, nearest, read_cell
from pol137.city.rules.pack import Pack, Row
from pol137.city.rules.tables import Column, Table


def csv_rows(pack: Pack, table: Table) -> Iterator[Row]:
    """The rows of a table whose cells can all stand; the faults of the others are noted in the pack."""
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
    values = values_of(pack, table.columns, dict(zip(table.names, cells, strict=True)), table.file, line)
    if values is not None:
        yield Row(values, table.file, line)
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
