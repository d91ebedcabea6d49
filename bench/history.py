"""How fast a former system's cases come along.

`make bench`, or `.venv/bin/python -m bench.history [--rows 60000]`.

On a server of its own in the temporary folder, durable as in earnest: `pol137 import cases` on a made-up file
with words, a reply, an address, a point and a phone in every row; and again, which takes in nothing.
Ends with status 1 when a row is missing or doubled.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from bench.intake import WORDS, cpu_of, run
from pol137.lib.phones import reserved_number
from pol137.machine import postgres, temporary

AIM = 2000
MAP = """
source = "bench"
external_id = "id"
channel = "phone"
[service]
column = "subject"
[times]
opened = "opened"
closed = "closed"
[texts]
words = "words"
reply = "reply"
[place]
lon = "lon"
lat = "lat"
address = "address"
[reporter]
phone = "phone"
"""
COLUMNS = ("id", "subject", "opened", "closed", "words", "reply", "lon", "lat", "address", "phone")
SERVICES = ("light-out", "pothole", "waste-missed", "tree-care", "playground")


@dataclass(frozen=True)
class Figures:
    """What one run of the command took."""

    seconds: float
    app_cpu: float
    database_cpu: float
    report: dict[str, int]


def write(path: Path, rows: int) -> None:
    """A file of so many rows over the last four years, spread over the sample city."""
    first = datetime.now(UTC).date() - timedelta(days=4 * 365)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for n in range(rows):
            opened = first + timedelta(days=n * 1400 // rows)
            lon, lat = 59.51 + n * 7919 % 180_000 / 1e6, 36.26 + n * 104_729 % 80_000 / 1e6
            writer.writerow(
                [n, SERVICES[n % 5], opened, opened + timedelta(days=3), WORDS, "در محل رسیدگی و برطرف شد.",
                 lon, lat, f"خیابان نمونه، کوچه {n % 97}", reserved_number(n % 10_000_000)]
            )  # fmt: skip


def bring(path: Path, plan: Path, postmaster: int) -> Figures:
    """Run the command once."""
    before, used = cpu_of(postmaster), resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    words = [sys.executable, "-m", "pol137.commands.cli", "import", "cases", str(path), "--map", str(plan)]
    said = run([*words, "--json"], dict(os.environ))
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    app = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return Figures(seconds, app, cpu_of(postmaster) - before, json.loads(said))


def measure(data: Path, folder: Path, rows: int) -> bool:
    """Import twice and print one table; whether every row is there once."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "pol137.wiring.settings",
        "DATABASE_URL": postgres.url(data),
        "POL137_DATA": str(folder / "data"),
        "POL137_CITY": "sample",
        "POL137_SECRET_KEY": "bench-" + "0" * 60,
    }
    run([sys.executable, "-m", "pol137.commands.prepare"], dict(os.environ))
    path, plan = folder / "past.csv", folder / "map.toml"
    write(path, rows)
    plan.write_text(MAP, encoding="utf-8")
    postmaster = postgres.running_pid(data) or 0
    first, again = bring(path, plan, postmaster), bring(path, plan, postmaster)
    with psycopg.connect(postgres.url(data)) as db:
        there = db.execute("SELECT count(*), count(DISTINCT key) FROM history_origin").fetchone()
    print(f"{rows:,} rows, load {os.getloadavg()[0]:.1f}")
    print("| | aim | first time | the same file again |")
    print("|---|---|---|---|")
    print(f"| rows a second | >= {AIM:,} | {rows / first.seconds:,.0f} | {rows / again.seconds:,.0f} |")
    print(f"| seconds, start and near-duplicates included | | {first.seconds:.1f} | {again.seconds:.1f} |")
    for name, one, two in (
        ("application", first.app_cpu, again.app_cpu),
        ("database", first.database_cpu, again.database_cpu),
    ):
        print(f"| CPU-ms a row, {name} | | {one / rows * 1000:.2f} | {two / rows * 1000:.2f} |")
    return there == (rows, rows) and (first.report["came_in"], again.report["known"]) == (rows, rows)


def main() -> int:
    """Build, measure and print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=60_000)
    asked = parser.parse_args()
    with temporary.temporary_cluster(fast=False) as server, tempfile.TemporaryDirectory() as folder:
        return 0 if measure(server.data_dir, Path(folder), asked.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
