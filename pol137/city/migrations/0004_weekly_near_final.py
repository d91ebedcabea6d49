"""What a city chooses about near cases, withdrawals, the final verdict, pictures and the weekly list."""

from django.db import migrations, models
from django.db.models import Q

DURATION = {"help_text": "72h, 90m, 10s, 7d", "max_length": 24}
DAYS = ("saturday", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday")
LENGTH = r"^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$"
LENGTHS = (
    "triage_within",
    "approval_within",
    "announcement_within",
    "review_within",
    "objection_window",
    "reopen_window",
    "archive_after",
    "silent_after",
    "repeat_contact_window",
    "question_limit",
    "upheld_within",
    "plan_limit",
    "transfer_within",
    "holding_floor",
    "question_not_in_last",
    "longest_pause",
    "longest_extension",
    "recurrence_window",
    "grace_after_opening",
    "duty_next_after",
    "try_again_after",
    "near_window",
    "withdrawal_within",
    "keep_reporter",
    "keep_words",
    "keep_pictures",
    "keep_contacts",
    "keep_texts",
    "keep_raw_texts",
)


def _new(name, field):
    return migrations.AddField(model_name="city", name=name, field=field, preserve_default=False)


class Migration(migrations.Migration):
    dependencies = [("city", "0003_private_groups")]

    operations = [
        _new("near_window", models.CharField(default="14d", **DURATION)),
        _new("withdrawal_within", models.CharField(default="24h", **DURATION)),
        _new("verdicts_before_final", models.PositiveSmallIntegerField(default=2)),
        _new("photo_elsewhere_metres", models.PositiveSmallIntegerField(default=300)),
        _new(
            "weekly_on",
            models.CharField(choices=[(day, day) for day in DAYS], default="saturday", max_length=20),
        ),
        migrations.RemoveConstraint(model_name="city", name="city_city_windows_are_durations"),
        migrations.AddConstraint(
            model_name="city",
            constraint=models.CheckConstraint(
                condition=Q(*[(f"{name}__regex", LENGTH) for name in LENGTHS]),
                name="city_city_windows_are_durations",
            ),
        ),
        migrations.AddConstraint(
            model_name="city",
            constraint=models.CheckConstraint(condition=Q(weekly_on__in=DAYS), name="city_city_weekly_on_known"),
        ),
    ]
