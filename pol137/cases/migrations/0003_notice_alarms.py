from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0002_whole_process'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('kind', 'alarm')), fields=['at'], name='cases_notice_alarm'),
        ),
    ]
