"""Short lines on the terminal about work that may take a while."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def say(text: str = "") -> None:
    """Show one line at once; a terminal that has gone away is no reason to stop."""
    with suppress(OSError, ValueError):
        print(text, flush=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    """Show `text` while the block runs, then how long it took."""
    with suppress(OSError, ValueError):
        print(f"  {text} … ", end="", flush=True)
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        say("✗")
        raise
    say(f"{time.monotonic() - begun:.1f} s")


def complain(text: object) -> None:
    """Show one line of refusal on the error output."""
    with suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)
