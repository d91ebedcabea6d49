"""kill -9 before and after every statement and every commit: all of it or nothing, and once only.

A child process does the work and kills itself at the n-th boundary, for every n until it survives. What it
leaves is what stood before or what stands after; doing it again, as people, gateways and the queue do, ends
where an undisturbed run ends.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, connections
from django.utils import timezone

from pol137.cases.models import Announcement, Answer, Assignment, Case, Notice, Objection, Promise, Rung
from pol137.cases.operations import sweep
from pol137.cases.vocabulary import Action, Status
from pol137.contacts.models import CallBack, Contact
from pol137.journal import outbox
from pol137.journal.models import Event
from pol137.journal.queries import broken_links
from pol137.journal.vocabulary import EventKind
from pol137.lib.refusal import Refusal
from pol137.messaging.models import OutboundMessage
from pol137.messaging.vocabulary import OutboundStatus
from tests.conftest import empty_story
from tests.every_step import ready_for, standing, take
from tests.factories import Clock, report

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]

Work = Callable[[], Any]
TABLES = (
    Case, Promise, Rung, Answer, Assignment, Announcement, Objection, Event, Contact, CallBack,
    OutboundMessage,
)  # fmt: skip
BY_LOT = (EventKind.RECHECK_DRAWN, EventKind.RECHECK_DECIDED)
"""What only some cases meet."""
DIES_AFTER = 400
"""More boundaries than any work here has."""


def stands() -> Any:
    """What a killed process may not leave half done: how many rows there are, and how cases stand."""
    return (
        {table.__name__: table.objects.count() for table in TABLES},
        sorted(Case.objects.values_list("status", "rung", "late_minutes", "cycle")),
        sorted(
            (stream.partition(":")[0], seq, kind)
            for stream, seq, kind in Event.objects.values_list("stream", "seq", "kind")
        ),
    )


def fork(work: Work, *, die_at: int) -> int:
    """Do the work in a child that kills itself at its n-th boundary; the signal or status it ended with.

    The parent's connections are closed first, so that nothing of them is shared.
    """
    before = sessions()
    connections.close_all()
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        alone(before)
        return os.waitstatus_to_exitcode(status)
    try:
        _mine(die_at)
        work()
        connections.close_all()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def sessions() -> set[int]:
    """The sessions of others on this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return {pid for (pid,) in cursor.fetchall()}


def alone(before: set[int]) -> None:
    """Wait until the server has noticed that the child is dead: its transaction is undone, its locks free."""
    until = time.monotonic() + 30
    while sessions() - before:
        assert time.monotonic() < until, "the server keeps a dead child's connection"
        time.sleep(0.01)


def _mine(die_at: int) -> None:
    """From now on, every statement and commit of this process counts, before it and after it."""
    passed = 0

    def boundary() -> None:
        nonlocal passed
        passed += 1
        if passed == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    for owner, name in (
        (psycopg.Cursor, "execute"),
        (psycopg.Cursor, "executemany"),
        (psycopg.Connection, "commit"),
    ):
        setattr(owner, name, _counted(getattr(owner, name), boundary))
    for owner, name in ((psycopg.AsyncCursor, "execute"), (psycopg.AsyncConnection, "commit")):
        setattr(owner, name, _counted_async(getattr(owner, name), boundary))


def _counted(function: Callable[..., Any], boundary: Work) -> Callable[..., Any]:
    def counted(*args: Any, **given: Any) -> Any:
        boundary()
        result = function(*args, **given)
        boundary()
        return result

    return counted


def _counted_async(function: Callable[..., Any], boundary: Work) -> Callable[..., Any]:
    async def counted(*args: Any, **given: Any) -> Any:
        boundary()
        result = await function(*args, **given)
        boundary()
        return result

    return counted


def allowed(work: Work) -> Any:
    """Do it again, as somebody who heard nothing would; what was done already is refused."""
    try:
        return work()
    except Refusal:
        return None


def survives(prepare: Callable[[Clock], Work], *, clock: Clock) -> int:
    """Kill the work at each of its boundaries in turn; how many there were."""
    before, after = undisturbed(prepare, clock)
    for n in range(1, DIES_AFTER):
        empty_story()
        work = prepare(clock)
        ended = fork(work, die_at=n)
        assert ended in (0, -signal.SIGKILL), f"boundary {n}: the work itself failed"
        assert stands() in (before, after), f"boundary {n} left half of it"
        if ended == 0:
            assert n > 4, "nothing was counted"
            return n - 1
        allowed(work)
        assert stands() == after, f"boundary {n}: done again it ended elsewhere"
        assert broken_links() == []
    raise AssertionError("it never came to an end")


def undisturbed(prepare: Callable[[Clock], Work], clock: Clock) -> tuple[Any, Any]:
    """How things stand before the work and after it, when nobody is killed."""
    empty_story()
    work = prepare(clock)
    before = stands()
    work()
    return before, stands()


