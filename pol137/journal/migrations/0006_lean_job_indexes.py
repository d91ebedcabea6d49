"""A job is written as often as an event, so no index of it that nobody asks: one queue holds nearly all, and
by its lock a job is found through `journal_jobs_lock`."""

from django.db import migrations

FORWARD = """
DROP INDEX procrastinate_jobs_queue_name_idx_v1;
DROP INDEX procrastinate_jobs_id_lock_idx_v1;
"""

BACKWARD = """
CREATE INDEX procrastinate_jobs_queue_name_idx_v1 ON procrastinate_jobs (queue_name);
CREATE INDEX procrastinate_jobs_id_lock_idx_v1 ON procrastinate_jobs (id, lock)
    WHERE status = ANY (ARRAY['todo'::procrastinate_job_status, 'doing'::procrastinate_job_status]);
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0005_by_time")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
