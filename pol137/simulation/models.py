"""Runs of the simulation: what was made up, so that it is told from what happened, and made up once."""

from django.db import models


class Run(models.Model):
    """A stretch of time lived by a simulated centre. `state`: what is still to happen in one not finished."""

    seed = models.BigIntegerField()
    per_day = models.FloatField()
    begins_at = models.DateTimeField()
    contacts_until = models.DateTimeField()
    ends_at = models.DateTimeField()
    reached_at = models.DateTimeField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    people = models.IntegerField(default=0)
    contacts = models.IntegerField(default=0)
    cases = models.IntegerField(default=0)
    refused = models.JSONField(default=dict)
    state = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"run {self.pk} of seed {self.seed}"
