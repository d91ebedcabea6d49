"""The city room as a Django application."""

from django.apps import AppConfig


class CityConfig(AppConfig):
    """Districts, departments, services, policies, channels and texts of the city."""

    name = "pol137.city"
    label = "city"
    verbose_name = "City"
