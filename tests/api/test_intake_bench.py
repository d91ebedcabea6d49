"""The benchmark of the intake for two seconds: the bare transaction must write what the door writes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_door_and_the_bare_transaction_write_the_same_rows_without_an_error() -> None:
    without = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.intake", "--seconds", "2"],
        cwd=ROOT, env=without, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| errors | 0 | 0 | 0 |" in done.stdout
    assert "| rows written | | 15 | 15 |" in done.stdout
