"""A unit's newest cases and a picture's public copy by index; who was told of a rung, as it is counted."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0012_latest_announced"),
        ("city", "0006_feedback_calls"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["department", "-id"], name="cases_case_held"),
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(fields=["public_sha256"], name="cases_attachment_public"),
        ),
        migrations.RunSQL(
            "CREATE STATISTICS cases_notice_reach (mcv) ON position_id, rung FROM cases_notice",
            "DROP STATISTICS cases_notice_reach",
        ),
    ]
