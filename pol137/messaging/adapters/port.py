"""What a gateway must be able to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Sent:
    """A message the gateway has taken; `delivered` when it already knows it arrived, and always where a
    gateway has no receipts: there, taken is all that can ever be known."""

    provider_id: str
    delivered: bool


class GatewayError(Exception):
    """The gateway did not take a message: for good (`permanent`), or worth another try.

    `reason` is shown to the city's staff. What is the city's own trouble (no credit left, a wrong password)
    is never permanent: the text waits until somebody has mended it.
    """

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent


class Gateway(Protocol):
    """One provider, bound to the settings of a channel."""

    def __init__(self, settings: dict[str, str | int | float | bool]) -> None: ...

    def send(self, *, message_id: int, address: str, text: str) -> Sent:
        """Hand one text over. Raises GatewayError. `message_id` is the same at every retry."""
