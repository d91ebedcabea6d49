"""Cells in the text form in which PostgreSQL copies rows in (`COPY ... FROM STDIN`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType, NoneType
from typing import Any, Final
from uuid import UUID

NOTHING: Final = "\\N"


def row(values: Iterable[Any]) -> str:
    """A row without its end; `cell` says which values there are."""
    return "\t".join([cell(value) for value in values])


def cell(value: Any) -> str:
    """A value as a cell: None, texts, numbers, moments, UUIDs, and mappings as JSON.

    Refuses (KeyError) other kinds, (ValueError) a text with a NUL, which no database stores.
    """
    return _WRITTEN[type(value)](value)


def text(value: str) -> str:
    """A text as a cell. Refuses (ValueError) a text with a NUL."""
    if value.isprintable() and "\\" not in value:
        return value
    if "\0" in value:
        raise ValueError("a text that is stored cannot hold a NUL")
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def moment(at: datetime | None) -> str:
    """A moment as a cell, or none."""
    return NOTHING if at is None else at.isoformat()


def number(value: float | None) -> str:
    """A number as a cell, or none."""
    return NOTHING if value is None else repr(value)


def _json(value: Mapping[str, Any]) -> str:
    return text(json.dumps(value))


_WRITTEN: Final[Mapping[type, Callable[[Any], str]]] = MappingProxyType(
    {
        NoneType: lambda value: NOTHING,
        str: text,
        bool: lambda value: "t" if value else "f",
        int: int.__repr__,
        float: float.__repr__,
        datetime: datetime.isoformat,
        UUID: str,
        dict: _json,
    }
)
