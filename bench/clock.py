"""How long the ladder takes to climb, and what it costs to have nothing to do.

`make bench`, or `.venv/bin/python -m bench.clock [--promises 5000000] [--due 100000] [--closed 50000]`.

On a server of its own in the temporary folder, durable as in earnest: cases with five promises each, four of
them ended, made from real ones by `generate_series`. Then, one after the other:
1  a sweep with nothing due;
2  a sweep with so many due, every tenth of a case without a unit;
3  two sweepers at once on the next rung of all of these;
4  a closure declared that touches so many open promises.
What is wrong (a rung twice, out of order, a time moved wrongly) ends the run with a message and status 1.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from psycopg import sql

from bench.intake import ROOT, run
from pol137.journal.vocabulary import EventKind
from pol137.machine import postgres, temporary

PER_CASE = 5
ENDED_KINDS = ("approval", "announcement", "objection_window", "receipt")
TABLES = ("cases_case", "cases_promise")
IDLE_SWEEPS = 50
START = datetime(2027, 1, 9, 6, 30, tzinfo=UTC)
"""A Saturday at ten in Tehran; every promise below was made then."""

FIRST_RUNG = START + timedelta(hours=72)
LAST_RUNG = START + timedelta(hours=96)
FAR = START + timedelta(days=20)


# --- the stage ------------------------------------------------------------------------------------


def copy_rows(db: psycopg.Connection, table: str, template: int, first: int, last: int, **given: str) -> None:
    """Insert a copy of a row for each g from first to last; `given` says what is different, in SQL."""
    columns = [
        name
        for (name,) in db.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " AND table_schema = 'public' ORDER BY ordinal_position",
            [table],
        )
    ]
    values = [
        sql.SQL(given[one]) if one in given else sql.SQL("t.{}").format(sql.Identifier(one))
        for one in columns
    ]
    db.execute(
        sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} t, generate_series({}, {}) g WHERE t.id = {}").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join(values),
            sql.Identifier(table),
            first,
            last,
            template,
        )
    )


@contextmanager
def unguarded(db: psycopg.Connection, *, really: bool) -> Iterator[None]:
    """Take the plain indexes and foreign keys of the big tables away while they are filled."""
    tables = [list(TABLES)] if really else [[]]
    indexes = db.execute(
        "SELECT i.indexname, i.indexdef FROM pg_indexes i"
        " LEFT JOIN pg_constraint c ON c.conname = i.indexname WHERE i.tablename = ANY(%s) AND c.oid IS NULL",
        tables,
    ).fetchall()
    keys = db.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)",
        tables,
    ).fetchall()
    for name, _ in indexes:
        db.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    for table, name, _ in keys:
        db.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    yield
    for _, definition in indexes:
        db.execute(definition)
    for table, name, definition in keys:
        db.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def fill(db: psycopg.Connection, asked: argparse.Namespace, town: dict[str, int]) -> None:
    """The cases and their promises: the first so many fall due, the last so many are district s2's."""
    cases = asked.promises // PER_CASE
    db.execute("SET maintenance_work_mem = '512MB'")
    with unguarded(db, really=cases > 10_000):
        for first, last, kind in spans(cases, asked):
            template = town["open_case"] if kind == "open" else town["routed_case"]
            department = {"open": "NULL", "closed": str(town["closed_unit"])}.get(kind, "t.department_id")
            copy_rows(
                db, "cases_case", template, first, last,
                id="g + 1000", code="lpad((g + 1000)::text, 10, '0')", department_id=department,
                registered_at=stamp(START), status_since=stamp(START), updated_at=stamp(START),
            )  # fmt: skip
            due = f"{stamp(FIRST_RUNG)} - make_interval(secs => 0.5 * ({asked.due} - g))"
            due = due if kind in ("open", "due") else f"{stamp(FAR)} + make_interval(secs => g % 100000)"
            promise = town["open_promise"] if kind == "open" else town["routed_promise"]
            copy_rows(
                db, "cases_promise", promise, first, last,
                id="g + 1000", case_id="g + 1000", started_at=stamp(START), promised_at=due, due_at=due,
                rung_due=f"ARRAY[{stamp(START)}, {due}, {due} + interval '24 hours']",
                rung_at=f"ARRAY[{stamp(START)}, {due}, {due} + interval '24 hours']", next_at=due,
            )  # fmt: skip
        for n, kind in enumerate(ENDED_KINDS, 1):
            copy_rows(
                db, "cases_promise", town["routed_promise"], 1, cases,
                id=f"g + 1000 + {n * cases}", case_id="g + 1000", kind=f"'{kind}'", next_at="NULL",
                policy=f"'{{\"policy\": \"{kind}\"}}'::jsonb", ended_at=stamp(START), due_at=stamp(START),
            )  # fmt: skip
    for table in TABLES:
        db.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
        db.execute(f"VACUUM ANALYZE {table}")


