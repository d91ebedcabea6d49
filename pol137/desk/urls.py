"""Addresses of the desk: what members of staff work with."""

from django.urls import URLPattern

app_name = "desk"

ACCOUNT: list[URLPattern] = []

CONTACTS: list[URLPattern] = []

CASES: list[URLPattern] = []

urlpatterns = [*ACCOUNT, *CONTACTS, *CASES]
