from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "pol137.oversight"
