"""Writes of the simulation: a stretch of time made up through the operations of the other rooms."""

from pol137.simulation.operations.runs import Wanted, fill, simulate

__all__ = ["Wanted", "fill", "simulate"]
