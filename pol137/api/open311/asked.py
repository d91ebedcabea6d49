"""Reading the arguments of lists."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.http import QueryDict

from pol137.api.open311.faults import Fault, Faults, fault
from pol137.cases.queries import PublicFilter
from pol137.city.queries import book
from pol137.lib import tracking_code

SPAN = timedelta(days=90)
MOST = 1000
LAST_PAGE = 100_000
NOTHING = (-1,)
"""Numbers no service has: asked for unknown codes only, the list is empty, not whole."""

MOMENT = re.compile(r"(19|20|21)\d\d-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
ZONE_AFTER_SPACE = re.compile(r" (?=\d\d:\d\d$)")


@dataclass(frozen=True, slots=True)
class Asked:
    """A list somebody wants: which requests, how many, from where on, with what extras."""

    narrow: PublicFilter
    limit: int
    offset: int
    extensions: bool


def read_list(query: QueryDict, *, now: datetime) -> Asked:
    """The list a query asks for. Raises Faults with everything that cannot be read."""
    faults: list[Fault] = []
    codes = tuple(filter(None, map(tracking_code.clean, _several(query, "service_request_id"))))
    if _several(query, "service_request_id"):
        narrow = PublicFilter(codes=codes or ("none",))
        return Asked(narrow, MOST, 0, wants_extensions(query))
    since, until = _span(query, now, faults)
    narrow = PublicFilter(
        service_ids=_services(query),
        since=since,
        until=until,
        updated_since=_moment(query, "updated_after", faults),
        updated_until=_moment(query, "updated_before", faults),
        closed=_closed(query, faults),
    )
    page = _number(query, "page", 1, LAST_PAGE, faults)
    size = _number(query, "page_size", MOST, MOST, faults)
    if faults:
        raise Faults(faults)
    return Asked(narrow, size, (page - 1) * size, wants_extensions(query))


def read_span(query: QueryDict, *, now: datetime) -> tuple[datetime, datetime]:
    """The time between start_date and end_date, at most 90 days. Raises Faults."""
    faults: list[Fault] = []
    since, until = _span(query, now, faults, always=True)
    if faults or since is None or until is None:
        raise Faults(faults)
    return since, until


def wants_extensions(query: QueryDict) -> bool:
    """Whether extended attributes are asked for."""
    return query.get("extensions", "").strip().lower() in {"true", "1"}


def _several(query: QueryDict, name: str) -> list[str]:
    return [one.strip() for text in query.getlist(name) for one in text.split(",") if one.strip()]


def _services(query: QueryDict) -> tuple[int, ...]:
    asked, known = _several(query, "service_code"), book().services.by_code
    return tuple(known[code].id for code in asked if code in known) or (NOTHING if asked else ())


def _closed(query: QueryDict, faults: list[Fault]) -> bool | None:
    asked = {one.lower() for one in _several(query, "status")}
    if asked - {"open", "closed"}:
        faults.append(fault("status_unknown"))
    return None if len(asked) != 1 else "closed" in asked


def _span(
    query: QueryDict, now: datetime, faults: list[Fault], *, always: bool = False
) -> tuple[datetime | None, datetime | None]:
    """The bounds on the time of the request: the missing one is 90 days away, a longer span is cut to its
    latest 90 days. Without any, the last 90 days, unless changes since a moment are asked for."""
    start, end = _moment(query, "start_date", faults), _moment(query, "end_date", faults)
    if start is not None and end is not None and end < start:
        faults.append(fault("dates_reversed"))
    if start is None and end is None:
        if not always and (query.get("updated_after") or query.get("updated_before")):
            return None, None
        return now - SPAN, now
    until = end if end is not None else start + SPAN if start is not None else now
    since = start if start is not None else until - SPAN
    return max(since, until - SPAN), until


def _moment(query: QueryDict, name: str, faults: list[Fault]) -> datetime | None:
    return moment_of(query.get(name, ""), name, faults)


def moment_of(text: str, name: str, faults: list[Fault]) -> datetime | None:
    """A date with time and zone, its plus sign perhaps lost on the way; what cannot be read is a fault."""
    text = ZONE_AFTER_SPACE.sub("+", text.strip())
    if not text:
        return None
    try:
        if MOMENT.fullmatch(text):
            return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        pass
    faults.append(fault("date_unreadable", name=name))
    return None


def _number(query: QueryDict, name: str, usual: int, most: int, faults: list[Fault]) -> int:
    text = query.get(name, "").strip()
    if not text:
        return usual
    if not text.isdecimal() or len(text) > 9 or int(text) < 1:
        faults.append(fault("page_unreadable", name=name))
        return usual
    return min(int(text), most)
