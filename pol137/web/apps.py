"""The shared look of every page."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "pol137.web"
    label = "web"
