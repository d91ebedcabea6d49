"""Every interaction with people, and what operators tell them."""

from django.db import models
from django.db.models import Q


class Contact(models.Model):
    """One interaction on one channel. It ends with a disposition; it may open several cases or none."""

    channel = models.ForeignKey("city.Channel", models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=200)
    at = models.DateTimeField()
    citizen = models.ForeignKey("citizens.Citizen", models.PROTECT, null=True, related_name="+")
    phone = models.CharField(max_length=20, blank=True)
    phone_raw = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=200, blank=True)
    operator = models.ForeignKey("staff.User", models.PROTECT, null=True, related_name="+")
    disposition = models.CharField(max_length=30, blank=True)
    kind = models.CharField(max_length=20, blank=True)
    service = models.ForeignKey("city.Service", models.PROTECT, null=True, related_name="+")
    article = models.ForeignKey("Article", models.PROTECT, null=True, related_name="+")
    agency = models.ForeignKey("city.Agency", models.PROTECT, null=True, related_name="+")
    legal_ground = models.ForeignKey("city.LegalGround", models.PROTECT, null=True, related_name="+")
    district = models.ForeignKey("city.District", models.PROTECT, null=True, related_name="+")
    inbound = models.ForeignKey("messaging.InboundMessage", models.PROTECT, null=True, related_name="+")
    words = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["phone", "-id"], name="contacts_contact_phone", condition=~Q(phone="")),
            models.Index(fields=["at"], name="contacts_contact_at"),
            models.Index(
                fields=["channel", "id"], name="contacts_contact_unread", condition=Q(disposition="")
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="contacts_contact_once")
        ]

    def __str__(self) -> str:
        return f"contact {self.pk}"


class ContactCase(models.Model):
    """A contact opened, joined or nudged a case."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="links")
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    how = models.CharField(max_length=10)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["contact", "case", "how"], name="contacts_link_once")]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.how} {self.case_id}"


class CallBack(models.Model):
    """Somebody is to be called; `words` is what to tell or ask him where no answer or question says it.
    `score` is what he said in a survey, 1 to 5; none where he would not say."""

    case = models.ForeignKey("cases.Case", models.PROTECT, null=True, related_name="+")
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="+")
    purpose = models.CharField(max_length=10, default="answer")
    words = models.TextField(blank=True)
    event_id = models.BigIntegerField(unique=True)
    phone = models.CharField(max_length=20)
    state = models.CharField(max_length=12, default="waiting")
    due_at = models.DateTimeField()
    not_before = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    opened_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    score = models.PositiveSmallIntegerField(null=True)

    class Meta:
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(fields=["due_at"], name="contacts_call_waiting", condition=Q(state="waiting"))
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=1, score__lte=5, purpose="survey"),
                name="contacts_call_score_1_to_5",
            )
        ]

    def __str__(self) -> str:
        return f"call-back {self.pk}"


class CallAttempt(models.Model):
    """One try to reach somebody."""

    call_back = models.ForeignKey(CallBack, models.CASCADE, related_name="tries")
    outcome = models.CharField(max_length=12)
    by = models.ForeignKey("staff.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.outcome} of {self.call_back_id}"


class Article(models.Model):
    """What an operator can read out: owned by a unit, with a date on which it must be read again."""

    code = models.CharField(max_length=80, unique=True)
    title_fa = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    body_fa = models.TextField()
    body_en = models.TextField(blank=True)
    services = models.ManyToManyField("city.Service", related_name="+")
    keywords = models.TextField(blank=True)
    search_key = models.TextField(blank=True)
    owner = models.ForeignKey("city.Department", models.PROTECT, null=True, related_name="+")
    review_date = models.DateField()
    sort = models.PositiveIntegerField(default=0)
    active_from = models.DateField()
    active_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["sort", "code"]

    def __str__(self) -> str:
        return self.code
