"""Cases classified in a month are found without reading all there are."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("cases", "0009_own_times")]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["classified_at"],
                name="cases_case_classified",
                condition=Q(classified_at__isnull=False),
            ),
        ),
    ]
