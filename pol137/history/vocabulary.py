"""Words of bringing history along."""

from enum import StrEnum

from pol137.cases.vocabulary import Outcome


class End(StrEnum):
    """What a status of the former system can mean beside an outcome."""

    CLOSED = "closed"
    OPEN = "open"
    LEAVE_OUT = "leave_out"


ENDS = frozenset({*map(str, End), *map(str, Outcome)})
"""What a map may make of a status: over (outcome unknown), an outcome, still open, or not wanted."""

ENCODINGS = ("utf-8", "windows-1256", "latin-1")
FROM_LINE, FROM_CONTENT = "#line", "#content"
"""Instead of a column of numbers: the place in the file, or what the row says."""

ISO, JALALI, UNIX = "iso", "jalali", "unix"
"""Forms of times beside patterns such as %d.%m.%Y."""

LINE_COLUMN = "pol137_line"
OURS = "pol137_"
"""What the columns we add to refused rows begin with."""

OPEN311_COLUMNS = (
    "service_request_id",
    "status",
    "status_notes",
    "service_name",
    "service_code",
    "description",
    "agency_responsible",
    "service_notice",
    "requested_datetime",
    "updated_datetime",
    "expected_datetime",
    "address",
    "address_id",
    "zipcode",
    "lat",
    "long",
    "media_url",
)
"""What GeoReport v2 says of a request."""
