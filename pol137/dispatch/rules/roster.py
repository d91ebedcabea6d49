"""Turns of the duty roster: what makes one possible, and the file a month of them is kept in."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from pol137.city.rules.book import Book
from pol137.dispatch.rules.turns import Officer, Span
from pol137.lib import jalali
from pol137.lib.persian import ascii_digits, clean_text
from pol137.lib.phones import parse_phone
from pol137.lib.refusal import Refusal

COLUMNS = ("district", "group", "order", "position", "post", "phone", "radio", "from", "to")
MOST_LINES, MOST_ORDERS, LONGEST_POST, LONGEST_RADIO = 5000, 9, 120, 40
LONGEST_TURN = timedelta(days=31)
_INNER_NUMBER = re.compile(r"\d{3,6}", re.ASCII)
_MOMENT = re.compile(r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2})[T\s]+(\d{1,2}):(\d{2})(?::00)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TurnDraft:
    """A turn as it was written: codes of the pack, a number, two moments."""

    district: str
    phone: str
    from_at: datetime
    to_at: datetime
    group: str = ""
    order: int = 1
    position: str = ""
    post: str = ""
    radio: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn that can stand on the roster."""

    district_id: int
    group_id: int | None
    position_id: int | None
    post: str
    phone: str
    radio: str
    order: int
    from_at: datetime
    to_at: datetime

    @property
    def slot(self) -> tuple[int, int | None, int]:
        """What only one turn can hold at a time."""
        return self.district_id, self.group_id, self.order

    @property
    def span(self) -> Span:
        """When it is."""
        return Span(self.from_at, self.to_at)


def read_turn(draft: TurnDraft, *, city: Book) -> Turn:
    """The turn of a draft. Refuses (Refusal, with every fault) one that cannot stand on the roster."""
    district, group = city.districts.find(draft.district), city.groups.find(draft.group)
    position = city.positions.find(draft.position)
    post, radio = clean_text(draft.post).strip(), clean_text(draft.radio).strip()
    phone = dialled(draft.phone, city)
    faults = [
        refusal
        for wrong, refusal in (
            (district is None, Refusal("district_unknown", field="district")),
            (draft.group and group is None, Refusal("group_unknown", field="group")),
            (draft.position and position is None, Refusal("position_unknown", field="position")),
            (bool(draft.position) == bool(post), Refusal("post_or_position", field="post")),
            (len(post) > LONGEST_POST, Refusal("post_too_long", field="post")),
            (len(radio) > LONGEST_RADIO, Refusal("radio_too_long", field="radio")),
            (not phone, Refusal("duty_phone_impossible", field="phone")),
            (
                not 1 <= draft.order <= MOST_ORDERS,
                Refusal("order_impossible", field="order", most=MOST_ORDERS),
            ),
            (draft.to_at <= draft.from_at, Refusal("duty_ends_too_early", field="to")),
            (draft.to_at - draft.from_at > LONGEST_TURN, Refusal("duty_too_long", field="to")),
        )
        if wrong
    ]
    if faults or district is None:
        raise Refusal.of(faults)
    return Turn(
        district_id=district.id,
        group_id=group.id if group else None,
        position_id=position.id if position else None,
        post=post,
        phone=phone,
        radio=radio,
        order=draft.order,
        from_at=draft.from_at,
        to_at=draft.to_at,
    )


def read_post(*, post: str, phone: str, radio: str, city: Book) -> Officer:
    """A post that is on no roster, as one who is called. Refuses (Refusal, with every fault) one that has no
    name or cannot be called."""
    post, radio, number = clean_text(post).strip(), clean_text(radio).strip(), dialled(phone, city)
    faults = [
        refusal
        for wrong, refusal in (
            (not post, Refusal("post_missing", field="post")),
            (len(post) > LONGEST_POST, Refusal("post_too_long", field="post")),
            (len(radio) > LONGEST_RADIO, Refusal("radio_too_long", field="radio")),
            (not number, Refusal("duty_phone_impossible", field="phone")),
        )
        if wrong
    ]
    if faults:
        raise Refusal.of(faults)
    return Officer(duty=0, position_id=None, post=post, phone=number, radio=radio, order=0)


def dialled(written: str, city: Book) -> str:
    """A number as it is dialled; a short inner number stays as it is. Empty when it is neither."""
    inner = ascii_digits(clean_text(written)).strip()
    if _INNER_NUMBER.fullmatch(inner):
        return inner
    return parse_phone(written, city.city.phone_region).e164 or ""


