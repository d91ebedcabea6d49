"""What the documentation claims about the code can be looked up, so it is."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from pol137.cases.rules.steps import STEPS

ROOT = Path(__file__).resolve().parents[2]
RULES = sorted((ROOT / "docs" / "rules").glob("*.md"))
PROOF = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def words(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


def test_the_table_of_steps_is_the_codes() -> None:
    text = (ROOT / "docs" / "rules" / "steps.md").read_text(encoding="utf-8")
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.count("|") == 6]
    told = {
        next(iter(words(row[0]))): (words(row[1]), words(row[2]), words(row[3]), words(row[4]))
        for row in rows
        if words(row[0])
    }
    assert told == {
        str(step.action): (
            {str(source) for source in step.sources},
            {str(role) for role in step.roles},
            {str(target) for target in step.targets},
            {str(step.event)},
        )
        for step in STEPS.values()
    }


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
