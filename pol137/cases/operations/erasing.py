"""Erasing what leads to persons: words, names, numbers and pictures go, what was done and when stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from pol137.cases.adapters import files
from pol137.cases.models import (
    Announcement,
    Answer,
    Attachment,
    Case,
    CaseText,
    JoinProposal,
    Note,
    Objection,
    Question,
    Rating,
    Reporter,
    Reveal,
    Review,
    Supporter,
    TimeRequest,
)
from pol137.cases.operations.steps import stream_of
from pol137.cases.vocabulary import ENDED
from pol137.city.queries.book import book
from pol137.city.vocabulary import Retained
from pol137.journal.operations import NewEvent, append_events
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor, system
from pol137.lib.geo import snap

KEEPER = system("retention")
ORPHANED_AFTER = timedelta(days=1)
"""A form may stay open so long between its photos and its row."""
OF_CASES = frozenset({Retained.REPORTER, Retained.WORDS, Retained.PICTURES})
BATCH = 500

PERSON: dict[type[Model], tuple[str, dict[str, object]]] = {
    Reporter: (
        "case",
        {"citizen": None, "dialable": False, "mobile": False}
        | dict.fromkeys(("name", "phone", "phone_raw", "email", "key_digest"), ""),
    ),
    Supporter: ("case", {"name": "", "phone": ""}),
}
"""Who somebody is, by table: how its rows lead to their case, and what is put in the place of what was."""

SAID: dict[type[Model], tuple[str, tuple[str, ...]]] = {
    Answer: ("case", ("reply", "citizen_text", "approved_text", "next_step", "decision_reason")),
    Announcement: ("case", ("text",)),
    Objection: ("case", ("words",)),
    Review: ("objection__case", ("reasons", "citizen_text")),
    Rating: ("case", ("words",)),
    Note: ("case", ("text",)),
    Question: ("case", ("text", "reply")),
    Reveal: ("case", ("reason",)),
    TimeRequest: ("case", ("reason", "decision_reason")),
    JoinProposal: ("case", ("reason",)),
}
"""What was said on a case, by table."""

NO_REASON = """
UPDATE cases_assignment SET because = because - 'reason' WHERE case_id = ANY(%s) AND because ? 'reason'
"""
EMPTIED = """
UPDATE cases_case SET words = '', salt = '', address = '', cause = '', external_ref = '', questions = '{}',
    erased_at = %s, lat = seen.lat, lon = seen.lon
