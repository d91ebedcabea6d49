"""The tables of a case."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Replace


class Incident(models.Model):
    """One fault reported by many people; its main case carries the work."""

    main_case = models.OneToOneField("Case", models.PROTECT, related_name="leads_incident")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"incident {self.pk}"


class Case(models.Model):
    """A followable request with a tracking code. A part has a parent and no code of its own.

    It is written often: what the indexes below cover, and what nobody looks for, has no index of its own.
    """

    code = models.CharField(max_length=10, unique=True, null=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, db_index=False, related_name="parts")
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, db_index=False, related_name="cases")
    status = models.CharField(max_length=20)
    status_since = models.DateTimeField()
    kind = models.CharField(max_length=20)
    service = models.ForeignKey("city.Service", models.PROTECT, db_index=False, related_name="+")
    district = models.ForeignKey("city.District", models.PROTECT, null=True, related_name="+")
    neighbourhood = models.ForeignKey(
        "city.Neighbourhood", models.PROTECT, null=True, db_index=False, related_name="+"
    )
    department = models.ForeignKey(
        "city.Department", models.PROTECT, null=True, db_index=False, related_name="+"
    )
    inner_department = models.ForeignKey(
        "city.Department", models.PROTECT, null=True, db_index=False, related_name="+"
    )
    inner_due_at = models.DateTimeField(null=True)
    recurs = models.ForeignKey("self", models.PROTECT, null=True, db_index=False, related_name="+")
    words = models.TextField(blank=True)
    salt = models.CharField(max_length=32)
    questions = models.JSONField(default=dict)
    address = models.TextField(blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    h3 = models.CharField(max_length=16, blank=True)
    channel = models.ForeignKey("city.Channel", models.PROTECT, db_index=False, related_name="+")
    urgent = models.BooleanField(default=False)
    public = models.BooleanField(default=False)
    confidential = models.BooleanField(default=False)
    published_at = models.DateTimeField(null=True)
    rung = models.PositiveSmallIntegerField(default=0)
    cycle = models.PositiveSmallIntegerField(default=1)
    nudges = models.PositiveSmallIntegerField(default=0)
    late_minutes = models.PositiveIntegerField(default=0)
    registered_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=20, blank=True)
    external_ref = models.CharField(max_length=100, blank=True)
    external_due_at = models.DateTimeField(null=True)
    sender_answered_at = models.DateTimeField(null=True)
    safe_at = models.DateTimeField(null=True)
    final_service = models.ForeignKey(
        "city.Service", models.PROTECT, null=True, db_index=False, related_name="+"
    )
    cause = models.TextField(blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    classified_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["department", "status"], name="cases_case_unit"),
            models.Index(fields=["department", "-id"], name="cases_case_held"),
            models.Index(fields=["status", "status_since"], name="cases_case_status"),
            models.Index(fields=["service", "h3", "registered_at"], name="cases_case_near"),
            models.Index(
                fields=["classified_at"],
                name="cases_case_classified",
                condition=Q(classified_at__isnull=False),
            ),
            models.Index(fields=["parent"], name="cases_case_parent", condition=Q(parent__isnull=False)),
            models.Index(
                fields=["incident"], name="cases_case_incident", condition=Q(incident__isnull=False)
            ),
            models.Index(
                fields=["inner_department"],
                name="cases_case_inner",
                condition=Q(inner_department__isnull=False),
            ),
            models.Index(fields=["recurs"], name="cases_case_recurs", condition=Q(recurs__isnull=False)),
            models.Index(fields=["external_ref"], name="cases_case_elsewhere", condition=~Q(external_ref="")),
            models.Index(fields=["registered_at"], name="cases_case_registered"),
            models.Index(fields=["updated_at"], name="cases_case_updated", condition=Q(public=True)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__isnull=False) | Q(parent__isnull=False), name="cases_case_code_or_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.code or f"part {self.pk}"

    @property
    def in_danger(self) -> bool:
        """Whether somebody may be hurt: urgent, and not made safe yet."""
        return self.urgent and self.safe_at is None


class CaseText(models.Model):
    """What a case is found by: its words, its place and its unit's replies, normalised (`rules.searching`).

    It stands apart because a case is written often, and goes with the words. `reads` says who finds by it.
    """

    case = models.ForeignKey(Case, models.CASCADE, db_index=False, related_name="texts")
    reads = models.CharField(max_length=4)
    text = models.TextField()
    words = models.GeneratedField(
        expression=SearchVector("text", config="simple"), output_field=SearchVectorField(), db_persist=True
    )
    letters = models.GeneratedField(
        expression=Replace("text", Value(" "), Value("")), output_field=models.TextField(), db_persist=True
    )

    class Meta:
        indexes = [
            GinIndex(fields=["words"], name="cases_text_words"),
            GinIndex(OpClass("letters", "gin_trgm_ops"), name="cases_text_letters"),
        ]
        constraints = [models.UniqueConstraint(fields=["case", "reads"], name="cases_text_once")]

    def __str__(self) -> str:
        return f"what {self.case_id} is found by"


class Reporter(models.Model):
    """Who reported a case and how to tell him: erasable, apart from the case."""

    case = models.OneToOneField(Case, models.CASCADE, related_name="reporter")
    citizen = models.ForeignKey("citizens.Citizen", models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    phone_raw = models.CharField(max_length=40, blank=True)
    dialable = models.BooleanField(default=False)
    mobile = models.BooleanField(default=False)
    email = models.CharField(max_length=254, blank=True)
    language = models.CharField(max_length=5, default="fa")
    wish = models.CharField(max_length=10, default="sms")
    key_digest = models.CharField(max_length=128, blank=True)
    proof_failures = models.PositiveSmallIntegerField(default=0)
    proof_locked_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["phone"], name="cases_reporter_phone", condition=~Q(phone=""))]

    def __str__(self) -> str:
        return f"reporter of {self.case_id}"


class Assignment(models.Model):
    """A case in the hands of a department, from one moment to another, and why it went there."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="assignments")
    department = models.ForeignKey("city.Department", models.PROTECT, related_name="+")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True)
    because = models.JSONField(default=dict)
    late_minutes = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["from_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(to_at__isnull=True), name="cases_one_holder")
        ]
        indexes = [
            models.Index(fields=["-id"], name="cases_held_by_triage", condition=Q(because__why="triage"))
        ]

    def __str__(self) -> str:
        return f"{self.case_id} at {self.department_id}"


