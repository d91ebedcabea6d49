"""What somebody said in a survey is kept as a score."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("contacts", "0003_call_purposes")]

    operations = [
        migrations.AddField(
            model_name="callback", name="score", field=models.PositiveSmallIntegerField(null=True)
        ),
        migrations.AddConstraint(
            model_name="callback",
            constraint=models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=1, score__lte=5, purpose="survey"),
                name="contacts_call_score_1_to_5",
            ),
        ),
    ]
