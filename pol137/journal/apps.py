from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "pol137.journal"
