"""What `pol137 doctor` looks at: one small function for each thing, in the order shown."""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from pol137.city.queries import book, is_loaded, local_day
from pol137.dispatch.queries import find_holes
from pol137.dispatch.rules.turns import Span
from pol137.journal.operations.checkpoints import digest_words
from pol137.journal.queries import Verified, queue_state, verify_journal
from pol137.lib import jalali
from pol137.machine import backups, locking, place, proc
from pol137.machine.binaries import OLDEST_MAJOR
from pol137.machine.trouble import CannotRun
from pol137.messaging.adapters import GATEWAYS
from pol137.messaging.queries import refused_for_now
from pol137.packs.rules.coverage import without_holidays
from pol137.staff.queries import holders

EXTENSIONS = ("pg_trgm", "unaccent", "btree_gin", "btree_gist")
OLD_QUEUE = timedelta(seconds=60)
OLD_BEAT = timedelta(seconds=60)
OLD_CHECKPOINT = timedelta(hours=50)
CLOCK_DRIFT = timedelta(seconds=2)
OLD_BACKUP = timedelta(hours=26)
CERTIFICATE_AHEAD = timedelta(days=30)
AHEAD = timedelta(days=7)
_TIME_ERROR = 5


class Level(StrEnum):
    """How things stand."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """What a check found, in plain words, and how to mend it."""

    level: Level
    says: str
    mend: str = ""


Check = Callable[[datetime], Finding]


def _ok(says: str) -> Finding:
    return Finding(Level.OK, says)


def _warn(says: str, mend: str) -> Finding:
    return Finding(Level.WARN, says, mend)


def _fail(says: str, mend: str) -> Finding:
    return Finding(Level.FAIL, says, mend)


def _value(statement: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def database(now: datetime) -> Finding:
    """The server's version and that it keeps what it acknowledged."""
    version = str(_value("SHOW server_version"))
    loose = [name for name in ("fsync", "full_page_writes") if _value(f"SHOW {name}") == "off"]
    if _value("SHOW synchronous_commit") == "off":
        loose.append("synchronous_commit")
    if int(version.split(".")[0]) < OLDEST_MAJOR:
        return _fail(_("PostgreSQL %s is too old.") % version, _("Use PostgreSQL 15 or newer."))
    if loose:
        return _fail(
            _("The database may lose acknowledged messages: %s is off.") % ", ".join(loose),
            _("Turn it on in postgresql.conf and restart the database."),
        )
    return _ok(_("PostgreSQL %s, durable.") % version)


def locale(now: datetime) -> Finding:
    """That the database sees Persian letters."""
    if not _value("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'"):
        return _fail(
            _("The extension pg_trgm is not in the database."),
            _("Run pol137 up once, or CREATE EXTENSION pg_trgm."),
        )
    encoding = _value("SHOW server_encoding")
    if encoding != "UTF8" or _value("SELECT similarity('آب', 'آب') = 1") is not True:
        return _fail(
            _("The database's locale cannot handle Persian."),
            _("Make the database anew with the locale C.UTF-8 and restore a backup into it."),
        )
    return _ok(_("The database handles Persian."))


def extensions(now: datetime) -> Finding:
    """That the server brings the extensions the software relies on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_available_extensions")
        missing = sorted(set(EXTENSIONS) - {row[0] for row in cursor.fetchall()})
    if missing:
        return _fail(
            _("The database server lacks extensions: %s.") % ", ".join(missing),
            _("Install your distribution's postgresql-contrib package."),
        )
    return _ok(_("All extensions are there."))


def tables(now: datetime) -> Finding:
    """That the tables are those of this version of the software."""
    executor = MigrationExecutor(connection)
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if waiting:
        return _fail(_("%d migrations are waiting.") % waiting, _("Run pol137 upgrade."))
    return _ok(_("The tables are up to date."))


def city(now: datetime) -> Finding:
    """That a city is loaded and its next year's holidays are known."""
    if not is_loaded():
        return _fail(_("No city is loaded."), _("Run pol137 city load PACK."))
    town = book()
    next_year = jalali.year_of(local_day(now)) + 1
    bare = [calendar.code for calendar in without_holidays(town.calendars, next_year)]
    if bare:
        return _warn(
            _("The calendars %(calendars)s have no holidays for %(year)d.")
            % {"calendars": ", ".join(bare), "year": next_year},
            _("Run pol137 city holidays --year %d --into PACK and load the pack.") % next_year,
        )
    name = town.city.name_fa if (get_language() or "").startswith("fa") else town.city.name_en
    return _ok(_("%s is loaded, with next year's holidays.") % name)


