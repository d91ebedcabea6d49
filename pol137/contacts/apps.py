from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "pol137.contacts"
