"""Checkpoints: what the journal was at a moment, so that what is cut off later shows."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from pol137.journal.models import Checkpoint

log = logging.getLogger(__name__)

EVERY = timedelta(hours=20)
"""Less than a day, so that a checkpoint that comes a little late does not put off the next one for a day."""


def leave_checkpoint(*, now: datetime) -> Checkpoint | None:
    """Write down how many events there are and a digest over the last one of every stream, once a day.

    Guarantees: every event up to the checkpoint's last one is in it, those being written meanwhile too. The
    digest is logged, to be compared with outside the database. None when it is not time yet, or the journal
    was too busy just now.
    """
    latest = Checkpoint.objects.order_by("-id").first()
    if latest is not None and latest.at > now - EVERY:
        return None
    upto = _settled()
    if upto is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_checkpoint (at, last_event, events, streams, heads, hash)"
            " SELECT %(at)s::timestamptz, %(upto)s::bigint, h.events, h.streams, h.heads,"
            " journal_checkpoint_hash((SELECT hash FROM journal_checkpoint ORDER BY id DESC LIMIT 1),"
            " %(at)s::timestamptz, %(upto)s::bigint, h.events, h.streams, h.heads)"
            " FROM journal_heads(%(upto)s) h RETURNING id",
            {"at": now, "upto": upto},
        )
        left = Checkpoint.objects.get(pk=cursor.fetchone()[0])
    log.info("journal checkpoint %d: %d events, %s", left.pk, left.events, digest_words(left))
    return left


def digest_words(left: Checkpoint) -> str:
    """The beginning of a checkpoint's digest as people compare it: «4872-8ac9-2aeb-f1d8»."""
    text = bytes(left.heads).hex()
    return "-".join(text[place : place + 4] for place in range(0, 16, 4))


def _settled() -> int | None:
    """The number of the last event when nobody was writing one: no smaller number can appear any more."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            cursor.execute("LOCK TABLE journal_event IN SHARE MODE")
            cursor.execute("SELECT coalesce(max(id), 0) FROM journal_event")
            return int(cursor.fetchone()[0])
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            return None
        raise
