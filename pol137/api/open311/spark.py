"""Answers in both formats from one structure: XML, and JSON by the Spark convention.

A structure is made of dicts, lists, strings, numbers, booleans and None. JSON drops the root element; XML
names the children of a list by the list's own name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape

from pol137.lib.persian import clean_text

Value = object

CONTENT_TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
CHILDREN = {
    "attributes": "attribute",
    "endpoints": "endpoint",
    "errors": "error",
    "formats": "format",
    "service_request_updates": "request_update",
    "service_requests": "request",
    "services": "service",
    "values": "value",
}


def write(root: str, value: Value, fmt: str) -> bytes:
    """The structure under its root element, in UTF-8."""
    if fmt == "json":
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{"".join(_element(root, value))}\n'.encode()


def _element(name: str, value: Value) -> Iterator[str]:
    if value is None or value in ("", []):
        yield f"<{name}/>"
        return
    yield f"<{name}>"
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _element(key, child)
    elif isinstance(value, list):
        for child in value:
            yield from _element(CHILDREN[name], child)
    else:
        yield _text(value)
    yield f"</{name}>"


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(clean_text(str(value)), quote=False)
