"""A server started and stopped by the calling program: for commands and for tests."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pol137.machine import locking, postgres, proc
from pol137.machine.database import check_reach, wait_and_prepare
from pol137.machine.place import Place
from pol137.machine.trouble import CannotRun


@dataclass
class Server:
    """A server this program started."""

    data_dir: Path
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self, seconds: float = 30) -> None:
        """End the server: in good order, and by force after `seconds`."""
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if self.process.poll() is None:
                self.process.send_signal(number)
                try:
                    self.process.wait(seconds)
                except subprocess.TimeoutExpired:
                    continue
        postgres.remove_socket_dir(self.data_dir)


def start(data_dir: Path, *, log: Path, fast: bool = False, seconds: float = 60) -> Server:
    """Start the server and wait until its database can be used; its output goes to the file `log`.

    The server ends with this program, even if this program is killed. Refuses (CannotRun) with the
    server's own last words when it does not come up, or when its locale cannot handle Persian.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            postgres.command(data_dir, fast=fast),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=postgres.child_environment(),
        )
    server = Server(data_dir, process, log)
    try:
        wait_and_prepare(data_dir, log=log, process=process, seconds=seconds)
    except BaseException:
        server.stop(5)
        raise
    return server


@contextmanager
def started(data_dir: Path, *, log: Path, fast: bool = False) -> Iterator[Server]:
    """The server, for as long as the block lasts."""
    server = start(data_dir, log=log, fast=fast)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def available(place: Place) -> Iterator[None]:
    """The place's database for the block: DATABASE_URL's, the running centre's, else one started for it.

    Refuses (CannotRun) when it does not answer, or when another program holds the data folder without a
    server coming up.
    """
    if place.database_url:
        check_reach(place.database_url)
        yield
        return
    if postgres.running_pid(place.data_dir) is not None:
        yield
        return
    with ExitStack() as stack:
        try:
            stack.enter_context(locking.held(place.lock_file))
        except CannotRun:
            if not proc.wait_until(lambda: postgres.running_pid(place.data_dir) is not None, 30):
                raise
        else:
            place.log_dir.mkdir(parents=True, exist_ok=True)
            stack.enter_context(started(place.data_dir, log=place.log_dir / "database.log"))
        yield
