"""Short lines on the terminal about work that may take a while."""

from __future__ import annotations

import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


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
    """Show one line of refusal on the error output; commands in it can be pasted."""
    with suppress(OSError, ValueError):
        print(pasteable(str(text)), file=sys.stderr, flush=True)


def pasteable(text: str) -> str:
    """The text with its `pol137 …` commands as a shell finds them from this folder."""
    if shutil.which("pol137"):
        return text
    program, here = Path(sys.executable).with_name("pol137"), Path.cwd()
    shown = program.relative_to(here) if program.is_relative_to(here) else program
    return re.sub(r"(?<![\w/.-])pol137 (?=[a-z])", f"{shown} ", text)
