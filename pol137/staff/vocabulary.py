"""Words of the staff room."""

from enum import StrEnum


class KeyScope(StrEnum):
    """What a program's key opens."""

    OPEN311 = "open311"
    API = "api"
