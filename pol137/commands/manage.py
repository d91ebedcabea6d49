"""`pol137 manage`: Django's own commands, with the database there."""

from __future__ import annotations

import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Everything is Django's."""
    parser.add_argument("words", nargs=argparse.REMAINDER, help="as for manage.py")


def run(asked: argparse.Namespace) -> int:
    """Run Django's command."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(["pol137 manage", *asked.words])
    return 0
