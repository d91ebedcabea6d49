"""Nobody wants to find out at night that a command of a page does not exist, or not as it is written."""

from __future__ import annotations

import argparse
import importlib
import re
import shlex
from pathlib import Path

import pytest
from django.core.management import get_commands

from pol137.commands.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "runbook").glob("*.md"))
EVERY_PAGE = [
    *sorted(ROOT.glob("README*.md")),
    ROOT / "cities" / "README.md",
    *sorted(page for page in (ROOT / "docs").rglob("*.md") if page.parent.name != "adr"),
]
"""Those people paste from: decisions (adr) and the change log tell what was."""
CODE = re.compile(r"^```\n(.*?)^```|`([^`\n]+(?:\n[^`\n]+)?)`", re.DOTALL | re.MULTILINE)
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
MEANT = {"YEAR": "1406", "N": "3", "NUMBER": "3"}
"""What stands for a number in the pages."""


def commands(page: Path) -> list[list[str]]:
    """The calls of `pol137` and `make` in the page's code, each as its words."""
    found = []
    for block, inline in CODE.findall(page.read_text(encoding="utf-8")):
        text = (block or inline).replace("\\\n", " ")
        for call in re.finditer(r"(?:^|[\s/(])(pol137|make) +(?=[a-z])(\"[^\"]*\"|[^\n;&|<>\"])*", text):
            found.append([call[1], *shlex.split(call[0].strip(" (/\n"), comments=True)[1:]])
    return found


def fault(words: list[str]) -> str:
    """Why a call would be refused before it did anything; empty when it would not."""
    program, name, *more = words
    if program == "make":
        return "" if name in TARGETS else "no such target"
    if name not in COMMANDS:
        return "no such command"
    if name == "manage":
        return "" if more[0] in get_commands() else "Django has no such command"
    parser = argparse.ArgumentParser(prog=name, exit_on_error=False)
    importlib.import_module(COMMANDS[name].module).arguments(parser)
    try:
        parser.parse_args([MEANT.get(word, word) for word in more])
    except (SystemExit, argparse.ArgumentError) as refused:
        return str(refused) or "refused"
    return ""


def bare(page: Path) -> list[str]:
    """The commands of the page that no shell finds: after `make up` the program is `.venv/bin/pol137`."""
    called = re.compile(rf"(?<![\w/.-])pol137 +(?:{'|'.join(COMMANDS)})\b[^\n`]*")
    text = re.sub(r"<!--.*?-->", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return called.findall(text)


@pytest.mark.parametrize("page", EVERY_PAGE, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_pages_commands_are_found_by_a_shell_in_the_checkout(page: Path) -> None:
    assert bare(page) == []


def test_a_command_that_no_shell_finds_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```sh\nX=1 pol137 doctor\n```\n\n`pol137 up`, `.venv/bin/pol137 up`, `/srv/pol137/data`\n"
    )
    assert bare(page) == ["pol137 doctor", "pol137 up"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_the_page_can_be_given(page: Path) -> None:
    assert [(words, fault(words)) for words in commands(page) if fault(words)] == []


@pytest.mark.parametrize(
    "words", ["pol137 restor X", "pol137 backup X --keepp 3", "pol137 manage nonsense", "make everything"]
)
def test_a_command_that_does_not_exist_is_found(words: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"Do this:\n\n```\nPOL137_DATA=/x {words} && ls\n```\n\nor `{words}`.\n")
    found = commands(page)
    assert len(found) == 2 and all(fault(one) for one in found)


def test_every_page_is_in_the_table_and_says_who() -> None:
    table = (ROOT / "docs" / "runbook" / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES if page.name != "README.md" and f"({page.name})" not in table] == []
    assert [page.name for page in PAGES if "**Who**" not in page.read_text(encoding="utf-8")] == []


def test_links_between_pages_lead_somewhere() -> None:
    links = [
        (page, link.partition("#")[0])
        for page in PAGES
        for link in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    ]
    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []
