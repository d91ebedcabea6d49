"""Whether a pack can be loaded: everything that is wrong with it, in one list."""

from __future__ import annotations

from collections.abc import Iterator

from pol137.packs.rules import check_process, check_reach, check_texts, check_town
from pol137.packs.rules.cells import nearest
from pol137.packs.rules.pack import Fault, Pack, key_of, untidy
from pol137.packs.rules.render import render_own
from pol137.packs.rules.tables import CSV_TABLES, Column


def check(pack: Pack) -> list[Fault]:
    """Every fault of the pack: of form (found while reading), of reference and of sense, by file and line.

    Where cases would end up is only asked of a pack that is otherwise whole.
    """
    faults = [*pack.faults, *_repeated(pack), *_dangling(pack)]
    faults += [*check_town.faults(pack), *check_process.faults(pack), *check_texts.faults(pack)]
    if not pack.base and not any(not fault.warning for fault in faults):
        faults += check_reach.faults(pack)
    if not any(not fault.warning for fault in faults):
        faults += _untidy(pack)
    return sorted(set(faults), key=lambda fault: (fault.warning, fault.file, fault.line))


def _repeated(pack: Pack) -> Iterator[Fault]:
    for name, rows in pack.rows.items():
        seen: dict[object, int] = {}
        for row in rows:
            key = key_of(name, row.values)
            if key in seen:
                shown = " / ".join(map(str, key)) if isinstance(key, tuple) else key
                yield row.fault(f"{shown!r} stands in line {seen[key]} already", "keep one of them")
            seen.setdefault(key, row.line)


def _dangling(pack: Pack) -> Iterator[Fault]:
    for table in CSV_TABLES:
        for column in table.columns:
            if not column.refers:
                continue
            for row in pack.table(table.name):
                for code in _references(column, row[column.name]):
                    if not pack.knows(column.refers, code):
                        mend = nearest(code, pack.codes(column.refers))
                        yield row.fault(f"{column.name} {code!r} does not exist", mend)


def _references(column: Column, value: object) -> list[str]:
    if isinstance(value, tuple):
        return [str(one) for one in value]
    return [str(value)] if value else []


def _untidy(pack: Pack) -> Iterator[Fault]:
    for name, text in render_own(pack).items():
        given = pack.files[name]
        if given != text:
            lines = zip(given.splitlines(), text.splitlines(), strict=False)
            line = next((n for n, (a, b) in enumerate(lines, 1) if a != b), 1)
            yield untidy(name, line)
