from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    name = "pol137.referrals"
    default_auto_field = "django.db.models.BigAutoField"
