from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "pol137.desk"
