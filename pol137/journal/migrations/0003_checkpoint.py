"""Checkpoints over all streams: what is cut off at an end shows."""

from django.db import migrations, models

FORWARD = """
CREATE FUNCTION journal_heads(upto bigint, OUT events bigint, OUT streams bigint, OUT heads bytea)
LANGUAGE sql STABLE AS $$
    WITH last AS (
        SELECT DISTINCT ON (e.stream) e.stream, e.seq, e.hash FROM journal_event e WHERE e.id <= upto
        ORDER BY e.stream, e.seq DESC
    ), shelves AS (
        SELECT substr(md5(l.stream), 1, 3) AS shelf, count(*) AS n,
               sha256(string_agg(convert_to(l.stream || ':' || l.seq || ':', 'UTF8') || l.hash, ''::bytea
                                 ORDER BY l.stream COLLATE "C")) AS digest
        FROM last l GROUP BY 1
    )
    SELECT (SELECT count(*) FROM journal_event e WHERE e.id <= upto),
           coalesce(sum(s.n), 0)::bigint,
           sha256(coalesce(string_agg(s.digest, ''::bytea ORDER BY s.shelf COLLATE "C"), ''::bytea))
    FROM shelves s
$$;

CREATE FUNCTION journal_checkpoint_hash(before bytea, at timestamptz, last_event bigint, events bigint,
                                        streams bigint, heads bytea) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(coalesce(before, ''::bytea) || heads || convert_to(
        extract(epoch FROM at) || E'\\n' || last_event || E'\\n' || events || E'\\n' || streams, 'UTF8'))
$$;

CREATE TRIGGER journal_checkpoint_refuse BEFORE UPDATE OR DELETE ON journal_checkpoint
    FOR EACH ROW EXECUTE FUNCTION journal_event_refuse();
"""

BACKWARD = """
DROP TRIGGER journal_checkpoint_refuse ON journal_checkpoint;
DROP FUNCTION journal_checkpoint_hash(bytea, timestamptz, bigint, bigint, bigint, bytea);
DROP FUNCTION journal_heads(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0002_chain")]

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("last_event", models.BigIntegerField()),
                ("events", models.BigIntegerField()),
                ("streams", models.BigIntegerField()),
                ("heads", models.BinaryField()),
                ("hash", models.BinaryField()),
            ],
            options={"ordering": ["id"]},
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
