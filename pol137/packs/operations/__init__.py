"""Writes of the packs room."""

from pol137.packs.operations.load_pack import load_pack

__all__ = ["load_pack"]