class Promise(models.Model):
    """A clock. `promised_at` is what was said and never changes; `due_at` drives the rungs: each falls due at
    `rung_due` and fires at `rung_at`, later where its receiver is closed. `closures` have moved it already.
    `own_times` are those of a joined case before its main case was granted more.

    The policy is a copy: a changed policy alters no promise made. `next_at` is the one moment at which
    something could next happen; empty while the clock stands still or has ended.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="promises")
    cycle = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20)
    policy = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    promised_at = models.DateTimeField()
    due_at = models.DateTimeField()
    rung_due = ArrayField(models.DateTimeField())
    rung_at = ArrayField(models.DateTimeField())
    closures = ArrayField(models.BigIntegerField(), default=list)
    own_times = models.JSONField(null=True)
    next_rung = models.PositiveSmallIntegerField()
    next_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stop = models.CharField(max_length=10, blank=True)
    extended_at = models.DateTimeField(null=True)
    met_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["next_at"], name="cases_promise_next", condition=Q(next_at__isnull=False)),
            models.Index(
                fields=["kind", "due_at"], name="cases_promise_open", condition=Q(ended_at__isnull=True)
            ),
            models.Index(
                fields=["due_at"],
                name="cases_promise_climbed",
                condition=Q(kind__in=["answer", "plan"], ended_at__isnull=True, next_at__isnull=True),
            ),
            models.Index(
                fields=["due_at"],
                name="cases_promise_centre",
                condition=Q(kind__in=["triage", "approval", "announcement", "review"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"], condition=Q(ended_at__isnull=True), name="cases_promise_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.case_id}"


class Rung(models.Model):
    """A step of the ladder that was climbed: once per promise, with the moment it fell due and was fired."""

    promise = models.ForeignKey(Promise, models.CASCADE, db_index=False, related_name="rungs")
    n = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField()
    fired_at = models.DateTimeField()
    late_minutes = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["promise_id", "n"]
        constraints = [models.UniqueConstraint(fields=["promise", "n"], name="cases_rung_once")]

    def __str__(self) -> str:
        return f"rung {self.n} of {self.promise_id}"


class Notice(models.Model):
    """A position is told of something about a case, through whoever holds it (nobody: vacant).

    It is due to be told at `tell_at`, and shown from `told_at` on. `instead_of` is the vacant position in
    whose place this one is told. An alarm names the vacant position there, or the broken rule in `rung`.
    """

    case = models.ForeignKey(Case, models.CASCADE, db_index=False, related_name="notices")
    event_id = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    position = models.ForeignKey("city.Position", models.PROTECT, related_name="+")
    user = models.ForeignKey("staff.User", models.PROTECT, null=True, db_index=False, related_name="+")
    rung = models.PositiveSmallIntegerField(null=True)
    style = models.CharField(max_length=10, default="single")
    instead_of = models.ForeignKey("city.Position", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    tell_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["user", "-id"], name="cases_notice_user"),
            models.Index(fields=["case", "position", "rung"], name="cases_notice_told"),
            models.Index(
                fields=["user"],
                name="cases_notice_unread",
                condition=Q(told_at__isnull=False, read_at__isnull=True),
            ),
            models.Index(fields=["tell_at"], name="cases_notice_untold", condition=Q(told_at__isnull=True)),
            models.Index(fields=["at"], name="cases_notice_alarm", condition=Q(kind="alarm")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["event_id", "kind", "position", "user"],
                name="cases_notice_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.position_id}"


class Answer(models.Model):
    """What a unit says, and what the citizen is told. The unit's reply is kept unaltered."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="answers")
    cycle = models.PositiveSmallIntegerField()
    type = models.CharField(max_length=20)
    reply = models.TextField()
    citizen_text = models.TextField()
    department = models.ForeignKey("city.Department", models.PROTECT, related_name="+")
    legal_ground = models.ForeignKey("city.LegalGround", models.PROTECT, null=True, related_name="+")
    agency = models.ForeignKey("city.Agency", models.PROTECT, null=True, related_name="+")
    plan_date = models.DateField(null=True)
    next_step = models.TextField(blank=True)
    drafted_by = models.ForeignKey("staff.User", models.PROTECT, null=True, related_name="+")
    answered_by = models.ForeignKey("staff.User", models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    approved_text = models.TextField(blank=True)
    decision = models.CharField(max_length=20, blank=True)
    decision_reason = models.TextField(blank=True)
    decided_by = models.ForeignKey("staff.User", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(decision="") & Q(answered_at__isnull=False),
                name="cases_one_answer_waits",
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(answered_at__isnull=True), name="cases_one_draft"
            ),
        ]
        indexes = [models.Index(fields=["decided_at"], name="cases_answer_decided")]

    def __str__(self) -> str:
        return f"answer {self.pk} of {self.case_id}"


