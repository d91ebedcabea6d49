from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "pol137.messaging"
