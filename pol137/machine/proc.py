"""Looking at and ending other programs of this machine (Linux)."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(death_signal: int, parent: int) -> None:
    """Have the kernel send this program `death_signal` when its parent ends, however it ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def adopt_orphans() -> None:
    """Make this program the parent of its descendants whose own parent died, so that it can reap them."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def is_alive(pid: int) -> bool:
    """Whether `pid` runs; a zombie (dead, not yet reaped) does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in {"Z", "X"}


def programs_in(folder: Path, name: str) -> Iterator[int]:
    """The running programs called `name` whose working folder is `folder`."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and works_in(int(entry.name), folder, name):
            yield int(entry.name)


def environment_of(pid: int) -> dict[str, str]:
    """The variables a running program was started with. Raises OSError where they may not be looked at."""
    pairs = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace").split("\0")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


def works_in(pid: int, folder: Path, name: str) -> bool:
    """Whether `pid` is alive, called `name` and has `folder` as its working folder.

    Where the working folder may not be looked at, the program's own command line must name the folder.
    """
    try:
        if Path(f"/proc/{pid}/comm").read_text().strip() != name or not is_alive(pid):
            return False
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == folder.resolve()
        except PermissionError:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            return os.fsencode(folder.resolve()) in words
    except (FileNotFoundError, ProcessLookupError):
        return False


def send(pid: int, number: int) -> None:
    """Send a signal; a program that is already gone is fine."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def send_group(group: int, number: int) -> None:
    """Send a signal to a process group; a group that is already gone is fine."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Whether `condition` came true within `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(pause)
    return True
