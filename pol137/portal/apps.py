from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "pol137.portal"