FROM unnest(%s::bigint[], %s::float8[], %s::float8[]) seen (id, lat, lon) WHERE cases_case.id = seen.id
"""
"""What stays of hands and cases whose words go: all at once, as there are thousands of them."""


@transaction.atomic
def forget(
    *, case_ids: Iterable[int], what: frozenset[Retained] = OF_CASES, by: Actor, now: datetime
) -> list[int]:
    """Erase persons, words or pictures of these cases and their parts; the numbers of those erased.

    Guarantees: a case that has not ended, or has a part that has not, stays whole. Service, place to about
    100 m, times, units and outcomes stay, so figures do; the journal holds salted hashes only and the salt
    goes with the words, so it verifies as before. A file goes when no other case has it.
    """
    wholes = list(Case.objects.select_for_update(of=("self",)).filter(_ended(), pk__in=list(case_ids)))
    found = [*wholes, *Case.objects.select_for_update(of=("self",)).filter(parent__in=wholes)]
    ids = [case.pk for case in found]
    if Retained.REPORTER in what:
        for table, (to_case, blank) in PERSON.items():
            table._default_manager.filter(**{f"{to_case}__in": ids}).update(**blank)
    if Retained.WORDS in what:
        _forget_words(found, now=now)
    if Retained.PICTURES in what:
        _forget_pictures(ids)
    body = {"what": sorted(what & OF_CASES)}
    append_events(
        [NewEvent(stream_of(one.pk), EventKind.CASE_ERASED, now, by, body) for one in wholes if ids]
    )
    return [case.pk for case in wholes]


def _ended() -> Q:
    """Whole cases that nothing more is expected of, nor of a part of theirs."""
    ended = [str(status) for status in ENDED]
    open_part = Case.objects.filter(parent=OuterRef("pk")).exclude(status__in=ended)
    return Q(~Exists(open_part), status__in=ended, parent__isnull=True)


def _forget_words(found: list[Case], *, now: datetime) -> None:
    ids = [case.pk for case in found]
    for table, (to_case, names) in SAID.items():
        table._default_manager.filter(**{f"{to_case}__in": ids}).update(**dict.fromkeys(names, ""))
    CaseText.objects.filter(case__in=ids).delete()
    points = [
        snap(one.lat, one.lon) if one.lat is not None and one.lon is not None else (None, None)
        for one in found
    ]
    with connection.cursor() as cursor:
        cursor.execute(NO_REASON, [ids])
        cursor.execute(EMPTIED, [now, ids, [lat for lat, _ in points], [lon for _, lon in points]])


def _forget_pictures(ids: list[int]) -> None:
    """The rows go, then the files nobody else names: should the commit fail, the next time finds the rows."""
    gone = Attachment.objects.filter(case__in=ids)
    digests = {one for pair in gone.values_list("sha256", "public_sha256") for one in pair if one}
    gone.delete()
    rows = Attachment.objects.filter(Q(sha256__in=digests) | Q(public_sha256__in=digests))
    needed = {one for pair in rows.values_list("sha256", "public_sha256") for one in pair}
    for sha256 in digests - needed:
        files.remove(sha256)


def forget_due(*, now: datetime) -> int:
    """Erase of ended cases what the city keeps no longer, in batches; how many were touched."""
    done = 0
    for kind, holds in HOLDS.items():
        before, last = now - book().city.keep[kind], 0
        while ids := list(_due(before, holds).filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
            last = ids[-1]
            done += len(forget(case_ids=ids, what=frozenset({kind}), by=KEEPER, now=now))
    return done


def _due(before: datetime, holds: Q) -> QuerySet[Case]:
    ended_at = Coalesce("closed_at", F("status_since"))
    found = Case.objects.filter(_ended()).annotate(ended_at=ended_at).filter(ended_at__lt=before)
    return found.filter(holds).order_by("pk")


_known = Reporter.objects.filter(case=OuterRef("pk")).exclude(
    citizen=None, name="", phone="", phone_raw="", email="", key_digest=""
)
_behind = Supporter.objects.filter(case=OuterRef("pk")).exclude(name="", phone="")
_seen = Attachment.objects.filter(case=OuterRef("pk"))
_seen_on_a_part = Attachment.objects.filter(case__parent=OuterRef("pk"))
HOLDS: Mapping[Retained, Q] = {
    Retained.REPORTER: Q(Exists(_known)) | Q(Exists(_behind)),
    Retained.WORDS: Q(erased_at=None),
    Retained.PICTURES: Q(Exists(_seen)) | Q(Exists(_seen_on_a_part)),
}
"""Which cases still hold what is kept for a time."""


def sweep_files(*, now: datetime) -> int:
    """Remove the files no row names, left by a form that was not finished or a write that was cut off; how
    many were removed.

    Guarantees: none that a row names, and none written or brought again within a day.
    """
    removed, before = 0, now - ORPHANED_AFTER
    for found in filter(None, files.untouched_since(before)):
        rows = Attachment.objects.filter(Q(sha256__in=found) | Q(public_sha256__in=found))
        named = {one for pair in rows.values_list("sha256", "public_sha256") for one in pair} - {""}
        for paths in (paths for digest, paths in found.items() if digest not in named):
            if files.is_untouched(paths, before):
                for path in paths:
                    path.unlink(missing_ok=True)
                    removed += 1
    return removed
