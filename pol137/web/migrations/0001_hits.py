"""The unlogged table of rate-limit counters."""

from django.db import migrations

CREATE = """
CREATE UNLOGGED TABLE web_hit (
    key text PRIMARY KEY,
    span bigint NOT NULL,
    hits integer NOT NULL,
    touched timestamptz NOT NULL
) WITH (fillfactor = 70);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(CREATE, "DROP TABLE web_hit")]
