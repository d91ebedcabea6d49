from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "pol137.api"
