"""A page asked for many times by as many people: how long it takes and what it asks the database."""

from __future__ import annotations

import gc
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.intake import cpu_of


@dataclass
class Measured:
    """What one page showed: milliseconds and statements of each request, CPU of program and database."""

    name: str
    aim: int | None
    times: list[float] = field(default_factory=list)
    queries: list[int] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    database_cpu: float = 0.0

    def row(self) -> str:
        """A line of the table."""
        cuts = statistics.quantiles(self.times, n=100, method="inclusive")
        met = "" if self.aim is None else ("yes" if cuts[94] <= self.aim else "no")
        aim = "" if self.aim is None else f"<= {self.aim}"
        cells = [
            self.name, aim, f"{cuts[49]:.0f}", f"{cuts[94]:.0f}", met,
            f"{statistics.mean(self.cpu):.0f} + {self.database_cpu:.0f}",
            f"{min(self.queries)} to {max(self.queries)}",
        ]  # fmt: skip
        return f"| {' | '.join(cells)} |"


HEAD = "\n".join(
    (
        "| | aim p95, ms | p50 | p95 | met | CPU-ms: program + database | statements |",
        "|---|---|---|---|---|---|---|",
    )
)


@dataclass
class People:
    """Logged-in clients by user name."""

    known: dict[str, object] = field(default_factory=dict)

    def client(self, name: str) -> object:
        """The browser of this member of staff, logged in and past its first request: that of a test client
        sets up the whole server."""
        from django.test import Client

        from pol137.staff.models import User

        if name not in self.known:
            client = Client(headers={"Host": "127.0.0.1"})
            client.force_login(User.objects.get(username=name))
            client.get("/healthz")
            self.known[name] = client
        return self.known[name]


class _Statements:
    """Counts what is asked of the database."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Callable, *asked: object) -> object:
        self.count += 1
        return execute(*asked)


def measure(name: str, ask: Callable[[int], object], *, rounds: int, aim: int | None = None) -> Measured:
    """Ask for a page so often; the first two times only to be warm."""
    from django.db import connection

    found, server = Measured(name, aim), int(os.environ["BENCH_SERVER"])
    for n in (-2, -1):
        ask(n)
    spent = cpu_of(server)
    for n in range(rounds):
        seen = _Statements()
        gc.collect(0)
        used, began = time.process_time(), time.perf_counter()
        with connection.execute_wrapper(seen):
            answer = ask(n)
        found.times.append((time.perf_counter() - began) * 1000)
        found.cpu.append((time.process_time() - used) * 1000)
        found.queries.append(seen.count)
        if answer is not None and answer.status_code not in (200, 302):
            sys.exit(f"WRONG: {name} answered {answer.status_code}")
    found.database_cpu = (cpu_of(server) - spent) * 1000 / rounds
    print(found.row(), flush=True)
    return found


def seats(role: str) -> list[str]:
    """The user names of who plays this role."""
    from pol137.city.queries import book

    return [one.code for one in book().positions if str(one.role) == role]
