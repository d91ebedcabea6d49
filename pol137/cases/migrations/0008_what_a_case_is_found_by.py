"""Normalised words beside every case, those registered before included; filled first, indexed last."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models
from django.db.models import Value
from django.db.models.functions import Replace

BATCH = 2000


def fill(apps, schema_editor):
    from pol137.cases.rules.searching import searchable

    Case, Text, Answer = (apps.get_model("cases", name) for name in ("Case", "CaseText", "Answer"))
    last = 0
    while found := list(
        Case.objects.filter(pk__gt=last, erased_at=None).order_by("pk").values_list("pk", "words", "address")[:BATCH]
    ):
        first, last = found[0][0], found[-1][0]
        replies = {}
        given = Answer.objects.filter(case__gte=first, case__lte=last, answered_at__isnull=False).order_by("id")
        for case_id, reply in given.values_list("case_id", "reply"):
            replies.setdefault(case_id, []).append(reply)
        Text.objects.bulk_create(
            Text(case_id=pk, reads=str(reads), text=text)
            for pk, words, address in found
            for reads, text in searchable(words, address, *replies.get(pk, ()))
        )


class Migration(migrations.Migration):

    dependencies = [("cases", "0007_only_those_that_have_one")]

    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name="CaseText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reads", models.CharField(max_length=4)),
                ("text", models.TextField()),
                (
                    "words",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.contrib.postgres.search.SearchVector("text", config="simple"),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
                (
                    "letters",
                    models.GeneratedField(
                        db_persist=True,
                        expression=Replace("text", Value(" "), Value("")),
                        output_field=models.TextField(),
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="texts",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("case", "reads"), name="cases_text_once")],
            },
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="casetext",
            index=django.contrib.postgres.indexes.GinIndex(fields=["words"], name="cases_text_words"),
        ),
        migrations.AddIndex(
            model_name="casetext",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("letters", "gin_trgm_ops"), name="cases_text_letters"
            ),
        ),
    ]
