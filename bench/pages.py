"""How long the pages take among a million cases, what they ask the database, and what the rest costs there.

`make bench`, or `.venv/bin/python -m bench.pages [--cases 1000000] [--city mashhad] [--at FOLDER]
[--only PART ...] [--rounds 40]`. With `--at` the filled server stays in that folder and is used again.

On a server of its own, durable as in earnest. Server time is that of the whole request inside one process,
middleware and templates included; each page is asked for as many different people, cases and words.
Parts: `pages`, `search`, `near`, `burst`, `retention`, `memory`.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg

from bench import million
from bench.intake import Client as Sender
from bench.intake import free_port, report, run, web
from bench.measured import HEAD, People, measure, seats
from pol137.machine import postgres, temporary
from pol137.machine.server import started

PARTS = ("pages", "search", "near", "burst", "retention", "memory")
SUSTAINED, BURST = 5.0, 50.0
"""Reports a second. A city of two thousand contacts a day has one in twenty seconds at its busiest."""

KEPT_ALIVE = 3.0
"""A connection that has been idle for longer is opened anew, as the server closes it."""

BURST_SECONDS, RECOVERY_SECONDS = 60.0, 30.0


@contextmanager
def server_at(folder: Path | None) -> Iterator[Path]:
    """A server in the temporary folder, or one that stays."""
    if folder is None:
        with temporary.temporary_cluster(fast=False) as server:
            yield server.data_dir
        return
    folder.mkdir(parents=True, exist_ok=True)
    with started(folder / "data", log=folder / "postgres.log") as server:
        yield server.data_dir


def main() -> int:
    """Build, measure, print one table a part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--city", default="mashhad")
    parser.add_argument("--at", type=Path)
    parser.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--rounds", type=int, default=40)
    asked = parser.parse_args()
    with server_at(asked.at) as data, tempfile.TemporaryDirectory() as folder:
        _surround(data, Path(folder), asked.city)
        os.environ["BENCH_SERVER"] = (data / "postgres" / "postmaster.pid").read_text().split()[0]
        with psycopg.connect(postgres.url(data), autocommit=True) as db:
            if not _is_filled(db):
                _fill(db, asked.cases)
            print(f"load of the machine at the beginning: {os.getloadavg()[0]:.1f}", flush=True)
            for part in asked.only:
                print(f"\n{part}", flush=True)
                PART[part](db, data, Path(folder), asked.rounds)
            print(f"\nload of the machine at the end: {os.getloadavg()[0]:.1f}")
    return 0


