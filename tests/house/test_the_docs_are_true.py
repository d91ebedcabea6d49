"""What the documentation claims about the code can be looked up, so it is."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from pol137.commands.steps import BEGIN, END, PAGE, with_table

ROOT = Path(__file__).resolve().parents[2]
RULES = sorted((ROOT / "docs" / "rules").glob("*.md"))
PROOF = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_the_table_of_steps_is_the_codes() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert BEGIN in page and END in page
    assert page == with_table(page)


@cache
def names_in(path: str) -> frozenset[str]:
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("page", RULES, ids=lambda page: page.stem)
def test_every_rule_has_guarantees_and_every_guarantee_a_test(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    guarantees = text.partition("\n## Guarantees\n")[2]
    listed = re.split(r"\n(?=- )", guarantees.strip())
    bare = [guarantee for guarantee in listed if not PROOF.search(guarantee)]
    assert guarantees and bare == []
    assert [f"{path}::{name}" for path, name in PROOF.findall(text) if name not in names_in(path)] == []


def test_every_trick_is_played_out_and_every_story_told() -> None:
    text = (ROOT / "docs" / "rules" / "tricks.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and line.endswith("` |")]
    rows = [row for row in rows if "::" not in row]
    told = [row.rsplit("`", 2)[1] for row in rows]
    played = names_in("tests/journeys/test_20_tricks.py")
    assert sorted(told) == sorted(name for name in played if name.startswith("test_"))
