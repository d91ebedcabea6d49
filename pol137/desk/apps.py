from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "pol137.desk"

    def ready(self) -> None:
        """Hand the desk's places to its frame."""
        from pol137.desk.places import PLACES, waiting
        from pol137.web import nav

        nav.install(PLACES, waiting)