def _surround(data: Path, folder: Path, city: str) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "pol137.wiring.settings",
        "DATABASE_URL": postgres.url(data),
        "POL137_DATA": str(folder / "data"),
        "POL137_CITY": city,
        "POL137_DEMO": "on",
        "POL137_SECRET_KEY": "bench-" + "0" * 60,
        "POL137_RATE_LIMITS": "off",
    }
    run([sys.executable, "-m", "pol137.commands.prepare"], dict(os.environ))
    run([sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"], dict(os.environ))
    import django

    django.setup()
    logging.disable(logging.INFO)


def _is_filled(db: psycopg.Connection) -> bool:
    return db.execute("SELECT to_regclass('bench_done')").fetchone()[0] is not None


def _fill(db: psycopg.Connection, cases: int) -> None:
    from django.utils import timezone

    now, began = timezone.now(), time.monotonic()
    start = now - timedelta(days=200)
    lives = million.live_all(db, million.cast(now), start)
    print(f"lived {len(lives)} lives: {time.monotonic() - began:.0f} s", flush=True)
    million.stage(db, cases, start, now)
    print(f"staged: {time.monotonic() - began:.0f} s", flush=True)
    million.copy_all(db, lives)
    print(f"{cases:,} cases built in {time.monotonic() - began:.0f} s", flush=True)


# --- pages ----------------------------------------------------------------------------------------


LISTS = (
    *(("inbox", role, "/desk/q/inbox/") for role in (
        "unit_head", "unit_user", "deputy", "manager", "inspector", "mayor_office"
    )),
    ("inbox narrowed by words", "unit_head", "/desk/q/inbox/?text=کوچه"),
    ("inbox, what is late", "unit_head", "/desk/q/inbox/?show=late"),
    ("list triage", "triage", "/desk/q/triage/"),
    ("list approval", "follow_up", "/desk/q/approval/"),
    ("list announcement", "feedback", "/desk/q/announcement/"),
    ("list review", "follow_up", "/desk/q/review/"),
    ("list plans", "unit_head", "/desk/q/plans/"),
    ("list classify", "follow_up", "/desk/q/classify/"),
)  # fmt: skip
FIRST_PAGES = ("operator", "unit_head", "deputy", "manager", "centre_head", "follow_up")
OTHERS = (
    ("a contact begins", "operator", "/desk/contact/"),
    ("texts", "operator", "/desk/texts/"),
    ("call list", "feedback", "/desk/calls/"),
    ("dispatch board", "shift_supervisor", "/desk/board/"),
    ("weekly list", "manager", "/desk/oversight/"),
    ("second looks", "follow_up", "/desk/rechecks/"),
    ("the centre's clocks", "centre_head", "/desk/figures/"),
    ("notices", "deputy", "/desk/notices"),
    ("morning digest", "manager", "/desk/notices/morning"),
    ("wishes for time", "deputy", "/desk/time/"),
    ("drafts", "unit_head", "/desk/drafts/"),
    ("proposals to join", "triage", "/desk/joins/"),
    ("answers to portals", "shift_supervisor", "/desk/senders/"),
    ("letters", "follow_up", "/desk/letters/"),
    ("letters of a month", "inspector", "/desk/letters/month/"),
    ("messages", "shift_supervisor", "/desk/messages/"),
    ("received messages", "shift_supervisor", "/desk/messages/received/"),
    ("renamed subjects", "centre_head", "/desk/renamed/"),
    ("who saw identities", "centre_head", "/desk/reveals/"),
    ("positions", "centre_head", "/desk/positions/"),
    ("articles", "operator", "/desk/articles/"),
)


def pages(db: psycopg.Connection, data: Path, folder: Path, rounds: int) -> None:
    """Every list and page people work with."""
    print(HEAD)
    people, rng = People(), random.Random(1)

    def listed(name: str, role: str, address: str, aim: int | None) -> None:
        names = seats(role)
        rng.shuffle(names)
        clients = [people.client(one) for one in names[:8]]

        def ask(n: int) -> object:
            return clients[n % len(clients)].get(address)

        if names and ask(0).status_code == 200:
            measure(f"{name} ({role})", ask, rounds=rounds, aim=aim)
        else:
            print(f"| {name} ({role}): nobody to ask |")

    for name, role, address in LISTS:
        listed(name, role, address, 50)
    for role in FIRST_PAGES:
        listed("first page of the desk", role, "/desk/", None)
    _cases(db, people, rounds)
    for name, role, address in OTHERS:
        listed(name, role, address, None)
    _outside(db, rounds)


def _cases(db: psycopg.Connection, people: People, rounds: int) -> None:
    """A case's page, and what an operator sees of a caller."""
    open_to_all = "SELECT id FROM bench_case WHERE NOT confidential ORDER BY random() LIMIT 400"
    cases = [one for (one,) in db.execute(open_to_all).fetchall()]
    phones = [
        one for (one,) in db.execute("SELECT phone FROM bench_case ORDER BY random() LIMIT 400").fetchall()
    ]
    operator = seats("operator")[0]
    for role, name in (("centre_head", seats("centre_head")[0]), ("operator", operator)):

        def page(n: int, name: str = name) -> object:
            return people.client(name).get(f"/desk/case/{cases[n]}/")

        measure(f"case page ({role})", page, rounds=rounds, aim=50)
    contact = _contact(operator)

    def caller(n: int) -> object:
        return people.client(operator).post(
            f"/desk/contact/{contact}/look", {"phone": phones[n]}, headers={"HX-Request": "true"}
        )

    measure("caller pop-up", caller, rounds=rounds, aim=100)


def _outside(db: psycopg.Connection, rounds: int) -> None:
    """What citizens and programs ask for."""
    from django.test import Client

    recent = db.execute("SELECT code FROM bench_case WHERE public ORDER BY id DESC LIMIT 400").fetchall()
    outsider, town = Client(headers={"Host": "127.0.0.1"}), _town()
    for name, address in (
        ("portal", "/"), ("report form", "/report"), ("Open311 requests", "/open311/v2/requests.json"),
        ("Open311 requests of a service", f"/open311/v2/requests.json?service_code={town.service}"),
        ("Open311 closed", "/open311/v2/requests.json?status=closed"),
        ("Open311 updates", "/open311/v2/servicerequestupdates.json"), ("metrics", "/metrics"),
    ):  # fmt: skip
        measure(name, lambda n, address=address: outsider.get(address), rounds=min(rounds, 12))
    measure("tracking page", lambda n: outsider.get(f"/t/{recent[n][0]}"), rounds=rounds, aim=50)


def _town() -> million.Town:
    from django.utils import timezone

    return million.cast(timezone.now())["town"]


def _contact(user: str) -> int:
    from django.utils import timezone

    from pol137.contacts.operations import start_contact
    from pol137.staff.models import User
    from pol137.staff.queries import actor_for

    now = timezone.now()
    by = actor_for(User.objects.get(username=user), now=now)
    return start_contact(channel="phone", external_id=f"bench-{now.timestamp()}", by=by, now=now).pk


# --- search, nearness -----------------------------------------------------------------------------

ASKED = (
    ("a word nearly all have", "کوچه"),
    ("a common word", "پارکینگ"),
    ("two common words", "بوستان آسفالت"),
    ("a phrase", "چند بار زنگ زدم"),
    ("a rare number", "شماره {plate}"),
    ("two letters", "جو"),
    ("a piece of a word", "ارکینگ"),
    ("nothing has it", "ققنوس"),
    ("a common and a missing word", "کوچه ققنوس"),
    ("a place", "احمدآباد"),
    ("beginning of a code", "{code5}"),
    ("a whole code", "{code}"),
    ("a phone", "{phone}"),
)


def search(db: psycopg.Connection, data: Path, folder: Path, rounds: int) -> None:
    """What is typed into the search box, by who sees all and by who sees little."""
    print(HEAD)
    people, rng = People(), random.Random(2)
    some = db.execute("SELECT code, phone FROM bench_case ORDER BY random() LIMIT 400").fetchall()
    every: list[float] = []
    for role in ("operator", "unit_head", "deputy", "manager", "mayor_office"):
        names = seats(role)
        rng.shuffle(names)
        for what, text in ASKED:

            def ask(n: int, text: str = text, names: list[str] = names) -> object:
                code, phone = some[n]
                typed = text.format(plate=rng.randrange(1, 99999), code=code, code5=code[:6], phone=phone)
                return people.client(names[n % min(6, len(names))]).get("/desk/search", {"q": typed})

            every += measure(f"search: {what} ({role})", ask, rounds=max(8, rounds // 4), aim=150).times
    cuts = statistics.quantiles(every, n=100)
    print(f"| search, all together | <= 150 | {cuts[49]:.0f} | {cuts[94]:.0f} | | | |")


TYPED = (
    "احمد آباد ۱۷",
    "بل سجاد",
    "میدان پانزده خرداد پلاک ۴",
    "خ امام رضا ۵",
    "وکیل اباد شصت و سه",
    "ناکجا",
)


def near(db: psycopg.Connection, data: Path, folder: Path, rounds: int) -> None:
    """Near-duplicates while words are typed, and addresses."""
    from pol137.city.queries import find_places

    print(HEAD)
    some = db.execute(
        "SELECT service_id, district_id, words, lat, lon FROM bench_case ORDER BY id DESC LIMIT 20000"
    ).fetchall()
    random.Random(3).shuffle(some)
    _while_typing(some, rounds)
    _near_alone(some, rounds)
    _near_a_citizen(some, rounds)
    measure("an address", lambda n: find_places(TYPED[n % len(TYPED)])[:0] or None, rounds=rounds * 3, aim=20)


def _while_typing(some: list[tuple], rounds: int) -> None:
    """The operator's whole screen, as the words come."""
    from pol137.city.queries import book, find_places

    people, operator, city = People(), seats("operator")[0], book()
    contact = _contact(operator)
    places = [one for one in find_places("خیابان", limit=50) if one.lat is not None]

    def typing(n: int) -> object:
        service, district, words, *_ = some[n]
        given = {
            "service": city.services[service].code, "district": city.districts[district].code, "words": words,
            "place": places[n % len(places)].code if places else "",
        }  # fmt: skip
        return people.client(operator).post(
            f"/desk/contact/{contact}/look", given, headers={"HX-Request": "true"}
        )

    measure("contact desk while typing, the whole screen", typing, rounds=rounds)


def _near_alone(some: list[tuple], rounds: int) -> None:
    """The two questions alone: near this point, and alike in this district."""
    from django.utils import timezone

    from pol137.cases.queries import alike
    from pol137.cases.queries import near as near_cases
    from pol137.lib import geo
    from pol137.staff.models import User
    from pol137.staff.queries import actor_for

    by = actor_for(User.objects.get(username=seats("operator")[0]), now=timezone.now())

    def only_near(n: int) -> None:
        service, district, words, lat, lon = some[n]
        now = timezone.now()
        near_cases(service_id=service, cell=geo.h3_cell(lat, lon), words=words, now=now, by=by)
        alike(service_id=service, district_id=district, words=words, now=now, by=by)

    measure("near-duplicates: by place and by district", only_near, rounds=rounds * 3, aim=50)


def _near_a_citizen(some: list[tuple], rounds: int) -> None:
    """What the report form shows a citizen of open cases near his."""
    from django.test import Client

    from pol137.city.queries import book

    city, outsider = book(), Client(headers={"Host": "127.0.0.1"})
    public = [one for one in some if city.services[one[0]].public]

    def by_citizen(n: int) -> object:
        service, _, _, lat, lon = public[n]
        given = {"subject": city.services[service].code, "lat": lat, "lon": lon}
        return outsider.get("/report/near", given)

    measure("near-duplicates on the report form", by_citizen, rounds=rounds, aim=50)


# --- burst ----------------------------------------------------------------------------------------


class Paced(Sender):
    """Sends reports at their moments, whatever came of the ones before."""

    def __init__(self, key: str, port: int, moments: list[float], first: int, service: str) -> None:
        super().__init__(key, port, first, 0.0)
        self.moments = moments
        self.service = service
        self.spent: list[tuple[float, float]] = []

    def run(self) -> None:
        import socket

        from bench.intake import answer

        wire, used = socket.create_connection(("127.0.0.1", self.port)), time.monotonic()
        for serial, moment in enumerate(self.moments, self.first):
            time.sleep(max(0.0, moment - time.monotonic()))
            if time.monotonic() - used > KEPT_ALIVE:
                wire.close()
                wire = socket.create_connection(("127.0.0.1", self.port))
            try:
                wire.sendall(report(self.key, serial, self.port, self.service))
                head = answer(wire)
            except OSError:
                head = b""
            used = time.monotonic()
            self.spent.append((moment, (time.monotonic() - moment) * 1000))
            if not head.startswith(b"HTTP/1.1 201"):
                self.errors += 1
            if not head or b"connection: close" in head.lower():
                wire.close()
                wire = socket.create_connection(("127.0.0.1", self.port))


def burst(db: psycopg.Connection, data: Path, folder: Path, rounds: int) -> None:
    """Ten times the sustained rate for a minute, and how soon all is as before."""
    words = ["-m", "pol137.commands.cli", "key", "create", f"bench-{time.time()}", "--scope", "open311"]
    key = run([sys.executable, *words], dict(os.environ)).strip()
    town = _town()
    before = db.execute("SELECT count(*) FROM cases_case").fetchone()[0]
    port = free_port()
    with web(dict(os.environ), port, folder / "web.log"):
        begin = time.monotonic() + 1
        calm = [begin + n / SUSTAINED for n in range(int(20 * SUSTAINED))]
        storm_at = begin + 20
        storm = [storm_at + n / BURST for n in range(int(BURST_SECONDS * BURST))]
        after_at = storm_at + BURST_SECONDS
        after = [after_at + n / SUSTAINED for n in range(int(RECOVERY_SECONDS * 2 * SUSTAINED))]
        moments, clients = [*calm, *storm, *after], 32
        senders = [
            Paced(key, port, moments[n::clients], 1_000_000 + n * 20_000, town.service)
            for n in range(clients)
        ]
        for one in senders:
            one.start()
        for one in senders:
            one.join()
    spent = sorted(pair for one in senders for pair in one.spent)
    errors = sum(one.errors for one in senders)
    taken = db.execute("SELECT count(*) FROM cases_case").fetchone()[0] - before
    print("| | sent | p50, ms | p95, ms | longest |\n|---|---|---|---|---|")
    bounds = {
        f"{SUSTAINED:.0f} a second, 20 s": (begin, storm_at),
        f"{BURST:.0f} a second, {BURST_SECONDS:.0f} s": (storm_at, after_at),
        "the 10 s after": (after_at, after_at + 10),
        "10 to 20 s after": (after_at + 10, after_at + 20),
        "20 to 30 s after": (after_at + 20, after_at + 30),
        "30 to 60 s after": (after_at + 30, after_at + 61),
    }
    for name, (low, high) in bounds.items():
        times = [took for moment, took in spent if low <= moment < high]
        cuts = statistics.quantiles(times, n=100)
        print(f"| {name} | {len(times)} | {cuts[49]:.0f} | {cuts[94]:.0f} | {max(times):.0f} |")
    print(f"errors {errors}; sent {len(moments)}, cases made {taken}")


# --- retention, memory ----------------------------------------------------------------------------


def retention(db: psycopg.Connection, data: Path, folder: Path, rounds: int) -> None:
    """The nightly job: with nothing due, and with what a few days bring."""
    from django.utils import timezone

    from pol137.city.models import City
    from pol137.city.operations import bump_version
    from pol137.city.queries.book import forget as forget_book
    from pol137.contacts.operations import forget_due

    now = timezone.now()
    kept = ("reporter", "words", "pictures", "contacts", "texts", "raw_texts")
    City.objects.update(**dict.fromkeys((f"keep_{one}" for one in kept), "1500d"))
    bump_version()
    forget_book()
    print("| | seconds | rows touched |\n|---|---|---|")
    began = time.monotonic()
    done = forget_due(now=now)
    print(f"| nothing due | {time.monotonic() - began:.1f} | {done} |", flush=True)
    oldest = (now - db.execute("SELECT min(closed_at) FROM cases_case").fetchone()[0]).days
    City.objects.update(keep_reporter=f"{oldest - 10}d", keep_words=f"{oldest - 10}d")
    bump_version()
    forget_book()
    began = time.monotonic()
    done = forget_due(now=now)
    print(f"| reporters and words of some ten days | {time.monotonic() - began:.1f} | {done} |")


def memory(db: psycopg.Connection, data: Path, folder: Path, rounds: int) -> None:
    """Everything running and idle, the database server included."""
    import subprocess

    port = free_port()
    surroundings = {**os.environ, "POL137_PORT": str(port), "POL137_DATA": str(folder / "up")}
    log = (folder / "up.log").open("ab")
    up = subprocess.Popen(
        [sys.executable, "-m", "pol137.commands.cli", "up"], env=surroundings, stdout=log, stderr=log
    )
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and b"200" not in _first_line(port):
            time.sleep(1)
        _caught_up(db, within=600)
        time.sleep(30)
        server = int((data / "postgres" / "postmaster.pid").read_text().split()[0])
        ours, theirs = tree_memory(up.pid), tree_memory(server)
        print("| | MB |\n|---|---|")
        print(
            f"| our processes ({ours[1]}) | {ours[0]:.0f} |\n| PostgreSQL ({theirs[1]}) | {theirs[0]:.0f} |"
        )
        print(f"| together, aim <= 700 | {ours[0] + theirs[0]:.0f} |")
    finally:
        up.terminate()
        up.wait(60)


def _caught_up(db: psycopg.Connection, *, within: float) -> None:
    """Wait until what fell due since the server was filled has been done: before, nothing is idle."""
    due = """
        SELECT EXISTS (SELECT FROM cases_promise WHERE next_at <= now()) OR EXISTS (
            SELECT FROM procrastinate_jobs WHERE status = 'doing'
            OR status = 'todo' AND coalesce(scheduled_at, now()) <= now())
    """
    ends = time.monotonic() + within
    while time.monotonic() < ends:
        row = db.execute(due).fetchone()
        db.commit()
        if row is not None and not row[0]:
            return
        time.sleep(2)


def _first_line(port: int) -> bytes:
    import http.client

    try:
        wire = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        wire.request("GET", "/healthz")
        return str(wire.getresponse().status).encode()
    except OSError:
        return b""


def tree_memory(pid: int) -> tuple[float, int]:
    """Megabytes a process and all below it hold, shared pages counted once; and how many they are."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    total, count, todo = 0, 0, [pid]
    while todo:
        number = todo.pop()
        todo += children.get(number, [])
        try:
            rows = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += next(int(row.split()[1]) for row in rows if row.startswith("Pss:"))
        count += 1
    return total / 1024, count


PART: dict[str, Callable[[psycopg.Connection, Path, Path, int], None]] = {
    "pages": pages, "search": search, "near": near, "burst": burst, "retention": retention, "memory": memory,
}  # fmt: skip

if __name__ == "__main__":
    sys.exit(main())
