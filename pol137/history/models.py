"""What was brought along from a former system, and how far each file has come."""

from django.db import models


class ImportRun(models.Model):
    """A file of a former system under one map: how many rows were taken up, and what came of them.

    `fingerprint` is a hash of file and map: the same again goes on where it stood. `name` is what people call
    the former system.
    """

    fingerprint = models.CharField(max_length=64, unique=True)
    source = models.CharField(max_length=40)
    name = models.CharField(max_length=100, blank=True)
    files = models.JSONField(default=list)
    rows = models.BigIntegerField(default=0)
    counts = models.JSONField(default=dict)
    rejects_size = models.BigIntegerField(default=0)
    by = models.CharField(max_length=80)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.source}: {self.rows} rows"


class Origin(models.Model):
    """Where a case of the past came from. `key` is a hash of the number there, kept when the number itself is
    erased: the same row never comes in twice, and what was erased does not come back."""

    case = models.OneToOneField("cases.Case", models.CASCADE, primary_key=True, related_name="+")
    run = models.ForeignKey(ImportRun, models.PROTECT, db_index=False, related_name="+")
    source = models.CharField(max_length=40)
    key = models.UUIDField()
    line = models.BigIntegerField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="history_origin_once")]

    def __str__(self) -> str:
        return f"{self.source}: line {self.line}"