def test_a_report_killed_anywhere_is_there_once_or_not_at_all(clock: Clock) -> None:
    def prepare(clock: Clock) -> Work:
        return lambda: report(clock.now, external_id="the-same-form")

    assert survives(prepare, clock=clock) > 4


@pytest.mark.parametrize(
    "action", [Action.ANSWER, Action.APPROVE, Action.DECIDE_REVIEW, Action.TRANSFER, Action.JOIN_INCIDENT]
)
def test_a_step_killed_anywhere_is_taken_once_or_not_at_all(action: Action, clock: Clock) -> None:
    def prepare(clock: Clock) -> Work:
        case = ready_for(action, clock)
        return lambda: take(action, case, clock)

    assert survives(prepare, clock=clock) > 4


def test_a_sweep_killed_anywhere_fires_each_rung_once(clock: Clock) -> None:
    def prepare(clock: Clock) -> Work:
        for _ in range(3):
            standing(Status.ASSIGNED, clock)
        standing(Status.ANNOUNCED, clock)
        late = clock.now + timedelta(days=9)
        return lambda: swept(late)

    def swept(late: Any) -> None:
        while sweep(now=late):
            pass

    before, after = undisturbed(prepare, clock)
    assert before != after
    for n in range(1, DIES_AFTER):
        empty_story()
        work = prepare(clock)
        ended = fork(work, die_at=n)
        work()
        assert stands() == after, f"boundary {n}"
        assert broken_links() == []
        if ended == 0:
            return
    raise AssertionError("it never came to an end")


def told() -> Any:
    """What the jobs after an approval come to, each once."""
    return (
        sorted(Case.objects.values_list("status", flat=True)),
        sorted(OutboundMessage.objects.values_list("purpose", "status")),
        Announcement.objects.filter(announced_at__isnull=False).count(),
        Counter(Event.objects.exclude(kind__in=BY_LOT).values_list("kind", flat=True)),
        sorted(Notice.objects.values_list("kind", "position_id")),
    )


def test_a_worker_killed_anywhere_does_each_job_once(clock: Clock) -> None:
    """Through the real worker: fetched, done, marked as done; killed between any two of these.

    There are hundreds of boundaries, most of them alike: the first forty are taken one by one, then every
    eleventh, which meets every kind of statement of every kind of job in some run of it.
    """
    now = timezone.now()

    def prepare() -> None:
        empty_story()
        standing(Status.APPROVED, Clock(now))

    prepare()
    while jobs_left():
        outbox.drain(now=timezone.now())
    wanted = told()
    assert OutboundMessage.objects.filter(status=OutboundStatus.DELIVERED).exists()
    for n in (*range(1, 40), *range(40, 5 * DIES_AFTER, 11)):
        prepare()
        ended = fork_worker(die_at=n)
        outbox.retry_stalled(now=timezone.now() + timedelta(minutes=2))
        while jobs_left():
            outbox.drain(now=timezone.now() + timedelta(hours=1))
        assert told() == wanted, f"boundary {n}"
        assert broken_links() == []
        if ended == 0:
            return
    raise AssertionError("it never came to an end")


def jobs_left() -> int:
    """Jobs waiting or under way."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")
        return int(cursor.fetchone()[0])


REFUSE = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER no_room BEFORE DELETE ON procrastinate_jobs EXECUTE FUNCTION no_room()
"""


def test_a_worker_that_cannot_write_down_a_jobs_end_ends_and_its_successor_does_the_rest() -> None:
    """A full disk: the worker's sign of life may still find room where the job's end finds none."""
    empty_story()
    report()
    with connection.cursor() as cursor:
        cursor.execute(REFUSE)
    try:
        assert fork_worker(die_at=10_000_000) == 1
        waiting = jobs_left()
        assert waiting > 0
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER no_room ON procrastinate_jobs; DROP FUNCTION no_room()")
    assert outbox.retry_stalled(now=timezone.now()) > 0, "the worker has signed off"
    assert fork_worker(die_at=10_000_000) == 0
    assert jobs_left() == 0


def fork_worker(*, die_at: int) -> int:
    """A worker in a child that kills itself at its n-th boundary; 0 when it outlived the queue."""
    before = sessions()
    connections.close_all()
    child = os.fork()
    if not child:
        try:
            _mine(die_at)
            outbox.work(concurrency=1)
        except BaseException:
            os._exit(1)
        os._exit(0)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            alone(before)
            return os.waitstatus_to_exitcode(status)
        if not jobs_left():
            os.kill(child, signal.SIGTERM)
            os.waitpid(child, 0)
            alone(before)
            return 0
        connection.close()
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise AssertionError("the worker neither died nor finished")
