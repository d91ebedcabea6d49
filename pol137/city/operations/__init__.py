"""Writes of the city room."""

from pol137.city.operations.closures import declare_closure, end_closure
from pol137.city.operations.edit_row import save_row
from pol137.city.operations.holidays import remove_holiday, set_holiday
from pol137.city.operations.versions import bump_version

__all__ = [
    "bump_version",
    "declare_closure",
    "end_closure",
    "remove_holiday",
    "save_row",
    "set_holiday",
]
