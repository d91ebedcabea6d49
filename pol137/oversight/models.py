"""What stands above the work: findings of inspection, second looks at approvals, the weekly list."""

from django.db import models
from django.db.models import Q


class Finding(models.Model):
    """What inspection found about a case left unanswered after its last rung."""

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="+")
    promise = models.ForeignKey("cases.Promise", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    reason = models.TextField()
    by = models.ForeignKey("staff.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} on {self.case_id}"


class Recheck(models.Model):
    """A second look at an approved answer by an expert of another district, not told who approved it."""

    answer = models.OneToOneField("cases.Answer", models.CASCADE, related_name="+")
    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="+")
    drawn_at = models.DateTimeField()
    agrees = models.BooleanField(null=True)
    reason = models.TextField(blank=True)
    decided_by = models.ForeignKey("staff.User", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["drawn_at"], name="oversight_recheck_waits", condition=Q(decided_at__isnull=True)
            ),
            models.Index(fields=["decided_at"], name="oversight_recheck_decided"),
        ]

    def __str__(self) -> str:
        return f"recheck of {self.answer_id}"


class WeeklyTold(models.Model):
    """Somebody above was told how many cases stood on his weekly list: once a week."""

    week = models.DateField()
    user = models.ForeignKey("staff.User", models.PROTECT, related_name="+")
    count = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-week", "user_id"]
        constraints = [models.UniqueConstraint(fields=["week", "user"], name="oversight_told_once_a_week")]

    def __str__(self) -> str:
        return f"{self.count} told to {self.user_id}"
