"""Rows, events and jobs in one statement: all of it, in order, or nothing."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from pol137.cases.models import Case, Reporter
from pol137.cases.operations import prepare_case, tables_of
from pol137.citizens.models import Citizen
from pol137.city.vocabulary import MessageKind
from pol137.contacts.models import Contact
from pol137.journal.models import Event
from pol137.journal.operations import Ids, write_together
from pol137.journal.queries import broken_links, prepared
from pol137.lib import tracking_code
from pol137.lib.actor import citizen
from pol137.wiring.reactions import REACTIONS
from tests.factories import SATURDAY, draft, report


def jobs() -> list[tuple[str, str, int]]:
    """Every waiting job as (task, lock, event id), in the order of the queue."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT task_name, lock, (args->>'event_id')::bigint FROM procrastinate_jobs ORDER BY id"
        )
        return list(cursor.fetchall())


@pytest.mark.django_db
def test_events_are_chained_and_jobs_follow_in_the_order_of_the_table() -> None:
    case = report().case
    assert case is not None
    stream = f"case:{case.pk}"
    events = list(Event.objects.filter(stream=stream).order_by("seq"))
    assert [(one.seq, one.kind) for one in events] == [(1, "case.registered"), (2, "case.routed")]
    assert broken_links() == []
    assert len(jobs()) > 2
    assert jobs() == [(task, stream, one.pk) for one in events for task in REACTIONS[one.kind]]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_written_when_a_constraint_speaks_against_it() -> None:
    taken = report(external_id="first").case
    assert taken is not None
    before = len(jobs()), Event.objects.count(), Citizen.objects.count()
    told = draft(reporter=draft().reporter.__class__(name="دیگری", phone="09151234568"))
    new = prepare_case(draft=told, ids=Ids(*tables_of(told)), by=citizen("anonymous"), now=SATURDAY)
    new.registered.case.code = taken.code
    with pytest.raises(IntegrityError):
        write_together(rows=new.rows, events=new.events)
    with transaction.atomic():
        with pytest.raises(IntegrityError):
            write_together(rows=new.rows, events=new.events)
        assert Case.objects.count() == 1
    assert (len(jobs()), Event.objects.count(), Citizen.objects.count()) == before
    assert Case.objects.count() == Reporter.objects.count() == Contact.objects.count() == 1


@pytest.mark.django_db
def test_a_code_that_is_taken_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = report().case
    assert taken is not None
    codes = iter([taken.code, taken.code, "4821936057"])
    monkeypatch.setattr(tracking_code, "new_code", lambda rng: next(codes))
    case = report().case
    assert case is not None and case.code == "4821936057"
    assert Case.objects.count() == 2


@pytest.mark.django_db
def test_rows_come_back_as_the_models_read_them() -> None:
    registration = report(lat=36.31, lon=59.55, kind=MessageKind.COMPLAINT)
    case = registration.case
    assert case is not None
    stored = Case.objects.get(pk=case.pk)
    for field in Case._meta.local_concrete_fields:
        assert getattr(stored, field.attname) == getattr(case, field.attname), field.name
    case.address = "جای دیگر"
    case.save()
    assert Case.objects.get(pk=case.pk).address == "جای دیگر"


@pytest.mark.django_db
def test_prepared_statements_raise_djangos_errors() -> None:
    assert prepared("SELECT $1::text", ["الف"]) == [("الف",)]
    with pytest.raises(IntegrityError), transaction.atomic():
        prepared("INSERT INTO cases_note (case_id, text, by, at) VALUES ($1, 'x', 'x', now())", [None])
