"""`pol137 doctor`: looks the installation over and says in plain words what to mend."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import textwrap

from pol137.machine.progress import pasteable

_MARKS = {"ok": "✓", "warn": "!", "fail": "✗"}
_COLOURS = {"ok": "\033[32m", "warn": "\033[33m", "fail": "\033[31m"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """--json for programs."""
    parser.add_argument("--json", action="store_true", help="for programs")


def run(asked: argparse.Namespace) -> int:
    """Show every finding; 1 when something is broken."""
    from django.utils import timezone

    from pol137.commands.checkup import Level, examine

    found = examine(now=timezone.now())
    if asked.json:
        rows = [
            {"check": name, "level": finding.level, "says": finding.says, "mend": finding.mend}
            for name, finding in found.items()
        ]
        print(json.dumps(rows, ensure_ascii=False))
    else:
        for name, finding in found.items():
            print(_mark(finding.level), _folded(f"{name}: {finding.says}", indent=2))
            if finding.mend:
                print("    →", _folded(pasteable(finding.mend), indent=6))
    return 1 if any(finding.level is Level.FAIL for finding in found.values()) else 0


def _folded(text: str, *, indent: int) -> str:
    """The text in lines a terminal shows whole; as it is for anything else."""
    if not sys.stdout.isatty():
        return text
    room = max(shutil.get_terminal_size().columns - indent, 20)
    lines = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
    return f"\n{' ' * indent}".join(lines)


def _mark(level: str) -> str:
    return f"{_COLOURS[level]}{_MARKS[level]}\033[0m" if sys.stdout.isatty() else _MARKS[level]