def seats(now: datetime) -> Finding:
    """That every position a ladder can climb to has somebody who holds it today."""
    if not is_loaded():
        return _warn(_("No city is loaded, so nobody holds a position."), _("Run pol137 city load PACK."))
    climbs_to = {role for ladder in book().ladders for rung in ladder.rungs for role in rung.roles}
    positions = [p for p in book().positions if p.role in climbs_to]
    held = holders([position.id for position in positions], now=now)
    vacant = [position.code for position in positions if not held.get(position.id)]
    if vacant:
        return _warn(
            _("%(vacant)d of %(all)d positions of the ladder are vacant, for example %(example)s.")
            % {"vacant": len(vacant), "all": len(positions), "example": vacant[0]},
            _("Appoint somebody under /desk/positions/; until then the rung above is told instead."),
        )
    return _ok(_("All %d positions of the ladder are held.") % len(positions))


def roster(now: datetime) -> Finding:
    """That every hour of the coming week has somebody on duty wherever danger may be."""
    if not is_loaded():
        return _warn(_("No city is loaded, so nobody is on duty."), _("Run pol137 city load PACK."))
    town = book()
    holes = find_holes(Span(now, now + AHEAD))
    if holes:
        first = min(holes, key=lambda hole: hole.span.from_at)
        return _warn(
            ngettext(
                "The duty roster has %(holes)d hole in the coming week: %(district)s, %(at)s.",
                "The duty roster has %(holes)d holes in the coming week, the first: %(district)s, %(at)s.",
                len(holes),
            )
            % {
                "holes": len(holes),
                "district": town.districts[first.district_id].code,
                "at": first.span.from_at.astimezone(town.zone).strftime("%Y-%m-%d %H:%M"),
            },
            _("Put somebody on duty under /desk/roster/: an urgent case there is told to nobody outside."),
        )
    return _ok(_("Every hour of the coming week has somebody on duty."))


def queue(now: datetime) -> Finding:
    """That jobs are done as they come, and none was given up on."""
    state = queue_state(now=now)
    if state.oldest > OLD_QUEUE:
        return _fail(
            _("A job has been waiting for %(seconds)d s; %(waiting)d wait in all.")
            % {"seconds": state.oldest.total_seconds(), "waiting": state.waiting},
            _("See that the centre runs (make up) and look into log/worker.log."),
        )
    if state.failed:
        return _warn(
            _("%d jobs were given up on.") % state.failed, _("Look into log/worker.log for the reason.")
        )
    return _ok(_("%d jobs wait, none for long.") % state.waiting)


def worker_and_scheduler(now: datetime) -> Finding:
    """That those who do the jobs and run the clocks show signs of life, and those signs are of today.

    A private server's programs end with the centre: what they wrote a moment before is no sign of life.
    """
    state = queue_state(now=now)
    beats = {_("worker"): state.worker_beat, _("scheduler"): state.scheduler_beat}
    gone = not place.read().database_url and not _centre_runs()
    silent = [name for name, at in beats.items() if gone or at is None or now - at > OLD_BEAT]
    if not silent:
        return _ok(_("Worker and scheduler are at work."))
    says = _("No sign of life from: %s.") % ", ".join(silent)
    if _centre_runs():
        return _fail(says, _("Look into the files under log/ of the data folder."))
    return _warn(says, _("The centre does not run on this data folder: start it with make up."))


def _centre_runs() -> bool:
    """Whether another program holds the data folder; this one does when it has started the database."""
    lock = place.read().lock_file
    try:
        with locking.held(lock):
            return False
    except CannotRun:
        return lock.read_text().strip() != str(os.getpid())


def disk(now: datetime) -> Finding:
    """That there is room for data."""
    room = shutil.disk_usage(settings.DATA_DIR)
    free = room.free / 2**30
    says = _("%.1f GiB are free on the disk of the data folder.") % free
    mend = _("Make room, or move the data folder to a larger disk.")
    if free < 1:
        return _fail(says, mend)
    return _warn(says, mend) if free < 5 or room.free < room.total / 20 else _ok(says)


