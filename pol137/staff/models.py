"""People who work here, the positions they hold, and programs that act for others."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models


class UserAccounts(BaseUserManager["User"]):
    """How accounts are made; Django's own commands call it."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> "User":
        """An account with a usable password, or none when no password is given."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: object) -> "User":
        """An account that may open `/admin/`."""
        return self.create_user(username, password, is_superuser=True, is_staff=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A member of staff who can log in. What he may do comes from his appointments, not from here."""

    username = models.CharField(max_length=80, unique=True)
    display_name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=5, default="fa")
    phone = models.CharField(max_length=20, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False)
    failed_logins = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserAccounts] = UserAccounts()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["username"]

    def __str__(self) -> str:
        return self.display_name or self.username


class Appointment(models.Model):
    """A dated holding of a position; a substitute's names the appointment he stands in for."""

    user = models.ForeignKey(User, models.PROTECT, related_name="appointments")
    position = models.ForeignKey("city.Position", models.PROTECT, related_name="+")
    from_date = models.DateField()
    to_date = models.DateField(null=True, blank=True)
    substitute_for = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="substitutes"
    )

    class Meta:
        ordering = ["position_id", "from_date"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(to_date__isnull=True) | models.Q(to_date__gt=models.F("from_date")),
                name="staff_appointment_ends_after_it_begins",
            ),
            models.UniqueConstraint(fields=["user", "position", "from_date"], name="staff_appointment_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} / {self.position_id}"


class Delegation(models.Model):
    """The head of a unit lets a position of it sign answers over listed services, from a day to a day."""

    department = models.ForeignKey("city.Department", models.PROTECT, related_name="+")
    position = models.ForeignKey("city.Position", models.PROTECT, related_name="+")
    services = models.ManyToManyField("city.Service", related_name="+")
    from_date = models.DateField()
    to_date = models.DateField()
    granted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["position", "to_date"], name="staff_delegation_signer")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(to_date__gte=models.F("from_date")),
                name="staff_delegation_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return f"{self.position_id} signs for {self.department_id}"


class ApiKey(models.Model):
    """A program's key: shown once, kept as a digest."""

    name = models.CharField(max_length=80, unique=True)
    scope = models.CharField(max_length=20)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.scope})"
