from django.apps import AppConfig


class CitizensConfig(AppConfig):
    name = "pol137.citizens"