def clock(now: datetime) -> Finding:
    """That this machine's clock is kept right and agrees with the database's."""
    told = _value("SELECT clock_timestamp()")
    drift = abs(told - timezone.now()) if isinstance(told, datetime) else CLOCK_DRIFT
    if drift >= CLOCK_DRIFT:
        return _fail(
            _("The clocks of this machine and the database differ by %.1f s.") % drift.total_seconds(),
            _("Keep both right with NTP: promises are counted in minutes."),
        )
    if ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)) == _TIME_ERROR:
        return _warn(
            _("Nothing keeps this machine's clock right."), _("Turn NTP on, for example systemd-timesyncd.")
        )
    return _ok(_("The clocks agree."))


def channels(now: datetime) -> Finding:
    """That every channel is bound to a gateway this software has, and whether texts really go out."""
    if not is_loaded():
        return _warn(_("No city is loaded, so there are no channels."), _("Run pol137 city load PACK."))
    bound = {channel.code: channel.adapter for channel in book().channels if channel.adapter}
    unknown = [f"{code} ({adapter})" for code, adapter in bound.items() if adapter not in GATEWAYS]
    if unknown:
        return _fail(
            _("Channels name gateways that do not exist: %s.") % ", ".join(unknown),
            _("Correct the adapter in channels.toml and load the pack. Known: %s.") % ", ".join(GATEWAYS),
        )
    for_show = [code for code, adapter in bound.items() if adapter == "log"]
    if for_show:
        return _warn(
            _("Messages of these channels are written down here and reach nobody: %s.") % ", ".join(for_show),
            _("For real citizens, bind them to a real gateway in channels.toml."),
        )
    return _ok(_("%d channels are bound to gateways.") % len(bound))


def messages(now: datetime) -> Finding:
    """That gateways take what they are given."""
    if refused := refused_for_now():
        worst = max(refused, key=lambda one: one.count)
        return _fail(
            _("%(count)d texts (%(medium)s) wait because the gateway does not take them: %(reason)s.")
            % {"count": worst.count, "medium": worst.medium, "reason": worst.reason},
            _("Pay the provider, or mend what it names: the texts go out by themselves within half an hour."),
        )
    return _ok(_("No text waits for its gateway."))


def journal(now: datetime) -> Finding:
    """That no event was changed, cut out or put in by hand."""
    found = verify_journal(limit=5)
    if says := _tampering(found):
        return _fail(says, _("Compare with a backup and find out who had access to the database."))
    whole = _("Every chain of the journal verifies: %(events)d events in %(streams)d streams.") % {
        "events": found.events,
        "streams": found.streams,
    }
    if found.checkpoint is None:
        return _ok(f"{whole} {_('No checkpoint has been left yet.')}")
    held = _("The checkpoint of %(day)s holds: %(digest)s.") % {
        "day": f"{found.checkpoint.at:%Y-%m-%d %H:%M}",
        "digest": digest_words(found.checkpoint),
    }
    if now - found.checkpoint.at > OLD_CHECKPOINT:
        mend = _("See that the scheduler runs: it leaves one a day, which shows what is cut off later.")
        return _warn(f"{whole} {held}", mend)
    return _ok(f"{whole} {held}")


def _tampering(found: Verified) -> str:
    """What was done to the journal, in words; empty when nothing was."""
    if found.broken:
        stream, seq = found.broken[0]
        return _("The journal was tampered with; the first broken place is %(stream)s, event %(seq)d.") % {
            "stream": stream,
            "seq": seq,
        }
    if found.forged_checkpoints:
        return _("The journal was tampered with: %d of its checkpoints do not verify.") % (
            found.forged_checkpoints
        )
    if found.missing > 0:
        return _("The journal was tampered with: %d events of the last checkpoint are gone.") % found.missing
    if found.missing < 0 or found.rewritten:
        return _("The journal was tampered with: streams do not end as they did at the last checkpoint.")
    return ""


