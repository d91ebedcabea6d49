
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0001_initial"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="outboundmessage",
            name="messaging_out_once",
        ),
        migrations.AddConstraint(
            model_name="outboundmessage",
            constraint=models.UniqueConstraint(
                fields=("event_id", "purpose", "address", "case_ref"),
                name="messaging_out_once",
                nulls_distinct=False,
            ),
        ),
    ]
