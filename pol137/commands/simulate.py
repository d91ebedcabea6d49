"""`pol137 simulate`: a stretch of a centre's past, made up through the real operations."""

from __future__ import annotations

import argparse
import json
import os
import re
import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pol137.lib import jalali
from pol137.machine import place
from pol137.machine.progress import say
from pol137.machine.supervisor import NOTHING_TO_DO

if TYPE_CHECKING:
    from pol137.simulation.models import Run

PAGE = Path(__file__).resolve().parents[2] / "docs" / "calibration.md"
MARKS = re.compile(r"(<!-- table: [^>]*-->\n).*?(<!-- end of table -->)", re.DOTALL)
SEED = 137
NICENESS = 15
FIRST_GREGORIAN = 1900
"""No earlier year is a Gregorian one here, so a mistyped Jalali date is none."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """How long, how many, which dice; or the table of what came out."""
    parser.add_argument("--days", type=float, help="so many days, the last of them today")
    parser.add_argument("--calls-per-day", type=float, default=2000, help="contacts on a usual day (2000)")
    parser.add_argument("--seed", type=int, default=SEED, help="the same seed makes up the same (137)")
    parser.add_argument(
        "--until", type=_day, help="the last day on which people call (now); work goes on: 1405-08-20"
    )
    parser.add_argument(
        "--table", action="store_true", help="set what came out beside what the sources state"
    )
    parser.add_argument("--write", action="store_true", help="with --table: into docs/calibration.md")
    parser.add_argument("--behind", action="store_true", help="as pol137 up does for a demo: once, gently")
    parser.add_argument("--json", action="store_true", help="for programs")


def _day(text: str) -> date:
    """The day of a Jalali date or of a Gregorian one. Raises ArgumentTypeError for anything else."""
    try:
        return jalali.parse_date(text)
    except ValueError:
        pass
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day.year < FIRST_GREGORIAN:
        raise argparse.ArgumentTypeError(f"{text} is no date: write it as 1405-08-20, or as 2026-11-11")
    return day


def run(asked: argparse.Namespace) -> int:
    """Do what was asked. Refuses (Refusal) where a real gateway would carry texts, and more than fits."""
    if asked.behind:
        return _behind()
    if asked.table:
        return _table(write=asked.write)
    if asked.write:
        say("pol137 simulate: --write goes with --table")
        return 2
    if not asked.days or asked.days <= 0 or asked.calls_per_day <= 0:
        say("pol137 simulate: give --days and, if you like, --calls-per-day, both above zero")
        return 2
    return _simulate(asked)


def _simulate(asked: argparse.Namespace) -> int:
    from django.utils import timezone

    from pol137.city.queries import book
    from pol137.commands.scheduler import alone
    from pol137.simulation.operations import Wanted, simulate
    from pol137.simulation.queries import unfinished_run

    until = None
    if asked.until is not None:
        midnight = datetime.combine(asked.until, datetime.min.time(), tzinfo=book().zone)
        until = midnight + timedelta(days=1)
    wanted = Wanted(asked.days, asked.calls_per_day, asked.seed, until)
    begun, broken = time.monotonic(), unfinished_run()
    if broken is not None and not asked.json:
        reached = timezone.localtime(broken.reached_at, book().zone).date()
        say(f"  going on with run {broken.pk} (seed {broken.seed}), which broke off at {reached}")

    tell = (lambda run: None) if asked.json else _tell
    made = simulate(wanted, alone=alone(), now=timezone.now(), say=tell)
    if asked.json:
        told = {"run": made.pk, "contacts": made.contacts, "cases": made.cases, "refused": made.refused}
        print(json.dumps(told, ensure_ascii=False))
    else:
        say(_words([made], time.monotonic() - begun))
    return 0


def _tell(run: Run) -> None:
    from django.utils import timezone

    from pol137.city.queries import book

    day = timezone.localtime(run.reached_at, book().zone).date()
    say(f"  {day}  {run.contacts:>8,} contacts  {run.cases:>8,} cases")


def _words(made: Sequence[Run], seconds: float) -> str:
    contacts, cases = sum(run.contacts for run in made), sum(run.cases for run in made)
    return (
        f"تاریخچه ساخته شد · history made up: {contacts:,} contacts, {cases:,} cases"
        f" in {seconds:.0f} s ({contacts / max(seconds, 0.1):.1f} a second)"
    )


def _behind() -> int:
    """A demo's history, made up once while the centre is at work; gently, so that pages come first."""
    from django.conf import settings
    from django.utils import timezone

    from pol137.simulation.operations import fill
    from pol137.simulation.queries import wants_history
    from pol137.simulation.vocabulary import DEMO_DAYS, DEMO_PER_DAY

    days = place.read().demo_days
    if not settings.DEMO or not wants_history(days):
        return NOTHING_TO_DO
    os.nice(NICENESS)
    begun = time.monotonic()
    days = DEMO_DAYS if days is None else days
    say(f"تاریخچه ساخته می‌شود · history is being made up: {days:g} days")
    made = fill(days=days, per_day=DEMO_PER_DAY, seed=SEED, now=timezone.now(), say=_tell)
    say(_words(made, time.monotonic() - begun))
    return 0 if made else NOTHING_TO_DO


def _table(*, write: bool) -> int:
    from django.utils import timezone

    from pol137.simulation.queries import finished_days, measured, unfinished_run
    from pol137.simulation.rules.table import rows_of, table_of

    if unfinished_run() is not None or not finished_days():
        say("pol137 simulate: there is no whole run here to set beside the sources: give --days first")
        return 2
    now = timezone.now()
    outcome = measured(now=now)
    rows = rows_of(outcome)
    text = table_of(rows, outcome, on=now.date())
    if write:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(MARKS.sub(lambda found: found[1] + text + found[2], page), encoding="utf-8")
    say(text)
    return 0 if all(row.holds for row in rows) else 1
