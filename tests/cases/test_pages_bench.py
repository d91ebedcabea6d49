"""The benchmark of pages at a small size: every page it measures answers, so it is a test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_lives_are_copied_whole_and_every_page_answers_among_them() -> None:
    """Cases in every state made from a few real ones; lists, pages, search, nearness, erasing."""
    words = ["--cases", "1500", "--city", "sample", "--rounds", "2"]
    without = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.pages", *words, "--only", "pages", "search", "near", "retention"],
        cwd=ROOT, env=without, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1,500 cases built" in done.stdout
    assert "search, all together" in done.stdout