def spans(cases: int, asked: argparse.Namespace) -> list[tuple[int, int, str]]:
    """Which cases are what: of the due ones every tenth has no unit; the last ones are to be closed."""
    without = asked.due // 10
    return [
        (1, without, "open"),
        (without + 1, asked.due, "due"),
        (asked.due + 1, cases - asked.closed, "far"),
        (cases - asked.closed + 1, cases, "closed"),
    ]


def stamp(at: datetime) -> str:
    """A moment in SQL."""
    return f"timestamptz '{at.isoformat()}'"


def settle() -> dict[str, int]:
    """Two real cases, one with a unit, one without, and the numbers of what is made from them."""
    from pol137.cases.models import Promise
    from pol137.cases.rules.drafts import CaseDraft, ReporterDraft
    from pol137.city.queries.book import book
    from pol137.contacts.operations import register_problem
    from pol137.lib.actor import citizen
    from pol137.lib.phones import reserved_number

    made = {}
    for name, service, district in (("routed", "light-out", "s1"), ("open", "other", "")):
        draft = CaseDraft(
            service=service, words="چراغ کوچه خاموش است.", channel="web", address="کوچه ۴", district=district,
            reporter=ReporterDraft(phone=reserved_number(len(made))),
        )  # fmt: skip
        case = register_problem(draft=draft, external_id=name, by=citizen("anonymous"), now=START).case
        if case is None:
            sys.exit(f"no case came of {name}")
        promise = Promise.objects.get(case=case, kind="answer")
        made |= {f"{name}_case": case.pk, f"{name}_promise": promise.pk}
        Promise.objects.filter(case=case).update(next_at=None)
    return made | {"closed_unit": book().departments.by_code["s2-roads"].id}


# --- what is measured -----------------------------------------------------------------------------


def timed(work: Callable[[], int]) -> tuple[float, int]:
    """How long it took, and what came of it."""
    began = time.perf_counter()
    done = work()
    return time.perf_counter() - began, done


def idle(db: psycopg.Connection) -> float:
    """Milliseconds of a sweep that finds nothing."""
    from pol137.cases.operations import sweep

    now = START + timedelta(minutes=1)
    sweep(now=now)
    took, done = timed(lambda: sum(sweep(now=now) for _ in range(IDLE_SWEEPS)))
    check(done == 0, f"{done} things happened in a sweep with nothing due")
    return took * 1000 / IDLE_SWEEPS


def climb(db: psycopg.Connection, due: int) -> float:
    """Seconds of a sweep with so many due."""
    from pol137.cases.operations import sweep

    took, done = timed(lambda: sweep(now=FIRST_RUNG))
    check(done == due, f"{done} rungs fired, not {due}")
    rungs, once, cases = one_row(
        db, "SELECT count(*), count(DISTINCT promise_id), (SELECT count(*) FROM cases_case WHERE rung = 1)"
        " FROM cases_rung WHERE n = 1",
    )  # fmt: skip
    check((rungs, once, cases) == (due, due, due), f"{rungs} rungs of {once} promises in {cases} cases")
    (early,) = one_row(
        db, "SELECT count(*) FROM (SELECT due_at < lag(due_at) OVER (ORDER BY id) AS early FROM cases_rung) r"
        " WHERE early",
    )  # fmt: skip
    check(early == 0, f"{early} rungs fired after younger ones")
    (unassigned,) = one_row(db, "SELECT count(*) FROM cases_case WHERE rung = 1 AND department_id IS NULL")
    check(unassigned == due // 10, f"{unassigned} of the {due // 10} cases without a unit climbed")
    (events,) = one_row(db, "SELECT count(*) FROM journal_event WHERE kind = %s", EventKind.RUNG_FIRED)
    check(events == due, f"{events} events, not {due}")
    return took


def two_at_once(db: psycopg.Connection, due: int) -> tuple[float, list[int]]:
    """Two processes sweep the next rung of all of them at the same time: seconds, and how many each fired."""
    words = [sys.executable, "-m", "bench.clock", "--sweeper", LAST_RUNG.isoformat()]
    pipe = subprocess.PIPE
    sweepers = [subprocess.Popen(words, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) for _ in range(2)]
    ready = [one.stdout.readline() for one in sweepers]
    began = time.perf_counter()
    for one in sweepers:
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.communicate()[0] for one in sweepers]
    took = time.perf_counter() - began
    check(ready == ["ready\n"] * 2 and not any(one.returncode for one in sweepers), "a sweeper failed")
    counts = [int(done) for done in said]
    rungs, promises = one_row(
        db, "SELECT count(*), count(DISTINCT promise_id) FROM cases_rung WHERE n = 2"
    )  # fmt: skip
    check(sum(counts) == rungs == promises == due, f"{counts} fired, {rungs} rungs of {promises} promises")
    return took, counts


