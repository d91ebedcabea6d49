"""What somebody with all rights to the database did to the journal is found."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from pol137.commands import checkup
from pol137.commands.checkup import Level
from pol137.journal.models import Checkpoint, Event
from pol137.journal.operations import append_event, leave_checkpoint
from pol137.journal.queries import verify_journal
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import system
from tests.factories import Clock, announced_case, reported_case

pytestmark = pytest.mark.django_db


def tamper(statement: str, *values: object) -> None:
    """As a superuser who has switched the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("journal_event", "journal_checkpoint"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        assert cursor.rowcount
        for table in ("journal_event", "journal_checkpoint"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def doctor(clock: Clock) -> checkup.Finding:
    with translation.override("en"):
        return checkup.journal(clock.now)


@pytest.fixture
def stream(clock: Clock) -> str:
    case = announced_case(clock)
    reported_case(clock.now)
    leave_checkpoint(now=clock.now)
    assert doctor(clock).level is Level.OK
    return f"case:{case.pk}"


def test_a_whole_journal_verifies_and_the_doctor_says_how_many(clock: Clock, stream: str) -> None:
    found = verify_journal()
    assert found.events == Event.objects.count() > 8
    assert found.streams == Event.objects.values("stream").distinct().count()
    assert (found.broken, found.missing, found.rewritten, found.forged_checkpoints) == ([], 0, False, 0)
    assert str(found.events) in doctor(clock).says


def test_events_after_a_checkpoint_do_not_disturb_it(clock: Clock, stream: str) -> None:
    reported_case(clock.now)
    append_event(stream=stream, kind=EventKind.CASE_NUDGED, at=clock.now, by=system("t"))
    assert doctor(clock).level is Level.OK


@pytest.mark.parametrize(
    "change",
    [
        "body = '{}'",
        "at = at + interval '1 second'",
        "by = 'staff:1'",
        "kind = 'case.noted'",
        "hash = sha256('x')",
    ],
)
def test_an_edited_row_is_found(clock: Clock, stream: str, change: str) -> None:
    tamper(f"UPDATE journal_event SET {change} WHERE stream = %s AND seq = 2", stream)
    assert (stream, 2) in verify_journal().broken
    assert f"{stream}, event 2" in doctor(clock).says


@pytest.mark.parametrize("seq", [1, 3])
def test_a_deleted_row_is_found(clock: Clock, stream: str, seq: int) -> None:
    tamper("DELETE FROM journal_event WHERE stream = %s AND seq = %s", stream, seq)
    assert (stream, seq + 1) in verify_journal().broken
    assert doctor(clock).level is Level.FAIL


def test_a_cut_tail_is_found_by_the_checkpoint(clock: Clock, stream: str) -> None:
    tamper("DELETE FROM journal_event WHERE stream = %s AND seq > 3", stream)
    found = verify_journal()
    assert found.broken == []
    assert found.missing > 0
    assert str(found.missing) in doctor(clock).says
    assert doctor(clock).level is Level.FAIL


def test_a_whole_stream_gone_is_found_by_the_checkpoint(clock: Clock, stream: str) -> None:
    tamper("DELETE FROM journal_event WHERE stream = %s", stream)
    assert verify_journal().broken == []
    assert doctor(clock).level is Level.FAIL


def test_a_tail_cut_and_replaced_by_other_events_is_found(clock: Clock, stream: str) -> None:
    last = Event.objects.filter(stream=stream).latest("seq")
    tamper("DELETE FROM journal_event WHERE id = %s", last.pk)
    tamper(
        "INSERT INTO journal_event (id, stream, seq, kind, at, by, body, hash) OVERRIDING SYSTEM VALUE"
        " SELECT %s, e.stream, e.seq + 1, 'case.noted', e.at, e.by, '{}',"
        " journal_event_hash(e.hash, e.stream, e.seq + 1, 'case.noted', e.at, e.by, '{}')"
        " FROM journal_event e WHERE e.stream = %s AND e.seq = %s",
        last.pk,
        stream,
        last.seq - 1,
    )
    found = verify_journal()
    assert (found.broken, found.missing, found.rewritten) == ([], 0, True)
    assert doctor(clock).level is Level.FAIL


def test_a_forged_checkpoint_is_found(clock: Clock, stream: str) -> None:
    tamper("DELETE FROM journal_event WHERE stream = %s AND seq > 3", stream)
    tamper(
        "UPDATE journal_checkpoint c SET events = h.events, streams = h.streams, heads = h.heads"
        " FROM journal_heads((SELECT max(last_event) FROM journal_checkpoint)) h"
    )
    found = verify_journal()
    assert (found.missing, found.rewritten, found.forged_checkpoints) == (0, False, 1)
    assert doctor(clock).level is Level.FAIL


@pytest.mark.parametrize(
    "statement", ["UPDATE journal_checkpoint SET events = 0", "DELETE FROM journal_checkpoint"]
)
def test_checkpoints_are_neither_changed_nor_removed(clock: Clock, stream: str, statement: str) -> None:
    with pytest.raises(DatabaseError, match="appended"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_one_checkpoint_is_left_a_day(clock: Clock, stream: str) -> None:
    assert leave_checkpoint(now=clock.now + timedelta(hours=1)) is None
    assert leave_checkpoint(now=clock.now + timedelta(hours=24)) is not None
    assert Checkpoint.objects.count() == 2
    assert verify_journal().forged_checkpoints == 0


def test_the_doctor_asks_for_a_checkpoint_that_does_not_come(clock: Clock, stream: str) -> None:
    clock.now += timedelta(days=3)
    assert doctor(clock).level is Level.WARN
