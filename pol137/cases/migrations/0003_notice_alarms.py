from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0002_whole_process'),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='notice', name='cases_notice_once'),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.UniqueConstraint(fields=('event_id', 'kind', 'position', 'user'), name='cases_notice_once', nulls_distinct=False),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('kind', 'alarm')), fields=['at'], name='cases_notice_alarm'),
        ),
    ]
