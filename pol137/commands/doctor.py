"""`pol137 doctor`: looks the installation over and says in plain words what to mend."""

from __future__ import annotations

import argparse
import json
import sys

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
            print(f"{_mark(finding.level)} {name}: {finding.says}")
            if finding.mend:
                print(f"    → {finding.mend}")
    return 1 if any(finding.level is Level.FAIL for finding in found.values()) else 0


def _mark(level: str) -> str:
    return f"{_COLOURS[level]}{_MARKS[level]}\033[0m" if sys.stdout.isatty() else _MARKS[level]
