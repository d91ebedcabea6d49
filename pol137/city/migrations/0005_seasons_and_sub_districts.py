"""Seasons, sub-districts, what identifies a matter, and what places are."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("city", "0004_weekly_near_final"),
    ]

    operations = [
        migrations.CreateModel(
            name="Season",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sort", models.IntegerField(default=1000000, editable=False)),
                ("active_from", models.DateField()),
                ("active_to", models.DateField(blank=True, null=True)),
                ("name_fa", models.CharField(max_length=200)),
                ("name_en", models.CharField(max_length=200)),
                ("code", models.CharField(max_length=40)),
                ("from_date", models.DateField()),
                ("until_date", models.DateField()),
            ],
            options={
                "ordering": ["sort", "id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SubDistrict",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sort", models.IntegerField(default=1000000, editable=False)),
                ("active_from", models.DateField()),
                ("active_to", models.DateField(blank=True, null=True)),
                ("code", models.CharField(max_length=40, unique=True)),
                ("name_fa", models.CharField(max_length=200)),
                ("name_en", models.CharField(max_length=200)),
                ("population", models.PositiveIntegerField(blank=True, null=True)),
            ],
            options={
                "ordering": ["sort", "id"],
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="agency",
            name="season",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="place",
            name="alleys",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="place",
            name="kind",
            field=models.CharField(
                choices=[
                    ("street", "street"),
                    ("square", "square"),
                    ("alley", "alley"),
                    ("park", "park"),
                    ("landmark", "landmark"),
                    ("station", "station"),
                    ("building", "building"),
                    ("quarter", "quarter"),
                ],
                default="landmark",
                max_length=20,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="place",
            name="shared_with",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="routingrule",
            name="season",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="service",
            name="identified_by",
            field=models.CharField(
                choices=[("place", "place"), ("line", "line"), ("asset", "asset"), ("none", "none")],
                default="place",
                max_length=20,
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="place",
            name="lat",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="place",
            name="lon",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        ["street", "square", "alley", "park", "landmark", "station", "building", "quarter"],
                    )
                ),
                name="city_place_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lat__isnull", True), ("lon__isnull", True)),
                    models.Q(("lat__isnull", False), ("lon__isnull", False)),
                    _connector="OR",
                ),
                name="city_place_whole_point",
            ),
        ),
        migrations.AddConstraint(
            model_name="service",
            constraint=models.CheckConstraint(
                condition=models.Q(("identified_by__in", ["place", "line", "asset", "none"])),
                name="city_service_identified_by_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="season",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("active_to__isnull", True), ("active_to__gte", models.F("active_from")), _connector="OR"
                ),
                name="city_season_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="season",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__regex", "^[A-Za-z0-9_.~-]{1,40}$")), name="city_season_code"
            ),
        ),
        migrations.AddConstraint(
            model_name="season",
            constraint=models.UniqueConstraint(fields=("code", "from_date"), name="city_season_once"),
        ),
        migrations.AddConstraint(
            model_name="season",
            constraint=models.CheckConstraint(
                condition=models.Q(("until_date__gte", models.F("from_date"))),
                name="city_season_until_after_from",
            ),
        ),
        migrations.AddField(
            model_name="subdistrict",
            name="district",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="city.district"
            ),
        ),
        migrations.AddField(
            model_name="neighbourhood",
            name="sub_district",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="city.subdistrict",
            ),
        ),
        migrations.AddConstraint(
            model_name="subdistrict",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("active_to__isnull", True), ("active_to__gte", models.F("active_from")), _connector="OR"
                ),
                name="city_subdistrict_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="subdistrict",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__regex", "^[A-Za-z0-9_.~-]{1,40}$")), name="city_subdistrict_code"
            ),
        ),
    ]
