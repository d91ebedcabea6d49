"""The files of a city pack on disk: reading them with their faults, and writing them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pol137.city.adapters.pack_csv import csv_rows
from pol137.city.adapters.pack_toml import read_toml
from pol137.city.rules.cells import CODE, nearest
from pol137.city.rules.pack import Pack, Row
from pol137.city.rules.tables import ARTICLES_FOLDER, CITY_FILE, CSV_TABLES, FILES, OUTLINES_FILE


def read_pack(folder: Path) -> Pack:
    """Everything the folder says, with every fault of form (file, line, what, mend). Reads only."""
    pack = Pack(folder)
    _collect(pack, folder, seen=())
    for table in CSV_TABLES:
        if table.file in pack.files:
            pack.rows[table.name] = list(csv_rows(pack, table))
        else:
            pack.unread.add(table.name)
    pack.rows["outline"] = list(_outlines(pack))
    read_toml(pack)
    return pack


def own_names(folder: Path) -> set[str]:
    """The files that lie in the pack's own folder, not in the pack it is based on."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def write_files(folder: Path, files: Mapping[str, str], articles: Mapping[str, str]) -> None:
    """Write a pack's files, UTF-8 with LF. The folder is made; what else lies in it stays."""
    (folder / ARTICLES_FOLDER if articles else folder).mkdir(parents=True, exist_ok=True)
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
