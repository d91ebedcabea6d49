from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "pol137.staff"
