"""Words of the citizens' room."""

from enum import StrEnum


class ContactPointKind(StrEnum):
    """A way to reach a person."""

    PHONE = "phone"
    EMAIL = "email"
