"""`pol137 upgrade`: this version's tables for a centre of an older version, with a backup taken first."""

from __future__ import annotations

import argparse

import pol137
from pol137.machine import place
from pol137.machine.progress import say


def arguments(parser: argparse.ArgumentParser) -> None:
    """It takes its wishes from the environment only."""
    parser.description = (
        "Bring the database to this version. A backup goes to the folder `backups` of the data folder first. "
        "`pol137 up` does the same by itself. The city pack stays as it is in the database."
    )


def run(asked: argparse.Namespace) -> int:
    """Upgrade, or say that there is nothing to do."""
    from pol137.commands.upgrading import backup_folder, bring_up_to_date

    here = place.read()
    if not bring_up_to_date(here):
        say(f"  پل ۱۳۷ {pol137.__version__}: به‌روز است · up to date")
        return 0
    say(f"  پل ۱۳۷ {pol137.__version__} ✓  {backup_folder(here)}")
    return 0
