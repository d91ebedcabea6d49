"""The benchmark of the clock at a small size: what it measures is also checked, so it is a test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_10_000_pending_oldest_first() -> None:
    """10,000 due, every tenth without a unit; two sweepers at once; a closure. It ends itself when any of it
    is wrong: a rung twice, one before an older one, a time moved wrongly."""
    words = ["--promises", "60000", "--due", "10000", "--closed", "500"]
    without = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.clock", *words],
        cwd=ROOT, env=without, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "10,000 due" in done.stdout
