"""Cases of the past written down, many at once: no promise, no reaction, no text to anybody."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import JSONField, Model
from psycopg.types.json import Jsonb

from pol137.cases.models import Case, CaseText, Note, Reporter
from pol137.cases.operations.steps import seal, stream_of
from pol137.cases.permissions import inspection_departments
from pol137.cases.rules.routing import choose_department
from pol137.cases.vocabulary import Status
from pol137.city.rules.book import Book
from pol137.city.vocabulary import DepartmentKind, Retained
from pol137.history.models import ImportRun, Origin
from pol137.history.rules.rows import Past, key_of
from pol137.journal.operations import NewEvent, append_unheard
from pol137.journal.vocabulary import EventKind
from pol137.lib import geo, tracking_code
from pol137.lib.actor import Actor

Values = dict[str, Any]
"""A row by the names of its columns; what is not named is what the table's model says."""

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
    made: dict[type[Model], list[Values]] = {model: [] for model in (Case, Reporter, Origin, Note, CaseText)}
    events = []
    for past, code, number in zip(pasts, codes, ids, strict=True):
        kept = _kept(past, settled.city, now)
        case = _case(past, code, number, kept, settled, now)
        made[Case].append(case)
        made[Reporter].append(_reporter(past, number, kept))
        made[Origin].append(_origin(past, number, run))
        events.append(_event(past, case, run, by, now))
        if Retained.WORDS not in kept:
            continue
        made[CaseText] += [{"case_id": number, "reads": reads, "text": text} for reads, text in past.found_by]
        if past.reply:
            made[Note].append({"case_id": number, "text": past.reply, "by": str(by), "at": now})
    for model, rows in made.items():
        copy_in(model, rows)
    append_unheard(events)
    return {"kept_no_longer": sum(1 for case in made[Case] if case["erased_at"])}


def _kept(past: Past, city: Book, now: datetime) -> frozenset[Retained]:
    return frozenset(one for one, length in city.city.keep.items() if past.ended_at > now - length)


def _case(
    past: Past, code: str, number: int, kept: frozenset[Retained], settled: Settled, now: datetime
) -> Values:
    said = Retained.WORDS in kept
    point = past.point if said or past.point is None else geo.snap(*past.point)
    return {
        "id": number,
        "code": code,
        "status": str(Status.ARCHIVED),
        "status_since": past.ended_at,
        "kind": str(past.service.kind),
        "service_id": past.service.id,
        "district_id": past.district.id if past.district else None,
        "department_id": settled.department_of(past),
        "words": past.words if said else "",
        "salt": secrets.token_hex(16) if said else "",
        "address": past.address if said else "",
        "lat": point.lat if point else None,
        "lon": point.lon if point else None,
        "h3": geo.h3_cell(*point) if point else "",
        "channel_id": settled.channel_id,
        "public": past.service.public and not past.service.confidential,
        "confidential": past.service.confidential,
        "registered_at": past.opened_at,
        "updated_at": past.ended_at,
        "closed_at": past.closed_at,
        "external_ref": past.external_ref if said else "",
        "outcome": past.outcome,
        "erased_at": None if said else now,
    }


def _reporter(past: Past, number: int, kept: frozenset[Retained]) -> Values:
    if Retained.REPORTER not in kept:
        return {"case_id": number, "wish": ""}
    return {
        "case_id": number,
        "name": past.name,
        "phone": past.phone.e164 or "",
        "phone_raw": past.phone.raw[:40],
        "dialable": past.phone.dialable,
        "mobile": past.phone.mobile,
        "email": past.email,
        "wish": "",
    }


def _origin(past: Past, number: int, run: ImportRun) -> Values:
    return {
        "case_id": number,
        "run_id": run.pk,
        "source": run.source,
        "key": key_of(run.source, past.external_ref),
        "line": past.line,
        "answered_at": past.answered_at,
    }


def _event(past: Past, case: Values, run: ImportRun, by: Actor, now: datetime) -> NewEvent:
    body = {
        "code": case["code"],
        "service": case["service_id"],
        "district": case["district_id"],
        "words": seal(case["words"], case["salt"]),
        "registered_at": past.opened_at.isoformat(),
        "run": run.pk,
        "line": past.line,
        "to": case["status"],
    }
    return NewEvent(stream_of(case["id"]), EventKind.CASE_IMPORTED, now, by, body)


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


@cache
def _columns(model: type[Model], numbered: bool) -> tuple[str, tuple[tuple[str, Any], ...]]:
    """The statement that copies rows in, and each column's attribute with what it holds by default."""
    fields = [one for one in model._meta.local_concrete_fields if not one.generated]
    fields = [one for one in fields if numbered or not one.primary_key]
    names = ", ".join(f'"{one.column}"' for one in fields)
    defaults = tuple(
        (one.attname, Jsonb(one.get_default()) if isinstance(one, JSONField) else one.get_default())
        for one in fields
    )
    return f'COPY "{model._meta.db_table}" ({names}) FROM STDIN', defaults


def copy_in(model: type[Model], rows: Sequence[Values]) -> None:
    """Insert rows of one table by COPY; unless they are numbered already, the table numbers them."""
    if not rows:
        return
    statement, defaults = _columns(model, model._meta.pk.attname in rows[0])
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([row.get(name, default) for name, default in defaults])
