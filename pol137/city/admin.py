"""Configuration pages of the city, for superusers. Rows are closed by a date, never deleted."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from pol137.city import models
from pol137.city.operations import save_row

if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[Any]
else:
    _Admin = admin.ModelAdmin


class RowAdmin(_Admin):
    """A table of the city: every save gives the city a new version; nothing is deleted."""

    list_per_page = 50
    list_display: tuple[str, ...] = ("__str__",)
    search_fields: ClassVar[tuple[str, ...]] = ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        save_row(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class NamedAdmin(RowAdmin):
    """A table whose rows have a code and names; the code stays once it is given."""

    list_display: tuple[str, ...] = ("code", "name_fa", "name_en", "active_to")
    search_fields = ("code", "name_fa", "name_en")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code",) if obj else ()


class TitledAdmin(NamedAdmin):
    """The same for rows with titles."""

    list_display: tuple[str, ...] = ("code", "title_fa", "title_en", "active_to")
    search_fields = ("code", "title_fa", "title_en")


@admin.register(models.City)
class CityAdmin(NamedAdmin):
    """The one city: made by loading a pack, edited here."""

    list_display = ("code", "name_fa", "phone_number", "sms_number", "version")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(
    models.District,
    models.SubDistrict,
    models.Neighbourhood,
    models.Season,
    models.ServiceGroup,
    models.Calendar,
    models.Ladder,
)
class PlainAdmin(NamedAdmin):
    """Tables that need nothing more."""


@admin.register(models.Place)
class PlaceAdmin(NamedAdmin):
    """Places people name."""

    list_display = ("code", "name_fa", "district", "active_to")
    list_filter = ("district",)
    search_fields = ("code", "name_fa", "search_key")


@admin.register(models.Department)
class DepartmentAdmin(NamedAdmin):
    """The bodies of the city."""

    list_display = ("code", "name_fa", "kind", "district", "active_to")
    list_filter = ("kind", "district")
    autocomplete_fields = ("parent", "deputy")


@admin.register(models.Position)
class PositionAdmin(TitledAdmin):
    """The chairs and their roles."""

    list_display = ("code", "title_fa", "role", "department", "active_to")
    list_filter = ("role",)
    autocomplete_fields = ("department",)


@admin.register(models.Service)
class ServiceAdmin(NamedAdmin):
    """What can be reported."""

    list_display = (
        "code",
        "name_fa",
        "group",
        "urgency",
        "visibility",
        "open311",
        "active_to",
    )
    list_filter = ("group", "urgency", "visibility", "open311")


@admin.register(models.RoutingRule)
class RoutingRuleAdmin(RowAdmin):
    """Who gets what."""

    list_display = ("n", "service", "group", "district", "department", "active_to")
    search_fields = ("n", "department")
    autocomplete_fields = ("service",)


@admin.register(models.Holiday)
class HolidayAdmin(RowAdmin):
    """Days a calendar is closed."""

    list_display = ("date", "title_fa", "mourning", "calendar", "active_to")
    list_filter = ("calendar",)
    search_fields = ("title_fa", "date")


@admin.register(models.Closure)
class ClosureAdmin(_Admin):
    """Closures: declared and ended on the desk, where it is written down who did it; here to be read."""

    list_display = ("from_at", "to_at", "title_fa", "declared_by", "ended_at")
    search_fields = ("title_fa",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(models.LadderRung)
class LadderRungAdmin(RowAdmin):
    """The steps of the ladders."""

    list_display = ("ladder", "n", "after", "roles", "notice", "active_to")
    list_filter = ("ladder",)
    search_fields = ("ladder__code", "roles")


@admin.register(models.DeadlinePolicy)
class DeadlinePolicyAdmin(RowAdmin):
    """What is promised."""

    list_display = (
        "code",
        "service",
        "kind",
        "within",
        "clock",
        "ladder",
        "active_to",
    )
    search_fields = ("code",)
    autocomplete_fields = ("service",)


@admin.register(models.Channel)
class ChannelAdmin(NamedAdmin):
    """The gateways."""

    list_display = ("code", "name_fa", "adapter", "active_to")


@admin.register(models.Agency)
class AgencyAdmin(NamedAdmin):
    """Bodies outside the municipality."""

    list_display = ("code", "name_fa", "phone", "emergency", "active_to")
    list_filter = ("emergency",)


@admin.register(models.LegalGround)
class LegalGroundAdmin(TitledAdmin):
    """Rules an answer can cite."""


@admin.register(models.MessageText)
class MessageTextAdmin(RowAdmin):
    """What the centre says."""

    list_display = ("event", "medium", "language", "text")
    list_filter = ("medium", "language")
    search_fields = ("event", "text")