class Announcement(models.Model):
    """An approved answer on its way to the citizen, and when he was told."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="announcements")
    answer = models.ForeignKey(Answer, models.PROTECT, related_name="announcements")
    medium = models.CharField(max_length=10)
    text = models.TextField()
    requested_at = models.DateTimeField()
    announced_at = models.DateTimeField(null=True)
    told_by = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["case", "answer"], name="cases_announcement_once")]
        indexes = [
            models.Index(
                fields=["announced_at"], name="cases_announced", condition=Q(announced_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"announcement of {self.case_id}"


class Objection(models.Model):
    """The citizen is not convinced."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="objections")
    answer = models.ForeignKey(Answer, models.PROTECT, related_name="+")
    ground = models.CharField(max_length=20)
    words = models.TextField(blank=True)
    channel = models.ForeignKey("city.Channel", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"objection to {self.case_id}"


class Review(models.Model):
    """The verdict on an objection, with its reasons."""

    objection = models.OneToOneField(Objection, models.CASCADE, related_name="review")
    verdict = models.CharField(max_length=20)
    reasons = models.TextField()
    citizen_text = models.TextField()
    reviewer = models.ForeignKey("staff.User", models.PROTECT, null=True, related_name="+")
    final = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"review of {self.objection_id}"


class Rating(models.Model):
    """How content the citizen is with an announced answer, 1 to 5."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="ratings")
    answer = models.ForeignKey(Answer, models.PROTECT, related_name="+")
    score = models.PositiveSmallIntegerField()
    words = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(score__gte=1) & Q(score__lte=5), name="cases_rating_1_to_5"),
            models.UniqueConstraint(fields=["case", "answer"], name="cases_rating_once"),
        ]

    def __str__(self) -> str:
        return f"{self.score} for {self.case_id}"


class Attachment(models.Model):
    """A picture or paper of a case. The original is kept as evidence under its hash; `look` is a hash of how
    it looks, near for near pictures."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="attachments")
    side = models.CharField(max_length=10)
    sha256 = models.CharField(max_length=64)
    public_sha256 = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    taken_at = models.DateTimeField(null=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    look = models.CharField(max_length=16, blank=True)
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["sha256"], name="cases_attachment_sha"),
            models.Index(fields=["public_sha256"], name="cases_attachment_public"),
            models.Index(fields=["look"], name="cases_attachment_look", condition=~Q(look="")),
        ]

    def __str__(self) -> str:
        return self.name


