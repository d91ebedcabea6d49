"""Writes of the simulation: a stretch of time made up through the operations of the other rooms."""

from pol137.simulation.operations.runs import Wanted, simulate, simulate_once

__all__ = ["Wanted", "simulate", "simulate_once"]
