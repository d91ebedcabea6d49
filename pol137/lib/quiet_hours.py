"""Times of day at which people are told things: never in the quiet hours, lists once a morning."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


def after_quiet(at: datetime, *, quiet_from: time, quiet_until: time, zone: ZoneInfo) -> datetime:
    """`at`, or the end of the quiet hours it falls into.

    They may pass midnight; when they begin as they end, none are quiet.
    """
    local = at.astimezone(zone)
    clock = local.time()
    if quiet_from <= quiet_until:
        quiet = quiet_from <= clock < quiet_until
    else:
        quiet = clock >= quiet_from or clock < quiet_until
    return next_time(at, quiet_until, zone=zone) if quiet else at


def next_time(at: datetime, clock: time, *, zone: ZoneInfo) -> datetime:
    """The next moment from `at` on at which the zone's clocks show this time; `at` itself when they do."""
    local = at.astimezone(zone)
    moment = datetime.combine(local.date(), clock, tzinfo=zone)
    if moment < local:
        moment = datetime.combine(local.date() + timedelta(days=1), clock, tzinfo=zone)
    return moment.astimezone(at.tzinfo)
