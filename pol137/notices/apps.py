from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "pol137.notices"
    default_auto_field = "django.db.models.BigAutoField"
