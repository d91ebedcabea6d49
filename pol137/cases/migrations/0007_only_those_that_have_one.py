"""Few cases share a fault, recur or lie with an inner office: only those stand in the indexes for it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0006_climbed'),
        ('city', '0003_private_groups'),
    ]

    operations = [
        migrations.AlterField(
            model_name='case',
            name='incident',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='cases.incident'),
        ),
        migrations.AlterField(
            model_name='case',
            name='inner_department',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='city.department'),
        ),
        migrations.AlterField(
            model_name='case',
            name='recurs',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.case'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('incident__isnull', False)), fields=['incident'], name='cases_case_incident'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('inner_department__isnull', False)), fields=['inner_department'], name='cases_case_inner'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('recurs__isnull', False)), fields=['recurs'], name='cases_case_recurs'),
        ),
    ]
