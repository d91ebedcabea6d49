"""The one way the software says no: a code and values, never words."""

from __future__ import annotations


class Refusal(Exception):
    """A request that cannot be granted, known in advance and safe to show.

    `code` is looked up in `web/refusals.py` for its words; `values` fill them in; `field` names the
    form field it belongs to, if any.
    """

    def __init__(self, code: str, *, field: str | None = None, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.values = values

    def __str__(self) -> str:
        detail = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"{self.code}({detail})" if detail else self.code
