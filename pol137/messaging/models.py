"""Messages out and in, as they crossed the wire."""

from django.db import models
from django.db.models import Q


class OutboundMessage(models.Model):
    """A text to a person, once per event, purpose and case. `case_ref` is the case it speaks of.

    While `not_before` is set the text waits for the end of the quiet hours, or for the gateway's next try
    when `status_reason` says why it did not take it, and no worker has it. `urgent` ones go at night too.
    """

    medium = models.CharField(max_length=10)
    address = models.CharField(max_length=254)
    text = models.TextField()
    language = models.CharField(max_length=5)
    parts = models.PositiveSmallIntegerField()
    purpose = models.CharField(max_length=40)
    case_ref = models.BigIntegerField(null=True)
    event_id = models.BigIntegerField()
    gateway = models.CharField(max_length=20)
    provider_id = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=12)
    status_reason = models.CharField(max_length=200, blank=True)
    urgent = models.BooleanField(default=False, db_default=False)
    not_before = models.DateTimeField(null=True)
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["case_ref"], name="messaging_out_case", condition=Q(case_ref__isnull=False)),
            models.Index(fields=["address"], name="messaging_out_address"),
            models.Index(fields=["gateway", "provider_id"], name="messaging_out_provider"),
            models.Index(
                fields=["not_before"], name="messaging_out_waits", condition=Q(not_before__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["event_id", "purpose", "address", "case_ref"],
                name="messaging_out_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} #{self.pk}"


class InboundMessage(models.Model):
    """What came in, kept raw before anything is made of it. A provider's repeat is the same row."""

    channel = models.ForeignKey("city.Channel", models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=200)
    sender = models.CharField(max_length=254)
    text = models.TextField()
    raw = models.TextField()
    status = models.CharField(max_length=10)
    read_by = models.CharField(max_length=80, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["channel", "external_id"], name="messaging_in_once")]

    def __str__(self) -> str:
        return f"inbound #{self.pk}"
