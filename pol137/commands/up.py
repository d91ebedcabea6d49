"""`pol137 up`: has everything the centre needs, then runs it until Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import http.client
import socket
import ssl
import sys
from functools import partial
from pathlib import Path
from signal import SIGINT, SIGTERM

from pol137.machine import locking, place, postgres
from pol137.machine.logfiles import last_words
from pol137.machine.place import Place
from pol137.machine.progress import say, step
from pol137.machine.supervisor import Child, StopAsked, Supervisor
from pol137.machine.trouble import CannotRun

_TRIES = 3


def arguments(parser: argparse.ArgumentParser) -> None:
    """It takes its wishes from the environment only."""
    parser.description = (
        "Run the centre in the foreground. Ctrl-C stops it. "
        "POL137_PORT, POL137_HOST, POL137_DATA, POL137_CITY and the rest are in docs/settings.md."
    )


def run(asked: argparse.Namespace) -> int:
    """Set up what is missing and run the centre. Refuses (CannotRun) a second run on the same data."""
    here = place.read()
    here.data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        was_killed = stack.enter_context(locking.held(here.lock_file))
        locking.check_port(here.host, here.port, seconds=20 if was_killed else 0)
        place.ensure_secret_key(here)
        stack.callback(postgres.remove_socket_dir, here.data_dir)
        with Supervisor(children(here), log_dir=here.log_dir, say=partial(_note, here)) as supervisor:
            try:
                return _live(supervisor, here)
            except StopAsked:
                say("\n  خاموش می‌شود · stopping")
    say("  خاموش شد · stopped")
    return 0


def children(here: Place) -> list[Child]:
    """The programs of the centre; they are stopped last named first."""
    python = [sys.executable, "-m"]
    host = f"[{here.host}]" if ":" in here.host else here.host
    web = [*python, "gunicorn", "pol137.wiring.wsgi:application", "--bind", f"{host}:{here.port}"]
    web += [
        "--worker-class",
        "gthread",
        "--workers",
        "2",
        "--threads",
        "8",
        "--preload",
        "--no-control-socket",
    ]
    web += ["--timeout", "60", "--graceful-timeout", "10", "--keep-alive", "5", "--name", "pol137"]
    if here.tls:
        web += ["--certfile", str(here.tls[0]), "--keyfile", str(here.tls[1])]
    surroundings = postgres.python_environment()
    table = [
        Child("scheduler", [*python, "pol137.commands.cli", "scheduler"], SIGTERM, 10, surroundings),
        Child("worker", [*python, "pol137.commands.cli", "worker"], SIGTERM, 25, surroundings),
        Child("web", web, SIGTERM, 15, surroundings),
    ]
    if here.demo and here.demo_days != 0:
        behind = [*python, "pol137.commands.cli", "simulate", "--behind"]
        table.append(Child("history", behind, SIGTERM, 5, surroundings, once=True))
    if here.plain_port:
        table.append(Child("redirect", [*python, "pol137.machine.redirect"], SIGTERM, 5, surroundings))
    if not here.database_url:
        words = postgres.command(here.data_dir)
        table.insert(0, Child("database", words, SIGINT, 60, postgres.child_environment()))
    return table


def _live(supervisor: Supervisor, here: Place) -> int:
    say("  پل ۱۳۷ راه می‌افتد · Pol137 is starting")
    if not here.database_url:
        _start_database(supervisor, here)
    status = supervisor.run_once(
        [sys.executable, "-m", "pol137.commands.prepare"], postgres.python_environment()
    )
    if status != 0:
        return status if status > 0 else 1
    with step("وب، کارگر و زمان‌بند · web, worker, scheduler"):
        supervisor.start("web")
        answers = supervisor.until(partial(_web_answers, here), 60)
        supervisor.start("worker", "scheduler", *(["redirect"] if here.plain_port else []))
    if not answers:
        say(f"  وب هنوز پاسخ نمی‌دهد · the web server does not answer yet, see {here.log_dir / 'web.log'}")
    _show_addresses(here)
    if here.demo and here.demo_days != 0:
        supervisor.start("history")
    supervisor.run()
    return 0


def _start_database(supervisor: Supervisor, here: Place) -> None:
    def listens() -> bool:
        pid = postgres.running_pid(here.data_dir)
        return pid is not None and pid == supervisor.pid("database") and _accepts(here.data_dir)

    with step("پایگاه داده · database"):
        supervisor.start("database")
        supervisor.until(lambda: listens() or supervisor.deaths("database") >= _TRIES, 90)
    if not listens():
        raise CannotRun(f"the database did not start: {last_words(here.log_dir / 'database.log')}")


def _accepts(data_dir: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
        probe.connect(str(postgres.socket_dir(data_dir) / ".s.PGSQL.5432"))
        return True
    return False


def _web_answers(here: Place) -> bool:
    connection = http.client.HTTPConnection(here.host, here.port, timeout=2)
    if here.tls:
        anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(here.host, here.port, timeout=2, context=anybody)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _show_addresses(here: Place) -> None:
    say()
    say("  پل ۱۳۷ آماده است · Pol137 is ready — Ctrl-C: خاموش‌کردن · stop")
    for words, path in (
        ("شهروندان · citizens", "/"),
        ("کارکنان · staff", "/desk/"),
        ("پیکربندی · configuration", "/admin/"),
        ("Open311 GeoReport v2", "/open311/v2/discovery.json"),
    ):
        say(f"    {here.public_url}{path}   {words}")


def _note(here: Place, text: str) -> None:
    say(f"  {text}")
    with contextlib.suppress(OSError), (here.log_dir / "supervisor.log").open("a") as log:
        log.write(f"{text}\n")
