"""The one way the software says no: a code and values, never words."""

from __future__ import annotations

from collections.abc import Sequence


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
        self.rest: tuple[Refusal, ...] = ()

    @classmethod
    def of(cls, refusals: Sequence[Refusal]) -> Refusal:
        """One refusal that carries several: the first speaks, `every` lists them all."""
        first, *rest = refusals
        first.rest = tuple(rest)
        return first

    @property
    def every(self) -> tuple[Refusal, ...]:
        """This refusal and those it carries."""
        return (self, *self.rest)

    def __str__(self) -> str:
        detail = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"{self.code}({detail})" if detail else self.code
