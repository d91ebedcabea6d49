"""The journal: appended, chained, and one with the jobs it causes."""

import pytest
from django.db import DatabaseError, connection, transaction

from pol137.journal import outbox
from pol137.journal.models import Event
from pol137.journal.operations import append_event
from pol137.journal.queries import broken_links, get_event, queue_state
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import system
from pol137.wiring.reactions import REACTIONS
from tests.factories import Clock, reported_case

pytestmark = pytest.mark.django_db


def waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        return cursor.fetchone()[0]


def test_every_kind_of_event_has_a_decision_on_what_follows() -> None:
    assert {str(kind) for kind in EventKind} == set(REACTIONS)


def test_an_event_is_numbered_and_chained_in_its_stream(clock: Clock) -> None:
    reported_case(clock.now)
    events = list(Event.objects.filter(stream__startswith="case:"))
    assert [event.seq for event in events] == [1, 2]
    assert len({bytes(event.hash) for event in events}) == 2
    assert broken_links() == []


def test_a_job_reads_an_event_as_it_was_written(clock: Clock) -> None:
    reported_case(clock.now)
    for written in Event.objects.all():
        read = get_event(written.pk)
        for field in Event._meta.concrete_fields:
            kept = getattr(written, field.attname)
            assert getattr(read, field.attname) == kept, field.name
    with pytest.raises(Event.DoesNotExist):
        get_event(0)


@pytest.mark.parametrize("statement", ["UPDATE journal_event SET kind = 'x'", "DELETE FROM journal_event"])
def test_events_are_neither_changed_nor_removed(clock: Clock, statement: str) -> None:
    reported_case(clock.now)
    with pytest.raises(DatabaseError, match="appended"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_forged_event_is_found(clock: Clock) -> None:
    case = reported_case(clock.now)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_event DISABLE TRIGGER journal_event_refuse")
        cursor.execute(
            "UPDATE journal_event SET by = 'staff:1' WHERE stream = %s AND seq = 1", [f"case:{case.pk}"]
        )
        cursor.execute("ALTER TABLE journal_event ENABLE TRIGGER journal_event_refuse")
    assert (f"case:{case.pk}", 1) in broken_links()


def test_words_are_not_in_the_journal(clock: Clock) -> None:
    reported_case(clock.now)
    written = "".join(str(event.body) for event in Event.objects.all())
    assert "چراغ" not in written and "9151234567" not in written


def test_event_and_jobs_come_and_go_together(clock: Clock) -> None:
    before = waiting()
    with pytest.raises(RuntimeError), transaction.atomic():
        append_event(stream="case:1", kind=EventKind.CASE_NUDGED, at=clock.now, by=system("t"))
        assert waiting() == before + len(REACTIONS[EventKind.CASE_NUDGED]) > before
        raise RuntimeError
    assert waiting() == before
    assert not Event.objects.filter(stream="case:1").exists()


def test_drain_runs_everything_due_once(clock: Clock) -> None:
    reported_case(clock.now)
    assert outbox.drain(now=clock.now) > 0
    assert outbox.drain(now=clock.now) == 0
    assert queue_state(now=clock.now).waiting == 0


def test_a_job_of_a_dead_worker_is_taken_up_again(clock: Clock) -> None:
    reported_case(clock.now)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing'"
            " WHERE id = (SELECT min(id) FROM procrastinate_jobs)"
        )
    waited = waiting()
    assert outbox.retry_stalled(now=clock.now) == 1
    assert outbox.drain(now=clock.now) >= waited


def test_the_job_library_does_not_announce_inserts_nor_write_down_what_became_of_them() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = 'procrastinate_jobs'::regclass")
        names = {row[0] for row in cursor.fetchall()}
    assert "procrastinate_jobs_notify_queue_job_inserted_v1" not in names
    assert [name for name in names if "status_events" in name] == []
