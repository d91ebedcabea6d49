from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "pol137.cases"
