"""Everything that happens by the clock, in one table; `pol137 scheduler` turns through it."""

from datetime import timedelta

from pol137.cases.operations import count_lately_declared, sweep, sweep_files
from pol137.commands.scheduler import Turn
from pol137.contacts.operations import forget_due
from pol137.dispatch.operations import pass_unanswered
from pol137.journal.operations import leave_checkpoint
from pol137.journal.outbox import retry_stalled
from pol137.messaging.operations import release_messages
from pol137.notices.operations import tell
from pol137.oversight.operations import tell_weekly
from pol137.web import ratelimit

SCHEDULE = (
    Turn("sweep", timedelta(seconds=1), sweep),
    Turn("call the next on duty", timedelta(seconds=1), pass_unanswered),
    Turn("count closures declared lately", timedelta(minutes=1), count_lately_declared),
    Turn("tell", timedelta(seconds=2), tell),
    Turn("tell the weekly lists", timedelta(minutes=10), tell_weekly),
    Turn("release messages", timedelta(seconds=30), release_messages),
    Turn("erase what need not be kept", timedelta(hours=24), forget_due),
    Turn("remove files nobody names", timedelta(hours=24), sweep_files),
    Turn("forget old counts of requests", timedelta(hours=24), ratelimit.forget),
    Turn("leave a checkpoint of the journal", timedelta(hours=1), leave_checkpoint),
    Turn("retry stalled jobs", timedelta(seconds=10), retry_stalled),
)
