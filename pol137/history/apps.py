from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "pol137.history"
    default_auto_field = "django.db.models.BigAutoField"
