"""Articles written in the small part of Markdown the city packs use, as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

_ITEM = re.compile(r"(?P<mark>[-*•]|[0-9۰-۹]+[.)])\s+(?P<words>.*)")
_BOLD = re.compile(r"\*\*(.+?)\*\*")


def rich_text(markdown: str) -> SafeString:
    """Paragraphs, headings, lists and bold words; everything else is shown as it was written."""
    parts = re.split(r"\n\s*\n", markdown.strip())
    return format_html_join("\n", "{}", ((_block(part.splitlines()),) for part in parts if part.strip()))


def _block(lines: list[str]) -> SafeString:
    if lines[0].startswith("#"):
        head = format_html("<h3>{}</h3>", _line(lines[0].lstrip("# ")))
        return format_html("{}{}", head, _block(lines[1:])) if lines[1:] else head
    return format_html_join("", "{}", ((run,) for run in _runs(lines)))


def _runs(lines: Iterable[str]) -> Iterator[SafeString]:
    def kind(line: str) -> str:
        found = _ITEM.match(line.strip())
        return "" if found is None else "ul" if found["mark"] in "-*•" else "ol"

    for tag, run in groupby(lines, key=kind):
        if tag:
            items = [_ITEM.match(line.strip()) for line in run]
            rows = format_html_join("", "<li>{}</li>", ((_line(item["words"]),) for item in items if item))
            yield format_html("<{}>{}</{}>", SafeString(tag), rows, SafeString(tag))
        else:
            words = format_html_join(SafeString("<br>"), "{}", ((_line(line),) for line in run))
            yield format_html("<p>{}</p>", words)


def _line(text: str) -> SafeString:
    return SafeString(_BOLD.sub(r"<b>\1</b>", conditional_escape(text)))
