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
from pol137.machine import place, server
from pol137.machine.progress import complain
from pol137.machine.trouble import CannotRun

WRONG_USE = 2


@dataclass(frozen=True)
class Command:
    """A sub-command: its module has `arguments(parser)` and `run(asked) -> int`.

    `needs_database`: run with Django set up and the database there, started for it if need be.
    """

    module: str
    purpose: str
    needs_database: bool = True


COMMANDS = {
    "up": Command(
        "pol137.commands.up", "run the centre: database, web, worker, scheduler", needs_database=False
    ),
    "manage": Command("pol137.commands.manage", "Django's own commands"),
    "city": Command("pol137.commands.city", "check, compare, load or dump a city pack"),
    "key": Command("pol137.commands.key", "create, list and revoke keys for programs"),
    "doctor": Command("pol137.commands.doctor", "look over the installation and say what to mend"),
    "worker": Command(
        "pol137.commands.worker", "do the jobs of the queue (part of up)", needs_database=False
    ),
    "scheduler": Command("pol137.commands.scheduler", "run the clocks (part of up)", needs_database=False),
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
        return _run(name, COMMANDS[name], words[1:])
    except CannotRun as refusal:
        complain(f"pol137: {refusal}")
    except Refusal as refusal:
        complain(f"pol137: {_worded(refusal)}")
    except KeyboardInterrupt:
        return 130
    return 1


def _run(name: str, command: Command, words: list[str]) -> int:
    module = importlib.import_module(command.module)
    parser = argparse.ArgumentParser(prog=f"pol137 {name}", description=command.purpose)
    module.arguments(parser)
    asked = parser.parse_args(words)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pol137.wiring.settings")
    with ExitStack() as stack:
        if command.needs_database:
            stack.enter_context(server.available(place.read()))
            set_up_django()
        status: int = module.run(asked)
        return status


def set_up_django() -> None:
    """Load Django and speak the operator's language."""
    import django
    from django.utils import translation

    django.setup()
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    translation.activate("fa" if spoken.startswith("fa") else "en")


def _worded(refusal: Refusal) -> str:
    from pol137.web import refusals

    return str(refusals.words(refusal))


if __name__ == "__main__":
    sys.exit(main())
