from django.apps import AppConfig


class SimulationConfig(AppConfig):
    name = "pol137.simulation"