def sweeper(now: str) -> int:
    """One of the two: wait for the word, sweep, say how many."""
    import django

    django.setup()
    from django.db import connection

    from pol137.cases.operations import sweep

    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    print(sweep(now=datetime.fromisoformat(now)))
    return 0


def close(db: psycopg.Connection, closed: int) -> float:
    """Seconds until a closure of two days has made the promises it touches later."""
    from pol137.cases.operations.closures import CLOSER, make_later
    from pol137.city.operations import declare_closure
    from pol137.city.queries.book import book, forget
    from pol137.lib.actor import system

    shut = (FAR - timedelta(days=5), FAR - timedelta(days=3))
    number = declare_closure(
        title="برودت هوا", from_at=shut[0], to_at=shut[1], by=system("bench"), now=FIRST_RUNG,
        districts=[book().districts.by_code["s2"].id],
    )  # fmt: skip
    forget()
    took, done = timed(lambda: make_later(number, by=CLOSER, now=FIRST_RUNG))
    (moved,) = one_row(
        db, "SELECT count(*) FROM cases_promise WHERE due_at = promised_at + interval '48 hours'"
        f" AND rung_due[3] = due_at + interval '24 hours' AND closures = ARRAY[{number}]::bigint[]",
    )  # fmt: skip
    (told,) = one_row(db, "SELECT count(*) FROM journal_event WHERE kind = %s", EventKind.CASE_DUE_MOVED)
    check((done, moved, told) == (closed, closed, closed), f"{done} touched, {moved} moved, {told} events")
    return took


def one_row(db: psycopg.Connection, query: str, *values: str) -> tuple[int, ...]:
    """The only row of a query."""
    return db.execute(query, values).fetchone()


def check(holds: bool, words: str) -> None:
    """End the run when something is wrong."""
    if not holds:
        sys.exit(f"WRONG: {words}")


# --- the run --------------------------------------------------------------------------------------


def main() -> int:
    """Build, measure and print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--promises", type=int, default=5_000_000)
    parser.add_argument("--due", type=int, default=100_000)
    parser.add_argument("--closed", type=int, default=50_000)
    parser.add_argument("--sweeper", metavar="NOW", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.sweeper:
        return sweeper(asked.sweeper)
    if asked.due + asked.closed > asked.promises // PER_CASE:
        parser.error(
            f"a fifth of the promises are open: fewer than {asked.due} due and {asked.closed} closed"
        )
    with temporary.temporary_cluster(fast=False) as server, tempfile.TemporaryDirectory() as folder:
        measure(server.data_dir, Path(folder), asked)
    return 0


def measure(data: Path, folder: Path, asked: argparse.Namespace) -> None:
    """Set up, run all four, print."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "pol137.wiring.settings",
        "DATABASE_URL": postgres.url(data),
        "POL137_DATA": str(folder / "data"),
        "POL137_CITY": "sample",
        "POL137_SECRET_KEY": "bench-" + "0" * 60,
    }
    run([sys.executable, "-m", "pol137.commands.prepare"], dict(os.environ))
    import django

    django.setup()
    town = settle()
    with psycopg.connect(postgres.url(data), autocommit=True) as db:
        built, _ = timed(lambda: fill(db, asked, town) or 0)
        quiet = idle(db)
        climbed = climb(db, asked.due)
        both, counts = two_at_once(db, asked.due)
        closing = close(db, asked.closed)
    print(f"{asked.promises:,} promises, {asked.promises // PER_CASE:,} of them open; built in {built:.0f} s")
    print("| | aim | measured |")
    print("|---|---|---|")
    print(f"| sweep with nothing due, ms | | {quiet:.1f} |")
    print(f"| {asked.due:,} due, oldest first, each once, s | <= 20 | {climbed:.1f} |")
    print(
        f"| the same by two sweepers at once, s | no doubles | {both:.1f} ({counts[0]:,} + {counts[1]:,}) |"
    )
    print(f"| a closure touching {asked.closed:,} promises, s | | {closing:.1f} |")


if __name__ == "__main__":
    sys.exit(main())