def overlaps(turns: Sequence[Turn]) -> Iterator[tuple[int, int]]:
    """The places of two turns that want the same slot at the same time, the later one first."""
    order = sorted(range(len(turns)), key=lambda n: (turns[n].from_at, n))
    last: dict[tuple[int, int | None, int], int] = {}
    for n in order:
        before = last.get(turns[n].slot)
        if before is not None and turns[before].to_at > turns[n].from_at:
            yield n, before
        if before is None or turns[before].to_at < turns[n].to_at:
            last[turns[n].slot] = n


def read_file(text: str, *, month: Span, city: Book) -> list[Turn]:
    """The turns of a month from its file. Refuses (Refusal, with the line of every fault) a file that cannot
    be taken whole."""
    rows = list(_rows(text))
    turns, lines, faults = [], [], []
    for number, cells in rows:
        try:
            turn = read_turn(_draft(cells, city), city=city)
            if not month.from_at <= turn.from_at < month.to_at:
                raise Refusal("duty_outside_month", field="from")
        except Refusal as refusal:
            faults += [_at(number, one) for one in refusal.every]
            continue
        turns.append(turn)
        lines.append(number)
    faults += [
        Refusal("turns_overlap_line", line=lines[late], other=lines[early]) for late, early in overlaps(turns)
    ]
    if faults:
        raise Refusal.of(sorted(faults, key=lambda one: int(str(one.values["line"]))))
    if not turns:
        raise Refusal("roster_empty", field="file")
    return turns


def _at(line: int, refusal: Refusal) -> Refusal:
    return Refusal(refusal.code, field=refusal.field, **{**refusal.values, "line": line})


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=head.count))
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        missing = [name for name in COLUMNS if name not in header]
        if missing:
            raise Refusal("roster_columns", field="file", columns=", ".join(missing))
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if reader.line_num > MOST_LINES:
                    raise Refusal("roster_too_long", field="file", most=MOST_LINES)
                padded = [*cells, *[""] * len(header)]
                yield reader.line_num, {name: padded[n].strip() for n, name in enumerate(header)}
    except csv.Error as error:
        raise Refusal("roster_unreadable", field="file") from error


def _draft(cells: Mapping[str, str], city: Book) -> TurnDraft:
    order = ascii_digits(cells["order"]) or "1"
    return TurnDraft(
        district=cells["district"],
        group=cells["group"],
        order=int(order) if order.isdecimal() and len(order) < 5 else 0,
        position=cells["position"],
        post=cells["post"],
        phone=cells["phone"],
        radio=cells["radio"],
        from_at=read_moment(cells["from"], city, field="from"),
        to_at=read_moment(cells["to"], city, field="to"),
    )


def read_moment(text: str, city: Book, *, field: str) -> datetime:
    """A moment on the city's clocks, Jalali or Gregorian by its year («1405-07-25 08:00»); 24:00 ends a day.

    Refuses (Refusal) anything else.
    """
    found = _MOMENT.fullmatch(ascii_digits(text).strip())
    try:
        if found is None:
            raise ValueError(text)
        day, hour, minute = re.sub(r"[/.]", "-", found[1]), int(found[2]), int(found[3])
        if int(day[:4]) > jalali.LAST_YEAR:
            year, month, number = (int(part) for part in day.split("-"))
            local = datetime(year, month, number, tzinfo=city.zone)
        else:
            local = datetime.combine(jalali.parse_date(day), time(0), tzinfo=city.zone)
        if (hour, minute) == (24, 0):
            return local + timedelta(days=1)
        return local.replace(hour=hour, minute=minute)
    except (ValueError, OverflowError) as error:
        raise Refusal("moment_unreadable", field=field) from error


def write_file(turns: Iterable[Turn], *, city: Book, in_jalali: bool) -> str:
    """The turns as a file that `read_file` takes back."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for turn in turns:
        group, position = city.groups.get(turn.group_id), city.positions.get(turn.position_id)
        writer.writerow(
            [
                city.districts[turn.district_id].code,
                group.code if group else "",
                turn.order,
                position.code if position else "",
                turn.post,
                turn.phone,
                turn.radio,
                _moment(turn.from_at, city, in_jalali),
                _moment(turn.to_at, city, in_jalali),
            ]
        )
    return out.getvalue()


def _moment(at: datetime, city: Book, in_jalali: bool) -> str:
    local = at.astimezone(city.zone)
    if not in_jalali:
        return local.strftime("%Y-%m-%d %H:%M")
    return ascii_digits(jalali.format_datetime(local, city.zone, "short")).replace("/", "-")
