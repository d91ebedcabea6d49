"""Every view is marked, every member and event has words, every style is logical, nothing is inline."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from pol137.city.vocabulary import Datatype
from pol137.journal.vocabulary import EventKind
from pol137.web.access import mark_of, needs_no_mark
from pol137.web.labels import CITIZEN_STATUS, LABELS, STATUS_SHAPES, UNSAID
from pol137.web.refusals import WORDS
from pol137.web.timeline import SENTENCES

ROOT = Path(__file__).resolve().parents[2]
CODE = ROOT / "pol137"
ROOMS = ("city", "staff", "citizens", "messaging", "cases", "dispatch", "contacts", "journal")


def views(resolver: URLResolver | None = None) -> Iterator[tuple[str, Any]]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from views(entry)
        elif isinstance(entry, URLPattern):
            yield str(entry.pattern), entry.callback


def test_every_view_carries_an_access_mark() -> None:
    found = list(views())
    assert len(found) > 20
    assert [where for where, view in found if mark_of(view) is None and not needs_no_mark(view)] == []


def vocabularies() -> Iterator[type[StrEnum]]:
    for room in ROOMS:
        module = importlib.import_module(f"pol137.{room}.vocabulary")
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, StrEnum) and thing.__module__ == module.__name__:
                yield thing


def test_every_member_of_every_vocabulary_has_words_or_a_reason() -> None:
    seen = set()
    for enum in vocabularies():
        seen.add(enum.__name__)
        if enum.__name__ in UNSAID:
            assert enum not in LABELS, f"{enum.__name__} has words and a reason to have none"
            continue
        assert set(LABELS.get(enum, {})) == set(enum), f"{enum.__module__}.{enum.__name__}"
    assert set(UNSAID) <= seen


def test_every_status_has_a_shape_and_citizens_words() -> None:
    status = next(enum for enum in vocabularies() if enum.__name__ == "Status")
    assert set(STATUS_SHAPES) == set(CITIZEN_STATUS) == set(status)


def test_every_kind_of_event_has_a_sentence() -> None:
    assert set(SENTENCES) == set(EventKind)


def refusal_codes() -> Iterator[tuple[str, Path]]:
    for path in CODE.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        for literal, code in re.findall(r'\bRefusal\(\s*(f?)"([a-z_{}.]+)"', source):
            if not literal:
                yield code, path
                continue
            assert "{question.datatype}" in code, f"{path}: a refusal's code must be known: {code}"
            for datatype in Datatype:
                yield code.replace("{question.datatype}", datatype), path


def test_every_refusal_has_words() -> None:
    codes = dict(refusal_codes())
    assert len(codes) > 40
    assert {code: path.name for code, path in codes.items() if code not in WORDS} == {}
    assert sorted(set(WORDS) - set(codes)) == []


PHYSICAL = re.compile(
    r"(?:^|[;{\s])(?:(?:margin|padding|border)-(?:left|right)|left|right|float)\s*:|text-align:\s*(?:left|right)"
)


def test_styles_know_no_left_and_no_right() -> None:
    sheets = [path for path in CODE.rglob("static/**/*.css") if "vendor" not in path.parts]
    assert len(sheets) >= 5
    for sheet in sheets:
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not PHYSICAL.findall(text), sheet


INLINE = re.compile(
    r"""<style|\sstyle\s*=|\son[a-z]+\s*=\s*["']|javascript:|<script(?![^>]*\ssrc=)""", re.IGNORECASE
)
ELSEWHERE = re.compile(r"""(?:src|href|action)\s*=\s*["'](?:https?:)?//""", re.IGNORECASE)


@pytest.mark.parametrize("door", ["web", "portal", "desk", "api"])
def test_pages_hold_nothing_inline_and_ask_nothing_elsewhere(door: str) -> None:
    for page in (CODE / door).rglob("templates/**/*.html"):
        text = page.read_text(encoding="utf-8")
        assert not INLINE.findall(text), page
        assert not ELSEWHERE.findall(text), page
