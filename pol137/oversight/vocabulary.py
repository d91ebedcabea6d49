"""Words of oversight."""

from enum import StrEnum


class FindingKind(StrEnum):
    """What inspection found about a case that nobody answered."""

    EXCUSED = "excused"
    WARNED = "warned"
    RESOURCES_LACKING = "resources_lacking"
