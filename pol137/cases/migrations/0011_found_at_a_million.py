"""Who waits for another portal, and what triage decided before, found among a million."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0010_classified'),
        ('city', '0005_seasons_and_sub_districts'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='assignment',
            index=models.Index(condition=models.Q(('because__why', 'triage')), fields=['-id'], name='cases_held_by_triage'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('external_ref', ''), _negated=True), fields=['external_ref'], name='cases_case_elsewhere'),
        ),
    ]
