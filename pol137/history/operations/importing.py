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

from pol137.city.queries.book import book, local_day
from pol137.city.rules.book import Book
from pol137.history.adapters.files import History, Read
from pol137.history.adapters.rejects import RejectFile
from pol137.history.models import ImportRun
from pol137.history.operations.taking_in import Settled, take_in
from pol137.history.queries import NearCase, NearGroups, near_cases, near_groups, nearness
from pol137.history.rules.mapping import HistoryMap
from pol137.history.rules.rows import Past, key_of, read_row
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal

BATCH = 1000
CAME_IN, KNOWN, REFUSED = "came_in", "known", "refused"

Item = TypeVar("Item")
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
        settled = Settled(book(), book().channels.by_code[plan.channel].id, local_day(now))
        rows = history.rows(encoding=plan.encoding, delimiter=plan.delimiter)
        for _ in islice(rows, run.rows):
            continue
        for n, batch in enumerate(_ahead(_batches(rows, plan=plan, city=settled.city, now=now)), 1):
            _take_batch(batch, run=run, settled=settled, rejects=rejects, by=by, now=now)
            tell(run.rows, run.counts)
            if n & (n - 1) == 0:
                _count_anew()
        run.finished_at = now
        run.save(update_fields=["finished_at"])
        _count_anew()
        found = near_groups(run.source, near=nearness(metres=plan.near_metres, days=plan.near_days))
        list_near(near_cases(found))
        return _report(run, resumed_at, found)


def _report(run: ImportRun, resumed_at: int, found: NearGroups) -> Report:
    counts = dict(run.counts)
    named = {name: counts.pop(name, 0) for name in (CAME_IN, KNOWN, REFUSED, "kept_no_longer")}
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
    rows: Iterator[Read], *, plan: HistoryMap, city: Book, now: datetime
) -> Iterator[list[tuple[Read, Past | Refusal]]]:
    """Rows with what they say, or why they cannot be taken in, so many at a time."""

    def said(row: Read) -> Past | Refusal:
        try:
            return row.fault or read_row(row.cells, line=row.line, plan=plan, city=city, now=now)
        except Refusal as refusal:
            return refusal

    while batch := [(row, said(row)) for row in islice(rows, BATCH)]:
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
    batch: Sequence[tuple[Read, Past | Refusal]], *, run: ImportRun, settled: Settled, rejects: RejectFile,
    by: Actor, now: datetime,
) -> None:  # fmt: skip
    pasts = [(row, said) for row, said in batch if isinstance(said, Past)]
    refused = [(row, said) for row, said in batch if isinstance(said, Refusal)]
    new, known = _sift(pasts, run, refused)
    more = take_in(new, run=run, settled=settled, by=by, now=now)
    refused.sort(key=lambda one: one[0].line)
    counts = Counter(run.counts) + Counter({CAME_IN: len(new), KNOWN: known, REFUSED: len(refused), **more})
    run.counts = dict(counts + Counter(refusal.code for _, refusal in refused))
    run.rejects_size = rejects.add(refused)
    run.rows += len(batch)
    run.save(update_fields=["counts", "rejects_size", "rows"])


def _sift(
    pasts: Sequence[tuple[Read, Past]], run: ImportRun, refused: list[tuple[Read, Refusal]]
) -> tuple[list[Past], int]:
    """Those not here yet, and how many are; a number given twice in one file is refused the second time."""
    keys = {past.line: key_of(run.source, past.external_ref) for _, past in pasts}
    with connection.cursor() as cursor:
        cursor.execute(STORED, [run.source, list(keys.values())])
        there = {key: (of_run, line) for key, of_run, line in cursor.fetchall()}
    new, known = [], 0
    for row, past in pasts:
        key = keys[past.line]
        if key not in there:
            there[key] = (run.pk, past.line)
            new.append(past)
        elif there[key][0] != run.pk or there[key][1] == past.line:
            known += 1
        else:
            refused.append((row, Refusal("row_given_twice", ref=past.external_ref, line=there[key][1])))
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
