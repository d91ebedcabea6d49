"""A case is written often: room in its pages for that, and no index that another one covers."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0003_notice_alarms'),
        ('city', '0002_closures_numbers_hours'),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE cases_case SET (fillfactor = 85)", "ALTER TABLE cases_case RESET (fillfactor)"
        ),
        migrations.AlterField(
            model_name='case',
            name='channel',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='city.channel'),
        ),
        migrations.AlterField(
            model_name='case',
            name='department',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='city.department'),
        ),
        migrations.AlterField(
            model_name='case',
            name='final_service',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='city.service'),
        ),
        migrations.AlterField(
            model_name='case',
            name='neighbourhood',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='city.neighbourhood'),
        ),
        migrations.AlterField(
            model_name='case',
            name='parent',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='cases.case'),
        ),
        migrations.AlterField(
            model_name='case',
            name='service',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='city.service'),
        ),
        migrations.AlterField(
            model_name='rung',
            name='promise',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rungs', to='cases.promise'),
        ),
    ]
