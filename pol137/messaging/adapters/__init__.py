"""The gateways a channel can be bound to, by the name the city pack uses."""

from pol137.messaging.adapters.log import LogGateway
from pol137.messaging.adapters.port import Gateway, GatewayError, Sent

GATEWAYS: dict[str, type[Gateway]] = {"log": LogGateway}

__all__ = ["GATEWAYS", "Gateway", "GatewayError", "Sent"]
