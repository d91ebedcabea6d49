"""Words of the simulation."""

FIRST_NUMBER = 1_000_000
"""Simulated citizens have the reserved numbers from this serial on; before it are the demo's offices."""

DEMO_DAYS, DEMO_PER_DAY = 14, 100
"""What a demo is filled with where nothing else is asked for."""

ONLY_ONE = 137_000_003
"""The advisory lock under which history is made up: by one at a time."""


def mark_of(run_id: int) -> str:
    """How the contacts of a run begin their ids, and its faults theirs."""
    return f"sim{run_id}-"
