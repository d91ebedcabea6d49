"""Cases of the past written down, many at once: no promise, no reaction, no text to anybody."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection
from django.db.models import JSONField, Model
from psycopg.types.json import Jsonb

from pol137.cases.models import Case, CaseText, Note, Reporter
from pol137.cases.operations.steps import seal, stream_of
from pol137.cases.permissions import inspection_departments
from pol137.cases.rules.routing import choose_department
from pol137.cases.rules.searching import searchable
from pol137.cases.vocabulary import Status
from pol137.city.rules.book import Book
from pol137.city.vocabulary import DepartmentKind, Retained
from pol137.history.models import ImportRun, Origin
from pol137.history.rules.rows import Past, key_of
from pol137.journal.operations import NewEvent, append_events
from pol137.journal.vocabulary import EventKind
from pol137.lib import geo, tracking_code
from pol137.lib.actor import Actor
from pol137.lib.phones import parse_phone

_random = secrets.SystemRandom()


@dataclass
class Settled:
    """What is the same for many rows, found once."""

    city: Book
    channel_id: int
    today: date
    departments: dict[tuple[int, int | None], int | None] = field(default_factory=dict)

    def department_of(self, past: Past) -> int | None:
        """The unit that has this subject there today: its people may look back; nothing is asked of them."""
        district_id = past.district.id if past.district else None
        known = (past.service.id, district_id)
        if known not in self.departments:
            choice = choose_department(
                self.city, service_id=past.service.id, district_id=district_id, day=self.today
            )
            found = choice.department_id
            if past.service.confidential and found not in inspection_departments():
                inspection = self.city.department_of_kind(DepartmentKind.INSPECTION)
                found = inspection.id if inspection else None
            self.departments[known] = found
        return self.departments[known]


def take_in(
    pasts: Sequence[Past], *, run: ImportRun, settled: Settled, by: Actor, now: datetime
) -> Mapping[str, int]:
    """Write cases of the past, in the caller's transaction; how many came in without what is kept no longer.

    Guarantees: each is archived, with a tracking code and its number there, one event, no promise, no job.
    What the city would have erased by now does not come in at all.
    """
    if not pasts:
        return {}
    codes, ids = _unused_codes(len(pasts)), _numbers(len(pasts))
    cases, rest, events = [], _Rest(), []
    for past, code, number in zip(pasts, codes, ids, strict=True):
        kept = _kept(past, settled.city, now)
        case = _case(past, code, number, kept, settled, now)
        cases.append(case)
        rest.add(past, case, kept, run=run, region=settled.city.city.phone_region, by=by, now=now)
        body = {
            "code": case.code,
            "service": case.service_id,
            "district": case.district_id,
            "words": seal(case.words, case.salt),
            "registered_at": case.registered_at.isoformat(),
            "run": run.pk,
            "line": past.line,
            "to": case.status,
        }
        events.append(NewEvent(stream_of(number), EventKind.CASE_IMPORTED, now, by, body))
    copy_in(cases, numbered=True)
    for rows in (rest.reporters, rest.origins, rest.notes, rest.texts):
        copy_in(rows)
    append_events(events)
    return {"kept_no_longer": sum(1 for case in cases if case.erased_at)}


@dataclass
class _Rest:
    """Rows beside the cases themselves."""

    reporters: list[Model] = field(default_factory=list)
    origins: list[Model] = field(default_factory=list)
    notes: list[Model] = field(default_factory=list)
    texts: list[Model] = field(default_factory=list)

    def add(
        self, past: Past, case: Case, kept: frozenset[Retained], *, run: ImportRun, region: str, by: Actor,
        now: datetime,
    ) -> None:  # fmt: skip
        self.reporters.append(_reporter(past, case, kept, region))
        key = key_of(run.source, past.external_ref)
        self.origins.append(
            Origin(
                case=case,
                run=run,
                source=run.source,
                key=key,
                line=past.line,
                answered_at=past.answered_at,
            )
        )
        texts = searchable(case.words, case.address)
        self.texts += [CaseText(case=case, reads=reads, text=text) for reads, text in texts if text]
        if past.reply and Retained.WORDS in kept:
            self.notes.append(Note(case=case, text=past.reply, by=str(by), at=now))


def _kept(past: Past, city: Book, now: datetime) -> frozenset[Retained]:
    return frozenset(one for one, length in city.city.keep.items() if past.ended_at > now - length)


def _case(
    past: Past, code: str, number: int, kept: frozenset[Retained], settled: Settled, now: datetime
) -> Case:
    said = Retained.WORDS in kept
    point = past.point if said or past.point is None else geo.snap(*past.point)
    return Case(
        id=number,
        code=code,
        status=str(Status.ARCHIVED),
        status_since=past.ended_at,
        kind=str(past.service.kind),
        service_id=past.service.id,
        district_id=past.district.id if past.district else None,
        department_id=settled.department_of(past),
        words=past.words if said else "",
        salt=secrets.token_hex(16) if said else "",
        address=past.address if said else "",
        lat=point.lat if point else None,
        lon=point.lon if point else None,
        h3=geo.h3_cell(*point) if point else "",
        channel_id=settled.channel_id,
        public=past.service.public and not past.service.confidential,
        confidential=past.service.confidential,
        registered_at=past.opened_at,
        updated_at=past.ended_at,
        closed_at=past.closed_at,
        external_ref=past.external_ref if said else "",
        outcome=past.outcome,
        erased_at=None if said else now,
    )


def _reporter(past: Past, case: Case, kept: frozenset[Retained], region: str) -> Reporter:
    if Retained.REPORTER not in kept:
        return Reporter(case=case)
    phone = parse_phone(past.phone, region) if past.phone else None
    return Reporter(
        case=case,
        name=past.name,
        phone=(phone.e164 or "") if phone else "",
        phone_raw=past.phone[:40],
        dialable=bool(phone and phone.dialable),
        mobile=bool(phone and phone.mobile),
        email=past.email,
    )


def _numbers(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('cases_case_id_seq') FROM generate_series(1, %s)", [count])
        return [row[0] for row in cursor.fetchall()]


def _unused_codes(count: int) -> list[str]:
    """Tracking codes nobody has."""
    found: set[str] = set()
    while len(found) < count:
        drawn = {tracking_code.new_code(_random) for _ in range(count - len(found))} - found
        found |= drawn - set(Case.objects.filter(code__in=drawn).values_list("code", flat=True))
    return list(found)


def copy_in(rows: Sequence[Model], *, numbered: bool = False) -> None:
    """Insert rows of one table by COPY; unless they are numbered already, the table numbers them."""
    if not rows:
        return
    model = type(rows[0])
    fields = [one for one in model._meta.local_concrete_fields if numbered or not one.primary_key]
    fields = [one for one in fields if not one.generated]
    json = {one.attname for one in fields if isinstance(one, JSONField)}
    names = [one.attname for one in fields]
    columns = ", ".join(f'"{one.column}"' for one in fields)
    with (
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as copy,
    ):
        for row in rows:
            values = row.__dict__
            copy.write_row([Jsonb(values[name]) if name in json else values[name] for name in names])
