"""`pol137 import cases`: what a former system holds, brought along as archived cases."""

from __future__ import annotations

import argparse
import csv
import getpass
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pol137.history.adapters.files import History
    from pol137.history.operations import Report
    from pol137.history.queries import NearCase
    from pol137.history.rules.mapping import Drawn, HistoryMap
    from pol137.lib.refusal import Refusal

REDRAWN = 0.2
"""Seconds between two states of the bar on a terminal."""

TOLD = 10.0
"""Seconds between two lines where nobody looks at a terminal."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """cases FILE... [--map MAP] [--dry-run] [--rejects FILE] [--near FILE] [--json]."""
    things = parser.add_subparsers(dest="verb", required=True, metavar="cases")
    cases = things.add_parser("cases", help="history from a CSV or an Open311 export of another system")
    cases.add_argument("files", metavar="FILE", type=Path, nargs="+", help="pages of one export, in order")
    cases.add_argument("--map", metavar="MAP.toml", type=Path, help="which column is what")
    cases.add_argument("--dry-run", action="store_true", help="the same report; nothing is kept")
    cases.add_argument("--rejects", metavar="FILE", type=Path, help="refused rows (FILE.rejects.csv)")
    cases.add_argument("--near", metavar="FILE", type=Path, help="near-duplicates (FILE.near.csv)")
    cases.add_argument("--json", action="store_true", help="the report for programs")


def run(asked: argparse.Namespace) -> int:
    """Take the files in. Refuses (Refusal) what is no file, and a map with faults, which are shown first."""
    from django.utils import timezone

    from pol137.history.adapters.files import History
    from pol137.history.adapters.rejects import RejectFile
    from pol137.history.operations import import_history
    from pol137.lib.actor import system
    from pol137.lib.refusal import Refusal

    for path in asked.files:
        if not path.is_file():
            raise Refusal("file_missing", file=str(path))
    history, first = History(asked.files), asked.files[0]
    plan, map_text, header = _plan(asked, history)
    kept = None if asked.dry_run else Path(f"{first}.rejects.csv")
    near = asked.near or (None if asked.dry_run else Path(f"{first}.near.csv"))
    with (
        RejectFile(asked.rejects or kept, header, plan.delimiter, _words) as rejects,
        _bar(history, shown=not asked.json) as tell,
    ):
        report = import_history(
            history,
            plan=plan,
            map_text=map_text,
            names=[path.name for path in asked.files],
            rejects=rejects,
            list_near=lambda found: _write_near(found, near),
            dry_run=asked.dry_run,
            tell=tell,
            by=system(f"pol137 import ({getpass.getuser()})"),
            now=timezone.now(),
        )
    _show(report, asked, asked.rejects or kept, near)
    return 0


def _plan(asked: argparse.Namespace, history: History) -> tuple[HistoryMap, str, tuple[str, ...]]:
    """The map of these files, as a text too, and their columns."""
    from pol137.city.queries import book
    from pol137.history.rules.mapping import check_map, read_map
    from pol137.lib.refusal import Refusal

    if asked.map is not None and not asked.map.is_file():
        raise Refusal("file_missing", file=str(asked.map))
    text = asked.map.read_text(encoding="utf-8-sig") if asked.map is not None else ""
    told = read_map(text, open311=False)
    encoding, delimiter = told.get("", "encoding") or "utf-8", told.get("", "delimiter") or ","
    shape = history.shape(encoding=encoding, delimiter=delimiter)
    if asked.map is None and not shape.open311:
        raise Refusal("map_needed")
    drawn = read_map(text, open311=shape.open311)
    plan = check_map(drawn, city=book(), header=shape.header)
    if plan is None:
        _complain(drawn, asked.map)
        raise Refusal("map_broken", faults=len(drawn.faults))
    return plan, text, shape.header


def _complain(drawn: Drawn, path: Path | None) -> None:
    from pol137.commands.cli import worded

    for fault in sorted(drawn.faults, key=lambda one: one.line):
        place = f"{path or 'map'}:{fault.line}" if fault.line else str(path or "map")
        print(f"{place}: {worded(fault.refusal)}", file=sys.stderr)


def _words(refusal: Refusal, language: str) -> str:
    from django.utils import translation

    from pol137.commands.cli import worded

    with translation.override(language):
        return worded(refusal)


# --- the bar --------------------------------------------------------------------------------------


@contextmanager
def _bar(history: History, *, shown: bool) -> Iterator[Callable[[int, Mapping[str, int]], None]]:
    """Shows how far the files were read: a bar on a terminal, a line now and then elsewhere."""
    screen, begun = sys.stderr.isatty(), time.monotonic()
    told = begun

    def tell(rows: int, counts: Mapping[str, int]) -> None:
        nonlocal told
        now = time.monotonic()
        if not shown or now - told < (REDRAWN if screen else TOLD):
            return
        told = now
        print(_state(history, rows, counts, now - begun), end="\r" if screen else "\n", file=sys.stderr)

    yield tell
    if shown and screen:
        print(" " * 100, end="\r", file=sys.stderr)


def _state(history: History, rows: int, counts: Mapping[str, int], seconds: float) -> str:
    share = min(1.0, history.position / history.size) if history.size else 1.0
    drawn = "█" * round(share * 30)
    left = seconds / share * (1 - share) if share else 0
    refused = counts.get("refused", 0)
    return f"{drawn:░<30} {share:4.0%}  {rows:,} rows, {refused:,} refused, {left:.0f} s left  "


# --- what came of it ------------------------------------------------------------------------------


def _write_near(found: Iterable[NearCase], path: Path | None) -> None:
    """The groups of near-duplicates as CSV, without a word of a citizen's; no file when there is none.

    Moments are those of the city's clocks, a day without an hour is the day alone.
    """
    from pol137.city.queries import book
    from pol137.lib.jalali import begins_day

    rows, services, zone = iter(found), book().services, book().zone
    first = next(rows, None) if path else None
    if path is None or first is None:
        return
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8-sig"
    ) as file:
        writer = csv.writer(file)
        writer.writerow(["group", "code", "external_ref", "service", "service_name", "registered_at"])
        for one in chain([first], rows):
            service, local = services[one.service_id], one.registered_at.astimezone(zone)
            at = (local.date() if begins_day(local, zone) else local).isoformat()
            writer.writerow([one.group, one.code, one.external_ref, service.code, service.name_fa, at])


def _show(report: Report, asked: argparse.Namespace, rejects: Path | None, near: Path | None) -> None:
    from django.utils.translation import gettext as _

    from pol137.web.history_words import REASONS, figures

    if asked.json:
        files = {
            "rejects": str(rejects) if rejects and report.refused else None,
            "near": str(near) if near and report.near_groups else None,
        }
        print(json.dumps({**asdict(report), "dry_run": asked.dry_run, "files": files}, ensure_ascii=False))
        return
    counts = asdict(report)
    reasons = counts.pop("reasons")
    for words, count in figures(counts):
        print(f"  {words}: {count:,}")
    for code, count in sorted(reasons.items(), key=lambda one: -one[1]):
        print(f"    {REASONS[code]}: {count:,}")
    if rejects and report.refused:
        print(_("Refused rows with their reasons: %s") % rejects)
    if near and report.near_groups:
        print(_("Near-duplicates: %s") % near)
    if asked.dry_run:
        print(_("A dry run: nothing was kept."))
