"""The table of matters handed to other bodies."""

from django.db import models
from django.db.models import Q


class Referral(models.Model):
    """A matter that is another body's: the letter, the link by which it replies, and its reply.

    Of the link only a digest is kept: whoever reads the table cannot reply in the body's name.
    """

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    answer = models.ForeignKey("cases.Answer", models.PROTECT, related_name="+")
    agency = models.ForeignKey("city.Agency", models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, default="ready")
    letter = models.TextField(blank=True)
    medium = models.CharField(max_length=10, blank=True)
    token_digest = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(null=True)
    due_date = models.DateField(null=True)
    opened_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    sent_by = models.ForeignKey("staff.User", models.PROTECT, null=True, related_name="+")
    replied_at = models.DateTimeField(null=True)
    reply = models.TextField(blank=True)
    reply_number = models.CharField(max_length=100, blank=True)
    reply_date = models.DateField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["answer"], name="referrals_once_an_answer"),
            models.UniqueConstraint(
                fields=["token_digest"], condition=~Q(token_digest=""), name="referrals_one_link"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "id"], name="referrals_by_state"),
            models.Index(fields=["agency", "opened_at"], name="referrals_by_agency"),
            models.Index(fields=["case"], name="referrals_by_case"),
        ]

    def __str__(self) -> str:
        return f"referral {self.pk} of {self.case_id}"
