"""The one append-only table of everything that happened."""

from django.db import models
from django.db.models.functions import Now


class Event(models.Model):
    """A fact of the past: never changed, chained by hash within its stream.

    `seq` and `hash` are set by the database (see the migration), so bulk inserts are covered too. Bodies
    hold ids, codes and salted hashes of texts; words and names stand in rows that can be erased.
    """

    stream = models.TextField()
    seq = models.IntegerField(db_default=0)
    kind = models.TextField()
    at = models.DateTimeField()
    by = models.TextField()
    body = models.JSONField(default=dict)
    hash = models.BinaryField(db_default=b"")
    stored_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["at", "id"], name="journal_event_at")]
        constraints = [models.UniqueConstraint(fields=["stream", "seq"], name="journal_event_stream_seq")]

    def __str__(self) -> str:
        return f"{self.stream}#{self.seq} {self.kind}"


class Beat(models.Model):
    """The last sign of life of a process that has no address of its own (worker, scheduler)."""

    name = models.TextField(primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.at:%H:%M:%S}"


class Checkpoint(models.Model):
    """What the journal was at a moment: how many events up to `last_event`, and a digest over the last one of
    every stream. Each checkpoint's hash takes in the one before; no row is changed or removed."""

    at = models.DateTimeField()
    last_event = models.BigIntegerField()
    events = models.BigIntegerField()
    streams = models.BigIntegerField()
    heads = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"checkpoint {self.pk}: {self.events} events"