class Note(models.Model):
    """A remark of staff, inside."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="notes")
    text = models.TextField()
    by = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"note on {self.case_id}"


class Question(models.Model):
    """What a unit asked the citizen, and his reply."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="asked")
    text = models.TextField()
    asked_at = models.DateTimeField()
    reached_at = models.DateTimeField(null=True)
    reply = models.TextField(blank=True)
    replied_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"question on {self.case_id}"


class Reveal(models.Model):
    """Somebody saw who the reporter is, and why he needed to."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="reveals")
    user = models.ForeignKey("staff.User", models.PROTECT, related_name="+")
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"reveal of {self.case_id}"


class TimeRequest(models.Model):
    """A unit's wish for more time or for a pause; those above give or refuse it. It moves no clock."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="time_requests")
    action = models.CharField(max_length=20)
    hours = models.PositiveIntegerField(null=True)
    until = models.DateTimeField(null=True)
    reason = models.TextField()
    asked_by = models.ForeignKey("staff.User", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decision = models.CharField(max_length=10, blank=True)
    decision_reason = models.TextField(blank=True)
    decided_by = models.ForeignKey("staff.User", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "action"], condition=Q(decision=""), name="cases_one_time_request"
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} on {self.case_id}"


class JoinProposal(models.Model):
    """A unit thinks this case is the same fault as another; only the centre joins."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="join_proposals")
    main_case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    reason = models.TextField(blank=True)
    proposed_by = models.ForeignKey("staff.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    joined = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(settled_at__isnull=True), name="cases_one_join_proposal"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} to {self.main_case_id}"


class Supporter(models.Model):
    """Somebody who stands behind a case beside its reporter; once per number. Counted apart from faults."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="supporters")
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "phone"], condition=~Q(phone=""), name="cases_supporter_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} behind {self.case_id}"
