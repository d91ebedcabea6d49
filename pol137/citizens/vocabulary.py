"""Words of the citizens' room."""

from enum import StrEnum


class ContactPointKind(StrEnum):
    """A way to reach a person."""

    PHONE = "phone"
    EMAIL = "email"


class ErasureReason(StrEnum):
    """Why somebody's details are erased before their time."""

    ASKED = "asked"
    RULING = "ruling"
    MISTAKE = "mistake"
