"""Keeps a few programs running, in the foreground, until it is told to stop.

Each child is a process group of its own with its output in a log file: a Ctrl-C reaches only the
supervisor, which then stops the children one after the other. A child that dies is started again,
after a pause that doubles while it keeps dying. When the supervisor itself is killed, the kernel
tells every child to stop.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from pol137.machine import logfiles, proc

_ASKED = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
_FIRST_PAUSE, _LONGEST_PAUSE, _PROVEN = 0.2, 20.0, 30.0
_ROTATE_EVERY = 60.0
_ECHO = 1.0
NOTHING_TO_DO = 3
"""The exit status of a program that runs once and found nothing to do."""


@dataclass(frozen=True)
class Child:
    """One program to keep running: its words, how it is asked to stop, and its environment if not ours.

    One that runs `once` has done its work when it ends by itself: it is not started again, unless killed.
    """

    name: str
    words: Sequence[str]
    stop_signal: int = signal.SIGTERM
    stop_seconds: float = 15
    environment: Mapping[str, str] | None = None
    once: bool = False


@dataclass
class _Run:
    child: Child
    process: subprocess.Popen[bytes] | None = None
    started: float = 0
    pause: float = _FIRST_PAUSE
    again_at: float | None = None
    deaths: int = 0


class StopAsked(Exception):
    """Ctrl-C or a signal asked the supervisor to stop."""


class Supervisor:
    """Keeps its children running. A context manager: leaving it stops them all, last named first."""

    def __init__(self, children: Sequence[Child], *, log_dir: Path, say: Callable[[str], None]) -> None:
        self._runs = {child.name: _Run(child) for child in children}
        self._log_dir = log_dir
        self._say = say
        self._rotated = 0.0
        self._asked_at: float | None = None
        self._watched = {signal.SIGCHLD} | _ASKED
        if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
            self._watched.discard(signal.SIGHUP)

    def __enter__(self) -> Supervisor:
        self._log_dir.mkdir(parents=True, exist_ok=True)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        proc.adopt_orphans()
        self._mask_before = signal.pthread_sigmask(signal.SIG_BLOCK, self._watched)
        return self

    def __exit__(self, *_: object) -> None:
        for run in reversed(self._runs.values()):
            self._stop(run)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask_before)

    def start(self, *names: str) -> None:
        """Start these children; from now on they are kept running."""
        for name in names:
            self._spawn(self._runs[name])

    def run_once(self, words: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
        """Run a program to its end, in the terminal, looking after the children; its exit status."""
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, env=environment, preexec_fn=self._setup())
        try:
            while process.poll() is None:
                self._turn(1, also=process)
        except StopAsked:
            process.terminate()
            process.wait()
            raise
        return process.returncode

    def until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Look after the children until `condition` is true; whether it was, within `seconds`."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                return False
            self._turn(0.05)
        return True

    def run(self) -> None:
        """Look after the children until asked to stop, which raises StopAsked."""
        while True:
            self._turn(5)

    def deaths(self, name: str) -> int:
        """How often the child died by itself."""
        return self._runs[name].deaths

    def pid(self, name: str) -> int | None:
        """The child's process number while it runs."""
        process = self._runs[name].process
        return process.pid if process is not None else None

    def _turn(self, seconds: float, *, also: subprocess.Popen[bytes] | None = None) -> None:
        """Wait for news, at most so long, and do what it asks for."""
        due = [run.again_at for run in self._runs.values() if run.again_at is not None]
        wait = min([seconds, *(at - time.monotonic() for at in due)])
        told = signal.sigtimedwait(self._watched, max(0.0, wait))
        self._reap(also)
        if told is not None and told.si_signo in _ASKED:
            self._asked_at = time.monotonic()
            raise StopAsked
        now = time.monotonic()
        for run in self._runs.values():
            if run.again_at is not None and run.again_at <= now:
                self._spawn(run)
        if now - self._rotated > _ROTATE_EVERY:
            self._rotated = now
            logfiles.rotate(self._log_dir)

    def _spawn(self, run: _Run) -> None:
        with self._log_of(run.child) as output:
            run.process = subprocess.Popen(
                run.child.words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=run.child.environment,
                process_group=0,
                preexec_fn=self._setup(),
            )
        run.started, run.again_at = time.monotonic(), None

    def _log_of(self, child: Child) -> BinaryIO:
        """The child's log; a disk without room for the file is no reason not to start the child."""
        try:
            return (self._log_dir / f"{child.name}.log").open("ab")
        except OSError:
            return Path(os.devnull).open("ab")

    def _setup(self) -> Callable[[], None]:
        return partial(_prepare_child, self._mask_before, os.getpid())

    def _reap(self, also: subprocess.Popen[bytes] | None = None) -> None:
        """Note which children died, and bury the orphans this program inherited from them."""
        while (pid := _dead_child()) is not None:
            if also is not None and also.pid == pid:
                also.poll()
                continue
            run = next((run for run in self._runs.values() if run.process and run.process.pid == pid), None)
            if run is None or run.process is None:
                os.waitpid(pid, 0)
            else:
                self._died(run, run.process.wait())

    def _died(self, run: _Run, status: int) -> None:
        if run.process is not None:
            proc.send_group(run.process.pid, signal.SIGTERM)
        run.process = None
        if run.child.once and status >= 0:
            self._say_done(run.child, status)
            return
        run.deaths += 1
        now = time.monotonic()
        if now - run.started > _PROVEN:
            run.pause = _FIRST_PAUSE
        run.again_at = now + run.pause
        how = f"signal {-status}" if status < 0 else f"status {status}"
        self._say(
            f"{run.child.name} ended ({how}), starts again in {run.pause:.1f} s; see {run.child.name}.log"
        )
        run.pause = min(run.pause * 2, _LONGEST_PAUSE)

    def _say_done(self, child: Child, status: int) -> None:
        """The last word of a program that has done its work, unless it had nothing to do."""
        if status != NOTHING_TO_DO:
            self._say(logfiles.last_words(self._log_dir / f"{child.name}.log", lines=1))

    def _stop(self, run: _Run) -> None:
        """End a child: as it likes it, then less politely when its time is over or the asker insists."""
        run.again_at = None
        orders = (
            (run.child.stop_signal, run.child.stop_seconds),
            (signal.SIGQUIT, 5.0),
            (signal.SIGKILL, 5.0),
        )
        for order, seconds in orders:
            if run.process is None or run.process.poll() is not None:
                break
            proc.send(run.process.pid, order)
            self._wait_for(run.process, seconds)
        if run.process is not None:
            proc.send_group(run.process.pid, signal.SIGKILL)
            run.process = None

    def _wait_for(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        end = time.monotonic() + seconds
        while process.poll() is None and time.monotonic() < end:
            told = signal.sigtimedwait(self._watched, 0.2)
            if told is not None and told.si_signo in _ASKED and self._insists():
                return

    def _insists(self) -> bool:
        """Whether this further signal is a person's second order, not an echo of the first."""
        before, self._asked_at = self._asked_at, time.monotonic()
        return before is not None and self._asked_at - before > _ECHO


def _prepare_child(mask: set[int | signal.Signals], parent: int) -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    proc.die_with_parent(signal.SIGTERM, parent)


def _dead_child() -> int | None:
    try:
        seen = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return seen.si_pid if seen is not None else None
