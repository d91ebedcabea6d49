"""The duty roster and the dispatch board."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce

from pol137.dispatch.vocabulary import OPEN

OPEN_WORDS = sorted(map(str, OPEN))


class _Span(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Duty(models.Model):
    """A turn of the duty roster («لوح کشیک»): who is called for a district, when, and as which one.

    A position of the city, or a post outside it by its name; never a person. Without a group the turn is for
    every danger of the district.
    """

    district = models.ForeignKey("city.District", models.PROTECT, related_name="+")
    group = models.ForeignKey("city.ServiceGroup", models.PROTECT, null=True, related_name="+")
    position = models.ForeignKey("city.Position", models.PROTECT, null=True, related_name="+")
    post = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=20)
    radio = models.CharField(max_length=40, blank=True)
    order = models.PositiveSmallIntegerField(default=1)
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()

    class Meta:
        ordering = ["from_at", "order", "id"]
        indexes = [models.Index(fields=["district", "to_at"], name="dispatch_duty_when")]
        constraints = [
            models.CheckConstraint(condition=Q(to_at__gt=F("from_at")), name="dispatch_duty_ends_later"),
            models.CheckConstraint(
                condition=Q(position__isnull=False, post="") | (Q(position__isnull=True) & ~Q(post="")),
                name="dispatch_duty_position_or_post",
            ),
            ExclusionConstraint(
                name="dispatch_duty_one_at_a_time",
                expressions=[
                    ("district", RangeOperators.EQUAL),
                    (Coalesce("group", Value(0)), RangeOperators.EQUAL),
                    ("order", RangeOperators.EQUAL),
                    (_Span("from_at", "to_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} of {self.district_id} from {self.from_at:%F %R}"


class Dispatch(models.Model):
    """A danger on the board, from the moment it was known until it is over or nobody need go.

    `next_at`: if nobody has acknowledged by then, the next on the roster is to be called.
    """

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="+")
    cycle = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=20)
    opened_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    exhausted_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    en_route_at = models.DateTimeField(null=True)
    on_site_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["opened_at", "id"]
        indexes = [
            models.Index(fields=["next_at"], name="dispatch_next", condition=Q(next_at__isnull=False)),
            models.Index(fields=["opened_at"], name="dispatch_open", condition=Q(ended_at__isnull=True)),
            models.Index(fields=["case"], name="dispatch_case"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at__isnull=True), name="dispatch_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, state__in=OPEN_WORDS)
                | (Q(ended_at__isnull=False) & ~Q(state__in=OPEN_WORDS)),
                name="dispatch_open_or_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} for {self.case_id}"


class DispatchCall(models.Model):
    """A duty officer was called, or passed over by the clock. It keeps who he was: rosters are re-written."""

    dispatch = models.ForeignKey(Dispatch, models.CASCADE, related_name="calls")
    position = models.ForeignKey("city.Position", models.PROTECT, null=True, related_name="+")
    post = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=20)
    radio = models.CharField(max_length=40, blank=True)
    reply = models.CharField(max_length=20)
    by = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.reply} from {self.position_id or self.post}"
