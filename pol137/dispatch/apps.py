from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "pol137.dispatch"
