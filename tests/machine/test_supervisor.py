"""The supervisor: order, restarts, log files, and no child left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pol137.machine import logfiles, postgres, proc

SCRIPT = Path(__file__).with_name("small_centre.py")


class Centre:
    """A small centre run in a terminal group of its own."""

    def __init__(self, folder: Path, manners: dict[str, str]) -> None:
        self.folder = folder
        self.said = folder / "said"
        with self.said.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, SCRIPT, folder, *(f"{name}={manner}" for name, manner in manners.items())],
                stdout=output,
                stderr=output,
                start_new_session=True,
                env=postgres.child_environment(),
            )
        self.wait_for(lambda: all(self.pids(name) for name in manners))

    def story(self) -> list[str]:
        path = self.folder / "story"
        return path.read_text().splitlines() if path.exists() else []

    def pids(self, name: str) -> list[int]:
        return [int(line.split()[2]) for line in self.story() if line.startswith(f"{name} born")]

    def wait_for(self, condition: Callable[[], bool], seconds: float = 15) -> None:
        assert proc.wait_until(condition, seconds), (self.story(), self.said.read_text())


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Callable[..., Centre]]:
    made: list[Centre] = []

    def make(**manners: str) -> Centre:
        made.append(Centre(tmp_path, manners))
        return made[-1]

    yield make
    for one in made:
        one.process.kill()
        one.process.wait()


@pytest.mark.parametrize("how", ["ctrl-c", "sigterm", "hang-up"])
def test_it_stops_the_last_named_first_and_waits_for_each(centre: Callable[..., Centre], how: str) -> None:
    running = centre(database="good", worker="good", web="good")
    pid = running.process.pid
    if how == "ctrl-c":
        os.killpg(pid, signal.SIGINT)
    else:
        os.kill(pid, signal.SIGTERM if how == "sigterm" else signal.SIGHUP)
    assert running.process.wait(10) == 0
    ends = [line for line in running.story() if "born" not in line]
    assert ends == [
        f"{name} {what}" for name in ("web", "worker", "database") for what in ("asked", "stopped")
    ]


def test_output_goes_to_a_file_for_each_child(centre: Callable[..., Centre]) -> None:
    running = centre(web="good", worker="good")
    for name in ("web", "worker"):
        log = running.folder / "log" / f"{name}.log"
        running.wait_for(lambda log=log, name=name: log.read_text() == f"hello from {name}\n")
    assert "hello" not in running.said.read_text()


@pytest.mark.kill
def test_a_killed_child_is_started_again_and_the_others_stay(centre: Callable[..., Centre]) -> None:
    running = centre(web="good", worker="good")
    os.kill(running.pids("worker")[0], signal.SIGKILL)
    running.wait_for(lambda: len(running.pids("worker")) == 2)
    assert len(running.pids("web")) == 1
    assert "worker ended (signal 9), starts again in 0.2 s" in running.said.read_text()


def test_a_child_that_keeps_dying_is_started_ever_more_slowly(centre: Callable[..., Centre]) -> None:
    running = centre(web="good", broken="dying")
    running.wait_for(lambda: len(running.pids("broken")) == 4)
    pauses = re.findall(r"broken ended \(status 3\), starts again in ([\d.]+) s", running.said.read_text())
    assert pauses[:3] == ["0.2", "0.4", "0.8"]
    assert len(running.pids("web")) == 1


def test_a_child_that_does_not_stop_is_ended_by_force(centre: Callable[..., Centre]) -> None:
    running = centre(web="good", worker="stubborn")
    os.kill(running.process.pid, signal.SIGTERM)
    assert running.process.wait(15) == 0
    assert not proc.is_alive(running.pids("worker")[0])
    assert running.story()[-1] == "web stopped"


def test_further_ctrl_cs_hurry(centre: Callable[..., Centre]) -> None:
    running = centre(worker="stubborn_long")
    for _ in range(2):
        os.kill(running.process.pid, signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            running.process.wait(1.2)
    os.kill(running.process.pid, signal.SIGINT)
    assert running.process.wait(10) == 0


@pytest.mark.kill
def test_no_child_outlives_a_killed_supervisor(centre: Callable[..., Centre]) -> None:
    running = centre(web="good", worker="good")
    running.process.kill()
    running.process.wait()
    running.wait_for(lambda: not any(proc.is_alive(running.pids(name)[0]) for name in ("web", "worker")))
    assert "web stopped" in running.story()


def test_it_buries_the_children_of_dead_children(centre: Callable[..., Centre]) -> None:
    running = centre(web="parent")
    running.wait_for(lambda: any("orphan" in line for line in running.story()))
    orphan = next(int(line.split()[2]) for line in running.story() if "orphan" in line)
    os.kill(running.pids("web")[0], signal.SIGKILL)
    running.wait_for(lambda: not Path(f"/proc/{orphan}").exists())


def test_large_log_files_are_put_aside_and_the_oldest_dropped(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with log.open("ab") as writer:
        for number in range(1, 5):
            writer.write(b"%d" % number * 100)
            writer.flush()
            logfiles.rotate(tmp_path, largest=50, kept=2)
            assert log.stat().st_size == 0
    assert (tmp_path / "web.log.1").read_text() == "4" * 100
    assert (tmp_path / "web.log.2").read_text() == "3" * 100
    assert not (tmp_path / "web.log.3").exists()


def test_what_runs_once_is_not_started_again_when_it_has_ended_but_is_when_it_was_killed(
    centre: Callable[..., Centre],
) -> None:
    running = centre(filled="once_done", nothing="once_done_before", killed="once", web="good")
    running.wait_for(lambda: "hello from filled" in running.said.read_text())
    os.kill(running.pids("killed")[0], signal.SIGKILL)
    running.wait_for(lambda: len(running.pids("killed")) == 2)
    assert len(running.pids("filled")) == len(running.pids("nothing")) == 1
    assert "hello from nothing" not in running.said.read_text()
