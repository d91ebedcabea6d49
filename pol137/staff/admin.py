"""Accounts and appointments, for superusers."""

from django.contrib import admin

from pol137.staff.models import ApiKey, Appointment, User


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ["username", "display_name", "language", "is_active", "last_login"]
    search_fields = ["username", "display_name"]
    readonly_fields = ["password", "last_login", "created_at", "failed_logins"]
    exclude = ["groups", "user_permissions"]


@admin.register(Appointment)
class AppointmentAdmin(admin.ModelAdmin):
    list_display = ["user", "position", "from_date", "to_date"]
    autocomplete_fields = ["user"]


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):
    list_display = ["name", "scope", "prefix", "created_at", "revoked_at"]
    readonly_fields = ["name", "scope", "prefix", "digest", "created_at", "revoked_at"]

    def has_add_permission(self, request: object) -> bool:
        return False