def certificate(now: datetime) -> Finding:
    """That browsers accept the certificate, today and next month."""
    here = place.read()
    if here.tls is None:
        if settings.LOOPBACK or here.public_url.startswith("https://"):
            return _ok(_("HTTPS is not this program's business here."))
        return _fail(
            _("The centre is open to others without HTTPS."),
            _("Run pol137 tls HOST, or set POL137_TLS_CERT and POL137_TLS_KEY."),
        )
    from pol137.machine import certificates

    found = certificates.read(here.tls[0])
    host = urlsplit(here.public_url).hostname or ""
    mend = _("Run pol137 tls %s and start the centre again, or put a new certificate in place.") % host
    until = {"day": f"{found.ends_at:%Y-%m-%d}"}
    if found.ends_at <= now:
        return _fail(_("The certificate ended on %(day)s.") % until, mend)
    if host not in found.hosts:
        return _fail(_("The certificate is not for %s.") % host, mend)
    if found.ends_at - now < CERTIFICATE_AHEAD:
        return _warn(_("The certificate ends on %(day)s.") % until, mend)
    return _ok(_("The certificate is good until %(day)s.") % until)


def backup(now: datetime) -> Finding:
    """That there is a backup of this day's data where POL137_BACKUPS says, and that it is whole in form."""
    folder = os.environ.get("POL137_BACKUPS", "")
    if not folder:
        return _warn(
            _("Nobody has told where backups are kept."),
            _("Run pol137 backup DIR every night and set POL137_BACKUPS=DIR, a folder on another disk."),
        )
    made = backups.found(Path(folder))
    if not made:
        return _fail(_("There is no backup in %s.") % folder, _("Run pol137 backup %s.") % folder)
    age = now - datetime.fromisoformat(backups.read(made[-1]).made_at)
    says = _("The last backup is %d hours old.") % (age / timedelta(hours=1))
    return _fail(says, _("Run pol137 backup %s.") % folder) if age > OLD_BACKUP else _ok(says)


def secrets(now: datetime) -> Finding:
    """That the secret key is there and nobody else can read it."""
    path = settings.DATA_DIR / "secret-key"
    if not path.exists():
        return _warn(_("There is no secret key yet."), _("pol137 up makes one."))
    if path.stat().st_mode & 0o077:
        return _fail(_("Others can read the secret key."), _("Run: chmod 600 %s") % path)
    return _ok(_("The secret key is readable by its owner only."))


def switches(now: datetime) -> Finding:
    """That nothing made for tests is on in earnest: in the centre where it runs, here where it does not."""
    limits, moderation, demo = settings.RATE_LIMITS, settings.MODERATION, settings.DEMO
    if _centre_runs():
        told = proc.environment_of(int(place.read().lock_file.read_text()))
        limits = place.is_on(told.get("POL137_RATE_LIMITS", "on"))
        moderation = place.is_on(told.get("POL137_MODERATION", "on"))
        demo = place.is_on(told.get("POL137_DEMO", "off"))
    protection = {"POL137_RATE_LIMITS": limits, "POL137_MODERATION": moderation}
    off = [f"{name}=off" for name, on in protection.items() if not on]
    if off:
        return _fail(_("Protection is switched off: %s.") % ", ".join(off), _("Leave these variables out."))
    if demo:
        return _warn(
            _("Demo mode is on: anybody on this machine can log in."), _("In earnest, set POL137_DEMO=off.")
        )
    return _ok(_("No switch made for tests is on."))


CHECKS: dict[str, Check] = {
    "database": database,
    "locale": locale,
    "extensions": extensions,
    "tables": tables,
    "city": city,
    "seats": seats,
    "duty roster": roster,
    "channels": channels,
    "messages": messages,
    "queue": queue,
    "worker and scheduler": worker_and_scheduler,
    "journal": journal,
    "disk": disk,
    "clock": clock,
    "secret key": secrets,
    "certificate": certificate,
    "backup": backup,
    "switches": switches,
}


def examine(*, now: datetime) -> dict[str, Finding]:
    """Every check's finding. A check that cannot be made is a failure with its reason."""
    found = {}
    for name, check in CHECKS.items():
        try:
            found[name] = check(now)
        except Exception as error:
            found[name] = _fail(
                _("This could not be looked at: %s") % str(error).strip().splitlines()[0],
                _("Mend what stands above first, then look again."),
            )
    return found
