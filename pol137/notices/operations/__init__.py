"""Telling members of staff: who, in whose place, when, and that they have read it."""

from pol137.notices.operations.telling import read_notices, tell
from pol137.notices.operations.writing import notify_roles, raise_alarm

__all__ = ["notify_roles", "raise_alarm", "read_notices", "tell"]
