"""Pol137: free software for the 137 citizen centres of cities."""

__version__ = "0.3.0"
