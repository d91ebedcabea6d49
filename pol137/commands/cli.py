"""The command `pol137`: finds the sub-command asked for and runs it.

Exit status 0 done, 1 refused with a reason, 2 wrong use.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import pol137
from pol137.lib.refusal import Refusal
from pol137.machine import place
from pol137.machine.progress import complain
from pol137.machine.trouble import CannotRun, of_the_disk

WRONG_USE = 2
READER_GONE = 141
"""What a shell reports of a program that SIGPIPE ended."""


@dataclass(frozen=True)
class Command:
    """A sub-command: its module has `arguments(parser)` and `run(asked) -> int`.

    `needs`: what is there when it runs. With "tables", Django and a database whose tables are up to
    date, started for it if need be; with "database", tables or not; with "django", no database; with
    "nothing", not even Django. Verbs in `offline` need no database in any case.
    """

    module: str
    purpose: str
    needs: str = "tables"
    offline: frozenset[str] = frozenset()


COMMANDS = {
    "up": Command("pol137.commands.up", "run the centre: database, web, worker, scheduler", needs="nothing"),
    "manage": Command("pol137.commands.manage", "Django's own commands", needs="database"),
    "city": Command(
        "pol137.commands.city",
        "begin, check, compare, load or dump a city pack",
        offline=frozenset({"check", "tidy", "new", "outlines", "holidays"}),
    ),
    "import": Command("pol137.commands.import_cases", "bring cases of a former system along"),
    "key": Command("pol137.commands.key", "create, list and revoke keys for programs"),
    "hook": Command("pol137.commands.hook", "where gateways hand in messages"),
    "backup": Command("pol137.commands.backup", "back up the centre, running or not", needs="nothing"),
    "restore": Command("pol137.commands.restore", "put a backup back", needs="nothing"),
    "upgrade": Command(
        "pol137.commands.upgrade", "this version's tables, after a backup (up does it too)", needs="database"
    ),
    "rollback": Command("pol137.commands.rollback", "back to before the last upgrade", needs="django"),
    "tls": Command("pol137.commands.tls", "HTTPS with a certificate made here", needs="nothing"),
    "doctor": Command(
        "pol137.commands.doctor", "look over the installation and say what to mend", needs="database"
    ),
    "simulate": Command("pol137.commands.simulate", "make up a stretch of the centre's past"),
    "steps": Command("pol137.commands.steps", "print who may do what to a case", needs="nothing"),
    "worker": Command("pol137.commands.worker", "do the jobs of the queue (part of up)", needs="nothing"),
    "scheduler": Command("pol137.commands.scheduler", "run the clocks (part of up)", needs="nothing"),
}


def main(words: Sequence[str] | None = None) -> int:
    """Run the sub-command named by the words; its exit status."""
    words = list(sys.argv[1:] if words is None else words)
    parser = argparse.ArgumentParser(
        prog="pol137",
        description="The 137 citizen centre.",
        epilog="\n".join(f"  {name:<12}{command.purpose}" for name, command in COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=pol137.__version__)
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND")
    if not words:
        parser.print_help()
        return WRONG_USE
    name = parser.parse_args(words[:1]).command
    try:
        status = _run(name, COMMANDS[name], words[1:])
        sys.stdout.flush()
        return status
    except CannotRun as refusal:
        complain(f"pol137: {refusal}")
    except Refusal as refusal:
        complain(f"pol137: {worded(refusal)}")
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Who read along (`| head`) has gone; nor may the interpreter's last flush complain of it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE
    except Exception as error:
        told = of_the_disk(error)
        if told is None:
            raise
        complain(f"pol137: {told}")
    return 1


def _run(name: str, command: Command, words: list[str]) -> int:
    module = importlib.import_module(command.module)
    parser = argparse.ArgumentParser(prog=f"pol137 {name}", description=command.purpose)
    module.arguments(parser)
    asked = parser.parse_args(words)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pol137.wiring.settings")
    with ExitStack() as stack:
        if command.needs != "nothing":
            offline = getattr(asked, "verb", None) in command.offline
            if command.needs != "django" and not offline:
                from pol137.machine import server

                here = place.read()
                if command.needs == "tables":
                    _check_centre(here)
                stack.enter_context(server.available(here))
            set_up_django()
            if command.needs == "tables" and not offline:
                _check_tables()
        status: int = module.run(asked)
        return status


def _check_centre(here: place.Place) -> None:
    """Refuse a data folder that was never used, and leave it as it is."""
    from pol137.machine import postgres

    if not here.database_url and not postgres.cluster_dir(here.data_dir).exists():
        raise CannotRun(
            f"there is no centre in {here.data_dir} yet: run make up first, or name its folder in POL137_DATA"
        )


def _check_tables() -> None:
    from pol137.commands import upgrading

    if upgrading.migrations_waiting():
        if not upgrading.has_tables():
            raise CannotRun("there is no centre in this database yet: run make up first")
        raise CannotRun("the database's tables are not those of this version: run pol137 upgrade first")


def set_up_django() -> None:
    """Load Django and speak the operator's language."""
    import django
    from django.utils import translation

    django.setup()
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    translation.activate("fa" if spoken.startswith("fa") else "en")


def worded(refusal: Refusal) -> str:
    """A refusal in the operator's language."""
    from pol137.web import refusals

    return str(refusals.words(refusal))


if __name__ == "__main__":
    sys.exit(main())
