"""The folders a pack is made of: its own, and those of the bases it stands on."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pol137.packs.rules.cells import CODE, nearest
from pol137.packs.rules.pack import Pack
from pol137.packs.rules.tables import ARTICLES_FOLDER, CITY_FILE, FILES


@dataclass(slots=True)
class Layer:
    """One folder. `within` stands before the names of a base's files in faults."""

    folder: Path
    within: str = ""
    files: dict[str, str] = field(default_factory=dict)
    articles: dict[str, str] = field(default_factory=dict)

    @property
    def based_on(self) -> str:
        """The base it names, if any."""
        return self._said(r'^based_on *= *"([^"/]+)" *(?:#.*)?$')

    @property
    def names_a_city(self) -> bool:
        """Whether its city.toml gives the city a code."""
        return bool(self._said(r"^(code) *="))

    @property
    def without(self) -> dict[str, Any]:
        """What it does without of its base: file's name to keys."""
        try:
            found = tomllib.loads(self.files.get(CITY_FILE, "")).get("without", {})
        except tomllib.TOMLDecodeError:
            return {}
        return found if isinstance(found, dict) else {}

    def note_without(self, pack: Pack, key: str, what: str, mend: str) -> None:
        """Keep a fault of its `[without]`, at the line of the key."""
        lines = self.files[CITY_FILE].splitlines()
        line = next((n for n, text in enumerate(lines, 1) if re.match(rf"{re.escape(key)} *=", text)), 0)
        pack.note(f"{self.within}{CITY_FILE}", line, what, mend)

    def _said(self, pattern: str) -> str:
        found = re.search(pattern, self.files.get(CITY_FILE, ""), re.MULTILINE)
        return found.group(1) if found else ""


def layers_of(pack: Pack, cities: Path | None) -> list[Layer]:
    """The pack's folders, the lowest base first and its own last, with the faults of their files' names.

    A base lies beside the folder that names it, else in `cities`. Nothing when there is no such pack.
    """
    found: list[Layer] = []
    folder: Path = pack.folder
    while True:
        if not folder.is_dir():
            named = f"there is no pack {folder.name!r}" if found else "there is no such pack"
            where = f"{found[-1].within}{CITY_FILE}" if found else folder.name
            pack.note(where, 1 if found else 0, named, "check the name or the path")
            return found[::-1]
        layer = _read(pack, folder, within=f"{folder.name}/" if found else "")
        found.append(layer)
        base = layer.based_on
        if not base:
            return found[::-1]
        pack.based_on = pack.based_on or base
        beside = folder.parent / base
        folder = beside if beside.is_dir() or cities is None else cities / base
        if folder.resolve() in {one.folder.resolve() for one in found}:
            pack.note(
                f"{layer.within}{CITY_FILE}", 1, f"based_on {base!r} comes back to this pack", "name another"
            )
            return found[::-1]


def _read(pack: Pack, folder: Path, *, within: str) -> Layer:
    layer = Layer(folder, within)
    for path in sorted(folder.iterdir()):
        name = path.name
        if name.startswith("."):
            continue
        if name in FILES and path.is_file():
            layer.files[name] = _text(pack, path, f"{within}{name}")
        elif name == ARTICLES_FOLDER and path.is_dir():
            layer.articles = _articles(pack, path, within)
        else:
            mend = f"{nearest(name, sorted(FILES))} else take it out of the pack"
            pack.note(f"{within}{name}", 0, "unknown file", mend)
    return layer


def _articles(pack: Pack, folder: Path, within: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        name = f"{within}{ARTICLES_FOLDER}/{path.name}"
        if path.name.startswith("."):
            continue
        if path.suffix != ".md" or not CODE.fullmatch(path.stem):
            pack.note(name, 0, "not an article", "name it CODE.md, CODE in [A-Za-z0-9_.~-]")
        else:
            found[path.stem] = _text(pack, path, name)
    return found


def _text(pack: Pack, path: Path, name: str) -> str:
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        pack.note(name, line, "not UTF-8", "save the file as UTF-8")
        return raw.decode("utf-8", errors="replace")
