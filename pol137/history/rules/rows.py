"""One row of a former system's file: what it says of a case, or why it cannot be taken in."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from pol137.cases.rules.drafts import LONGEST_ADDRESS, LONGEST_EMAIL, LONGEST_NAME, LONGEST_REF
from pol137.cases.rules.searching import searchable
from pol137.cases.vocabulary import NEEDS_NO_ANSWER, Outcome
from pol137.city.rules.book import Book
from pol137.city.rules.entries import DistrictEntry, ServiceEntry
from pol137.history.rules.mapping import HistoryMap
from pol137.history.vocabulary import FROM_CONTENT, FROM_LINE, ISO, JALALI, LINE_COLUMN, UNIX, End
from pol137.lib import jalali
from pol137.lib.geo import Point
from pol137.lib.persian import ascii_digits, clean_text
from pol137.lib.phones import Phone, parse_phone
from pol137.lib.projections import SYSTEMS
from pol137.lib.refusal import Refusal

FIRST_YEAR = 1950
"""What happened before has not been reported to any computer: such a time is misread."""

_UNDECODED = re.compile("[\udc80-\udcff]")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_ISO_CLOCK, _PATTERN_CLOCK = re.compile("[T :]"), re.compile("%-?[HIcXfsS]")


class Past(NamedTuple):
    """A case of the former system, as far as its row says; `astray` when its point was too far from the city
    to be one of it, and is left out."""

    line: int
    external_ref: str
    service: ServiceEntry
    opened_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    outcome: str
    words: str
    reply: str
    address: str
    point: Point | None
    astray: bool
    district: DistrictEntry | None
    phone: Phone
    name: str
    email: str
    found_by: tuple[tuple[str, str], ...]

    @property
    def ended_at(self) -> datetime:
        """The last moment that is known of it."""
        return max(at for at in (self.opened_at, self.answered_at, self.closed_at) if at is not None)


class Said(NamedTuple):
    """A moment a row names; `day_alone` when no time of day stood there: the beginning of that day here."""

    at: datetime
    day_alone: bool


def key_of(source: str, external_ref: str) -> UUID:
    """What a case of a former system is known by here: from it alone nobody reads the number there."""
    return UUID(bytes=hashlib.sha256(f"{source}\n{external_ref}".encode()).digest()[:16])


def read_row(cells: Mapping[str, str], *, line: int, plan: HistoryMap, city: Book, now: datetime) -> Past:
    """What a row says. Refuses (Refusal, with the column and what stands in it) what cannot be taken in:
    nothing is guessed."""
    if not _decoded("".join(cells.values())):
        raise Refusal("row_encoding", encoding=plan.encoding)
    service = _service(cells, plan, city)
    opened = _time(cells, plan.opened, plan, city, now)
    if opened is None:
        raise Refusal("row_value_missing", column=plan.opened)
    outcome = _outcome(cells, plan)
    answered = _time(cells, plan.answered, plan, city, now)
    closed = _time(cells, plan.closed, plan, city, now)
    for column, said in ((plan.answered, answered), (plan.closed, closed)):
        if said is not None and _before(said, opened, city.zone):
            raise Refusal("row_ends_before_it_begins", column=column, value=cells[column])
    place = _point(cells, plan)
    astray = place is not None and not city.near(*place, metres=plan.margin_km * 1000)
    point = None if astray else place
    words, reply = _joined(cells, plan.words, "\n"), clean_text(cells.get(plan.reply, ""))
    address = _joined(cells, plan.address, "، ")[:LONGEST_ADDRESS]
    return Past(
        line=line,
        external_ref=_external_ref(cells, line, plan),
        service=service,
        opened_at=opened.at,
        answered_at=answered.at if answered else None,
        closed_at=closed.at if closed else None,
        outcome=outcome,
        words=words,
        reply=reply,
        address=address,
        point=point,
        astray=astray,
        district=_district(cells, point, plan, city),
        phone=parse_phone(clean_text(cells.get(plan.phone, "")), city.city.phone_region),
        name=clean_text(cells.get(plan.name, ""))[:LONGEST_NAME],
        email=clean_text(cells.get(plan.email, ""))[:LONGEST_EMAIL],
        found_by=tuple((str(reads), text) for reads, text in searchable(words, address, reply)),
    )


def _decoded(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return not _UNDECODED.search(text)
    return True


def _external_ref(cells: Mapping[str, str], line: int, plan: HistoryMap) -> str:
    if plan.external_id == FROM_LINE:
        return _line(cells.get(LINE_COLUMN, "")) or str(line)
    if plan.external_id == FROM_CONTENT:
        said = "\x1f".join(f"{name}\x1e{cell}" for name, cell in cells.items() if name != LINE_COLUMN)
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:20]
    ref = clean_text(cells[plan.external_id])
    if not ref:
        raise Refusal("row_value_missing", column=plan.external_id)
    if len(ref) > LONGEST_REF:
        raise Refusal("row_too_long", column=plan.external_id, most=LONGEST_REF)
    return ref


def _line(said: str) -> str:
    """The line a mended row stood in at first; empty where none is named."""
    place = ascii_digits(said).strip()
    if len(place) > LONGEST_REF:
        raise Refusal("row_too_long", column=LINE_COLUMN, most=LONGEST_REF)
    if place and not place.isdecimal():
        raise Refusal("row_value_unknown", column=LINE_COLUMN, value=clean_text(said)[:100])
    return place


def _service(cells: Mapping[str, str], plan: HistoryMap, city: Book) -> ServiceEntry:
    said = clean_text(cells.get(plan.service.column, ""))
    code = plan.service.of(said) or (said if city.services.find(said) else plan.service.default)
    found = city.services.find(code)
    if found is None:
        if not said:
            raise Refusal("row_value_missing", column=plan.service.column)
        raise Refusal("row_value_unknown", column=plan.service.column, value=said[:100])
    if found.kind in NEEDS_NO_ANSWER:
        raise Refusal("kind_needs_no_case")
    return found


def _outcome(cells: Mapping[str, str], plan: HistoryMap) -> str:
    said = clean_text(cells.get(plan.status.column, ""))
    default = plan.status.default or ("" if plan.status.column else str(End.CLOSED))
    meant = plan.status.of(said) or default
    if not meant:
        raise Refusal("row_value_unknown", column=plan.status.column, value=said[:100])
    if meant == End.OPEN:
        raise Refusal("row_still_open", value=said[:100])
    if meant == End.LEAVE_OUT:
        raise Refusal("row_left_out", column=plan.status.column, value=said[:100])
    return "" if meant == End.CLOSED else str(Outcome(meant))


def _joined(cells: Mapping[str, str], columns: Sequence[str], between: str) -> str:
    texts = (clean_text(cells[column]) for column in columns)
    return between.join(text for text in texts if text)


# --- times ----------------------------------------------------------------------------------------


def _time(cells: Mapping[str, str], column: str, plan: HistoryMap, city: Book, now: datetime) -> Said | None:
    if not column or not (said := ascii_digits(clean_text(cells.get(column, "")))):
        return None
    for form in plan.formats:
        found = parse_time(said, form, zone=plan.zone, own_zone=city.zone)
        if found is not None:
            break
    else:
        found = None
    if found is None or found.at.year < FIRST_YEAR:
        raise Refusal("row_time_unreadable", column=column, value=said[:100])
    if found.at > now:
        raise Refusal("row_in_the_future", column=column, value=said[:100])
    return found


@lru_cache(maxsize=4096)
def parse_time(said: str, form: str, *, zone: ZoneInfo, own_zone: ZoneInfo) -> Said | None:
    """The moment a text in ASCII digits names in this form; None when it is not of this form.

    A time without an offset is that of the clocks of `zone`; a day alone is that day in our own.
    """
    try:
        if form == JALALI:
            at, day_alone = _jalali(said)
        elif form == UNIX:
            seconds = float(said)
            at = datetime.fromtimestamp(seconds / 1000 if abs(seconds) > 1e11 else seconds, UTC)
            day_alone = False
        elif form == ISO:
            at, day_alone = datetime.fromisoformat(said), not _ISO_CLOCK.search(said)
        else:
            at, day_alone = datetime.strptime(said, form), not _PATTERN_CLOCK.search(form)  # noqa: DTZ007
        if at.tzinfo is None:
            at = at.replace(tzinfo=own_zone if day_alone else zone)
        return Said(at.astimezone(UTC), day_alone)
    except (ValueError, OverflowError, OSError):
        return None


def _jalali(said: str) -> tuple[datetime, bool]:
    day, _space, clock = said.replace("T", " ").partition(" ")
    if not clock.strip():
        return datetime.combine(jalali.parse_date(day), time(0)), True
    found = _CLOCK.fullmatch(clock.strip(" -"))
    if found is None:
        raise ValueError(said)
    at = time(int(found[1]), int(found[2]), int(found[3] or 0))
    return datetime.combine(jalali.parse_date(day), at), False


def _before(one: Said, other: Said, zone: ZoneInfo) -> bool:
    """Whether one moment lies before the other, as far as both are known: days when one is a day alone."""
    if one.day_alone or other.day_alone:
        return one.at.astimezone(zone).date() < other.at.astimezone(zone).date()
    return one.at < other.at


# --- places ---------------------------------------------------------------------------------------


def _point(cells: Mapping[str, str], plan: HistoryMap) -> Point | None:
    """The point, None where none was set: empty, or 0 and 0."""
    said = ascii_digits(cells.get(plan.east, "")).strip(), ascii_digits(cells.get(plan.north, "")).strip()
    if said == ("", ""):
        return None
    try:
        east, north = float(said[0].replace("٫", ".")), float(said[1].replace("٫", "."))
        if (east, north) == (0, 0):
            return None
        if not (math.isfinite(east) and math.isfinite(north)):
            raise ValueError(said)
        return SYSTEMS[plan.system](east, north)
    except ValueError:
        where = f"{plan.east}, {plan.north}"
        raise Refusal("row_point_impossible", column=where, value=", ".join(said)[:100]) from None


def _district(
    cells: Mapping[str, str], point: Point | None, plan: HistoryMap, city: Book
) -> DistrictEntry | None:
    """The district the row names by the map, code or name; else the one its point lies in."""
    if said := clean_text(cells.get(plan.district.column, "")):
        found = city.districts.find(plan.district.of(said) or "")
        if found is not None:
            return found
    return city.district_at(*point) if point else None
