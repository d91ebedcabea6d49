"""Jobs that tell members of staff, waiting or given up, are done by the room that does it now."""

from django.db import migrations

MOVE = (
    "UPDATE procrastinate_jobs SET task_name = '%s'"
    " WHERE task_name = '%s' AND status IN ('todo', 'doing', 'failed')"
)
OLD, NEW = "cases.tell_staff", "notices.tell_staff"


class Migration(migrations.Migration):
    dependencies = [("journal", "0004_no_history_of_jobs")]
    operations = [migrations.RunSQL(MOVE % (NEW, OLD), MOVE % (OLD, NEW))]
