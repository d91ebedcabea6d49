"""A file of a former system taken in, batch by batch, so that it can be killed and go on at any moment."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeVar

from django.db import connection, transaction

from pol137.city.queries.book import book
from pol137.history.adapters.files import History, Read
from pol137.history.adapters.rejects import RejectFile
from pol137.history.models import ImportRun
from pol137.history.operations.taking_in import Ready, Settled, ready, take_in
from pol137.history.queries import NearCase, NearGroups, near_cases, near_groups, nearness
from pol137.history.rules.mapping import HistoryMap
from pol137.history.rules.rows import read_row
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal

BATCH = 2000
CAME_IN, KNOWN, REFUSED = "came_in", "known", "refused"

Item = TypeVar("Item")
IN_A_BATCH = "SET LOCAL enable_seqscan = off; SET LOCAL synchronous_commit = off"
"""Tables that fill are never searched by reading all of them. Batches reach the disk in their order, the last
one before the run counts as finished: what a power cut takes away is taken in again."""

STORED = "SELECT key, run_id, line FROM history_origin WHERE source = %s AND key = ANY(%s)"

Tell = Callable[[int, Mapping[str, int]], None]
"""Hears after every batch how many rows were taken up in all, and what came of them."""


@dataclass(frozen=True)
class Report:
    """What came of a file: rows, how many came in, were here already or were refused, and refusals by code;
    and of all that came from this source, what was told more than once."""

    run: int
    source: str
    rows: int
    resumed_at: int
    came_in: int
    known: int
    refused: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    kept_no_longer: int = 0
    astray: int = 0
    near_groups: int = 0
    near_members: int = 0
    near_repeats: int = 0
    placed: int = 0


def import_history(
    history: History, *, plan: HistoryMap, map_text: str, names: Sequence[str], rejects: RejectFile,
    list_near: Callable[[Iterator[NearCase]], None], dry_run: bool, tell: Tell, by: Actor, now: datetime,
) -> Report:  # fmt: skip
    """Take the rows of a former system in as archived cases.

    Guarantees: every row is counted once, as come in, here already, or refused with its reason in the reject
    file; killed at any moment, the same call goes on after the last batch that was committed; called again
    it takes in what is new. A dry run does all of it and leaves nothing in the database. Refuses (Refusal)
    while another import of the same source is running.
    """
    with _alone(plan.source), _undone() if dry_run else _kept():
        fingerprint = hashlib.sha256(f"{history.digest()}\n{plan!r}\n{map_text}".encode()).hexdigest()
        run = _begin(fingerprint, plan=plan, names=names, by=by, now=now)
        if not rejects.keep(run.rejects_size):
            _start_over(run, now=now)
        resumed_at = run.rows
        settled = Settled(run, city=book(), channel=plan.channel, by=by, now=now)
        rows = history.rows(encoding=plan.encoding, delimiter=plan.delimiter)
        for _ in islice(rows, run.rows):
            continue
        for batch in _ahead(_batches(rows, plan=plan, settled=settled)):
            _take_batch(batch, run=run, settled=settled, rejects=rejects)
            tell(run.rows, run.counts)
        run.finished_at = now
        run.save(update_fields=["finished_at"])
        _count_anew()
        found = near_groups(run.source, near=nearness(metres=plan.near_metres, days=plan.near_days))
        list_near(near_cases(found))
        return _report(run, resumed_at, found)


def _report(run: ImportRun, resumed_at: int, found: NearGroups) -> Report:
    counts = dict(run.counts)
    named = {name: counts.pop(name, 0) for name in (CAME_IN, KNOWN, REFUSED, "kept_no_longer", "astray")}
    return Report(
        run.pk,
        run.source,
        run.rows,
        resumed_at,
        reasons=counts,
        near_groups=len(found.groups),
        near_members=found.members,
        near_repeats=found.repeats,
        placed=found.placed,
        **named,
    )


def _begin(
    fingerprint: str, *, plan: HistoryMap, names: Sequence[str], by: Actor, now: datetime
) -> ImportRun:
    """The run of these files under this map: a new one, the one that was broken off, or a finished one, which
    looks at every row again."""
    values = {
        "source": plan.source,
        "name": plan.name_there,
        "files": list(names),
        "by": str(by)[:80],
        "started_at": now,
    }
    run, _new = ImportRun.objects.get_or_create(fingerprint=fingerprint, defaults=values)
    if run.finished_at is not None:
        _start_over(run, now=now)
    return run


def _start_over(run: ImportRun, *, now: datetime) -> None:
    run.rows, run.counts, run.rejects_size = 0, {}, 0
    run.started_at, run.finished_at = now, None
    run.save()


def _batches(
    rows: Iterator[Read], *, plan: HistoryMap, settled: Settled
) -> Iterator[list[tuple[Read, Ready | Refusal]]]:
    """Rows with what they become, or why they cannot be taken in, so many at a time."""
    city, now = settled.city, settled.now

    def made(row: Read) -> Ready | Refusal:
        try:
            if row.fault:
                return row.fault
            return ready(read_row(row.cells, line=row.line, plan=plan, city=city, now=now), settled)
        except Refusal as refusal:
            return refusal

    while batch := [(row, made(row)) for row in islice(rows, BATCH)]:
        yield batch


def _ahead(batches: Iterator[Item]) -> Iterator[Item]:
    """The same, each read while the one before it is being written."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch


@transaction.atomic
def _take_batch(
    batch: Sequence[tuple[Read, Ready | Refusal]], *, run: ImportRun, settled: Settled, rejects: RejectFile
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(IN_A_BATCH)
    made = [(row, one) for row, one in batch if isinstance(one, Ready)]
    refused = [(row, one) for row, one in batch if isinstance(one, Refusal)]
    new, known = _sift(made, run, refused)
    more = take_in(new, settled=settled)
    refused.sort(key=lambda one: one[0].line)
    counts = Counter(run.counts) + Counter({CAME_IN: len(new), KNOWN: known, REFUSED: len(refused), **more})
    run.counts = dict(counts + Counter(refusal.code for _, refusal in refused))
    run.rejects_size = rejects.add(refused)
    run.rows += len(batch)
    run.save(update_fields=["counts", "rejects_size", "rows"])


def _sift(
    made: Sequence[tuple[Read, Ready]], run: ImportRun, refused: list[tuple[Read, Refusal]]
) -> tuple[list[Ready], int]:
    """Those not here yet, and how many are; a number given twice in one file is refused the second time."""
    with connection.cursor() as cursor:
        cursor.execute(STORED, [run.source, [one.key for _, one in made]])
        there = {key: (of_run, line) for key, of_run, line in cursor.fetchall()}
    new, known = [], 0
    for row, one in made:
        if one.key not in there:
            there[one.key] = (run.pk, one.line)
            new.append(one)
        elif there[one.key][0] != run.pk or there[one.key][1] == one.line:
            known += 1
        else:
            refused.append((row, Refusal("row_given_twice", ref=one.external_ref, line=there[one.key][1])))
    return new, known


@contextmanager
def _alone(source: str) -> Iterator[None]:
    """Nobody else takes in cases of this source meanwhile, however this ends."""
    name = f"pol137.history:{source}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [name])
        if not cursor.fetchone()[0]:
            raise Refusal("import_running", source=source)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])


def _count_anew() -> None:
    """Tell the database how much there is by now: it must not search tables it takes for empty."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cases_case, cases_reporter, history_origin, journal_event")


@contextmanager
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def _kept() -> Iterator[None]:
    yield
