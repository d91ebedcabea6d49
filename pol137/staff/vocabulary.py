"""Words of the staff room."""

from enum import StrEnum
from typing import Final

SIGNER: Final = "signer"
"""The role of whoever signs answers for the head of a unit, by a dated delegation."""


class KeyScope(StrEnum):
    """What a program's key opens."""

    OPEN311 = "open311"
    API = "api"
