"""`pol137 worker`: does the jobs of the queue until told to stop."""

from __future__ import annotations

import argparse

from pol137.commands.cli import set_up_django


def arguments(parser: argparse.ArgumentParser) -> None:
    """How many jobs at the same time."""
    parser.add_argument("--concurrency", type=int, default=4, help="jobs at the same time (4)")


def run(asked: argparse.Namespace) -> int:
    """Work until SIGTERM or Ctrl-C; a job under way is finished first."""
    set_up_django()
    from pol137.journal import outbox

    outbox.work(concurrency=asked.concurrency)
    return 0
