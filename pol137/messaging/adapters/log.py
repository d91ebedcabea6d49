"""A gateway that sends nothing: every text stays in the table of messages and counts as delivered.

For trying the software out, for training, and for a city whose SMS line is not ready yet.
"""

from __future__ import annotations

from pol137.messaging.adapters.port import GatewayError, Sent


class LogGateway:
    """Delivers at once; the message row is the delivery. `undelivered_ending` in the channel's settings names
    an ending of numbers that it refuses, so that call-backs can be tried too."""

    def __init__(self, settings: dict[str, str | int | float | bool]) -> None:
        self.refused = str(settings.get("undelivered_ending", ""))

    def send(self, *, message_id: int, address: str, text: str) -> Sent:
        """Take the text. A number with the refused ending is answered as unreachable for good."""
        if self.refused and address.endswith(self.refused):
            raise GatewayError("unreachable number", permanent=True)
        return Sent(provider_id=f"log-{message_id}", delivered=True)
