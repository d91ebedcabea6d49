"""Addresses of the shared look itself."""

from django.urls import path

from pol137.web import views

app_name = "web"

urlpatterns = [path("desk/components", views.living, name="components")]
