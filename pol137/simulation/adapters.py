"""The two files a simulated centre is made of: its figures and its words."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from pol137.simulation.rules.calibration import Calibration, Speech, read_calibration

HERE = Path(__file__).parent


@cache
def calibration() -> Calibration:
    """The figures."""
    return read_calibration(tomllib.loads((HERE / "calibration.toml").read_text(encoding="utf-8")))


@cache
def speech() -> Speech:
    """The words."""
    return Speech(tomllib.loads((HERE / "speech.toml").read_text(encoding="utf-8")))
