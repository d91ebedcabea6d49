"""What happened to a job is not written down a second time: the event it follows and its own row say it all."""

from django.db import migrations

FORWARD = """
DROP TRIGGER procrastinate_trigger_status_events_insert_v1 ON procrastinate_jobs;
DROP TRIGGER procrastinate_trigger_status_events_update_v1 ON procrastinate_jobs;
"""

BACKWARD = """
CREATE TRIGGER procrastinate_trigger_status_events_insert_v1 AFTER INSERT ON procrastinate_jobs
    FOR EACH ROW WHEN (new.status = 'todo'::procrastinate_job_status)
    EXECUTE FUNCTION procrastinate_trigger_function_status_events_insert_v1();
CREATE TRIGGER procrastinate_trigger_status_events_update_v1 AFTER UPDATE OF status ON procrastinate_jobs
    FOR EACH ROW EXECUTE FUNCTION procrastinate_trigger_function_status_events_update_v1();
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0003_checkpoint")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
