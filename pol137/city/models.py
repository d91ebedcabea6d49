"""The city's rows. Read them through the Book (`city.queries.book`); the order is that of the pack."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from pol137.city.vocabulary import (
    KEPT,
    WEEKDAYS,
    WINDOWS,
    Clock,
    CountedFrom,
    DepartmentKind,
    IdentifiedBy,
    Medium,
    MessageKind,
    NoticeStyle,
    Open311Type,
    PlaceKind,
    PlaceNeed,
    Role,
    Urgency,
    Visibility,
    Weekday,
)

LAST = 1_000_000
"""`sort` of a row that did not come from a pack: after those that did."""

_CODE = r"^[A-Za-z0-9_.~-]{1,40}$"
_DURATION = r"^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$"


def _rules(table: str, *, code: bool = True, **choices: type[StrEnum]) -> list[models.BaseConstraint]:
    """The constraints every table has: dates in order, a readable code, known words."""
    rules: list[models.BaseConstraint] = [
        models.CheckConstraint(
            condition=Q(active_to__isnull=True) | Q(active_to__gte=F("active_from")),
            name=f"city_{table}_ends_after_it_begins",
        )
    ]
    if code:
        rules.append(models.CheckConstraint(condition=Q(code__regex=_CODE), name=f"city_{table}_code"))
    for field, words in choices.items():
        rules.append(
            models.CheckConstraint(
                condition=Q(**{f"{field}__in": [word.value for word in words]}),
                name=f"city_{table}_{field}_known",
            )
        )
    return rules


def _code() -> models.CharField[str, str]:
    return models.CharField(max_length=40, unique=True)


def _name() -> models.CharField[str, str]:
    return models.CharField(max_length=200)


def _duration() -> models.CharField[str, str]:
    return models.CharField(max_length=24, help_text="72h, 90m, 10s, 7d")


def _word(words: type[StrEnum], *, blank: bool = False) -> models.CharField[str, str]:
    return models.CharField(max_length=20, choices=[(word.value, word.value) for word in words], blank=blank)


def _up(to: str, *, optional: bool = False) -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(to, models.PROTECT, null=optional, blank=optional, related_name="+")


class Dated(models.Model):
    """In force from a day on, until it is closed; `sort` is its place in the pack."""

    sort = models.IntegerField(default=LAST, editable=False)
    active_from = models.DateField()
    active_to = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True
        ordering = ["sort", "id"]


class Named(Dated):
    """A row with a code and a name in both languages."""

    code = _code()
    name_fa = _name()
    name_en = _name()

    class Meta(Dated.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.name_fa


class City(models.Model):
    """The one city of this database. `version` rises with every change of any table here."""

    code = _code()
    name_fa = _name()
    name_en = _name()
    timezone = models.CharField(max_length=60)
    phone_region = models.CharField(max_length=2)
    jurisdiction_id = models.CharField(max_length=100)
    phone_number = models.CharField(max_length=20)
    sms_number = models.CharField(max_length=20)
    email = models.CharField(max_length=200)
    accept_code = models.CharField(max_length=10)
    object_code = models.CharField(max_length=10)
    sms_max_parts = models.PositiveSmallIntegerField()
    outlines_are_synthetic = models.BooleanField()
    ladder_waits_for_opening = models.BooleanField()
    triage_within = _duration()
    approval_within = _duration()
    announcement_within = _duration()
    review_within = _duration()
    objection_window = _duration()
    reopen_window = _duration()
    archive_after = _duration()
    silent_after = _duration()
    repeat_contact_window = _duration()
    question_limit = _duration()
    upheld_within = _duration()
    plan_limit = _duration()
    transfer_within = _duration()
    holding_floor = _duration()
    question_not_in_last = _duration()
    longest_pause = _duration()
    longest_extension = _duration()
    recurrence_window = _duration()
    grace_after_opening = _duration()
    duty_next_after = _duration()
    try_again_after = _duration()
    near_window = _duration()
    withdrawal_within = _duration()
    feedback_after = _duration()
    call_tries = models.PositiveSmallIntegerField()
    poor_rating = models.PositiveSmallIntegerField()
    shortest_reply = models.PositiveSmallIntegerField()
    nudges_before_call = models.PositiveSmallIntegerField()
    recheck_percent = models.PositiveSmallIntegerField()
    survey_percent = models.PositiveSmallIntegerField()
    feedback_percent = models.PositiveSmallIntegerField()
    verdicts_before_final = models.PositiveSmallIntegerField()
    photo_elsewhere_metres = models.PositiveSmallIntegerField()
    calls_from = models.TimeField()
    calls_until = models.TimeField()
    quiet_from = models.TimeField()
    quiet_until = models.TimeField()
    digest_at = models.TimeField()
    weekly_on = _word(Weekday)
    keep_reporter = _duration()
    keep_words = _duration()
    keep_pictures = _duration()
    keep_contacts = _duration()
    keep_texts = _duration()
    keep_raw_texts = _duration()
    version = models.BigIntegerField(default=0, editable=False)
    single = models.BooleanField(default=True, unique=True, editable=False)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "cities"
        constraints = [
            models.CheckConstraint(condition=Q(single=True), name="city_city_is_alone"),
            models.CheckConstraint(
                condition=Q(*[(f"{length}__regex", _DURATION) for length in (*WINDOWS, *KEPT)]),
                name="city_city_windows_are_durations",
            ),
            models.CheckConstraint(condition=Q(weekly_on__in=WEEKDAYS), name="city_city_weekly_on_known"),
        ]

    def __str__(self) -> str:
        return self.name_fa


class District(Named):
    """A district («منطقه»)."""

    population = models.PositiveIntegerField()
    outline = models.JSONField(null=True, blank=True)

    class Meta(Named.Meta):
        constraints = _rules("district")


class SubDistrict(Named):
    """A part of a district («ناحیه»)."""

    district = _up("city.District")
    population = models.PositiveIntegerField(null=True, blank=True)

    class Meta(Named.Meta):
        constraints = _rules("subdistrict")


class Neighbourhood(Named):
    """A neighbourhood («محله») of a district and, where the city says so, of a sub-district."""

    district = _up("city.District")
    sub_district = _up("city.SubDistrict", optional=True)
    population = models.PositiveIntegerField(null=True, blank=True)

    class Meta(Named.Meta):
        constraints = _rules("neighbourhood")


class Place(Dated):
    """A place people name: a square, a street, a station. `search_key` is its normalised names.

    `alleys` are the numbered alleys of a street this row speaks for («1-45 odd»), none = the street as
    such. On a boundary street `district` is the responsible one and `shared_with` the codes of the others.
    """

    code = _code()
    kind = _word(PlaceKind)
    district = _up("city.District")
    neighbourhood = _up("city.Neighbourhood", optional=True)
    alleys = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    shared_with = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    lat = models.FloatField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    name_fa = _name()
    aliases = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    search_key = models.TextField(editable=False)

    class Meta(Dated.Meta):
        constraints = [
            *_rules("place", kind=PlaceKind),
            models.CheckConstraint(
                condition=Q(lat__isnull=True, lon__isnull=True) | Q(lat__isnull=False, lon__isnull=False),
                name="city_place_whole_point",
            ),
            models.CheckConstraint(
                condition=Q(lat__gte=-90, lat__lte=90, lon__gte=-180, lon__lte=180),
                name="city_place_on_earth",
            ),
        ]

    def __str__(self) -> str:
        return self.name_fa


class Department(Named):
    """A body of the city; `path` is "/city/m10/m10-green/", so a subtree is a prefix."""

    kind = _word(DepartmentKind)
    parent = _up("self", optional=True)
    district = _up("city.District", optional=True)
    deputy = _up("city.Position", optional=True)
    calendar = _up("city.Calendar", optional=True)
    path = models.CharField(max_length=400, editable=False)

    class Meta(Named.Meta):
        indexes = [
            models.Index(fields=["path"], name="city_department_path", opclasses=["varchar_pattern_ops"])
        ]
        constraints = _rules("department", kind=DepartmentKind)


class Position(Dated):
    """A chair in a department and the role its holder plays."""

    code = _code()
    department = _up("city.Department")
    role = _word(Role)
    title_fa = _name()
    title_en = _name()

    class Meta(Dated.Meta):
        constraints = _rules("position", role=Role)

    def __str__(self) -> str:
        return self.title_fa


class ServiceGroup(Named):
    """A group of services, as menus show them; no service of a private one is ever public."""

    private = models.BooleanField(default=False)

    class Meta(Named.Meta):
        constraints = _rules("servicegroup")


class Service(Named):
    """A type of service: what can be reported, and how such a case is treated."""

    group = _up("city.ServiceGroup")
    kind = _word(MessageKind)
    urgency = _word(Urgency)
    visibility = _word(Visibility)
    confidential = models.BooleanField(default=False)
    place = _word(PlaceNeed)
    identified_by = _word(IdentifiedBy)
    open311 = _word(Open311Type, blank=True)
    micro_project = models.BooleanField(default=False)
    description_fa = models.TextField()
    description_en = models.TextField()
    keywords = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    questions = models.JSONField(default=list, blank=True)

    class Meta(Named.Meta):
        constraints = [
            *_rules(
                "service",
                kind=MessageKind,
                urgency=Urgency,
                visibility=Visibility,
                place=PlaceNeed,
                identified_by=IdentifiedBy,
                open311=Open311Type,
            ),
            models.CheckConstraint(
                condition=Q(confidential=False) | Q(visibility="private"),
                name="city_service_confidential_is_private",
            ),
            models.CheckConstraint(
                condition=Q(open311="") | Q(visibility="public"), name="city_service_open311_is_public"
            ),
        ]


class Season(Named):
    """A time of the year with rules of its own (Nowruz, Arbaeen): one row a year, all under one code."""

    code = models.CharField(max_length=40)
    from_date = models.DateField()
    until_date = models.DateField()

    class Meta(Named.Meta):
        constraints = [
            *_rules("season"),
            models.UniqueConstraint(fields=["code", "from_date"], name="city_season_once"),
            models.CheckConstraint(
                condition=Q(until_date__gte=F("from_date")), name="city_season_until_after_from"
            ),
        ]


class RoutingRule(Dated):
    """Which department gets the cases of a service, a group, a district or any; in a season, or ever."""

    n = models.PositiveIntegerField(unique=True)
    service = _up("city.Service", optional=True)
    group = _up("city.ServiceGroup", optional=True)
    district = _up("city.District", optional=True)
    season = models.CharField(max_length=40, blank=True)
    department = models.CharField(max_length=60, help_text="a department code, may hold {district}")

    class Meta(Dated.Meta):
        constraints = [
            *_rules("routingrule", code=False),
            models.CheckConstraint(
                condition=Q(service__isnull=True) | Q(group__isnull=True),
                name="city_routingrule_service_or_group",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.n} → {self.department}"


class Calendar(Named):
    """Opening hours: weekday to windows («07:30-14:30»). Declared closures pass an operational one by."""

    operational = models.BooleanField(default=False)
    windows = models.JSONField()

    class Meta(Named.Meta):
        constraints = _rules("calendar")


class Holiday(Dated):
    """A day a calendar is closed; on a mourning day nobody is called."""

    calendar = _up("city.Calendar")
    date = models.DateField()
    mourning = models.BooleanField(default=False)
    title_fa = _name()

    class Meta(Dated.Meta):
        ordering = ["calendar", "date"]
        constraints = [
            *_rules("holiday", code=False),
            models.UniqueConstraint(fields=["calendar", "date"], name="city_holiday_once"),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.title_fa}"


class Closure(models.Model):
    """Offices closed out of the ordinary («تعطیلی»): cold, heat, mourning. Declared from the desk.

    No district or no kind named = all of them. `ended_at` cuts it short; the row stays.
    """

    title_fa = _name()
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()
    districts = ArrayField(models.BigIntegerField(), default=list, blank=True)
    kinds = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    mourning = models.BooleanField(default=False)
    declared_at = models.DateTimeField()
    declared_by = models.CharField(max_length=80)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["from_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_at__gt=F("from_at")), name="city_closure_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(kinds__contained_by=[kind.value for kind in DepartmentKind]),
                name="city_closure_kinds_known",
            ),
        ]

    def __str__(self) -> str:
        return self.title_fa


class Ladder(Named):
    """A ladder («نردبان پیگیری»); its rungs say who is told when."""

    counted_from = _word(CountedFrom)

    class Meta(Named.Meta):
        constraints = _rules("ladder", counted_from=CountedFrom)


class LadderRung(Dated):
    """A step of a ladder."""

    ladder = _up("city.Ladder")
    n = models.PositiveSmallIntegerField()
    after = _duration()
    roles = ArrayField(models.CharField(max_length=20))
    notice = _word(NoticeStyle)

    class Meta(Dated.Meta):
        ordering = ["ladder", "n"]
        constraints = [
            *_rules("ladderrung", code=False, notice=NoticeStyle),
            models.UniqueConstraint(fields=["ladder", "n"], name="city_ladderrung_once"),
            models.CheckConstraint(
                condition=Q(after__regex=_DURATION), name="city_ladderrung_after_is_duration"
            ),
            models.CheckConstraint(
                condition=Q(roles__contained_by=[role.value for role in Role], roles__len__gt=0),
                name="city_ladderrung_roles_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.n}: {self.after}"


class DeadlinePolicy(Dated):
    """What is promised for a service, a kind of message, or everything else."""

    code = _code()
    service = _up("city.Service", optional=True)
    kind = _word(MessageKind, blank=True)
    within = _duration()
    clock = _word(Clock)
    calendar = _up("city.Calendar", optional=True)
    ladder = _up("city.Ladder")

    class Meta(Dated.Meta):
        verbose_name_plural = "deadline policies"
        constraints = [
            *_rules("deadlinepolicy", clock=Clock),
            models.CheckConstraint(
                condition=Q(kind__in=["", *[kind.value for kind in MessageKind]]),
                name="city_deadlinepolicy_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(within__regex=_DURATION), name="city_deadlinepolicy_within_is_duration"
            ),
            models.CheckConstraint(
                condition=Q(clock="calendar") | Q(calendar__isnull=False),
                name="city_deadlinepolicy_working_needs_hours",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Channel(Named):
    """A gateway messages come through, and the adapter that carries it ("" = people or our own pages)."""

    adapter = models.CharField(max_length=40, blank=True)
    settings = models.JSONField(default=dict, blank=True)

    class Meta(Named.Meta):
        constraints = _rules("channel")


class Agency(Named):
    """A body outside the municipality that matters can be handed to; a seasonal one only in its season."""

    emergency = models.BooleanField(default=False)
    season = models.CharField(max_length=40, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    matters_fa = models.TextField()

    class Meta(Named.Meta):
        verbose_name_plural = "agencies"
        constraints = _rules("agency")


class LegalGround(Dated):
    """An article or rule that an answer can cite; for the services listed, or for all."""

    code = _code()
    services = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    title_fa = _name()
    title_en = _name()
    text_fa = models.TextField()

    class Meta(Dated.Meta):
        constraints = _rules("legalground")

    def __str__(self) -> str:
        return self.title_fa


class MessageText(Dated):
    """What the centre says on an occasion, by a medium, in a language."""

    event = models.CharField(max_length=40)
    medium = _word(Medium)
    language = models.CharField(max_length=5)
    text = models.TextField()

    class Meta(Dated.Meta):
        constraints = [
            *_rules("messagetext", code=False, medium=Medium),
            models.UniqueConstraint(fields=["event", "medium", "language"], name="city_messagetext_once"),
        ]

    def __str__(self) -> str:
        return f"{self.event}.{self.medium}.{self.language}"
