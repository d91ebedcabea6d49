"""Groups whose services are never public."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("city", "0002_closures_numbers_hours")]

    operations = [
        migrations.AddField(
            model_name="servicegroup", name="private", field=models.BooleanField(default=False)
        ),
    ]
