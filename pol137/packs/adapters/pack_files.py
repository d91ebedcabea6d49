"""The files of a city pack on disk: reading them with their faults, and writing them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from pol137.packs.adapters.pack_csv import csv_rows
from pol137.packs.adapters.pack_layers import Layer, layers_of
from pol137.packs.adapters.pack_toml import read_toml
from pol137.packs.rules.basing import STEMS, lacking, merged, shown_key, unknown_words, without
from pol137.packs.rules.pack import Pack, Row
from pol137.packs.rules.tables import ARTICLES_FOLDER, CSV_TABLES, KEYS, MAY_LACK, OUTLINES_FILE, TOWN_FILES


def read_pack(folder: Path, cities: Path | None = None) -> Pack:
    """Everything the folder and its bases say, with every fault of form (file, line, what, mend). Reads only.

    A base lies beside the pack, else in `cities`.
    """
    pack = Pack(folder)
    layers = layers_of(pack, cities)
    if not layers:
        pack.unread |= {*KEYS, "city"}
        return pack
    pack.files = layers[-1].files
    have = {name for layer in layers for name in layer.files}
    pack.base = bool(have) and not any(layer.names_a_city for layer in layers) and not have & TOWN_FILES
    if not pack.base:
        pack.faults += lacking(have)
    for table in CSV_TABLES:
        pack.rows[table.name] = []
        if table.file not in have and (pack.base or table.file not in MAY_LACK):
            pack.unread.add(table.name)
    for layer in layers:
        _lay(pack, layer)
    read_toml(pack, layers)
    return pack


def _lay(pack: Pack, layer: Layer) -> None:
    """Lay a folder's rows and articles over those of the bases below it."""
    if layer.without:
        _drop(pack, layer)
    own = {
        table.name: list(csv_rows(pack, table, layer.files[table.file], f"{layer.within}{table.file}"))
        for table in CSV_TABLES
        if table.file in layer.files
    }
    own["outline"] = list(_outlines(pack, layer))
    pack.rows, pack.own = merged(pack.rows, own), own
    pack.articles |= layer.articles
    pack.article_files |= {code: f"{layer.within}{ARTICLES_FOLDER}/{code}.md" for code in layer.articles}


def _drop(pack: Pack, layer: Layer) -> None:
    """Take out what the layer does without, and what speaks only of that."""
    known = {
        table.name: {shown_key(table.name, row) for row in pack.table(table.name)} for table in CSV_TABLES
    }
    known["article"] = set(pack.articles)
    for key, what, mend in unknown_words(layer.without, known):
        layer.note_without(pack, key, what, mend)
    words = {
        STEMS[stem]: set(map(str, codes))
        for stem, codes in layer.without.items()
        if stem in STEMS and isinstance(codes, list)
    }
    before = pack.rows
    pack.rows = without(before, words)
    for name, rows in before.items():
        kept = {shown_key(name, row) for row in pack.rows[name]}
        pack.dropped.setdefault(name, set()).update(shown_key(name, row) for row in rows)
        pack.dropped[name] -= kept
    pack.articles = {
        code: text for code, text in pack.articles.items() if code not in words.get("article", ())
    }


def write_files(folder: Path, files: Mapping[str, str], articles: Mapping[str, str]) -> None:
    """Write a pack's files, UTF-8 with LF. The folder is made; what else lies in it stays."""
    (folder / ARTICLES_FOLDER if articles else folder).mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    for code, text in articles.items():
        (folder / ARTICLES_FOLDER / f"{code}.md").write_text(text, encoding="utf-8", newline="\n")


def _outlines(pack: Pack, layer: Layer) -> Iterator[Row]:
    text, file = layer.files.get(OUTLINES_FILE), f"{layer.within}{OUTLINES_FILE}"
    if text is None:
        return
    try:
        collection = json.loads(text)
        features = list(collection["features"])
    except json.JSONDecodeError as error:
        pack.note(file, error.lineno, f"not JSON: {error.msg}", "mend it near this line")
        return
    except (TypeError, KeyError):
        pack.note(file, 1, "not a FeatureCollection", "see cities/README.md")
        return
    lines = [n for n, line in enumerate(text.splitlines(), 1) if '"Feature"' in line]
    for place, feature in enumerate(features):
        line = lines[place] if len(lines) == len(features) else 0
        try:
            yield Row(
                {"code": str(feature["properties"]["code"]), "outline": dict(feature["geometry"])},
                file,
                line,
            )
        except (TypeError, KeyError, ValueError):
            pack.note(file, line, f"feature {place + 1} lacks properties.code or geometry", "add it")
