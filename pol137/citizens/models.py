"""People who turn to the city. A number is a hint, not an identity: it may belong to several."""

from django.db import models


class Citizen(models.Model):
    """A resident or pilgrim; may have neither name, nor number, nor address here."""

    name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=5, default="fa")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"#{self.pk}"


class ContactPoint(models.Model):
    """A phone number or mail address of a citizen."""

    citizen = models.ForeignKey(Citizen, models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=10)
    value = models.CharField(max_length=254)
    dialable = models.BooleanField(default=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["value", "kind"], name="citizens_point_value")]
        constraints = [
            models.UniqueConstraint(fields=["citizen", "kind", "value"], name="citizens_point_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of #{self.citizen_id}"
