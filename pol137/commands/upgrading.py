"""A database of an older version becomes one of this version: backed up first, or not touched at all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pol137.machine import backups, postgres
from pol137.machine.place import Place
from pol137.machine.progress import say, step
from pol137.machine.trouble import CannotRun

if TYPE_CHECKING:
    from django.db.migrations.loader import MigrationLoader


def bring_up_to_date(here: Place) -> bool:
    """Apply the migrations that wait; whether there were any. Django is set up and the database is there.

    Guarantees: a centre that holds anything is backed up before its tables change, and when a migration
    fails the backup is put back. Refuses (CannotRun) a database of a newer version than this one.
    """
    from django.core.management import call_command

    waiting = migrations_waiting()
    if not waiting:
        return False
    kept = _backed_up(here) if has_tables() else None
    try:
        with step(f"جدول‌ها · tables ({waiting})"):
            call_command("migrate", verbosity=0, interactive=False)
    except Exception as trouble:
        if kept is None:
            raise
        _put_back(kept, here)
        raise CannotRun(
            f"the tables could not be brought up to date ({_first_line(trouble)}): everything is as it was "
            f"before. Go on with the older version, and tell its makers; the backup is {kept}"
        ) from trouble
    return True


def migrations_waiting() -> int:
    """How many migrations this version has and the database lacks; the files are read once.

    Refuses (CannotRun) a database that a newer version of this software has changed.
    """
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    applied = [f"{app}.{name}" for app, name in executor.loader.applied_migrations]
    if unknown := unknown_migrations(applied, executor.loader):
        raise CannotRun(
            f"the database was changed by a newer version of Pol137 ({unknown[-1]}): run that version, "
            "or go back to the backup made before it with pol137 rollback"
        )
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def unknown_migrations(applied: list[str], loader: MigrationLoader) -> list[str]:
    """Those migrations of our rooms (`app.name`) that this version, as loaded, does not have."""
    from django.apps import apps

    known = {f"{app}.{name}" for app, name in loader.disk_migrations}
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("pol137.")}
    return sorted(name for name in applied if name.partition(".")[0] in ours and name not in known)


def backup_folder(here: Place) -> Path:
    """Where the backups made before an upgrade or a rollback are."""
    return here.data_dir / "backups"


def database_url(here: Place) -> str:
    """The address of the place's database."""
    return here.database_url or postgres.url(here.data_dir)


def has_tables() -> bool:
    """Whether the database was ever one of this software."""
    from django.db import connection

    return "django_migrations" in connection.introspection.table_names()


def _backed_up(here: Place) -> Path:
    folder, url = backup_folder(here), database_url(here)
    say(f"  {_told(backups.load_of(here, url, folder))}")
    with step(f"پشتیبان · backup → {folder}"):
        made, _ = backups.make(here, url, folder, now=datetime.now(UTC))
    return made


def _told(load: backups.Load) -> str:
    """How much there is to back up, and about how long it takes."""
    large = f"{load.database / 1e9:.1f} GB + {load.files / 1e9:.1f} GB"
    minutes = round(load.seconds / 60)
    if minutes < 1:
        return f"{large}: کمتر از یک دقیقه · database + files: less than a minute"
    return f"{large}: حدود {minutes} دقیقه · database + files: about {minutes} min"


def _put_back(kept: Path, here: Place) -> None:
    from django.db import connections

    connections.close_all()
    say("  ✗")
    with step(f"بازگردانی · restore ← {kept}"):
        backups.restore(kept, here, database_url(here), replace=True)


def _first_line(trouble: Exception) -> str:
    return (str(trouble).strip().splitlines() or [type(trouble).__name__])[0]
