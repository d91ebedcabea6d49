"""Cases of the past written down, many at once: no promise, no reaction, no text to anybody.

What a row becomes is made ready while the rows before it are being written (`ready`); only the numbers and
codes are put in front of it then (`take_in`).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Model

from pol137.cases.models import Case, CaseText, Note, Reporter
from pol137.cases.operations.steps import seal, stream_of
from pol137.cases.permissions import inspection_departments
from pol137.cases.rules.routing import choose_department
from pol137.cases.vocabulary import Status
from pol137.city.rules.book import Book
from pol137.city.rules.entries import ServiceEntry
from pol137.city.vocabulary import DepartmentKind, Retained
from pol137.history.models import ImportRun, Origin
from pol137.history.rules.rows import Past, key_of
from pol137.journal.operations import NewEvent, append_unheard
from pol137.journal.vocabulary import EventKind
from pol137.lib import copy_text, geo, tracking_code
from pol137.lib.actor import Actor
from pol137.lib.phones import Phone

_random = secrets.SystemRandom()


class Sheet:
    """Rows of one table on their way in: columns that are named, columns that are the same in every row, and
    for all others what the table's model says when nothing is said. Numbers of its own the table draws.
    """

    def __init__(self, model: type[Model], *named: str, **same: Any) -> None:
        fields = {one.attname: one for one in model._meta.local_concrete_fields if not one.generated}
        others = {name: one for name, one in fields.items() if name not in named and not one.primary_key}
        values = [same.get(name, one.get_default()) for name, one in others.items()]
        columns = ", ".join(f'"{fields[name].column}"' for name in [*named, *others])
        self.statement = f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN'
        self._end = "".join(f"\t{copy_text.cell(value)}" for value in values) + "\n"

    def row(self, *cells: str) -> str:
        """The end of a row, from these cells on."""
        return "\t".join(cells) + self._end


class Settled:
    """What is the same for all rows of a run, found once."""

    def __init__(self, run: ImportRun, *, city: Book, channel: str, by: Actor, now: datetime) -> None:
        self.city, self.source, self.run_id, self.by, self.now = city, run.source, run.pk, by, now
        self.erased = {one: now - length for one, length in city.city.keep.items()}
        self._today = now.astimezone(city.zone).date()
        self._inspection = inspection_departments()
        self._subjects: dict[tuple[int, int | None], str] = {}
        self.cases = Sheet(
            Case, "id", "code", "kind", "service_id", "public", "confidential", "district_id",
            "department_id", "status_since", "updated_at", "registered_at", "closed_at", "erased_at", "words",
            "salt", "address", "external_ref", "outcome", "lat", "lon", "h3",
            status=str(Status.ARCHIVED), channel_id=city.channels.by_code[channel].id,
        )  # fmt: skip
        self.reporters = Sheet(
            Reporter, "case_id", "name", "phone", "phone_raw", "dialable", "mobile", "email", wish=""
        )
        self.origins = Sheet(
            Origin, "case_id", "key", "line", "answered_at", run_id=run.pk, source=run.source
        )
        self.notes = Sheet(Note, "case_id", "text", by=str(by), at=now)
        self.texts = Sheet(CaseText, "case_id", "reads", "text")

    def subject_of(self, past: Past) -> str:
        """The cells of its subject, district and unit."""
        known = (past.service.id, past.district.id if past.district else None)
        if known not in self._subjects:
            service = past.service
            public = service.public and not service.confidential
            values = [str(service.kind), service.id, public, service.confidential, known[1]]
            self._subjects[known] = copy_text.row([*values, self._department_of(service, known[1])])
        return self._subjects[known]

    def _department_of(self, service: ServiceEntry, district_id: int | None) -> int | None:
        """The unit that has this subject there today: its people may look back; nothing is asked of them."""
        choice = choose_department(self.city, service_id=service.id, district_id=district_id, day=self._today)
        if service.confidential and choice.department_id not in self._inspection:
            inspection = self.city.department_of_kind(DepartmentKind.INSPECTION)
            return inspection.id if inspection else None
        return choice.department_id


class Ready(NamedTuple):
    """A case of the past as rows of our tables, but for its number and code. `whole`: it has its words;
    `astray`: its point was not of the city."""

    key: UUID
    line: int
    external_ref: str
    whole: bool
    astray: bool
    case: str
    reporter: str
    origin: str
    note: str
    texts: list[str]
    event: dict[str, object]


def ready(past: Past, settled: Settled) -> Ready:
    """What such a case becomes. What the city would have erased by now is left out."""
    ended_at = past.ended_at
    kept = {one for one, erased in settled.erased.items() if ended_at > erased}
    whole = Retained.WORDS in kept
    salt = secrets.token_hex(16) if whole else ""
    key = key_of(settled.source, past.external_ref)
    return Ready(
        key=key,
        line=past.line,
        external_ref=past.external_ref,
        whole=whole,
        astray=past.astray,
        case=_case(past, ended_at, salt, whole=whole, settled=settled),
        reporter=_reporter(past, kept=Retained.REPORTER in kept, settled=settled),
        origin=settled.origins.row(str(key), str(past.line), copy_text.moment(past.answered_at)),
        note=settled.notes.row(copy_text.text(past.reply)) if whole and past.reply else "",
        texts=[settled.texts.row(reads, copy_text.text(text)) for reads, text in past.found_by if whole],
        event={
            "service": past.service.id,
            "district": past.district.id if past.district else None,
            "words": seal(past.words if whole else "", salt),
            "registered_at": past.opened_at.isoformat(),
            "run": settled.run_id,
            "line": past.line,
            "to": str(Status.ARCHIVED),
        },
    )


def _case(past: Past, ended_at: datetime, salt: str, *, whole: bool, settled: Settled) -> str:
    text, moment, number = copy_text.text, copy_text.moment, copy_text.number
    point = past.point if whole or past.point is None else geo.snap(*past.point)
    ended = moment(ended_at)
    return settled.cases.row(
        settled.subject_of(past),
        ended,
        ended,
        moment(past.opened_at),
        moment(past.closed_at),
        moment(None if whole else settled.now),
        text(past.words) if whole else "",
        salt,
        text(past.address) if whole else "",
        text(past.external_ref) if whole else "",
        past.outcome,
        number(point.lat if point else None),
        number(point.lon if point else None),
        geo.h3_cell(*point) if point else "",
    )


def _reporter(past: Past, *, kept: bool, settled: Settled) -> str:
    name, email, phone = (past.name, past.email, past.phone) if kept else ("", "", NO_PHONE)
    text, flags = copy_text.text, ("t" if one else "f" for one in (phone.dialable, phone.mobile))
    return settled.reporters.row(text(name), phone.e164 or "", text(phone.raw[:40]), *flags, text(email))


NO_PHONE: Final = Phone("", None, dialable=False, mobile=False)


def take_in(cases: Sequence[Ready], *, settled: Settled) -> Mapping[str, int]:
    """Write cases of the past, in the caller's transaction; how many came in without what is kept no longer,
    and how many without a point that was not of the city.

    Guarantees: each is archived, with a tracking code and its number there, one event, no promise, no job.
    What the city would have erased by now does not come in at all.
    """
    if not cases:
        return {}
    numbered = list(zip(_numbers(len(cases)), _unused_codes(len(cases)), cases, strict=True))
    copy_in(settled.cases, [f"{n}\t{code}\t{one.case}" for n, code, one in numbered])
    copy_in(settled.reporters, [f"{n}\t{one.reporter}" for n, _, one in numbered])
    copy_in(settled.origins, [f"{n}\t{one.origin}" for n, _, one in numbered])
    copy_in(settled.notes, [f"{n}\t{one.note}" for n, _, one in numbered if one.note])
    copy_in(settled.texts, [f"{n}\t{text}" for n, _, one in numbered for text in one.texts])
    append_unheard(
        [
            NewEvent(
                stream_of(n), EventKind.CASE_IMPORTED, settled.now, settled.by, {"code": code, **one.event}
            )
            for n, code, one in numbered
        ]
    )
    return {
        "kept_no_longer": sum(not one.whole for one in cases),
        "astray": sum(one.astray for one in cases),
    }


def copy_in(sheet: Sheet, rows: Sequence[str]) -> None:
    """Insert these rows of a sheet."""
    if rows:
        with connection.cursor() as cursor, cursor.copy(sheet.statement) as copy:
            copy.write("".join(rows))


def _numbers(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('cases_case_id_seq') FROM generate_series(1, %s)", [count])
        return [row[0] for row in cursor.fetchall()]


def _unused_codes(count: int) -> list[str]:
    """Tracking codes nobody has."""
    found: set[str] = set()
    while len(found) < count:
        drawn = {tracking_code.new_code(_random) for _ in range(count - len(found))} - found
        with connection.cursor() as cursor:
            cursor.execute("SELECT code FROM cases_case WHERE code = ANY(%s)", [list(drawn)])
            found |= drawn.difference(row[0] for row in cursor.fetchall())
    return list(found)
