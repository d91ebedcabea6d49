"""A centre of small programs for the supervisor's tests: `python small_centre.py FOLDER`.

Every child appends what happens to it to FOLDER/story; `stubborn` does not stop when
asked, and `stubborn_long` would be waited for a minute. `once...` has done its work when it ends by itself.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from pol137.machine.supervisor import Child, StopAsked, Supervisor

LIFE = """
import pathlib, signal, sys, time
story, name, manner = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
def tell(what):
    with story.open("a") as file:
        file.write(f"{name} {what}\\n")
def stop(*_):
    tell("asked")
    if not manner.startswith("stubborn"):
        time.sleep(0.2)
        tell("stopped")
        sys.exit(0)
signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGQUIT, stop)
signal.signal(signal.SIGINT, lambda *_: tell("interrupted"))
import os
tell(f"born {os.getpid()}")
print("hello from", name, flush=True)
if manner == "dying":
    sys.exit(3)
if manner.startswith("once_done"):
    sys.exit(0 if manner == "once_done" else 3)
if manner == "parent":
    if os.fork() == 0:
        tell(f"orphan {os.getpid()}")
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        time.sleep(1)
        os._exit(0)
while True:
    time.sleep(0.05)
"""


def main(folder: Path, manners: dict[str, str]) -> int:
    """Run children of these manners until asked to stop."""
    story = folder / "story"
    children = [
        Child(
            name,
            [sys.executable, "-c", LIFE, str(story), name, manner],
            stop_seconds=60 if manner == "stubborn_long" else 1,
            once=manner.startswith("once"),
        )
        for name, manner in manners.items()
    ]
    with Supervisor(children, log_dir=folder / "log", say=lambda text: print(text, flush=True)) as supervisor:
        supervisor.start(*manners)
        try:
            supervisor.run()
        except StopAsked:
            print("asked to stop", flush=True)
    return 0


if __name__ == "__main__":
    begun = time.monotonic()
    status = main(Path(sys.argv[1]), dict(pair.split("=") for pair in sys.argv[2:]))
    print(f"ended after {time.monotonic() - begun:.1f} s", flush=True)
    sys.exit(status)
