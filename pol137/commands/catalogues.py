"""Merges the hand-kept catalogues, one a room, into the one django.mo Django reads.

`python -m pol137.commands.catalogues` compiles them and refuses contradictions; `--check` also tells
of every text the code or a page uses that has no translation.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

ROOT = Path(__file__).resolve().parents[2]
LOCALE = ROOT / "locale"
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
_KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}


@dataclass
class Merged:
    """One language's texts: those that can be used, what contradicts, and what is missing."""

    texts: Catalog
    contradictions: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    places: dict[tuple[str, str | None], str] = field(default_factory=dict)


def merge(folder: Path) -> Merged:
    """All .po files of a language as one catalogue."""
    language = folder.parent.name
    whole = Merged(Catalog(locale=language, domain="django", charset="utf-8", fuzzy=False))
    for path in sorted(folder.glob("*.po")):
        try:
            part = read_po(io.BytesIO(path.read_bytes()), locale=language, abort_invalid=True)
        except (PoFileError, ValueError) as error:
            whole.contradictions.append(f"{path.name}: {error}")
            continue
        for message in part:
            if message.id:
                _take(message, f"{path.name}:{message.lineno}", whole)
    return whole


def _take(message: Message, place: str, whole: Merged) -> None:
    texts = message.string if isinstance(message.string, list | tuple) else (message.string,)
    if message.fuzzy or not all(texts):
        whole.gaps.append(f"{place}: no finished translation of {message.id!r}")
        return
    whole.contradictions += [f"{place}: {error}" for error in message.check()]
    first = message.id if isinstance(message.id, str) else message.id[0]
    known = whole.texts.get(first, message.context)
    if known is None:
        whole.texts.add(message.id, message.string, flags=message.flags, context=message.context)
        whole.places[first, message.context] = place
    elif known.string != message.string:
        before = whole.places[first, message.context]
        whole.contradictions.append(f"{place}: {first!r} is translated differently at {before}")


def used_texts() -> Iterator[tuple[str, str | None, str]]:
    """Every text the code and the pages ask a translation for: text, context, where."""
    from django.utils.translation.template import templatize

    sources = [(path, path.read_text(encoding="utf-8")) for path in sorted((ROOT / "pol137").rglob("*.py"))]
    for folder in sorted((ROOT / "pol137").rglob("templates")):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            page = templatize(path.read_text(encoding="utf-8"), origin=str(path))
            sources.append((path, _INDENT.sub("", page)))
    for path, source in sources:
        found = extract(
            "python", io.BytesIO(source.encode()), keywords=_KEYWORDS, options={"encoding": "utf-8"}
        )
        for line, text, _, context in found:
            first = text if isinstance(text, str) else text[0]
            yield first, context, f"{path.relative_to(ROOT)}:{line}"


def compile_folder(folder: Path) -> list[str]:
    """Write django.mo, unless something contradicts; what contradicts."""
    whole = merge(folder)
    if not whole.contradictions:
        fresh = folder / "django.mo.new"
        with fresh.open("wb") as file:
            write_mo(file, whole.texts)
        fresh.replace(folder / "django.mo")
    return whole.contradictions


def check_folder(folder: Path) -> list[str]:
    """Everything wrong or missing in a language."""
    whole = merge(folder)
    missing = [
        f"{place}: {text!r} has no translation"
        for text, context, place in used_texts()
        if (text, context) not in whole.places
    ]
    return whole.contradictions + whole.gaps + missing


def main(words: list[str] | None = None) -> int:
    """Compile or check every language. Status 1 when something is wrong."""
    parser = argparse.ArgumentParser(description="Compile the catalogues of texts.")
    parser.add_argument("--check", action="store_true", help="write nothing; tell everything that is missing")
    asked = parser.parse_args(words)
    work = check_folder if asked.check else compile_folder
    flaws = [
        f"{folder.parent.name}: {flaw}"
        for folder in sorted(LOCALE.glob("*/LC_MESSAGES"))
        for flaw in work(folder)
    ]
    for flaw in flaws:
        print(flaw, file=sys.stderr)
    return 1 if flaws else 0


if __name__ == "__main__":
    sys.exit(main())
