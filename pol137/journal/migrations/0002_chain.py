"""The chain is the database's work: bulk inserts are covered and nothing is edited."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION journal_event_hash(before bytea, stream text, seq integer, kind text, at timestamptz, by text,
                                   body jsonb) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(coalesce(before, ''::bytea) || convert_to(
        stream || E'\\n' || seq || E'\\n' || kind || E'\\n' || extract(epoch FROM at) || E'\\n' || by || E'\\n' || body::text,
        'UTF8'))
$$;

CREATE FUNCTION journal_event_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    head record;
BEGIN
    SELECT e.seq, e.hash INTO head FROM journal_event e WHERE e.stream = NEW.stream ORDER BY e.seq DESC LIMIT 1;
    NEW.seq := coalesce(head.seq, 0) + 1;
    NEW.hash := journal_event_hash(head.hash, NEW.stream, NEW.seq, NEW.kind, NEW.at, NEW."by", NEW.body);
    RETURN NEW;
END
$$;

CREATE TRIGGER journal_event_chain BEFORE INSERT ON journal_event
    FOR EACH ROW EXECUTE FUNCTION journal_event_chain();

CREATE FUNCTION journal_event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are appended, never changed or removed';
END
$$;

CREATE TRIGGER journal_event_refuse BEFORE UPDATE OR DELETE ON journal_event
    FOR EACH ROW EXECUTE FUNCTION journal_event_refuse();

-- The job library announces each insert by NOTIFY, which makes commits wait for one another: workers poll instead.
DROP TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 ON procrastinate_jobs;

-- Fetching a job looks for others of the same lock: without this index each fetch reads the whole queue.
CREATE INDEX journal_jobs_lock ON procrastinate_jobs (lock) WHERE status IN ('todo', 'doing');
ALTER TABLE procrastinate_jobs SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000);
"""

BACKWARD = """
ALTER TABLE procrastinate_jobs RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
    autovacuum_analyze_scale_factor, autovacuum_analyze_threshold);
DROP INDEX journal_jobs_lock;
CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 AFTER INSERT ON procrastinate_jobs
    FOR EACH ROW WHEN (new.status = 'todo'::procrastinate_job_status)
    EXECUTE FUNCTION procrastinate_notify_queue_job_inserted_v1();
DROP TRIGGER journal_event_refuse ON journal_event;
DROP TRIGGER journal_event_chain ON journal_event;
DROP FUNCTION journal_event_refuse();
DROP FUNCTION journal_event_chain();
DROP FUNCTION journal_event_hash(bytea, text, integer, text, timestamptz, text, jsonb);
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial"), ("procrastinate", "0041_post_retry_failed_job")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
