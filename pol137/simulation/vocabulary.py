"""Words of the simulation."""

FIRST_NUMBER = 1_000_000
"""Simulated citizens have the reserved numbers from this serial on; before it are the demo's offices."""


def mark_of(run_id: int) -> str:
    """How the contacts of a run begin their ids, and its faults theirs."""
    return f"sim{run_id}-"
