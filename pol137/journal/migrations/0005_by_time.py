"""What happened between two moments is read in the order of time, not looked for in all there is."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("journal", "0004_no_history_of_jobs")]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["at", "id"], name="journal_event_at"),
        ),
    ]
