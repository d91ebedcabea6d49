import datetime

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("city", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="city",
            name="holding_floor",
            field=models.CharField(default="24h", help_text="72h, 90m, 10s, 7d", max_length=24),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="question_not_in_last",
            field=models.CharField(default="12h", help_text="72h, 90m, 10s, 7d", max_length=24),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="longest_pause",
            field=models.CharField(default="30d", help_text="72h, 90m, 10s, 7d", max_length=24),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="longest_extension",
            field=models.CharField(default="7d", help_text="72h, 90m, 10s, 7d", max_length=24),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="recurrence_window",
            field=models.CharField(default="30d", help_text="72h, 90m, 10s, 7d", max_length=24),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="grace_after_opening",
            field=models.CharField(default="2h", help_text="72h, 90m, 10s, 7d", max_length=24),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="duty_next_after",
            field=models.CharField(default="10m", help_text="72h, 90m, 10s, 7d", max_length=24),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="try_again_after",
            field=models.CharField(default="3h", help_text="72h, 90m, 10s, 7d", max_length=24),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="keep_reporter",
            field=models.CharField(default="1095d", help_text="72h, 90m, 10s, 7d", max_length=24),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="keep_words",
            field=models.CharField(default="1825d", help_text="72h, 90m, 10s, 7d", max_length=24),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="keep_pictures",
            field=models.CharField(default="1095d", help_text="72h, 90m, 10s, 7d", max_length=24),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="keep_contacts",
            field=models.CharField(default="1095d", help_text="72h, 90m, 10s, 7d", max_length=24),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="keep_texts",
            field=models.CharField(default="365d", help_text="72h, 90m, 10s, 7d", max_length=24),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="keep_raw_texts",
            field=models.CharField(default="180d", help_text="72h, 90m, 10s, 7d", max_length=24),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="call_tries",
            field=models.PositiveSmallIntegerField(default=3),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="poor_rating",
            field=models.PositiveSmallIntegerField(default=2),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="shortest_reply",
            field=models.PositiveSmallIntegerField(default=15),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="nudges_before_call",
            field=models.PositiveSmallIntegerField(default=3),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="recheck_percent",
            field=models.PositiveSmallIntegerField(default=5),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="survey_percent",
            field=models.PositiveSmallIntegerField(default=10),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="calls_from",
            field=models.TimeField(default=datetime.time(9, 0)),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="calls_until",
            field=models.TimeField(default=datetime.time(20, 0)),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="quiet_from",
            field=models.TimeField(default=datetime.time(22, 0)),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="quiet_until",
            field=models.TimeField(default=datetime.time(7, 0)),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="digest_at",
            field=models.TimeField(default=datetime.time(7, 30)),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="city",
            name="ladder_waits_for_opening",
            field=models.BooleanField(default=True),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name='Closure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title_fa', models.CharField(max_length=200)),
                ('from_at', models.DateTimeField()),
                ('to_at', models.DateTimeField()),
                ('districts', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None)),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None)),
                ('mourning', models.BooleanField(default=False)),
                ('declared_at', models.DateTimeField()),
                ('declared_by', models.CharField(max_length=80)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['from_at', 'id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='city',
            name='city_city_windows_are_durations',
        ),
        migrations.RemoveConstraint(
            model_name='department',
            name='city_department_kind_known',
        ),
        migrations.AddField(
            model_name='calendar',
            name='operational',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='department',
            name='calendar',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='city.calendar'),
        ),
        migrations.AddField(
            model_name='holiday',
            name='mourning',
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name='department',
            name='kind',
            field=models.CharField(choices=[('city', 'city'), ('mayor_office', 'mayor_office'), ('inspection', 'inspection'), ('centre', 'centre'), ('deputy_office', 'deputy_office'), ('district', 'district'), ('organisation', 'organisation'), ('office', 'office'), ('contractor', 'contractor')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='city',
            constraint=models.CheckConstraint(condition=models.Q(('triage_within__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('approval_within__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('announcement_within__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('review_within__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('objection_window__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('reopen_window__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('archive_after__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('silent_after__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('repeat_contact_window__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('question_limit__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('upheld_within__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('plan_limit__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('transfer_within__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('holding_floor__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('question_not_in_last__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('longest_pause__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('longest_extension__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('recurrence_window__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('grace_after_opening__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('duty_next_after__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('try_again_after__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('keep_reporter__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('keep_words__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('keep_pictures__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('keep_contacts__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('keep_texts__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$'), ('keep_raw_texts__regex', '^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$')), name='city_city_windows_are_durations'),
        ),
        migrations.AddConstraint(
            model_name='department',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['city', 'mayor_office', 'inspection', 'centre', 'deputy_office', 'district', 'organisation', 'office', 'contractor'])), name='city_department_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='closure',
            constraint=models.CheckConstraint(condition=models.Q(('to_at__gt', models.F('from_at'))), name='city_closure_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='closure',
            constraint=models.CheckConstraint(condition=models.Q(('kinds__contained_by', ['city', 'mayor_office', 'inspection', 'centre', 'deputy_office', 'district', 'organisation', 'office', 'contractor'])), name='city_closure_kinds_known'),
        ),
    ]
