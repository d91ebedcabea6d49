"""A whole centre as `pol137 up` runs it, for tests."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psycopg

from pol137.machine import postgres, proc


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Centre:
    """A centre on a data folder and port of its own, started as a shell would start it."""

    def __init__(self, data: Path, *, demo_days: int = 0) -> None:
        self.data, self.port, self.demo_days = data, free_port(), demo_days
        self.said = data.with_name("said")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in postgres.python_environment().items() if k != "DATABASE_URL"}
        own = {"POL137_DATA": str(self.data), "POL137_PORT": str(self.port), "POL137_DEMO": "on"}
        own["POL137_DEMO_DAYS"] = str(self.demo_days)
        return {**kept, **own, "POL137_CITY": "sample", "POL137_HOST": "127.0.0.1", "LANG": "C.UTF-8"}

    def pol137(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pol137.commands.cli", *words],
            env={**self.environment, **variables}, cwd="/", capture_output=True, text=True, check=False,
            timeout=120,
        )  # fmt: skip

    def up(self) -> None:
        with self.said.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "pol137.commands.cli", "up"],
                env=self.environment, cwd="/", stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        try:
            self.wait_until_ready(300)
            assert proc.wait_until(lambda: "Pol137 is ready" in self.said.read_text(), 30)
        except AssertionError:
            self.stop(signal.SIGTERM)
            raise

    def wait_until_ready(self, seconds: float = 60) -> None:
        assert self.process is not None
        over, get = self.process.poll, self.get
        ready = proc.wait_until(lambda: over() is not None or get("/readyz")[0] == 200, seconds, pause=0.3)
        assert ready and over() is None, self.everything_said()

    def get(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            return 0, str(error)
        finally:
            connection.close()

    def everything_said(self) -> str:
        logs = [self.said, *sorted((self.data / "log").glob("*.log"))]
        return "\n".join(f"== {log.name}\n{log.read_text()[-1500:]}" for log in logs if log.exists())

    def programs(self) -> dict[int, str]:
        """The programs that run for this data folder: pid to command line."""
        mark = f"POL137_DATA={self.data}".encode()
        found = {}
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (FileNotFoundError, PermissionError, ProcessLookupError):
                continue
        return {pid: words for pid, words in found.items() if words and pid != os.getpid()}

    def pid_of(self, part: str) -> int:
        """The first started program whose command line has `part` in it."""
        return min(pid for pid, words in self.programs().items() if part in words)

    def ask(self, statement: str) -> object:
        with psycopg.connect(postgres.url(self.data), autocommit=True) as connection:
            row = connection.execute(statement).fetchone()
            return row[0] if row else None

    def stop(self, number: int = signal.SIGINT) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
        return self.process.wait(90)
