"""Reads of the packs room."""

from pol137.packs.queries.stored_pack import stored_records

__all__ = ["stored_records"]
