"""One centre at a time on one data folder and one port."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pol137.machine import proc
from pol137.machine.trouble import CannotRun


@contextmanager
def held(lock_file: Path, *, seconds: float = 0) -> Iterator[bool]:
    """Hold the lock for the block; tells whether the last holder was killed without letting go.

    The lock ends with its holder, however he ends. Refuses (CannotRun), naming the holder, when
    somebody else has it for longer than `seconds`.
    """
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    with lock_file.open("a+") as file:
        if not proc.wait_until(lambda: _locked(file.fileno()), seconds):
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise CannotRun(
                f"the centre already runs on {lock_file.parent} (process {holder}): "
                "stop it first, or name another folder in POL137_DATA"
            )
        file.seek(0)
        killed = bool(file.read().strip())
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield killed
        finally:
            file.truncate(0)


def _locked(number: int) -> bool:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def check_port(host: str, port: int, *, seconds: float = 0) -> None:
    """Refuse (CannotRun) an address this machine does not have, or a port still taken after `seconds`."""
    trouble: list[OSError] = []

    def free() -> bool:
        trouble.clear()
        try:
            _bind(host, port)
        except OSError as error:
            trouble.append(error)
        return not trouble or trouble[0].errno != errno.EADDRINUSE

    if not proc.wait_until(free, seconds, pause=0.2):
        raise CannotRun(
            f"port {port} is used by another program: stop it, or choose another port with POL137_PORT"
        )
    if trouble:
        raise CannotRun(f"cannot listen on {host}:{port}: {trouble[0].strerror or trouble[0]}")


def _bind(host: str, port: int) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
        probe.listen(1)
