"""Articles as HTML: the few marks of Markdown they use, everything else shown as it was written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.utils.html import escape
from django.utils.safestring import SafeString

_STRONG = re.compile(r"\*\*(.+?)\*\*")
_ITEM = re.compile(r"- +")
_STEP = re.compile(r"[0-9۰-۹]+[.)] +")
_HEAD = re.compile(r"#{1,4} +")
_MARK = re.compile("|".join((f"^{_ITEM.pattern}", f"^{_STEP.pattern}", f"^{_HEAD.pattern}")))


def to_html(text: str) -> SafeString:
    """Paragraphs, lists, headings and strong words. No text can become a tag or a link."""
    return SafeString("\n".join(_blocks(text)))


def _blocks(text: str) -> Iterator[str]:
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        while lines:
            kind = _kind(lines[0])
            taken = 1
            while taken < len(lines) and _kind(lines[taken]) in (kind, "p") and kind != "head":
                if kind == "p" and _kind(lines[taken]) != "p":
                    break
                taken += 1
            yield _block(kind, lines[:taken])
            lines = lines[taken:]


def _kind(line: str) -> str:
    for kind, mark in (("ul", _ITEM), ("ol", _STEP), ("head", _HEAD)):
        if mark.match(line):
            return kind
    return "p"


def _block(kind: str, lines: list[str]) -> str:
    if kind == "head":
        return f"<h2>{_words(_HEAD.sub('', lines[0], count=1))}</h2>"
    if kind == "p":
        return f"<p>{_words(' '.join(lines))}</p>"
    items: list[str] = []
    for line in lines:
        if _kind(line) == kind:
            items.append((_ITEM if kind == "ul" else _STEP).sub("", line, count=1))
        else:
            items[-1] += f" {line}"
    inside = "".join(f"<li>{_words(item)}</li>" for item in items)
    return f"<{kind}>{inside}</{kind}>"


def _words(text: str) -> str:
    return _STRONG.sub(r"<strong>\1</strong>", escape(text))


def gist(text: str, *, most: int = 150) -> str:
    """The first sentence or so, without marks: for lists."""
    lines = [_MARK.sub("", line.strip(), count=1) for line in text.splitlines()]
    plain = _STRONG.sub(r"\1", " ".join(" ".join(lines).split()))
    return plain if len(plain) <= most else plain[:most].rsplit(" ", 1)[0].rstrip(" ،,.;؛") + "…"
