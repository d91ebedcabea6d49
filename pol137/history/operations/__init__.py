"""Bringing history along."""

from pol137.history.operations.importing import Report, import_history

__all__ = ["Report", "import_history"]
